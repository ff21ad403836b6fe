"""Is a difference small enough not to matter? Two one-sided tests (TOST) against bounds set in advance."""

from dataclasses import dataclass
from math import isfinite, isnan

from scipy import stats

from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.independent import student_t, welch_t
from analysis.inference.paired import paired_t
from analysis.inference.samples import Groups, Pair


@dataclass(frozen=True)
class Equivalence:
    """Whether a difference lies between `lower` and `upper`, the smallest effects of interest, in the measure's unit.

    `p` is the larger of the two one-sided p values; `low` to `high` is the interval at `level` = 1 − 2 alpha, which
    lies within the bounds exactly when p < alpha (`equivalent`).
    """

    first: str
    second: str
    n: int
    difference: float
    lower: float
    upper: float
    t_lower: float
    p_lower: float
    t_upper: float
    p_upper: float
    p: float
    low: float
    high: float
    level: float
    equivalent: bool
    method: str


def tost(estimate: Estimate, lower: float, upper: float, alpha: float = 0.05) -> Equivalence:
    """Two one-sided tests of any estimate that has a standard error; without df by the normal distribution.

    Schuirmann (1987). R: `t.test(x, y, mu = lower, alternative = "greater")` and the same below `upper`. On the scale
    of the estimate: bounds of an odds ratio are given as logarithms. Raises NotEstimable without a standard error, or
    for bounds that are in the wrong order.
    """
    if not (isfinite(lower) and isfinite(upper) and lower < upper):
        raise NotEstimable(f"Equivalence needs a lower bound below an upper one, not {lower} and {upper}.")
    if not estimate.se > 0:
        raise NotEstimable(
            f"{estimate.first} − {estimate.second}: '{estimate.method}' has no standard error, "
            "so it cannot be tested against bounds. Use a t test or a model."
        )
    reference = stats.norm if isnan(estimate.df) else stats.t(estimate.df)
    t_lower, t_upper = (estimate.difference - lower) / estimate.se, (estimate.difference - upper) / estimate.se
    p_lower, p_upper = float(reference.sf(t_lower)), float(reference.cdf(t_upper))
    half = float(reference.ppf(1 - alpha)) * estimate.se
    return Equivalence(
        estimate.first,
        estimate.second,
        estimate.n,
        estimate.difference,
        lower,
        upper,
        t_lower,
        p_lower,
        t_upper,
        p_upper,
        max(p_lower, p_upper),
        estimate.difference - half,
        estimate.difference + half,
        1 - 2 * alpha,
        max(p_lower, p_upper) < alpha,
        f"two one-sided tests; {estimate.method}",
    )


def tost_paired(pair: Pair, lower: float, upper: float, alpha: float = 0.05) -> Equivalence:
    """Two conditions of the same participants, by the paired t test."""
    return tost(paired_t(pair), lower, upper, alpha)


def tost_independent(
    groups: Groups, lower: float, upper: float, alpha: float = 0.05, equal_variances: bool = False
) -> Equivalence:
    """Two groups of participants, by Welch's t test or, with `equal_variances`, Student's."""
    return tost(student_t(groups) if equal_variances else welch_t(groups), lower, upper, alpha)
