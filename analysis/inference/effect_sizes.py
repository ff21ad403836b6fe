"""Standardised differences, each with its denominator named, and their intervals by the noncentral t distribution."""

from dataclasses import dataclass
from math import exp, isnan, lgamma, nan, sqrt

import numpy as np
from scipy import optimize, stats

from analysis.inference.samples import Array, Groups, Pair, settled


@dataclass(frozen=True)
class EffectSize:
    """A mean difference divided by `denominator`; NaN where that does not vary."""

    name: str
    value: float
    low: float
    high: float
    denominator: str

    @property
    def note(self) -> str:
        """What must be said where there is a value and no interval."""
        missing = isnan(self.low) and not isnan(self.value)
        return f"t is too large for an interval of {self.name}" if missing else ""


def hedges_j(df: float) -> float:
    """Hedges' exact small-sample correction for these degrees of freedom (Lakens writes 1 − 3/(4 df − 1))."""
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2) if df > 1 else nan


def noncentral_interval(t: float, df: float, level: float = 0.95) -> tuple[float, float]:
    """The noncentralities of which the t seen is an end of the central `level`; NaN where they cannot be found.

    The search is bracketed around t, where the distribution is stable.
    """

    def bound(share: float) -> float:
        reach = 7 + abs(t) / 2
        return float(optimize.brentq(lambda nc: stats.nct.cdf(t, df, nc) - share, t - reach, t + reach))

    try:
        with np.errstate(all="ignore"):
            return bound((1 + level) / 2), bound((1 - level) / 2)
    except ValueError:  # no sign change: t is so large that the distribution cannot be evaluated there
        return nan, nan


def paired_effect_sizes(pair: Pair, level: float = 0.95) -> dict[str, EffectSize]:
    """dz, d_av (two definitions), d_rm and their Hedges corrections (J with n − 1 df), by name.

    Intervals: that of dz by the noncentral t (R: `effectsize::cohens_d(paired = TRUE)`); the others are the same one
    in their own denominator, taken as known (Algina & Keselman, 2003). Formulas: Cumming (2012), Lakens (2013).
    """
    differences, n = pair.differences, pair.n
    mean, spread = float(differences.mean()), spread_of(differences)
    one, two = spread_of(pair.a), spread_of(pair.b)
    low, high = nan, nan
    if spread:
        low, high = (end * spread / sqrt(n) for end in noncentral_interval(mean / spread * sqrt(n), n - 1, level))
    r = float(np.corrcoef(pair.a, pair.b)[0, 1]) if one and two else nan
    denominators = {
        "dz": (spread, "SD of the differences"),
        "d_av": ((one + two) / 2, "mean of the two SDs"),
        "d_av_rms": (sqrt((one**2 + two**2) / 2), "root mean square of the two SDs"),
        "d_rm": (spread / sqrt(2 * (1 - r)) if r < 1 - 1e-12 else nan, "SD of the differences / √(2(1 − r))"),
    }
    made = {}
    for name, (divisor, text) in denominators.items():
        ends = [end / divisor if divisor else nan for end in (mean, low, high)]
        made[name] = EffectSize(name, *ends, text)
        corrected = name.replace("dz", "gz").replace("d_", "g_")
        j = hedges_j(n - 1)
        made[corrected] = EffectSize(corrected, *(j * end for end in ends), f"{text}; Hedges' J with {n - 1} df")
    return made


def pooled_effect_sizes(groups: Groups, level: float = 0.95) -> dict[str, EffectSize]:
    """`d` and Hedges' `g` of two groups: divided by their pooled SD.

    R: `effectsize::cohens_d(x, y)`, `effectsize::hedges_g(x, y)`.
    """
    n, m = len(groups.a), len(groups.b)
    pooled = sqrt(((n - 1) * spread_of(groups.a) ** 2 + (m - 1) * spread_of(groups.b) ** 2) / (n + m - 2))
    return _independent(groups, "", "pooled SD", pooled, n + m - 2, sqrt(1 / n + 1 / m), level)


def average_effect_sizes(groups: Groups, df: float, level: float = 0.95) -> dict[str, EffectSize]:
    """`d_av` and `g_av` of two groups whose variances may differ: root mean square of the two SDs, Welch's df.

    Delacre et al. (2021). R: `effectsize::cohens_d(x, y, pooled_sd = FALSE)`.
    """
    first, second = spread_of(groups.a) ** 2, spread_of(groups.b) ** 2
    average = sqrt((first + second) / 2)
    scale = sqrt(first / len(groups.a) + second / len(groups.b)) / average if average else nan
    return _independent(groups, "_av", "root mean square of the two SDs", average, df, scale, level)


def _independent(
    groups: Groups, suffix: str, text: str, divisor: float, df: float, scale: float, level: float
) -> dict[str, EffectSize]:
    if not divisor:
        ends = [nan, nan, nan]
    else:
        effect = float(groups.a.mean() - groups.b.mean()) / divisor
        ends = [effect, *(end * scale for end in noncentral_interval(effect / scale, df, level))]
    j = hedges_j(df)
    corrected = [j * end for end in ends]
    return {
        f"d{suffix}": EffectSize(f"d{suffix}", *ends, text),
        f"g{suffix}": EffectSize(f"g{suffix}", *corrected, f"{text}; Hedges' J with {df:.4g} df"),
    }


def spread_of(values: Array) -> float:
    """The SD (n − 1), and exactly 0 where all are equal: that of equal fractions is often a little more."""
    return float(values.std(ddof=1)) if np.ptp(settled(values)) else 0.0
