"""The exact Wilcoxon signed-rank test with ties and zeros, which no Python library gives.

Zeros are dropped (Wilcoxon's own rule, R's `wilcox.test` and coin's `zero.method = "Wilcoxon"`); tied
differences get mid-ranks; the null distribution is the permutation distribution of these very ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

DIGITS = 10
"""Differences are rounded so far before ranking: means of items differ in the last bits where they are equal."""


@dataclass(frozen=True)
class SignedRank:
    """`w_plus` and `w_minus` are sums of ranks; `n` counts differences that are not zero; p is two-sided.

    `rank_biserial` = (W+ − W−) / (W+ + W−), Kerby (2014), from −1 to 1.
    """

    n: int
    zeros: int
    w_plus: float
    w_minus: float
    p: float
    rank_biserial: float


def signed_rank(differences: Sequence[float]) -> SignedRank | None:
    """The test of a symmetric distribution around zero; None when every difference is zero."""
    rounded = np.round(np.asarray(differences, dtype=float), DIGITS)
    left = rounded[rounded != 0]
    if len(left) == 0:
        return None
    doubled = np.rint(2 * rankdata(np.abs(left))).astype(int)  # mid-ranks are halves: twice them is whole
    plus, minus = int(doubled[left > 0].sum()), int(doubled[left < 0].sum())
    p = _two_sided(doubled, min(plus, minus))
    return SignedRank(len(left), len(rounded) - len(left), plus / 2, minus / 2, p, (plus - minus) / (plus + minus))


def hodges_lehmann(differences: Sequence[float]) -> float:
    """The median of all Walsh averages: the shift that the signed-rank test is about."""
    values = np.round(np.asarray(differences, dtype=float), DIGITS)
    first, second = np.triu_indices(len(values))
    return float(np.median((values[first] + values[second]) / 2))


def _two_sided(doubled: np.ndarray, smaller: int) -> float:
    """Share of sign patterns at least as extreme, counted exactly by dynamic programming.

    Python's whole numbers never overflow, so this is exact for any number of participants.
    """
    counts = np.zeros(int(doubled.sum()) + 1, dtype=object)
    counts[0] = 1
    for rank in doubled:
        counts[rank:] = counts[rank:] + counts[:-rank].copy()
    tail = sum(counts[: smaller + 1])
    return float(min(1.0, 2 * tail / 2 ** len(doubled)))
