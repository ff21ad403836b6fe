"""Answers on an ordered scale (a Likert item) explained by conditions: the cumulative-link model, logit.

It models P(answer ≤ k) = logistic(θ_k − effects − participant's level), so a positive effect means higher answers and
its exponential is an odds ratio that holds at every threshold. Nothing is assumed about the distances between answers.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.inference.coding import parsed
from analysis.inference.cumulative_logit import cumulative_logit, start
from analysis.inference.design_matrix import Design, design
from analysis.inference.estimate import NotEstimable
from analysis.inference.likelihood_ratio import LikelihoodRatio, likelihood_ratio, without
from analysis.inference.maximise import Maximum, maximise
from analysis.inference.random_intercept import Pooled, RandomIntercept
from analysis.inference.separation import refuse_separation
from analysis.inference.wald import Coefficients, wald_table

Array = np.ndarray

INTERCEPT = "Intercept"
NO_VARIANCE = 1e-4
"""A participant SD below this is none: the likelihood is flat there, to the last digit."""
LATENT_VARIANCE = np.pi**2 / 3
"""Variance of the logistic distribution."""


@dataclass(frozen=True)
class OrdinalFit:
    """A fitted cumulative-link model: K − 1 thresholds first, then the effects, in `values` (p) and `covariance`.

    `random_sd` is the SD of the participants' levels on the logit scale; NaN in a model without them. `singular` says
    that it was estimated as zero: the model is then the one without levels. `quadrature` is the number of nodes.
    """

    design: Design
    answers: tuple[str, ...]
    names: tuple[str, ...]
    values: Array
    covariance: Array
    log_likelihood: float
    parameters: int
    random_sd: float
    quadrature: int
    singular: bool
    converged: bool

    @property
    def aic(self) -> float:
        """Akaike's criterion; the variance of the participants counts as one parameter."""
        return 2 * self.parameters - 2 * self.log_likelihood

    @property
    def cuts(self) -> int:
        """How many thresholds there are."""
        return len(self.answers) - 1

    def thresholds(self, level: float = 0.95) -> pd.DataFrame:
        """One row per threshold between two neighbouring answers."""
        return wald_table(
            self.names[: self.cuts], self.values[: self.cuts], self.covariance[: self.cuts, : self.cuts], level=level
        )

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per effect, in log odds and as odds ratio."""
        part = slice(self.cuts, None)
        return wald_table(self.names[part], self.values[part], self.covariance[part, part], "log odds", level)

    def coefficients(self) -> Coefficients:
        """What contrasts between conditions are made of (`wald.wald_contrasts`)."""
        between = 0.0 if np.isnan(self.random_sd) else self.random_sd**2
        mixed = self.quadrature > 0
        return Coefficients(
            self.design,
            np.concatenate([[0.0], self.values[self.cuts :]]),
            np.pad(self.covariance[self.cuts :, self.cuts :], ((1, 0), (1, 0))),
            scale="log odds",
            method="cumulative-link mixed model (logit), Wald z" if mixed else "cumulative-link model (logit), Wald z",
            latent_sd=float(np.sqrt(LATENT_VARIANCE + between)),
            denominator="latent SD, √(π²/3 + participant variance)" if mixed else "latent SD, √(π²/3)",
            note="participant variance is zero (singular)" if self.singular else "",
        )


def clm(frame: pd.DataFrame, formula: str, participant: str) -> OrdinalFit:
    """The model without levels of participants: for one row per participant, or as the plain twin of `clmm`.

    The response is a column of numbers or an ordered category. Raises NotEstimable. R: ordinal::clm(formula, data).
    """
    asked, answers = ordinal_design(frame, formula, participant)
    return fit_ordinal(asked, answers, quadrature=0)


def clmm(frame: pd.DataFrame, formula: str, participant: str, quadrature: int = 10) -> OrdinalFit:
    """The model with a level per participant, for several answers of each (Agresti, 2010; Hedeker & Gibbons, 1994).

    `quadrature` nodes (1 is Laplace). R: ordinal::clmm(y ~ x + (1 | participant), nAGQ = quadrature).
    """
    asked, answers = ordinal_design(frame, formula, participant)
    if asked.participants == len(asked.y):
        raise NotEstimable(
            "Every participant has one row: their levels cannot be told from chance; use the model without them."
        )
    return fit_ordinal(asked, answers, quadrature)


def drop_term(fit: OrdinalFit, term: str) -> LikelihoodRatio:
    """Likelihood-ratio test of one term of the formula. R: anova(smaller, larger)."""
    smaller = fit_ordinal(without(fit.design, term), fit.answers, fit.quadrature)
    note = "" if fit.converged and smaller.converged else "not converged"
    df = fit.parameters - smaller.parameters
    return likelihood_ratio(term, fit.log_likelihood, smaller.log_likelihood, df, note)


def ordinal_design(frame: pd.DataFrame, formula: str, participant: str) -> tuple[Design, tuple[str, ...]]:
    """The coded rows, y as 0 … K − 1, and the K answers that occur, in their order."""
    response = str(parsed(formula).lhs).strip()
    if response in frame and isinstance(frame[response].dtype, pd.CategoricalDtype):
        if not frame[response].cat.ordered:
            raise NotEstimable(
                f"The answers of '{response}' have no order; give them as numbers or an ordered category."
            )
        codes = frame[response].cat.codes
        labels = dict(enumerate(map(str, frame[response].cat.categories)))
        frame = frame.assign(**{response: codes.astype(float).where(codes >= 0)})
    else:
        labels = {}
    coded = design(frame, formula, participant)
    if INTERCEPT not in coded.columns:
        raise NotEstimable(f"'{formula}' leaves out the intercept, but the thresholds stand in its place.")
    held, ranks = np.unique(coded.y, return_inverse=True)
    answers = tuple(labels.get(int(value), f"{value:g}") for value in held)
    return Design(**{**vars(coded), "y": ranks.astype(float)}), answers


def fit_ordinal(asked: Design, answers: tuple[str, ...], quadrature: int) -> OrdinalFit:
    """Maximum likelihood for rows already coded; without nodes, the model without levels."""
    order = np.argsort(asked.groups, kind="stable")
    ranks, x = asked.y[order].astype(int), np.delete(asked.x, asked.columns.index(INTERCEPT), axis=1)[order]
    rows = cumulative_logit(ranks, x)
    plain = maximise(Pooled(rows), start(ranks, rows.upper.shape[1]))
    effects = [name for name in asked.columns if name != INTERCEPT]
    refuse_separation(effects, plain.covariance, x, "the answers")
    names = (*_cut_names(answers), *effects)
    best, sigma = plain, float("nan")
    if quadrature:
        best, sigma = with_levels(RandomIntercept(rows, asked.groups[order], quadrature), plain)
    free = len(names)
    return OrdinalFit(
        asked, answers, names, best.parameters[:free], best.covariance[:free, :free], best.value,
        free + bool(quadrature), sigma, quadrature, sigma == 0, best.converged,
    )  # fmt: skip


def with_levels(likelihood: RandomIntercept, plain: Maximum) -> tuple[Maximum, float]:
    """The best fit with levels of participants, and their SD (its last parameter, of either sign, made positive).

    The plain fit and 0 where that is no worse.
    """
    mixed = maximise(likelihood, np.append(plain.parameters, 1.0))
    sigma = abs(float(mixed.parameters[-1]))
    if sigma < NO_VARIANCE or mixed.value < plain.value:
        return plain, 0.0
    turn = np.ones(len(mixed.parameters))
    turn[-1] = np.sign(mixed.parameters[-1])
    return replace(
        mixed,
        parameters=mixed.parameters * turn,
        gradient=mixed.gradient * turn,
        information=mixed.information * np.outer(turn, turn),
    ), sigma


def _cut_names(answers: tuple[str, ...]) -> list[str]:
    return [f"{below}|{above}" for below, above in pairwise(answers)]
