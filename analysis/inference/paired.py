"""Two conditions of the same participants: the paired t test and the Wilcoxon signed-rank test, as estimates."""

from math import inf, nan, sqrt

import numpy as np
from scipy import stats

from analysis.inference.effect_sizes import paired_effect_sizes
from analysis.inference.estimate import SHIFT, Estimate, NotEstimable
from analysis.inference.samples import Pair
from analysis.inference.signed_rank import (
    VARIANTS,
    Variant,
    hodges_lehmann,
    rank_biserial_interval,
    shift_interval,
    signed_rank,
)

RANK_BISERIAL = "matched-pairs rank-biserial correlation, interval by Fisher's z"


def paired_t(pair: Pair, level: float = 0.95, standardised: str = "dz") -> Estimate:
    """The mean difference with its interval, t and p. R: `t.test(x, y, paired = TRUE)`.

    `standardised` names one of `paired_effect_sizes` (dz, d_av, d_av_rms, d_rm, gz, g_av …). Raises NotEstimable
    where every participant has the same difference.
    """
    differences, n = pair.differences, pair.n
    if np.ptp(differences) == 0:
        raise NotEstimable(
            f"{pair.first} − {pair.second}: every participant has the same difference ({differences[0]:g}), "
            "so a t test has nothing to divide by. Report the difference itself."
        )
    mean, se = float(differences.mean()), float(differences.std(ddof=1)) / sqrt(n)
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * se
    effect = paired_effect_sizes(pair, level)[standardised]
    return Estimate(
        pair.first,
        pair.second,
        n,
        mean,
        "paired t test",
        level=level,
        se=se,
        low=mean - half,
        high=mean + half,
        statistic="t",
        value=mean / se,
        df=n - 1,
        p=float(2 * stats.t.sf(abs(mean / se), n - 1)),
        standardised=effect.value,
        standardised_low=effect.low,
        standardised_high=effect.high,
        denominator=f"{effect.name}: {effect.denominator}",
        note=effect.note,
    )


def wilcoxon(pair: Pair, level: float = 0.95, variant: Variant = "exact") -> Estimate:
    """The Hodges–Lehmann shift with its interval, W+ (or z) and p, and the rank-biserial correlation.

    `method` says which variant; see `signed_rank`. Raises NotEstimable where nobody differs.
    """
    differences = pair.differences
    found = signed_rank(differences, variant)
    if found is None:
        raise NotEstimable(
            f"{pair.first} − {pair.second}: nobody differs between the two, so there is no sign to test. "
            "Report that all differences are zero."
        )
    low, high = shift_interval(differences, level, variant)
    effect_low, effect_high = rank_biserial_interval(found.rank_biserial, found.n, level)
    return Estimate(
        pair.first,
        pair.second,
        pair.n,
        hodges_lehmann(differences),
        VARIANTS[variant],
        level=level,
        low=low if low > -inf else nan,
        high=high if high < inf else nan,
        statistic="W+" if found.z is None else "z",
        value=found.w_plus if found.z is None else found.z,
        p=found.p,
        standardised=found.rank_biserial,
        standardised_low=effect_low,
        standardised_high=effect_high,
        denominator=RANK_BISERIAL,
        note=notes(low, high, found.rank_biserial, level),
        called=SHIFT,
    )


def notes(low: float, high: float, effect: float, level: float) -> str:
    """What must be said beside the intervals of ranks."""
    said = []
    if low == -inf or high == inf:
        said.append(f"too few participants for an interval of the shift at {level:.0%}")
    if abs(effect) == 1:
        said.append("all ranks point one way: the interval of the rank-biserial correlation is that one point")
    return "; ".join(said)
