"""The linear mixed model: fixed effects of the formula, and participants who differ in level (and, if asked, in slope).

R: lmerTest::lmer(formula + (1 + slope | participant), REML = TRUE).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import log, sqrt
from typing import Literal

import numpy as np
import pandas as pd
from formulaic import Formula
from scipy import stats

from analysis.inference.degrees import Precision, kenward_roger, precision, satterthwaite
from analysis.inference.design_matrix import Array, Design, design
from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import Combination, Spread
from analysis.inference.variances import SINGULAR, State, Sums, best, directions, lower, sums

Degrees = Literal["Kenward-Roger", "Satterthwaite"]
NOTHING_LEFT = 1e-18
"""A share of residual variance this small is rounding: the model repeats the data."""


@dataclass(frozen=True)
class MixedModel:
    """A fitted model: `coefficients` (p), their `precision`, and where the rest of the variance lies.

    `random` names the q effects that differ between participants, `between` (q × q) is their covariance, `residual` the
    variance within. `predicted` (m × q) are the participants' deviations (BLUPs). `singular`: a variance is estimated
    as zero or a correlation as ±1. `converged`: the search ended at the bottom of the deviance. `ddf` says which degrees
    of freedom every test and interval uses; `dataclasses.replace(fit, ddf="Satterthwaite")` asks for the other.
    """

    formula: str
    design: Design
    random: tuple[str, ...]
    coefficients: Array
    between: Array
    residual: float
    predicted: Array
    loglik: float
    singular: bool
    converged: bool
    precision: Precision
    spread_drift: Array
    z: Array
    ddf: Degrees = "Kenward-Roger"

    @property
    def method(self) -> str:
        """How it was estimated, for a table's foot."""
        effects = " + ".join("1" if name == "Intercept" else name for name in self.random)
        return f"mixed model, REML, ({effects} | participant), {self.ddf.replace('-', '–')} df"

    def combination(self, weights: Array) -> Combination:
        """`weights` (p) times the coefficients. R: lmerTest::contest1D(fit, weights, ddf = …)."""
        row = np.asarray(weights, dtype=float)[None, :]
        if self.ddf == "Kenward-Roger":
            covariance, df = self.precision.adjusted, kenward_roger(self.precision, row)[0]
        else:
            covariance, df = self.precision.plain, satterthwaite(self.precision, row)
        return Combination(float(row[0] @ self.coefficients), sqrt((row @ covariance @ row.T).item()), df)

    def f_test(self, hypothesis: Array) -> tuple[float, float]:
        """F and its denominator df for `hypothesis` (q × p) times the coefficients = 0. R: lmerTest::contestMD."""
        value, q = hypothesis @ self.coefficients, len(hypothesis)
        if self.ddf == "Kenward-Roger":
            covariance = self.precision.adjusted
            df, factor = kenward_roger(self.precision, hypothesis)
        else:
            covariance, factor = self.precision.plain, 1.0
            df = satterthwaite(self.precision, hypothesis)
        return factor * float(value @ np.linalg.solve(hypothesis @ covariance @ hypothesis.T, value)) / q, df

    def spread(self) -> Spread:
        """The sum of all variances, the mean over rows where there is a slope (Westfall, Kenny & Judd, 2014)."""
        uncertain = float(self.spread_drift @ self.precision.observed @ self.spread_drift)
        return Spread(self.random_variance + self.residual, uncertain, "d_total: √ of the sum of all variances")

    @property
    def random_variance(self) -> float:
        """The variance between participants, the mean over rows where there is a slope (Johnson, 2014)."""
        return float(np.einsum("nq,qr,nr->", self.z, self.between, self.z)) / len(self.z)

    @property
    def icc(self) -> float:
        """The share of the variance not explained by fixed effects that lies between participants (adjusted ICC)."""
        return self.random_variance / (self.random_variance + self.residual)

    @property
    def r2_marginal(self) -> float:
        """The share of variance that the fixed effects explain (Nakagawa & Schielzeth, 2013). R: performance::r2."""
        return self._fixed_variance / (self._fixed_variance + self.random_variance + self.residual)

    @property
    def r2_conditional(self) -> float:
        """The share that fixed effects and participants explain together."""
        rest = self.random_variance + self.residual
        return (self._fixed_variance + self.random_variance) / (self._fixed_variance + rest)

    @property
    def _fixed_variance(self) -> float:
        return float(np.var(self.design.x @ self.coefficients, ddof=1))

    def variances(self) -> pd.DataFrame:
        """One row per variance component: name, variance, sd, and the correlation of slope and level."""
        rows = []
        for a, name in enumerate(self.random):
            rows.append((name, name, self.between[a, a], sqrt(self.between[a, a]), np.nan))
            for b in range(a):
                sds = sqrt(self.between[a, a] * self.between[b, b])
                covariance = self.between[a, b]
                rows.append((self.random[b], name, covariance, np.nan, covariance / sds if sds else np.nan))
        rows.append(("Residual", "Residual", self.residual, sqrt(self.residual), np.nan))
        return pd.DataFrame(rows, columns=["effect", "with", "variance", "sd", "correlation"])


@dataclass(frozen=True)
class Likelihood:
    """A model fitted by maximum likelihood, for comparing models whose fixed effects differ. R: logLik, AIC, BIC."""

    formula: str
    n: int
    parameters: int
    loglik: float

    @property
    def aic(self) -> float:
        """Akaike's criterion; smaller is better."""
        return 2 * self.parameters - 2 * self.loglik

    @property
    def bic(self) -> float:
        """The Bayesian criterion; smaller is better."""
        return log(self.n) * self.parameters - 2 * self.loglik


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference of two log-likelihoods against χ² with `df` degrees of freedom."""

    chi2: float
    df: int
    p: float


def mixed_model(
    frame: pd.DataFrame,
    formula: str,
    participant: str = "participant",
    slope: str = "",
    ddf: Degrees = "Kenward-Roger",
    once_per: Sequence[str] = (),
) -> MixedModel:
    """Fit `formula` with a level per participant, and with `slope` a slope (correlated with the level) too.

    `once_per` names columns that tell a participant's rows apart (condition, task …): two rows of the same are refused.
    Rows with a gap are left out, the participant's others stay. Raises NotEstimable, by name, where nothing can be
    fitted: every participant has one row, as many random effects as rows, a constant outcome, a model without residual.
    """
    made, z, random = _coded(frame, formula, participant, slope, once_per)
    _leaves_something(made, z)
    known, back, around, scale = _scaled(made, z, reml=True)
    state, converged = best(known)
    logs = np.log(np.abs(np.diag(np.linalg.inv(back)))).sum()  # REML integrates over β in its own coordinates
    between = state.sigma2 * state.relative / np.outer(scale, scale)
    root = lower(state.theta, len(random))
    return MixedModel(
        formula,
        made,
        random,
        around + back @ state.beta,
        between,
        state.sigma2,
        state.w @ state.relative / scale,
        -state.deviance / 2 - float(logs),
        bool((np.diag(root) < SINGULAR * scale).any()),
        converged,
        precision(known, state, back),
        _spread_drift(state, z / scale),
        z,
        ddf,
    )


def maximum_likelihood(fit: MixedModel) -> Likelihood:
    """The same model by maximum likelihood. R: logLik(refitML(fit))."""
    made = fit.design
    state, _converged = best(_scaled(made, fit.z, reml=False)[0])
    effects = len(fit.random)
    return Likelihood(fit.formula, len(made.y), made.x.shape[1] + effects * (effects + 1) // 2 + 1, -state.deviance / 2)


def likelihood_ratio(smaller: Likelihood, larger: Likelihood) -> LikelihoodRatio:
    """Whether the larger model fits better than the smaller one within it. R: anova(smaller, larger)."""
    if smaller.n != larger.n:
        raise NotEstimable(
            f"'{smaller.formula}' was fitted to {smaller.n} rows and '{larger.formula}' to {larger.n}: "
            "fit both to the rows that have every value."
        )
    df = larger.parameters - smaller.parameters
    if df < 1:
        raise NotEstimable(f"'{larger.formula}' has no more parameters than '{smaller.formula}': nothing to test.")
    chi2 = max(0.0, 2 * (larger.loglik - smaller.loglik))
    return LikelihoodRatio(chi2, df, float(stats.chi2.sf(chi2, df)))


def with_degrees(fit: MixedModel, ddf: Degrees) -> MixedModel:
    """The same fit, tested with the other degrees of freedom."""
    return replace(fit, ddf=ddf)


def likelihood_table(models: Sequence[Likelihood]) -> pd.DataFrame:
    """One row per model with AIC and BIC."""
    return pd.DataFrame([{**asdict(model), "aic": model.aic, "bic": model.bic} for model in models])


def refuse_repeats(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raises NotEstimable where two rows have the same values in these columns, and says which."""
    twice = frame[frame.duplicated(list(columns), keep=False)]
    if len(twice):
        row = twice.iloc[0]
        place = ", ".join(f"{name} {row[name]}" for name in columns)
        raise NotEstimable(f"More than one row for {place}. Aggregate them first, or leave out the repetition.")


def _coded(
    frame: pd.DataFrame, formula: str, participant: str, slope: str, once_per: Sequence[str]
) -> tuple[Design, Array, tuple[str, ...]]:
    if once_per and {participant, *once_per} <= set(frame.columns):
        refuse_repeats(frame, [participant, *once_per])
    made = design(frame, formula, participant)
    counts = np.bincount(made.groups)
    if counts.max() == 1:
        raise NotEstimable(
            f"Every participant has one row, so '{participant}' cannot have a random intercept: "
            "who is high and what is left over are the same. Use linear_model(), the ordinary regression."
        )
    if not slope:
        return made, np.ones((len(made.y), 1)), ("Intercept",)
    if slope not in made.spec.required_variables:
        raise NotEstimable(f"'{slope}' is to have a slope per participant; put it into '{formula}' as well.")
    matrix = Formula(f"1 + {slope}").get_model_matrix(made.rows)
    z = np.asarray(matrix, dtype=float)
    if z.shape[1] * made.participants >= len(z):
        raise NotEstimable(
            f"A slope of '{slope}' per participant asks for {z.shape[1] * made.participants} random effects from "
            f"{len(z)} rows. Leave the slope out, or ask each condition more than once."
        )
    return made, z, tuple(matrix.model_spec.column_names)


def _scaled(made: Design, z: Array, reml: bool) -> tuple[Sums, Array, Array, Array]:
    """The sums in well-scaled coordinates, and the way back: β = around + back @ β', Λ = Λ' / scale."""
    basis, triangle = np.linalg.qr(made.x)
    around = np.linalg.solve(triangle, basis.T @ made.y)
    scale = np.sqrt((z**2).mean(axis=0))
    known = sums(made.y - made.x @ around, basis, z / scale, made.groups, reml)
    return known, np.linalg.inv(triangle), around, scale


def _leaves_something(made: Design, z: Array) -> None:
    """Refuses where participants (at their own level and slope) and fixed effects leave no residual at all."""
    both = np.column_stack([made.y, made.x])
    for group in range(made.participants):
        own = made.groups == group
        both[own] -= z[own] @ np.linalg.lstsq(z[own], both[own], rcond=None)[0]
    y, x = both[:, 0], both[:, 1:]
    left = y - x @ np.linalg.lstsq(x, y, rcond=1e-10)[0]
    if float(left @ left) <= NOTHING_LEFT * float(np.sum((made.y - made.y.mean()) ** 2)):
        raise NotEstimable(
            "The fixed effects and the participants repeat every value exactly: no variance is left to test against."
        )


def _spread_drift(state: State, z: Array) -> Array:
    """What (log σ², θ) do to the sum of variances."""
    moment = z.T @ z / len(z)
    total = state.sigma2 * (1 + float(np.sum(moment * state.relative)))
    first, _second = directions(state.theta, z.shape[1])
    return np.array([total, *(state.sigma2 * float(np.sum(moment * e)) for e in first)])
