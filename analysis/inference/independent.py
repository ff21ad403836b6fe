"""Two groups of different participants: Welch's and Student's t tests and the Mann–Whitney test, as estimates."""

from math import inf, nan, sqrt

import numpy as np
from scipy import stats

from analysis.inference.effect_sizes import EffectSize, average_effect_sizes, pooled_effect_sizes
from analysis.inference.estimate import SHIFT, Estimate, NotEstimable
from analysis.inference.paired import notes
from analysis.inference.rank_sum import VARIANTS, Variant, delta_interval, rank_sum, shift, shift_interval, usual
from analysis.inference.samples import Groups, settled

DELTA = "Cliff's delta (= rank-biserial correlation), interval by Fisher's z"


def welch_t(groups: Groups, level: float = 0.95, standardised: str = "d_av") -> Estimate:
    """The difference of means without assuming equal variances. R: `t.test(x, y)`.

    `standardised`: d_av or g_av, see `average_effect_sizes`. Raises NotEstimable where neither group varies.
    """
    parts = [values.var(ddof=1) / len(values) for values in (groups.a, groups.b)]
    _varies(groups)
    df = sum(parts) ** 2 / sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (groups.a, groups.b), strict=True)
    )
    sizes = average_effect_sizes(groups, df, level)
    return _t(groups, "Welch's t test", sqrt(sum(parts)), df, level, sizes[standardised])


def student_t(groups: Groups, level: float = 0.95, standardised: str = "d") -> Estimate:
    """The difference of means with one pooled variance. R: `t.test(x, y, var.equal = TRUE)`.

    `standardised`: d or g, see `pooled_effect_sizes`. Raises NotEstimable where neither group varies.
    """
    _varies(groups)
    n, m = len(groups.a), len(groups.b)
    pooled = ((n - 1) * groups.a.var(ddof=1) + (m - 1) * groups.b.var(ddof=1)) / (n + m - 2)
    sizes = pooled_effect_sizes(groups, level)
    return _t(
        groups,
        "Student's t test (pooled variance)",
        sqrt(pooled * (1 / n + 1 / m)),
        n + m - 2,
        level,
        sizes[standardised],
    )


def mann_whitney(groups: Groups, level: float = 0.95, variant: Variant | None = None) -> Estimate:
    """The Hodges–Lehmann shift with its interval, U (or z) and p, and Cliff's delta.

    Without a `variant`: exact up to 60 participants, normal with continuity correction above; `method` says which.
    Raises NotEstimable where all values are equal.
    """
    chosen = variant or usual(groups.n)
    found = rank_sum(groups.a, groups.b, chosen)
    if found is None:
        raise NotEstimable(
            f"{groups.first} − {groups.second}: every value is {groups.a[0]:g}, so there are no ranks to compare."
        )
    low, high = shift_interval(groups.a, groups.b, level, chosen)
    delta_low, delta_high = delta_interval(found.delta, found.n, found.m, level)
    return Estimate(
        groups.first,
        groups.second,
        groups.n,
        shift(groups.a, groups.b),
        VARIANTS[chosen],
        level=level,
        low=low if low > -inf else nan,
        high=high if high < inf else nan,
        statistic="U" if found.z is None else "z",
        value=found.u if found.z is None else found.z,
        p=found.p,
        standardised=found.delta,
        standardised_low=delta_low,
        standardised_high=delta_high,
        denominator=DELTA,
        note="; ".join(filter(None, [groups.sizes, notes(low, high, found.delta, level)])),
        called=SHIFT,
    )


def _varies(groups: Groups) -> None:
    if np.ptp(settled(groups.a)) == 0 and np.ptp(settled(groups.b)) == 0:
        raise NotEstimable(
            f"{groups.first} − {groups.second}: within each group everybody has the same value, "
            "so a t test has nothing to divide by. Report the two values."
        )


def _t(groups: Groups, method: str, se: float, df: float, level: float, effect: EffectSize) -> Estimate:
    difference = float(groups.a.mean() - groups.b.mean())
    half = float(stats.t.ppf((1 + level) / 2, df)) * se
    return Estimate(
        groups.first,
        groups.second,
        groups.n,
        difference,
        method,
        level=level,
        se=se,
        low=difference - half,
        high=difference + half,
        statistic="t",
        value=difference / se,
        df=df,
        p=float(2 * stats.t.sf(abs(difference / se), df)),
        standardised=effect.value,
        standardised_low=effect.low,
        standardised_high=effect.high,
        denominator=f"{effect.name}: {effect.denominator}",
        note="; ".join(filter(None, [groups.sizes, effect.note])),
    )
