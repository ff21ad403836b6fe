"""The ordinary regression, for studies in which every participant meets one condition; with a twin that lets variances differ.

R: lm(formula); the twin: sandwich::vcovHC(fit, type = "HC3") (MacKinnon & White, 1985; Long & Ervin, 2000).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import pandas as pd

from analysis.inference.design_matrix import Array, Design, design
from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import Combination, Spread

Errors = Literal["equal variances", "HC3"]


@dataclass(frozen=True)
class LinearModel:
    """A fitted regression: `coefficients` (p), their `covariance` (p × p), residual variance and degrees of freedom.

    `errors` says whether the covariance takes all residuals to have one variance, or is HC3.
    """

    formula: str
    design: Design
    coefficients: Array
    covariance: Array
    residual: float
    df: int
    r2: float
    errors: Errors

    @property
    def method(self) -> str:
        """How it was estimated, for a table's foot."""
        return f"ordinary regression, t with residual df, {self.errors}"

    def combination(self, weights: Array) -> Combination:
        """`weights` (p) times the coefficients."""
        row = np.asarray(weights, dtype=float)
        return Combination(float(row @ self.coefficients), sqrt(row @ self.covariance @ row), self.df)

    def f_test(self, hypothesis: Array) -> tuple[float, float]:
        """F and its denominator df for `hypothesis` (q × p) times the coefficients = 0. R: car::linearHypothesis."""
        value = hypothesis @ self.coefficients
        middle = hypothesis @ self.covariance @ hypothesis.T
        return float(value @ np.linalg.solve(middle, value)) / len(hypothesis), self.df

    def spread(self) -> Spread:
        """The residual variance, as Cohen's d with more than two groups has it."""
        return Spread(self.residual, 2 * self.residual**2 / self.df, "residual SD of the regression")


def linear_model(
    frame: pd.DataFrame, formula: str, participant: str = "participant", errors: Errors = "equal variances"
) -> LinearModel:
    """Fit `formula` to one row per participant.

    Raises NotEstimable where a participant has several rows (their errors belong together: use mixed_model), and, for
    HC3, where a row is fitted exactly whatever its value (its leverage is 1).
    """
    made = design(frame, formula, participant)
    if np.bincount(made.groups).max() > 1:
        raise NotEstimable(
            "Some participants have several rows, which an ordinary regression would count as independent. "
            "Use mixed_model(), or aggregate to one row each."
        )
    inverse = np.linalg.inv(made.x.T @ made.x)
    coefficients = np.linalg.lstsq(made.x, made.y, rcond=None)[0]
    residuals = made.y - made.x @ coefficients
    df = len(made.y) - made.x.shape[1]
    total = float(np.sum((made.y - made.y.mean()) ** 2))
    residual = float(residuals @ residuals) / df
    if residual * df <= 1e-18 * total:
        raise NotEstimable(f"'{formula}' repeats every value exactly: no variance is left to test against.")
    covariance = inverse * residual if errors == "equal variances" else _hc3(made, inverse, residuals)
    return LinearModel(formula, made, coefficients, covariance, residual, df, 1 - residual * df / total, errors)


def _hc3(made: Design, inverse: Array, residuals: Array) -> Array:
    leverage = np.einsum("np,pk,nk->n", made.x, inverse, made.x)
    if (leverage > 1 - 1e-10).any():
        row = made.rows.iloc[int(np.argmax(leverage))]
        raise NotEstimable(
            f"HC3 errors do not exist: the row {row.to_dict()} is the only one of its kind. Merge it or leave it out."
        )
    weighted = made.x * (residuals / (1 - leverage))[:, None]
    return inverse @ weighted.T @ weighted @ inverse
