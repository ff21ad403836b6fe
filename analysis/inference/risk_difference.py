"""How many more of all trials succeed under one condition: risks of a logistic model, averaged over the sample.

Each row's probability is computed as if it had the condition, averaged over the levels participants may have and over
the rows (marginal standardisation; Muller & MacLehose, 2014). Intervals by the delta method, the participants' SD included.
"""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from scipy import stats
from scipy.special import expit

from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.generalised import GeneralisedFit
from analysis.inference.wald import all_at

Array = np.ndarray
NODES = 60


def risks(fit: GeneralisedFit, factor: str, level: str) -> float:
    """The standardised probability under one level of the factor."""
    return _risk(fit, factor, level)(_parameters(fit))


def risk_differences(
    fit: GeneralisedFit, factor: str, pairs: Sequence[tuple[str, str]], level: float = 0.95
) -> list[Estimate]:
    """Each pair (first, second), first minus second, on the scale of probabilities (0 to 1).

    R: the same average by stats::integrate over the fitted model, numDeriv::jacobian for the delta method.
    """
    if fit.family != "logistic":
        raise NotEstimable(f"Risks are those of a logistic model; this one is {fit.family}.")
    return [_difference(fit, factor, first, second, level) for first, second in pairs]


def _difference(fit: GeneralisedFit, factor: str, first: str, second: str, level: float) -> Estimate:
    at = _parameters(fit)
    one, other = _risk(fit, factor, first), _risk(fit, factor, second)
    slope = _gradient(lambda parameters: one(parameters) - other(parameters), at)
    difference, variance = one(at) - other(at), float(slope @ fit.full_covariance @ slope)
    if not variance > 0:
        raise NotEstimable(f"{first} − {second}: the data leave no error to test the difference against.")
    se = sqrt(variance)
    z, reach = difference / se, float(stats.norm.isf((1 - level) / 2)) * se
    return Estimate(
        first=first, second=second, n=fit.design.participants, difference=difference,
        method="risk difference by marginal standardisation, delta method", scale="raw", level=level, se=se,
        low=difference - reach, high=difference + reach, statistic="z", value=z, p=2 * float(stats.norm.sf(abs(z))),
        note="participant variance is zero (singular): a plain regression" if fit.singular else "",
    )  # fmt: skip


def _parameters(fit: GeneralisedFit) -> Array:
    return fit.values if fit.random_sd == 0 else np.append(fit.values, fit.random_sd)


def _risk(fit: GeneralisedFit, factor: str, level: str) -> Callable[[Array], float]:
    x = all_at(fit.design, fit.design.rows, factor, level)
    places, weights = np.polynomial.hermite_e.hermegauss(NODES)
    share = weights / weights.sum()

    def risk(parameters: Array) -> float:
        sigma = 0.0 if fit.random_sd == 0 else parameters[-1]
        return float((expit((x @ parameters[: x.shape[1]])[:, None] + sigma * places) @ share).mean())

    return risk


def _gradient(function: Callable[[Array], float], at: Array) -> Array:
    steps = np.diag(1e-5 * np.maximum(1.0, np.abs(at)))
    return np.array([(function(at + step) - function(at - step)) / (2 * step.sum()) for step in steps])
