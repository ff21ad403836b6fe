"""One effect by its profile likelihood: how much less likely the data become when it is held at another value.

Where people answer yes or no a few times each, Wald's standard error grows faster than the effect, and a test by it hardly ever
rejects (Hauck & Donner, 1977, Journal of the American Statistical Association 72:851–853). The likelihood ratio does not suffer from
that. Its signed root is held against Student's t, as Wald's ratio is elsewhere here, because chi-squared rejects too often with two
dozen people (docs/benchmarks/null_calibration.md). The interval holds the values that this test does not reject
(Venzon & Moolgavkar, 1988, Applied Statistics 37:87–94).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import copysign, inf, nan, sqrt

from scipy import stats

from analysis.inference.design_matrix import Array
from analysis.inference.estimate import Estimate
from analysis.inference.generalised import GeneralisedFit, held_at

Held = Callable[[float], tuple[float, float]]
"""A value of the effect → the highest log-likelihood with the effect held there, and its slope."""

FARTHEST = 60.0
"""An interval that does not end within so much (log odds, log rates) of the estimate has no end."""
NEAR = 1e-9
STEPS, TINY = 60, 1e-12


def profiled(fit: GeneralisedFit, wald: Sequence[Estimate], weights: Sequence[Array]) -> list[Estimate]:
    """Contrasts of a model: each by Wald with its degrees of freedom, and what the effects (p) count in it."""
    return [
        by_profile(one, fit.log_likelihood, partial(held_at, fit, own)) for one, own in zip(wald, weights, strict=True)
    ]


def by_profile(wald: Estimate, top: float, held_at: Held) -> Estimate:
    """The same estimate with p and interval of its profile; `top` is the log-likelihood of the whole model.

    A bound is ±∞ where the answers are so few that no effect on that side, however large, is rejected.
    """
    most = float(stats.t.isf((1 - wald.level) / 2, wald.df))
    statistic = copysign(_root(top, held_at(0.0)[0]), wald.difference)
    low, high = (wald.difference + side * _distance(wald, side, most, top, held_at) for side in (-1, 1))
    sd = wald.difference / wald.standardised if wald.standardised else nan
    return replace(
        wald,
        low=low,
        high=high,
        value=statistic,
        p=2 * float(stats.t.sf(abs(statistic), wald.df)),
        standardised_low=low / sd,
        standardised_high=high / sd,
        method=wald.method.replace("Wald t", "signed root of the likelihood ratio against t"),
    )


def _root(top: float, lower: float) -> float:
    return sqrt(max(0.0, 2 * (top - lower)))


def _distance(wald: Estimate, side: int, most: float, top: float, held_at: Held) -> float:
    """How far on one side (−1 below, 1 above) the root comes to `most`: Newton, which is quick as the root is nearly straight.

    Kept between what is too near and what is too far; doubled as long as nothing is too far.
    """
    near, far, at = 0.0, inf, most * wald.se
    for _ in range(STEPS):
        value, slope = held_at(wald.difference + side * at)
        root = _root(top, value)
        if abs(root - most) < NEAR:
            return at
        near, far = (at, far) if root < most else (near, at)
        if near > FARTHEST:
            return inf
        step = at + (most - root) * root / max(-side * slope, TINY)
        at = step if near < step < min(far, 2 * at) else (near + far) / 2 if far < inf else 2 * at
    return at
