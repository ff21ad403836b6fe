"""The Wilcoxon–Mann–Whitney test of two groups with ties, exact in small samples, and its shift.

`exact`: mid-ranks over both groups, and the permutation distribution of these very ranks; two-sided p is the share of
divisions of the ranks at least as far from their mean. R: `coin::wilcox_test(y ~ g, distribution = "exact")`.
`normal-continuity`, `normal`: with the variance of the tied ranks. R: `wilcox.test(x, y, exact = FALSE, correct = …)`.
"""

from dataclasses import dataclass
from math import atanh, comb, sqrt, tanh
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata

from analysis.inference.samples import Array, distinct, settled
from analysis.inference.signed_rank import inverted

Variant = Literal["exact", "normal-continuity", "normal"]
VARIANTS: dict[Variant, str] = {
    "exact": "Mann–Whitney, exact permutation of the mid-ranks",
    "normal-continuity": "Mann–Whitney, normal approximation with continuity correction",
    "normal": "Mann–Whitney, normal approximation without continuity correction",
}
EXACT_UP_TO = 60
"""Participants in both groups together up to whom the exact test is the default: above, it takes seconds."""


@dataclass(frozen=True)
class RankSum:
    """`u` counts pairs in which the first group is higher (ties half); `delta` = 2u/(nm) − 1 (Cliff, 1993).

    `above` is u minus its mean, `z` only of the normal variants. p is two-sided.
    """

    n: int
    m: int
    u: float
    above: float
    delta: float
    p: float
    z: float | None = None


def usual(n: int) -> Variant:
    """Exact where that is quick, for this many participants; else normal with continuity correction."""
    return "exact" if n <= EXACT_UP_TO else "normal-continuity"


def rank_sum(a: ArrayLike, b: ArrayLike, variant: Variant = "exact") -> RankSum | None:
    """The test that neither group tends to be higher; None where all values are equal."""
    first, second = settled(a), settled(b)
    n, m = len(first), len(second)
    both = np.concatenate([first, second])
    if np.ptp(both) == 0:
        return None
    doubled = np.rint(2 * rankdata(both)).astype(int)
    u = doubled[:n].sum() / 2 - n * (n + 1) / 2
    above = float(u - n * m / 2)
    delta = 2 * above / (n * m)
    if variant == "exact":
        return RankSum(n, m, float(u), above, delta, _exact(doubled, n))
    ranks = doubled / 2
    variance = n * m / ((n + m) * (n + m - 1)) * ((ranks - ranks.mean()) ** 2).sum()
    z = (above - np.sign(above) * 0.5 * (variant == "normal-continuity")) / sqrt(variance)
    return RankSum(n, m, float(u), above, delta, float(2 * norm.sf(abs(z))), float(z))


def shift(a: ArrayLike, b: ArrayLike) -> float:
    """Hodges–Lehmann: the median of all differences between a value of the first group and one of the second."""
    return float(np.median(np.subtract.outer(np.asarray(a, dtype=float), np.asarray(b, dtype=float))))


def shift_interval(a: ArrayLike, b: ArrayLike, level: float = 0.95, variant: Variant = "exact") -> tuple[float, float]:
    """All shifts that the test does not reject; infinite where the groups are too small.

    Inverted between neighbouring differences, where nothing is tied across the groups: without other ties it is
    R's `wilcox.test(x, y, conf.int = TRUE, exact = TRUE)`.
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)

    def rejected(by: float) -> int:
        found = rank_sum(first - by, second, variant)
        if found is None or found.p > 1 - level + 1e-12:
            return 0
        return 1 if found.above > 0 else -1

    return inverted(distinct(np.subtract.outer(first, second)), rejected)


def delta_interval(delta: float, n: int, m: int, level: float = 0.95) -> tuple[float, float]:
    """Fisher's z with the standard error at no effect, as R's `effectsize::rank_biserial(x, y)`; a point at ±1."""
    if abs(delta) == 1:
        return delta, delta
    half = float(norm.ppf((1 + level) / 2)) * sqrt((n + m + 1) / (3 * n * m))
    return tanh(atanh(delta) - half), tanh(atanh(delta) + half)


def _exact(doubled: Array, n: int) -> float:
    """Counts, for every number of participants taken so far, the ways to each sum of doubled ranks."""
    most = int(np.sort(doubled)[-n:].sum())
    ways = np.zeros((n + 1, most + 1))
    ways[0, 0] = 1
    reached = 0
    for taken, rank in enumerate(np.sort(doubled), 1):
        reached = min(reached + int(rank), most)  # smallest ranks first: so far there is no larger sum
        rows = min(taken, n)
        ways[1 : rows + 1, rank : reached + 1] += ways[:rows, : reached + 1 - rank].copy()
    mean = n * int(doubled.sum())  # of the sum, times the number of participants: whole
    sums = np.arange(most + 1) * len(doubled)
    seen = abs(int(doubled[:n].sum()) * len(doubled) - mean)
    return float(min(1.0, ways[n][np.abs(sums - mean) >= seen].sum() / comb(len(doubled), n)))
