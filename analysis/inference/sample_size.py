"""Before a study: how many participants a comparison needs, and what effect a number of them can find.

In closed form, for designs of one comparison or one within-subject factor; effects are standardised (dz: mean difference
over the SD of the differences; d: over the SD within groups). p values two-sided.
"""

from collections.abc import Callable, Sequence
from math import ceil, isnan, sqrt

import numpy as np
from scipy import optimize, stats

from analysis.inference.estimate import NotEstimable

MOST = 1_000_000
"""Participants beyond whom a study is not planned."""


def power_paired(dz: float, n: int, alpha: float = 0.05) -> float:
    """The probability to find dz with n participants by a paired t test. R: `pwr.t.test(n, dz, type = "paired")`."""
    _asked(n, alpha)
    return _power_t(dz * sqrt(n), n - 1, alpha)


def power_groups(d: float, n: int, m: int, alpha: float = 0.05) -> float:
    """The probability to find d between groups of n and m participants. R: `pwr.t2n.test(n, m, d)`."""
    _asked(min(n, m), alpha)
    return _power_t(d / sqrt(1 / n + 1 / m), n + m - 2, alpha)


def smallest_dz(n: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest dz that n participants find with this power. R: `pwr.t.test(n, power = power, type = "paired")$d`."""
    return _smallest(lambda dz: power_paired(dz, n, alpha), power)


def smallest_d(n: int, m: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest d that groups of n and m participants find with this power."""
    return _smallest(lambda d: power_groups(d, n, m, alpha), power)


def participants_paired(dz: float, power: float = 0.8, alpha: float = 0.05, multiple: int = 1) -> int:
    """How many participants find dz with this power, rounded up to a `multiple` (the number of orders)."""
    return _needed(lambda n: power_paired(dz, n, alpha), dz, power, multiple)


def participants_per_group(d: float, power: float = 0.8, alpha: float = 0.05, multiple: int = 1) -> int:
    """How many participants each of two equal groups needs to find d with this power."""
    return _needed(lambda n: power_groups(d, n, n, alpha), d, power, multiple)


def power_within(means: Sequence[float], residual_sd: float, n: int, alpha: float = 0.05) -> float:
    """The probability that k conditions differ by the F test of a balanced crossover with periods.

    Of `condition + period + (1 | participant)`: `means` are what is expected in the k conditions, `residual_sd` is the SD
    within participants, in the same unit. Noncentral F with λ = n Σ(mean − grand mean)² / residual_sd², k − 1 and
    (n − 1)(k − 1) − (k − 1) df: the periods cost k − 1.
    """
    k = len(means)
    _asked(n, alpha)
    df1, df2 = k - 1, (n - 1) * (k - 1) - (k - 1)
    if k < 2 or df2 < 1 or not residual_sd > 0:
        raise NotEstimable(
            f"{k} condition(s), {n} participants and a residual SD of {residual_sd} leave nothing to test: "
            "at least 2 conditions, 3 participants and an SD above 0 are needed."
        )
    noncentrality = n * float(np.var(means)) * k / residual_sd**2
    return float(stats.ncf.sf(stats.f.isf(alpha, df1, df2), df1, df2, noncentrality)) if noncentrality else alpha


def _power_t(noncentrality: float, df: float, alpha: float) -> float:
    """Two-sided, as the F test with one df: its tail exists where SciPy's noncentral t has none."""
    reached = float(stats.ncf.sf(stats.f.isf(alpha, 1, df), 1, df, noncentrality**2)) if noncentrality else alpha
    if isnan(reached):
        raise NotEstimable(f"The power of an effect {abs(noncentrality):.3g} standard errors large cannot be computed.")
    return reached


def _smallest(power_of: Callable[[float], float], power: float) -> float:
    _reachable(power, power_of(0))
    high = 1.0
    while power_of(high) < power:
        high *= 2
    return float(optimize.brentq(lambda effect: power_of(effect) - power, 0, high, xtol=1e-12))


def _needed(power_of: Callable[[int], float], effect: float, power: float, multiple: int) -> int:
    if effect == 0:
        raise NotEstimable("An effect of 0 is found by no number of participants; name the smallest one that matters.")
    _reachable(power, 0)
    high = 2
    while power_of(high) < power:
        high *= 2
        if high > MOST:
            raise NotEstimable(f"An effect of {effect:g} needs more than {MOST} participants for a power of {power:g}.")
    low = max(2, high // 2)
    while low < high:  # power only grows with n
        middle = (low + high) // 2
        low, high = (middle + 1, high) if power_of(middle) < power else (low, middle)
    return ceil(low / multiple) * multiple


def _asked(n: int, alpha: float) -> None:
    if n < 2 or not 0 < alpha < 1:
        raise NotEstimable(f"Power needs at least 2 participants and an alpha between 0 and 1, not {n} and {alpha}.")


def _reachable(power: float, least: float) -> None:
    if not least < power < 1:
        raise NotEstimable(f"A power of {power} cannot be planned for: it lies between alpha and 1.")
