"""A participant's own level in any regression: the likelihood with that level integrated out.

Each participant g has a level σ·v, v standard normal, added to the location of all their rows. The integral over v is
taken by adaptive Gauss–Hermite quadrature: nodes stand around the most likely v of each participant, spread by its
curvature (Liu & Pierce, 1994; Pinheiro & Bates, 1995). One node is Laplace's approximation. The gradient is that of the
approximated likelihood itself: it follows the nodes as they move with the parameters.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

Array = np.ndarray


class Derivatives(NamedTuple):
    """Log-likelihood of each row and its first three derivatives by the row's location; each (…, n)."""

    value: Array
    first: Array
    second: Array
    third: Array


class RowModel(Protocol):
    """How likely each of n rows is, given the parameters (p) and a shift of its location (…, n)."""

    def derivatives(self, parameters: Array, shift: Array | float) -> Derivatives:
        """The log-likelihood of each row and its derivatives by the shift."""
        ...

    def slopes(self, parameters: Array, shift: Array) -> tuple[Array, Array]:
        """The first two of these derivatives alone, which the search for a participant's level asks for again and again."""
        ...

    def pulled(self, parameters: Array, shift: Array | float, weights: Array | float) -> Array:
        """The gradient (p) of the weighted sum of all log-likelihoods."""
        ...

    def moved(self, parameters: Array, shift: Array) -> tuple[Array, Array]:
        """How the first and second derivative of each row change with the parameters: two of (n × p)."""
        ...


@dataclass(frozen=True)
class Pooled:
    """The likelihood of all rows as if nobody had a level of their own."""

    rows: RowModel

    def __call__(self, parameters: Array) -> tuple[float, Array]:
        """The log-likelihood and its gradient."""
        value = float(self.rows.derivatives(parameters, 0.0).value.sum())
        return value, self.rows.pulled(parameters, 0.0, 1.0)


@dataclass(frozen=True)
class RandomIntercept:
    """The likelihood with a level per participant; its last parameter is σ.

    `groups` (n) is each row's participant, 0 … G − 1, in ascending order. The sign of σ does not matter.
    """

    rows: RowModel
    groups: Array
    quadrature: int

    def __call__(self, parameters: Array) -> tuple[float, Array]:
        """The log-likelihood and its gradient (p + 1)."""
        free, sigma = parameters[:-1], float(parameters[-1])
        level = self.levels(parameters)
        at = self.rows.derivatives(free, sigma * level[self.groups])
        spread = (1 - sigma**2 * self._sum(at.second)) ** -0.5
        places, weights = self._rule
        nodes = level + np.sqrt(2) * np.outer(places, spread)
        there = self.rows.derivatives(free, sigma * nodes[:, self.groups])
        heights = (np.log(weights) + places**2)[:, None] + self._sum(there.value) - nodes**2 / 2
        top = heights.max(axis=0)
        total = top + np.log(np.exp(heights - top).sum(axis=0))
        value = float((np.log(spread) + total).sum() - len(level) * np.log(np.pi) / 2)

        share = np.exp(heights - total)
        level_moves, spread_moves = self._motion(free, sigma, level, at, spread)
        slopes = share * (sigma * self._sum(there.first) - nodes)
        gradient = spread_moves.sum(0) + slopes.sum(0) @ level_moves
        gradient += (np.sqrt(2) * spread * (places @ slopes)) @ spread_moves
        gradient[:-1] += self.rows.pulled(free, sigma * nodes[:, self.groups], share[:, self.groups])
        gradient[-1] += (share * nodes * self._sum(there.first)).sum()
        return value, gradient

    def levels(self, parameters: Array) -> Array:
        """The most likely v (G) of each participant: Newton, and halving between the two sides where it does not close in.

        Far out a slope is nearly straight and steep in the middle: Newton alone would jump from side to side for ever.
        """
        free, sigma = parameters[:-1], float(parameters[-1])
        level = np.zeros(int(self.groups[-1]) + 1)
        low, high, before = np.full_like(level, -np.inf), np.full_like(level, np.inf), np.full_like(level, np.inf)
        for _ in range(100):
            first, second = self.rows.slopes(free, sigma * level[self.groups])
            slope = sigma * self._sum(first) - level
            low, high = np.where(slope > 0, level, low), np.where(slope < 0, level, high)
            step = np.clip(slope / (1 - sigma**2 * self._sum(second)), -5, 5)
            outside = (level + step <= low) | (level + step >= high) | (np.abs(slope) > before / 2)
            before = np.abs(slope)
            bracketed = outside & np.isfinite(low) & np.isfinite(high) & (np.abs(step) > 1e-12)
            with np.errstate(invalid="ignore"):
                level = np.where(bracketed, (low + high) / 2, level + step)
            if not np.abs(step).max() > 1e-8:  # Newton: the next step would be of the order of its square
                break
        return level

    def _motion(self, free: Array, sigma: float, level: Array, at: Derivatives, spread: Array) -> tuple[Array, Array]:
        """How each participant's level, and the logarithm of its spread, move with the parameters: two of (G × p + 1)."""
        first, second = self.rows.moved(free, sigma * level[self.groups])
        slopes, curves, third = self._sum(at.first), self._sum(at.second), self._sum(at.third)
        slope_moves = np.column_stack([sigma * self._sum(first.T).T, slopes + sigma * level * curves])
        curve_moves = np.column_stack([sigma**2 * self._sum(second.T).T, 2 * sigma * curves + sigma**2 * level * third])
        level_moves = slope_moves * (spread**2)[:, None]
        spread_moves = (curve_moves + (sigma**3 * third)[:, None] * level_moves) * (spread**2 / 2)[:, None]
        return level_moves, spread_moves

    def _sum(self, values: Array) -> Array:
        """Sums over the rows of each participant, along the last axis."""
        return np.add.reduceat(values, self._starts, axis=-1)

    @cached_property
    def _starts(self) -> Array:
        return np.flatnonzero(np.diff(self.groups, prepend=-1))

    @cached_property
    def _rule(self) -> tuple[Array, Array]:
        return np.polynomial.hermite.hermgauss(self.quadrature)
