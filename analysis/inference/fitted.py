"""What every fitted regression can answer: how large a combination of its coefficients is, and whether several are zero.

Contrasts, marginal means and tests of terms ask no more than this, so they are the same for a mixed model and for an
ordinary regression.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import inf, sqrt
from typing import Protocol

import numpy as np
import pandas as pd
from formulaic import Formula
from scipy import stats

from analysis.inference.design_matrix import Array, Design
from analysis.inference.estimate import NotEstimable


@dataclass(frozen=True)
class Combination:
    """A weighted sum of coefficients, its standard error and the degrees of freedom of its t."""

    estimate: float
    se: float
    df: float

    @property
    def t(self) -> float:
        """The estimate over its standard error."""
        return self.estimate / self.se

    @property
    def p(self) -> float:
        """Two-sided."""
        return float(2 * stats.t.sf(abs(self.t), self.df))

    def interval(self, level: float) -> tuple[float, float]:
        """The interval by t at this level."""
        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.se
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True)
class TermTest:
    """The F test of one term of the formula, type III: each term given all the others, averaged over the levels of those."""

    term: str
    f: float
    df1: int
    df2: float
    p: float
    method: str


@dataclass(frozen=True)
class Spread:
    """The variance that a standardised difference is divided by the root of, how sure it is, and what it is called."""

    variance: float
    sampling_variance: float
    name: str

    @property
    def sd(self) -> float:
        """Its root, in the measure's own unit."""
        return sqrt(self.variance)


class Fitted(Protocol):
    """A regression that was fitted."""

    @property
    def design(self) -> Design:
        """The rows and their coding."""

    @property
    def coefficients(self) -> Array:
        """The p coefficients, in the order of the design's columns."""

    @property
    def method(self) -> str:
        """How it was estimated, for a table's foot."""

    def combination(self, weights: Array) -> Combination:
        """`weights` (p) times the coefficients."""

    def f_test(self, hypothesis: Array) -> tuple[float, float]:
        """F and its denominator df for `hypothesis` (q × p) times the coefficients = 0."""

    def spread(self) -> Spread:
        """What a difference is standardised by."""


def coefficient_table(fit: Fitted, level: float = 0.95) -> pd.DataFrame:
    """One row per coefficient: estimate, se, df, t, p, low, high. R: summary() and confint() of the model."""
    rows = []
    for place, name in enumerate(fit.design.columns):
        found = fit.combination(np.eye(len(fit.design.columns))[place])
        low, high = found.interval(level)
        rows.append((name, found.estimate, found.se, found.df, found.t, found.p, low, high))
    return pd.DataFrame(rows, columns=["coefficient", "estimate", "se", "df", "t", "p", "low", "high"])


def term_tests(fit: Fitted) -> list[TermTest]:
    """Every term of the formula tested, type III. R: anova(model, type = "III") with sum contrasts."""
    found = []
    for term, hypothesis in hypotheses(fit.design).items():
        f, df2 = fit.f_test(hypothesis)
        df1 = len(hypothesis)
        found.append(TermTest(term, f, df1, df2, f_tail(f, df1, df2), fit.method))
    return found


def term_table(tests: Sequence[TermTest]) -> pd.DataFrame:
    """One row per term."""
    return pd.DataFrame([asdict(test) for test in tests], columns=["term", "f", "df1", "df2", "p", "method"])


def f_tail(f: float, df1: float, df2: float) -> float:
    """The chance of an F at least so large; `df2` may be infinite."""
    return float(stats.chi2.sf(f * df1, df1) if df2 == inf else stats.f.sf(f, df1, df2))


def hypotheses(made: Design) -> dict[str, Array]:
    """For each term but the intercept, the combinations of coefficients (rows) that are zero when the term does nothing.

    The design is coded once more with contrasts that sum to zero; what that design's coefficients are in terms of ours
    is a matrix, and its rows are the type III hypotheses. They come back as differences from the first level, since
    Satterthwaite's df of several rows at once depend on how the same hypothesis is written down, and lmerTest writes so.
    """
    parts = {term: _summing(made, term) for term in made.terms}
    coded = {term: columns for term, (columns, _) in parts.items()}
    whole = np.column_stack([*coded.values()])
    if whole.shape != made.x.shape:
        raise NotEstimable(
            "Terms can be tested only in a formula with an intercept and with every main effect of an interaction; "
            f"this one has the terms {', '.join(made.terms)}."
        )
    turned = np.linalg.lstsq(whole, made.x, rcond=None)[0]
    found, place = {}, 0
    for term, columns in coded.items():
        if term != "1":
            found[term] = parts[term][1] @ turned[place : place + columns.shape[1]]
        place += columns.shape[1]
    return found


def _summing(made: Design, term: str) -> tuple[Array, Array]:
    """The columns of a term when the levels of every factor sum to zero, and what makes differences of their coefficients."""
    (factors,) = [known.factors for known in made.spec.terms if str(known) == term]
    columns, differences = np.ones((len(made.rows), 1)), np.ones((1, 1))
    for factor in factors:
        if str(factor) != "1":
            values, code = _factor(made, factor)
            columns = np.einsum("ni,nj->nij", columns, values).reshape(len(columns), -1)
            differences = np.kron(differences, code[1:] - code[0] if len(code) > 1 else code)
    return columns, differences


def _factor(made: Design, factor: object) -> tuple[Array, Array]:
    """A factor's columns, and its code (levels × columns); a number is its own only column."""
    contrasts = {str(name): state for name, state in made.spec.factor_contrasts.items()}
    if str(factor) not in contrasts:
        return np.asarray(Formula(f"0 + {factor}").get_model_matrix(made.rows), dtype=float), np.ones((1, 1))
    levels = list(contrasts[str(factor)].levels)
    values = made.rows[variable_of(made, factor)]
    code = np.vstack([np.eye(len(levels) - 1), -np.ones(len(levels) - 1)])
    return code[pd.Index(levels).get_indexer(values)], code


def variable_of(made: Design, factor: object) -> str:
    """The column of the frame that a factor of the formula, such as `C(block)`, is made of."""
    named = {str(name): {str(v) for v in found} for name, found in made.spec.factor_variables.items()}
    (column,) = [name for name in named[str(factor)] if name in made.rows.columns]
    return column


def levels_of(made: Design) -> dict[str, list[object]]:
    """Every categorical column of the formula with its levels, in order; the first is the reference."""
    return {variable_of(made, name): list(state.levels) for name, state in made.spec.factor_contrasts.items()}
