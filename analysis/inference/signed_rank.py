"""The Wilcoxon signed-rank test with ties and zeros, exact, which no Python library gives, and its shift.

Four defensible p values exist where there are zeros or ties; `variant` says which one is meant:

- `exact` (the default here): zeros dropped (Wilcoxon's own rule), mid-ranks, and the permutation distribution of
  these very ranks. R: `coin::wilcoxsign_test(x ~ y, distribution = "exact", zero.method = "Wilcoxon")`.
- `exact-pratt`: zeros are ranked, then dropped (Pratt, 1959). R: the same with `zero.method = "Pratt"`.
- `normal`, `normal-continuity`: zeros dropped, normal approximation with the variance of the tied ranks, without and
  with continuity correction. R: `wilcox.test(x, y, paired = TRUE, exact = FALSE, correct = FALSE | TRUE)`.
- `normal-pratt`: R's `coin::wilcoxsign_test(x ~ y)`.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import atanh, inf, sqrt, tanh
from typing import Literal

import numpy as np
from scipy.stats import norm, rankdata

from analysis.inference.samples import Array, distinct, settled

Variant = Literal["exact", "exact-pratt", "normal", "normal-continuity", "normal-pratt"]
VARIANTS: dict[Variant, str] = {
    "exact": "Wilcoxon signed-rank, exact (zeros dropped, mid-ranks)",
    "exact-pratt": "Wilcoxon signed-rank, exact (zeros ranked, then dropped: Pratt)",
    "normal": "Wilcoxon signed-rank, normal approximation without continuity correction (zeros dropped)",
    "normal-continuity": "Wilcoxon signed-rank, normal approximation with continuity correction (zeros dropped)",
    "normal-pratt": "Wilcoxon signed-rank, normal approximation (zeros ranked, then dropped: Pratt)",
}


@dataclass(frozen=True)
class SignedRank:
    """`w_plus` and `w_minus` are sums of ranks; `n` counts differences that are not zero; p is two-sided.

    `rank_biserial` = (W+ − W−) / (W+ + W−), Kerby (2014), from −1 to 1. `z` only of the normal variants.
    """

    n: int
    zeros: int
    w_plus: float
    w_minus: float
    p: float
    rank_biserial: float
    z: float | None = None


def signed_rank(differences: Sequence[float] | Array, variant: Variant = "exact") -> SignedRank | None:
    """The test of a symmetric distribution around zero; None when every difference is zero."""
    values = settled(differences)
    left = values[values != 0]
    if len(left) == 0:
        return None
    ranked = values if variant.endswith("pratt") else left
    doubled = np.rint(2 * rankdata(np.abs(ranked))).astype(int)[ranked != 0]  # mid-ranks are halves: twice is whole
    plus, minus = int(doubled[left > 0].sum()), int(doubled[left < 0].sum())
    z = None if variant.startswith("exact") else _z(doubled / 2, plus / 2, variant == "normal-continuity")
    p = _exact(doubled, min(plus, minus)) if z is None else float(2 * norm.sf(abs(z)))
    effect = (plus - minus) / (plus + minus)
    return SignedRank(len(left), len(values) - len(left), plus / 2, minus / 2, p, effect, z)


def hodges_lehmann(differences: Sequence[float] | Array) -> float:
    """The median of all Walsh averages: the shift that the signed-rank test is about."""
    return float(np.median(_walsh(settled(differences))))


def shift_interval(
    differences: Sequence[float] | Array, level: float = 0.95, variant: Variant = "exact"
) -> tuple[float, float]:
    """All shifts that the test does not reject, the interval of `hodges_lehmann`; infinite where n is too small.

    The test is inverted between neighbouring Walsh averages, where no difference is zero and its p is constant, so ties
    are handled exactly. Without ties it is R's `wilcox.test(d, conf.int = TRUE, exact = TRUE)`. With them R turns to
    the normal approximation of the differences that are not zero: `normal-continuity` of these (R's root-finder
    stops within 1e-4 of the end).
    """
    values = settled(differences)

    def rejected(shift: float) -> int:
        found = signed_rank(values - shift, variant)
        if found is None or found.p > 1 - level + 1e-12:
            return 0
        return 1 if found.w_plus > found.w_minus else -1

    return inverted(distinct(_walsh(values)), rejected)


def inverted(steps: Array, rejected: Callable[[float], int]) -> tuple[float, float]:
    """The interval of a rank test: `steps` are the shifts where its statistic changes, in order.

    `rejected(shift)` is 1 where the data lie above that shift, −1 where below, 0 where they agree with it.
    """
    between = [steps[0] - 1, *((steps[:-1] + steps[1:]) / 2), steps[-1] + 1]
    low = bisect_left(between, True, key=lambda shift: rejected(shift) != 1)
    high = bisect_left(between, True, key=lambda shift: rejected(shift) == -1)
    return float(steps[low - 1]) if low else -inf, float(steps[high - 1]) if high < len(between) else inf


def rank_biserial_interval(effect: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Fisher's z with the standard error of W at no effect, as R's `effectsize::rank_biserial(paired = TRUE)`.

    `n` counts differences that are not zero. At an effect of ±1 the interval is that one point.
    """
    if abs(effect) == 1:
        return effect, effect
    error = sqrt((2 * n**3 + 3 * n**2 + n) / 6) / ((n**2 + n) / 2)
    half = float(norm.ppf((1 + level) / 2)) * error
    return tanh(atanh(effect) - half), tanh(atanh(effect) + half)


def _walsh(values: Array) -> Array:
    first, second = np.triu_indices(len(values))
    return (values[first] + values[second]) / 2


def _z(ranks: Array, plus: float, continuity: bool) -> float:
    away = plus - ranks.sum() / 2
    return float((away - np.sign(away) * 0.5 * continuity) / sqrt((ranks**2).sum() / 4))


def _exact(doubled: Array, smaller: int) -> float:
    """Share of sign patterns at least as extreme, by dynamic programming: one participant after the other.

    All terms are positive, so the share is right to the last few bits however small it is.
    """
    share = np.zeros(smaller + 1)  # of the patterns so far, by their sum; sums above the smaller one stay above it
    share[0] = 1
    for rank in doubled:
        share[rank:] += share[: max(smaller + 1 - rank, 0)].copy()
        share /= 2
    return float(min(1.0, 2 * share.sum()))
