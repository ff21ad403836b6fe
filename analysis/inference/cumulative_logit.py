"""The probability of each answer on an ordered scale: P(answer ≤ k) = logistic(θ_k − location) (McCullagh, 1980).

Thresholds and effects are one parameter vector, so that an effect may differ from threshold to threshold without further
code: the upper and the lower threshold of a row's answer are two linear functions of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logit

from analysis.inference.random_intercept import Derivatives

Array = np.ndarray


@dataclass(frozen=True)
class CumulativeLogit:
    """n answers; `upper` and `lower` (n × p) give the thresholds above and below each answer.

    Rows of the highest answer (`top`) have no threshold above them, those of the lowest (`bottom`) none below.
    """

    upper: Array
    lower: Array
    top: Array
    bottom: Array

    def derivatives(self, parameters: Array, shift: Array | float) -> Derivatives:
        """log P = log F(a) + log F(−b) + log(1 − exp(b − a)), of which the last does not depend on the shift."""
        above, below = self._ends(parameters)
        a, b = expit(above - shift), expit(below - shift)
        value = log_expit(above - shift) + log_expit(shift - below) + np.log(-np.expm1(below - above))
        fa, fb = a * (1 - a), b * (1 - b)
        return Derivatives(value, a + b - 1, -fa - fb, fa * (1 - 2 * a) + fb * (1 - 2 * b))

    def slopes(self, parameters: Array, shift: Array) -> tuple[Array, Array]:
        """The first and second derivative."""
        above, below = self._ends(parameters)
        a, b = expit(above - shift), expit(below - shift)
        return a + b - 1, -a * (1 - a) - b * (1 - b)

    def pulled(self, parameters: Array, shift: Array | float, weights: Array | float) -> Array:
        """Both ends of each row's interval pull at the parameters."""
        above, below = self._ends(parameters)
        gap = 1 / np.expm1(above - below)
        up = weights * (expit(shift - above) + gap)
        down = -weights * (expit(below - shift) + gap)
        return up.reshape(-1, len(above)).sum(0) @ self.upper + down.reshape(-1, len(above)).sum(0) @ self.lower

    def moved(self, parameters: Array, shift: Array) -> tuple[Array, Array]:
        """The derivatives of the first and second derivative by the parameters."""
        above, below = self._ends(parameters)
        a, b = expit(above - shift)[:, None], expit(below - shift)[:, None]
        fa, fb = a * (1 - a), b * (1 - b)
        return fa * self.upper + fb * self.lower, -fa * (1 - 2 * a) * self.upper - fb * (1 - 2 * b) * self.lower

    def _ends(self, parameters: Array) -> tuple[Array, Array]:
        above = np.where(self.top, np.inf, self.upper @ parameters)
        below = np.where(self.bottom, -np.inf, self.lower @ parameters)
        return above, below


def cumulative_logit(
    answers: Array, x: Array, by_threshold: Sequence[int] = (), cuts: int | None = None
) -> CumulativeLogit:
    """Answers 0 … K − 1 (n) explained by `x` (n × q, without an intercept); `cuts` is K − 1 if not all occur.

    Parameters: K − 1 thresholds; then for each column of x one effect, or, if it is named in `by_threshold`, K − 1.
    """
    cuts = int(answers.max()) if cuts is None else cuts
    return CumulativeLogit(
        upper=np.array([_threshold(k, row, cuts, by_threshold) for k, row in zip(answers, x, strict=True)]),
        lower=np.array([_threshold(k - 1, row, cuts, by_threshold) for k, row in zip(answers, x, strict=True)]),
        top=answers == cuts,
        bottom=answers == 0,
    )


def start(answers: Array, parameters: int) -> Array:
    """Where the search begins: thresholds of the answers' own frequencies, no effects."""
    below = [np.mean(answers <= k) for k in range(int(answers.max()))]
    return np.concatenate([logit(below), np.zeros(parameters - len(below))])


def _threshold(cut: int, row: Array, cuts: int, by_threshold: Sequence[int]) -> Array:
    """The row of coefficients whose product with the parameters is θ_cut − effects; zeros where there is no such cut."""
    inside = 0 <= cut < cuts
    here = np.arange(cuts) == cut
    effects = [-value * here if place in by_threshold else [-value * inside] for place, value in enumerate(row)]
    return np.concatenate([here, *effects]).astype(float)
