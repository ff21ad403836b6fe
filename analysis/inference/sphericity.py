"""Whether the differences between conditions all vary alike, and by how much the degrees of freedom shrink where not."""

from dataclasses import dataclass
from math import log, nan

import numpy as np
from scipy import stats

Array = np.ndarray


@dataclass(frozen=True)
class Sphericity:
    """`greenhouse_geisser` and `huynh_feldt` are the factors on both degrees of freedom; the latter may exceed 1, as R
    prints it, and counts as 1 then. Mauchly's W and p are NaN where there is one difference only, or too few people."""

    greenhouse_geisser: float
    huynh_feldt: float
    mauchly_w: float
    mauchly_p: float


def sphericity(error: Array, df: int, cells: int) -> Sphericity:
    """From the error matrix (d × d) of orthonormal contrasts over `cells` cells, with its degrees of freedom.

    Greenhouse & Geisser (1959); Huynh & Feldt (1976) as corrected by Lecoutre (1991); Mauchly (1940) with Box's
    approximation. R's stats and car write 3 × cells where the textbook has 3 × d in that approximation; so do we, to print
    the same p. It matters from four conditions on, in the fourth digit. R: summary(afex::aov_ez(…)).
    """
    d = len(error)
    if d == 1:
        return Sphericity(1.0, 1.0, nan, nan)
    epsilon = float(np.trace(error) ** 2 / (d * np.sum(error * error)))
    room = d * (df - d * epsilon)
    feldt = ((df + 1) * d * epsilon - 2) / room if room > 0 else 1.0
    return Sphericity(epsilon, max(epsilon, float(feldt)), *_mauchly(error, df, cells))


def _mauchly(error: Array, df: int, cells: int) -> tuple[float, float]:
    d = len(error)
    if df < d:
        return nan, nan
    sign, logdet = np.linalg.slogdet(error)
    if sign <= 0:
        return 0.0, nan
    log_w = float(logdet) - d * log(np.trace(error) / d)
    rho = 1 - (2 * d**2 + d + 2) / (6 * d * df)
    second = (d + 2) * (d - 1) * (d - 2) * (2 * d**3 + 6 * d**2 + 3 * cells + 2) / (288 * (df * d * rho) ** 2)
    free, z = d * (d + 1) / 2 - 1, -df * rho * log_w
    near, far = stats.chi2.sf(z, free), stats.chi2.sf(z, free + 4)
    return float(np.exp(log_w)), float(min(1.0, near + second * (far - near)))
