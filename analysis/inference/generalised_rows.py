"""How likely a yes or no (Bernoulli) or a count (Poisson, negative binomial) is, given its location on the log scale."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import digamma, expit, gammaln, log_expit

from analysis.inference.random_intercept import Derivatives

Array = np.ndarray
Moves = tuple[Array, Array]


@dataclass(frozen=True)
class Bernoulli:
    """`y` (n) is 0 or 1, P(1) = logistic(x·β + shift); `x` is n × p."""

    y: Array
    x: Array

    def derivatives(self, parameters: Array, shift: Array | float) -> Derivatives:
        """By the location of each row."""
        at = self.x @ parameters + shift
        chance = expit(at)
        spread = chance * (1 - chance)
        return Derivatives(log_expit((2 * self.y - 1) * at), self.y - chance, -spread, -spread * (1 - 2 * chance))

    def slopes(self, parameters: Array, shift: Array) -> Moves:
        """The first and second derivative."""
        chance = expit(self.x @ parameters + shift)
        return self.y - chance, -chance * (1 - chance)

    def pulled(self, parameters: Array, shift: Array | float, weights: Array | float) -> Array:
        """Gradient of the weighted log-likelihood."""
        return _summed(weights * self.derivatives(parameters, shift).first, len(self.y)) @ self.x

    def moved(self, parameters: Array, shift: Array) -> Moves:
        """Derivatives of the first and second derivative by β."""
        at = self.derivatives(parameters, shift)
        return at.second[:, None] * self.x, at.third[:, None] * self.x


@dataclass(frozen=True)
class Poisson:
    """`y` (n) counts, mean exp(x·β + shift)."""

    y: Array
    x: Array

    def derivatives(self, parameters: Array, shift: Array | float) -> Derivatives:
        """By the location of each row."""
        at = self.x @ parameters + shift
        mean = np.exp(at)
        return Derivatives(self.y * at - mean - self._ways, self.y - mean, -mean, -mean)

    def slopes(self, parameters: Array, shift: Array) -> Moves:
        """The first and second derivative."""
        mean = np.exp(self.x @ parameters + shift)
        return self.y - mean, -mean

    def pulled(self, parameters: Array, shift: Array | float, weights: Array | float) -> Array:
        """Gradient of the weighted log-likelihood."""
        return _summed(weights * self.derivatives(parameters, shift).first, len(self.y)) @ self.x

    def moved(self, parameters: Array, shift: Array) -> Moves:
        """Derivatives of the first and second derivative by β."""
        at = self.derivatives(parameters, shift)
        return at.second[:, None] * self.x, at.third[:, None] * self.x

    @cached_property
    def _ways(self) -> Array:
        """log y!, which no parameter moves."""
        return gammaln(self.y + 1)


LARGEST_SIZE = 1e9
"""Beyond this the likelihood of a negative binomial is lost in rounding, and would seem to rise."""


@dataclass(frozen=True)
class NegativeBinomial:
    """`y` (n) counts, mean μ = exp(x·β + shift), variance μ + μ²/size; the last parameter is log(size)."""

    y: Array
    x: Array

    def derivatives(self, parameters: Array, shift: Array | float) -> Derivatives:
        """By the location of each row."""
        at, size = self.x @ parameters[:-1] + shift, np.exp(parameters[-1])
        mean, both = np.exp(at), self.y + size
        part = mean / (size + mean)
        value = gammaln(both) - gammaln(size) - self._ways + self.y * at
        value = value + size * np.log(size) - both * np.log(size + mean)
        if size > LARGEST_SIZE:  # nothing but rounding is left of the difference of these; a search must not go there
            value = np.full_like(value, np.nan)
        curve = -both * part * (1 - part)
        return Derivatives(value, self.y - both * part, curve, curve * (1 - 2 * part))

    def slopes(self, parameters: Array, shift: Array) -> Moves:
        """The first and second derivative."""
        mean, size = np.exp(self.x @ parameters[:-1] + shift), np.exp(parameters[-1])
        part, both = mean / (size + mean), self.y + size
        return self.y - both * part, -both * part * (1 - part)

    def pulled(self, parameters: Array, shift: Array | float, weights: Array | float) -> Array:
        """Gradient of the weighted log-likelihood."""
        at, size = self.x @ parameters[:-1] + shift, np.exp(parameters[-1])
        mean, both = np.exp(at), self.y + size
        slope = self.y - both * mean / (size + mean)
        by_size = digamma(both) - digamma(size) + np.log(size) + 1 - np.log(size + mean) - both / (size + mean)
        return np.append(_summed(weights * slope, len(self.y)) @ self.x, size * np.sum(weights * by_size))

    def moved(self, parameters: Array, shift: Array) -> Moves:
        """Derivatives of the first and second derivative by β and log(size)."""
        at = self.derivatives(parameters, shift)
        size, mean = np.exp(parameters[-1]), np.exp(self.x @ parameters[:-1] + shift)
        whole = size + mean
        first = size * mean * (self.y - mean) / whole**2
        second = -size * mean * ((self.y + 2 * size) * whole - 2 * (self.y + size) * size) / whole**3
        return (
            np.column_stack([at.second[:, None] * self.x, first]),
            np.column_stack([at.third[:, None] * self.x, second]),
        )

    @cached_property
    def _ways(self) -> Array:
        """log y!, which no parameter moves."""
        return gammaln(self.y + 1)


def _summed(values: Array, rows: int) -> Array:
    return np.broadcast_to(values, (*values.shape[:-1], rows)).reshape(-1, rows).sum(0)
