"""How large an effect on several means could be: the interval of noncentrality by inverting the noncentral F distribution.

Steiger & Fouladi (1997); Smithson (2001). R: effectsize::eta_squared(ci = 0.9, alternative = "two.sided"), whose own
search misses the upper bound where the lower one is 0.
"""

from math import nan

from scipy import optimize, stats


def f_bounds(f: float, df1: float, df2: float, level: float) -> tuple[float, float]:
    """The noncentralities between which this F is no surprise: 0 where even no effect makes so small an F likely enough.

    NaN where the distribution cannot be evaluated.
    """

    def bound(share: float) -> float:
        if stats.f.cdf(f, df1, df2) <= share:
            return 0.0
        high = 10.0 + 4 * f * df1
        return float(optimize.brentq(lambda nc: stats.ncf.cdf(f, df1, df2, nc) - share, 1e-12, high, xtol=1e-10))

    try:
        return bound(0.5 + level / 2), bound(0.5 - level / 2)
    except ValueError:
        return nan, nan
