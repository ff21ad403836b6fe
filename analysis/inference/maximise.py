"""The parameters that make the data most likely, by Newton's method, and how sharply the likelihood falls off around them.

Every likelihood of this package comes with its exact gradient; the observed information is minus its numerical derivative.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Array = np.ndarray
LogLikelihood = Callable[[Array], tuple[float, Array]]
"""Parameters (p) → the log-likelihood and its gradient (p)."""

DIFFERENCE = 3e-5
ENOUGH = 1e-12
"""A gain in log-likelihood, relative to it, that cannot be told from rounding."""
STEPS = 100
FLAT = 1e-12


@dataclass(frozen=True)
class Maximum:
    """The best `parameters` (p), their `value`, and the observed `information` (p × p) there.

    `converged` is False where another step would gain more than rounding error, or where this is no maximum.
    """

    parameters: Array
    value: float
    gradient: Array
    information: Array
    converged: bool

    @property
    def covariance(self) -> Array:
        """The inverse of the observed information; where a direction is flat, its variance comes out as immense."""
        try:
            return np.linalg.inv(self.information)
        except np.linalg.LinAlgError:
            return np.linalg.inv(self.information + FLAT * np.eye(len(self.information)))


class Place(NamedTuple):
    """Parameters (p), the log-likelihood there and its gradient (p)."""

    parameters: Array
    value: float
    gradient: Array


def maximise(objective: LogLikelihood, start: Array) -> Maximum:
    """The top, and the information there."""
    top, scale, converged = climb(objective, start)
    information = observed_information(objective, top.parameters, scale)
    is_top = np.isfinite(information).all() and np.linalg.eigvalsh(information * np.outer(scale, scale)).min() > -1e-6
    return Maximum(top.parameters, top.value, top.gradient, information, bool(converged and is_top))


def climb(objective: LogLikelihood, start: Array) -> tuple[Place, Array, bool]:
    """Newton with step halving; where the likelihood is not concave, steps lean towards the gradient (Levenberg).

    The top, the step that fits each parameter there, and whether it is one.
    """
    at = np.asarray(start, dtype=float)
    value, gradient = _quiet(objective, at)
    scale = _scale(objective, at, gradient)
    converged = False
    for _ in range(STEPS):
        information = _rough_information(objective, at, gradient, scale)
        step = scale * _ascent(information * np.outer(scale, scale), gradient * scale)
        if gradient @ step < ENOUGH * max(1.0, abs(value)):
            at, value, gradient = _polished(objective, at, step, value, gradient, scale)
            converged = True
            break
        moved = _shortened(objective, at, step, value)
        if moved is None:
            converged = bool(gradient @ step < 1e-9 * max(1.0, abs(value)))
            break
        at, value, gradient = moved
    return Place(at, value, gradient), scale, converged


def highest_along(objective: LogLikelihood, start: Array, free: Array) -> Place:
    """The highest place that is reached from `start` (p) by moving in the directions `free` (p × q) alone."""

    def along(moved: Array) -> tuple[float, Array]:
        value, gradient = objective(start + free @ moved)
        return value, free.T @ gradient

    top, _, _ = climb(along, np.zeros(free.shape[1]))
    at = start + free @ top.parameters
    return Place(at, *_quiet(objective, at))


def observed_information(objective: LogLikelihood, at: Array, scale: Array) -> Array:
    """Minus the second derivatives (p × p), by central differences of the gradient in steps that fit each parameter."""
    columns = [
        (_quiet(objective, at - step)[1] - _quiet(objective, at + step)[1]) / (2 * step.sum())
        for step in np.diag(DIFFERENCE * scale)
    ]
    found = np.array(columns)
    return (found + found.T) / 2


def _scale(objective: LogLikelihood, at: Array, gradient: Array) -> Array:
    """How far each parameter has to move for the likelihood to notice: 1 / √curvature, at most the parameter's size.

    Without it, a covariate in milliseconds and one from 1 to 3 would be given the same step.
    """
    tiny = 1e-8 * np.maximum(1.0, np.abs(at))
    curvature = np.array(
        [(gradient - _quiet(objective, at + step)[1])[place] / step[place] for place, step in enumerate(np.diag(tiny))]
    )
    most = np.maximum(1.0, np.abs(at))
    usable = np.isfinite(curvature) & (np.abs(curvature) > 1e-4)
    return np.minimum(most, np.where(usable, 1 / np.sqrt(np.abs(np.where(usable, curvature, 1.0))), most))


def _rough_information(objective: LogLikelihood, at: Array, gradient: Array, scale: Array) -> Array:
    """Good enough to step by, at half the cost: one-sided differences."""
    steps = np.diag(DIFFERENCE * scale)
    found = np.array([(gradient - _quiet(objective, at + step)[1]) / step.sum() for step in steps])
    return (found + found.T) / 2


def _quiet(objective: LogLikelihood, at: Array) -> tuple[float, Array]:
    """A step may leave the region where the likelihood exists; it is then NaN or −∞ and the step is halved."""
    with np.errstate(all="ignore"):
        return objective(at)


def _ascent(information: Array, gradient: Array) -> Array:
    if not np.isfinite(information).all():
        return gradient / max(1.0, float(np.abs(gradient).max()))
    values, vectors = np.linalg.eigh(information)
    floor = max(1e-10, 1e-9 * float(np.abs(values).max()))
    return vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), floor))


def _polished(
    objective: LogLikelihood, at: Array, step: Array, value: float, gradient: Array, scale: Array
) -> tuple[Array, float, Array]:
    """One more step once the likelihood no longer shows a gain: the gradient is exact to more digits than that."""
    last, slope = _quiet(objective, at + step)
    better = np.isfinite(last) and np.abs(slope * scale).max() < np.abs(gradient * scale).max()
    return (at + step, last, slope) if better else (at, value, gradient)


def _shortened(objective: LogLikelihood, at: Array, step: Array, value: float) -> tuple[Array, float, Array] | None:
    """The longest of step, step/2, step/4 … that does not lower the likelihood; None where there is none."""
    for halving in range(40):
        trial = at + step / 2**halving
        found, gradient = _quiet(objective, trial)
        if np.isfinite(found) and np.isfinite(gradient).all() and found > value:
            return trial, found, gradient
    return None
