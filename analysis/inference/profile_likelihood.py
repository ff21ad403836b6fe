"""One effect by its profile likelihood: how much less likely the data become when it is held at another value.

Where people answer yes or no a few times each, Wald's standard error grows faster than the effect, and a test by it hardly ever
rejects (Hauck & Donner, 1977, Journal of the American Statistical Association 72:851–853). The likelihood ratio does not suffer from
that. Its signed root is held against Student's t, as Wald's ratio is elsewhere here, because chi-squared rejects too often with two
dozen people (docs/benchmarks/null_calibration.md). The interval holds the values that this test does not reject
(Venzon & Moolgavkar, 1988, Applied Statistics 37:87–94).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import copysign, inf, sqrt

import numpy as np
from scipy import stats
from scipy.linalg import block_diag, null_space

from analysis.inference.design_matrix import Array
from analysis.inference.estimate import Estimate
from analysis.inference.generalised import GeneralisedFit
from analysis.inference.maximise import LogLikelihood, highest_along
from analysis.inference.ordinal import NO_VARIANCE

FARTHEST = 20.0
"""A bound (log odds, log rate) that lies farther than this beyond the estimate and zero has no end: it is a ratio of 5e8."""
NEAR = 1e-9
STEPS, TINY = 60, 1e-12


@dataclass
class Profile:
    """The likelihood of a model along one effect, all else estimated anew: `top` is its height, at `best`.

    Each place is looked for from the nearest that is known, as there may be several heights where people differ very much.
    """

    likelihood: LogLikelihood
    top: float
    best: float
    pull: Array
    free: Array
    has_levels: bool
    known: dict[float, Array]

    @classmethod
    def of(cls, fit: GeneralisedFit, weights: Array) -> "Profile":
        """Along `weights` (p) times the effects."""
        parameters, width = fit.parameters, len(fit.values)
        others = np.zeros(len(parameters) - width)
        pull = fit.covariance @ weights / (weights @ fit.covariance @ weights)
        free = block_diag(null_space(weights[None, :]), np.eye(len(others)))
        best, has_levels = float(weights @ fit.values), fit.quadrature > 0
        known = {best: parameters}
        return cls(fit.likelihood, fit.log_likelihood, best, np.append(pull, others), free, has_levels, known)

    def at(self, value: float) -> tuple[float, float]:
        """The signed root of the likelihood ratio with the effect held there, and how much it changes with the value.

        R: logLik(glmer(y ~ 0 + free + offset(held) + (1 | participant))), `free` all that is orthogonal to the weights.
        """
        near = min(self.known, key=lambda one: abs(one - value))
        start = self.known[near] + (value - near) * self.pull
        if self.has_levels and abs(start[-1]) < NO_VARIANCE:
            start[-1] = 1.0  # at no variance the slope is zero, and it would stay there
        found = highest_along(self.likelihood, start, self.free)
        self.known[value] = found.parameters
        root = copysign(sqrt(max(0.0, 2 * (self.top - found.value))), self.best - value)
        return root, -float(found.gradient @ self.pull) / (root or TINY)


def profiled(fit: GeneralisedFit, wald: Sequence[Estimate], weights: Sequence[Array]) -> list[Estimate]:
    """Contrasts of a model: each by Wald with its degrees of freedom, and what the effects (p) count in it."""
    return [by_profile(one, Profile.of(fit, own)) for one, own in zip(wald, weights, strict=True)]


def by_profile(wald: Estimate, profile: Profile) -> Estimate:
    """The same estimate with p and interval of its profile.

    A bound is ±∞ where the answers are so few that no effect on that side, however large, is rejected.
    """
    most = float(stats.t.isf((1 - wald.level) / 2, wald.df))
    statistic, _ = profile.at(0.0)
    low, high = (_bound(wald, side, most, profile) for side in (-1, 1))
    sd = (wald.high - wald.low) / (wald.standardised_high - wald.standardised_low)
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


def _bound(wald: Estimate, side: int, most: float, profile: Profile) -> float:
    """Where on one side (−1 below, 1 above) the root comes to `most`: Newton, which is quick as the root is nearly straight.

    Kept between what is too near and what is too far; twice as far as long as nothing is too far.
    """
    end = FARTHEST + abs(wald.difference)
    near, far, at = 0.0, inf, min(most * wald.se, end)
    for _ in range(STEPS):
        root, slope = profile.at(wald.difference + side * at)
        left = most + side * root
        near, far = (at, far) if left > 0 else (near, at)
        if abs(left) < NEAR or far - near < NEAR * far:  # far out the likelihood itself is no smoother than that
            return wald.difference + side * at
        if near == end:
            return side * inf
        step = at + left / max(-slope, TINY)
        at = step if near < step < min(far, 2 * at) else (near + far) / 2 if far < inf else 2 * at
        at = min(at, end)
    return wald.difference + side * at
