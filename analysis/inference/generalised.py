"""A yes or no, or a count, of several trials of each participant: logistic, Poisson and negative-binomial mixed models.

Participants differ in level; the effects are those for one participant (conditional), in log odds or log rates. What they
mean for the share of acceptances in the whole sample is the risk difference (`risk_difference.py`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.design_matrix import Design, design
from analysis.inference.estimate import NotEstimable, Scale
from analysis.inference.generalised_rows import Bernoulli, NegativeBinomial, Poisson
from analysis.inference.likelihood_ratio import LikelihoodRatio, likelihood_ratio, without
from analysis.inference.maximise import LogLikelihood, Maximum, maximise
from analysis.inference.ordinal import LATENT_VARIANCE, with_levels
from analysis.inference.random_intercept import Pooled, RandomIntercept
from analysis.inference.separation import ALIKE, NONE_COUNTED, refuse_separation
from analysis.inference.wald import Coefficients, wald_table

Array = np.ndarray
Family = Literal["logistic", "poisson", "negative binomial"]
SCALE: dict[Family, Scale] = {"logistic": "log odds", "poisson": "log rate", "negative binomial": "log rate"}
ROWS: dict[Family, type[Bernoulli | Poisson | NegativeBinomial]] = {
    "logistic": Bernoulli, "poisson": Poisson, "negative binomial": NegativeBinomial,
}  # fmt: skip
POISSON_SIZE = 1e6
"""A negative binomial of this size cannot be told from Poisson."""


@dataclass(frozen=True)
class GeneralisedFit:
    """A fitted mixed model: effects (p) with their covariance; `full_covariance` also has log(size), if any, and σ.

    `singular`: the variance of the participants was estimated as zero; the model is then the plain regression, and
    its covariance that one's. `size` is the negative binomial's (variance μ + μ²/size), NaN otherwise. `quadrature` 0: a
    regression without levels, as everybody has one row.
    """

    family: Family
    design: Design
    values: Array
    full_covariance: Array
    log_likelihood: float
    random_sd: float
    size: float
    quadrature: int
    singular: bool
    converged: bool
    levels: Array

    @property
    def covariance(self) -> Array:
        """Of the effects alone (p × p)."""
        return self.full_covariance[: len(self.values), : len(self.values)]

    @property
    def likelihood(self) -> LogLikelihood:
        """Of effects, log(size) if any and, where participants have several rows, σ."""
        if self.quadrature:
            return _with_levels(self.design, self.family, self.quadrature)
        return Pooled(ROWS[self.family](self.design.y, self.design.x))

    @property
    def parameters(self) -> Array:
        """Where it is highest."""
        sizes = [np.log(self.size)] if np.isfinite(self.size) else []
        return np.concatenate([self.values, sizes, [self.random_sd] if self.quadrature else []])

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per coefficient, with its odds or rate ratio."""
        return wald_table(self.design.columns, self.values, self.covariance, SCALE[self.family], level)

    def coefficients(self) -> Coefficients:
        """What contrasts between conditions are made of (`wald.wald_contrasts`)."""
        logistic, kind = self.family == "logistic", "mixed model" if self.quadrature else "regression"
        return Coefficients(
            self.design, self.values, self.covariance, SCALE[self.family], f"{self.family} {kind}, Wald z",
            latent_sd=float(np.sqrt(LATENT_VARIANCE + self.random_sd**2)) if logistic else float("nan"),
            denominator=_latent(self.quadrature) if logistic else "",
            note="participant variance is zero (singular): a plain regression" if self.singular else "",
        )  # fmt: skip


@dataclass(frozen=True)
class Dispersion:
    """Pearson's chi-squared over its df: near 1 where counts vary as Poisson says, above where they vary more."""

    ratio: float
    chi2: float
    df: int
    p: float


def generalised(
    frame: pd.DataFrame, formula: str, participant: str, family: Family, quadrature: int = 10
) -> GeneralisedFit:
    """Maximum likelihood with a level per participant, by adaptive quadrature (1 node is Laplace).

    Raises NotEstimable. R: lme4::glmer(y ~ x + (1 | participant), family, nAGQ = quadrature); for the negative binomial
    glmmTMB(..., family = nbinom2), which is Laplace.
    """
    asked = design(frame, formula, participant)
    _outcome_fits(asked, family, formula.split("~")[0].strip())
    if asked.participants == len(asked.y):
        raise NotEstimable("Every participant has one row: their levels cannot be told from chance.")
    return fit_generalised(asked, family, quadrature)


def regression(frame: pd.DataFrame, formula: str, participant: str, family: Family) -> GeneralisedFit:
    """Maximum likelihood where everybody has one row, so that nobody has a level. Raises NotEstimable.

    R: glm(y ~ x, family); MASS::glm.nb(y ~ x), with the uncertainty of its size in the covariance.
    """
    asked = design(frame, formula, participant)
    _outcome_fits(asked, family, formula.split("~")[0].strip())
    if asked.participants < len(asked.y):
        raise NotEstimable(
            "Some participants have several rows, which belong together: give them a level of their own."
        )
    found = _plain(asked, family, asked.y, asked.x)
    width = asked.x.shape[1]
    return GeneralisedFit(
        family, asked, found.parameters[:width], found.covariance, found.value, 0.0, _size(family, found, width), 0,
        False, found.converged, np.zeros(asked.participants),
    )  # fmt: skip


def fit_generalised(asked: Design, family: Family, quadrature: int) -> GeneralisedFit:
    """The same for rows already coded."""
    likelihood, plain = _with_levels(asked, family, quadrature), _plain(asked, family, asked.y, asked.x)
    best, sigma = with_levels(likelihood, plain)
    width = asked.x.shape[1]
    size = _size(family, best, width)
    levels = sigma * likelihood.levels(best.parameters) if sigma else np.zeros(asked.participants)
    return GeneralisedFit(
        family, asked, best.parameters[:width], best.covariance, best.value, sigma, size, quadrature,
        sigma == 0, best.converged, levels,
    )  # fmt: skip


def _with_levels(asked: Design, family: Family, quadrature: int) -> RandomIntercept:
    order = np.argsort(asked.groups, kind="stable")
    return RandomIntercept(ROWS[family](asked.y[order], asked.x[order]), asked.groups[order], quadrature)


def _plain(asked: Design, family: Family, y: Array, x: Array) -> Maximum:
    """The regression without levels, refused where an effect is infinite."""
    found = maximise(Pooled(ROWS[family](y, x)), _start(y, x, family))
    _size(family, found, x.shape[1])
    refuse_infinite(asked, found.covariance[: x.shape[1], : x.shape[1]], family)
    return found


def drop_generalised(fit: GeneralisedFit, term: str) -> LikelihoodRatio:
    """Likelihood-ratio test of one term. R: anova(smaller, larger)."""
    less = without(fit.design, term)
    if fit.quadrature:
        smaller = fit_generalised(less, fit.family, fit.quadrature)
        value, converged = smaller.log_likelihood, smaller.converged
    else:
        plain = _plain(less, fit.family, less.y, less.x)
        value, converged = plain.value, plain.converged
    note = "" if fit.converged and converged else "not converged"
    return likelihood_ratio(term, fit.log_likelihood, value, len(fit.design.terms[term]), note)


def dispersion(fit: GeneralisedFit) -> Dispersion:
    """Do the counts of a Poisson model vary more than it allows? If so, fit the negative binomial.

    Residuals given the participants' own levels; df = rows − parameters (Bolker et al., 2009).
    R: sum(residuals(fit, "pearson")^2) and df.residual(fit).
    """
    if fit.family != "poisson":
        raise NotEstimable(f"The dispersion is checked for a Poisson model; this one is {fit.family}.")
    mean = np.exp(fit.design.x @ fit.values + fit.levels[fit.design.groups])
    chi2 = float(((fit.design.y - mean) ** 2 / mean).sum())
    parameters = len(fit.values) + bool(fit.quadrature)
    df = len(mean) - parameters
    if df < 1:
        raise NotEstimable(
            f"{len(mean)} rows for {parameters} parameters: nothing is left over to judge the dispersion by. It needs "
            "more participants."
        )
    return Dispersion(chi2 / df, chi2, df, float(stats.chi2.sf(chi2, df)))


def refuse_infinite(asked: Design, covariance: Array, family: Family) -> None:
    """Raises NotEstimable for an effect that `covariance` (p × p, of the model without levels) does not bound."""
    moving = np.flatnonzero(asked.x.std(0) > 0)
    names = [asked.columns[place] for place in moving]
    refuse_separation(
        names,
        covariance[np.ix_(moving, moving)],
        asked.x[:, moving],
        "the outcome",
        ALIKE if family == "logistic" else NONE_COUNTED,
    )


def _latent(quadrature: int) -> str:
    return "latent SD, √(π²/3 + participant variance)" if quadrature else "latent SD, π/√3"


def _size(family: Family, fit: Maximum, width: int) -> float:
    """The size of a negative binomial; past POISSON_SIZE it could be anything, and every error with it."""
    if family != "negative binomial":
        return float("nan")
    if not fit.parameters[width] < np.log(POISSON_SIZE):
        raise NotEstimable("The counts vary no more than Poisson's do: fit the Poisson model instead.")
    return float(np.exp(fit.parameters[width]))


def _start(y: Array, x: Array, family: Family) -> Array:
    """Least squares on a tempered logarithm, or no effects at all."""
    if family == "logistic":
        return np.zeros(x.shape[1])
    held = np.linalg.lstsq(x, np.log(y + 0.5), rcond=None)[0]
    return np.append(held, 0.0) if family == "negative binomial" else held


def _outcome_fits(asked: Design, family: Family, name: str) -> None:
    values = set(np.unique(asked.y))
    if family == "logistic" and values != {0.0, 1.0}:
        shown = ", ".join(f"{value:g}" for value in sorted(values)[:5])
        raise NotEstimable(f"'{name}' must be 0 or 1 for a logistic model; it has {shown}.")
    if family != "logistic" and (asked.y.min() < 0 or np.any(asked.y % 1)):
        raise NotEstimable(f"'{name}' must be counts (0, 1, 2 …) for a {family} model.")
