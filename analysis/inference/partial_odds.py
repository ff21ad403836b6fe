"""Ordered answers where a named effect may differ from threshold to threshold: the partial proportional odds model.

For outcomes asked once of each participant, as in a between-subject study of persuasion: `after ~ before + message *
source`, where the message may move people from "no" to "undecided" more than from "undecided" to "yes" (Peterson &
Harrell, 1990). Rows count as independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.inference.cumulative_logit import cumulative_logit, start
from analysis.inference.design_matrix import Design
from analysis.inference.estimate import NotEstimable
from analysis.inference.likelihood_ratio import LikelihoodRatio, likelihood_ratio
from analysis.inference.maximise import Maximum, maximise
from analysis.inference.ordinal import INTERCEPT, LATENT_VARIANCE, NO_VARIANCE, fit_ordinal, ordinal_design
from analysis.inference.random_intercept import Pooled, RandomIntercept
from analysis.inference.separation import refuse_separation
from analysis.inference.wald import Coefficients, wald_table

Array = np.ndarray


@dataclass(frozen=True)
class PartialOddsFit:
    """A fitted model: thresholds, then effects in the order of `names`, in `values` (p) and `covariance` (p × p).

    `test` compares it with the model whose effects are the same at all thresholds. `crossing` counts rows for which
    some answer gets a negative probability: a model that is not coherent there and should not be reported.
    """

    design: Design
    answers: tuple[str, ...]
    names: tuple[str, ...]
    values: Array
    covariance: Array
    log_likelihood: float
    test: LikelihoodRatio
    crossing: int
    converged: bool

    def thresholds(self, level: float = 0.95) -> pd.DataFrame:
        """One row per threshold between two neighbouring answers."""
        cuts = len(self.answers) - 1
        return wald_table(self.names[:cuts], self.values[:cuts], self.covariance[:cuts, :cuts], level=level)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per effect, and one per threshold of those that vary (`at`), in log odds and as odds ratio."""
        part = slice(len(self.answers) - 1, None)
        shown = wald_table(self.names[part], self.values[part], self.covariance[part, part], "log odds", level)
        names = shown["term"].str.split(" at ", n=1, expand=True).reindex(columns=[0, 1])
        shown["term"] = names[0]
        shown.insert(1, "at", names[1].fillna("every threshold"))
        return shown

    def coefficients(self) -> Coefficients:
        """What contrasts are made of, for a factor whose effect is the same at every threshold.

        Effects that vary by threshold have no one value; they cancel in such a contrast, and stand as 0 here.
        """
        p = len(self.design.columns)
        values, covariance = np.zeros(p), np.zeros((p, p))
        here = [place for place, name in enumerate(self.design.columns) if name in self.names]
        there = [self.names.index(self.design.columns[place]) for place in here]
        values[here], covariance[np.ix_(here, here)] = self.values[there], self.covariance[np.ix_(there, there)]
        return Coefficients(
            self.design,
            values,
            covariance,
            scale="log odds",
            method="partial proportional odds model (logit), Wald z",
            latent_sd=float(np.sqrt(LATENT_VARIANCE)),
            denominator="latent SD, √(π²/3)",
            note=f"{self.crossing} rows get a negative probability" if self.crossing else "",
        )


def partial_odds(frame: pd.DataFrame, formula: str, participant: str, varying: Sequence[str]) -> PartialOddsFit:
    """Terms in `varying` get one effect per threshold, the others one effect for all.

    Raises NotEstimable, also for more than one row per participant: `clmm` is for those.
    R: VGAM::vglm(ordered(after) ~ before + a * b, cumulative(parallel = FALSE ~ 1 + a, reverse = TRUE)).
    """
    asked, answers = ordinal_design(frame, formula, participant)
    if asked.participants < len(asked.y):
        raise NotEstimable("A participant has more than one row; this model takes the rows to be independent.")
    best = vary(asked, varying)
    plain = fit_ordinal(asked, answers, quadrature=0)
    names = _names(asked, answers, varying)
    cuts = len(answers) - 1
    repeated = _columns_of_effects(asked, varying, cuts)
    refuse_separation(names[cuts:], best.covariance, repeated, formula.split("~")[0].strip())
    test = likelihood_ratio(" + ".join(varying), best.value, plain.log_likelihood, len(names) - len(plain.names))
    crossing = _crossing(asked, varying, best.parameters, cuts)
    return PartialOddsFit(
        asked, answers, tuple(names), best.parameters, best.covariance, best.value, test, crossing, best.converged
    )


def vary(asked: Design, varying: Sequence[str], quadrature: int = 0) -> Maximum:
    """The best fit with these terms varying by threshold; with nodes, participants have levels of their own."""
    order = np.argsort(asked.groups, kind="stable")
    ranks, x = asked.y[order].astype(int), _effects(asked)[order]
    rows = cumulative_logit(ranks, x, _places(asked, varying))
    plain = maximise(Pooled(rows), start(ranks, rows.upper.shape[1]))
    if not quadrature:
        return plain
    mixed = maximise(RandomIntercept(rows, asked.groups[order], quadrature), np.append(plain.parameters, 1.0))
    return plain if abs(mixed.parameters[-1]) < NO_VARIANCE or mixed.value < plain.value else mixed


def _effects(asked: Design) -> Array:
    return np.delete(asked.x, asked.columns.index(INTERCEPT), axis=1)


def _places(asked: Design, varying: Sequence[str]) -> list[int]:
    """The columns of the varying terms, counted without the intercept."""
    if absent := [term for term in varying if term not in asked.terms or term == "1"]:
        raise NotEstimable(
            f"The formula has no term '{absent[0]}'; its terms are {[t for t in asked.terms if t != '1']}."
        )
    intercept = asked.columns.index(INTERCEPT)
    return [place - (place > intercept) for term in varying for place in asked.terms[term]]


def _names(asked: Design, answers: tuple[str, ...], varying: Sequence[str]) -> list[str]:
    cuts = [f"{below}|{above}" for below, above in pairwise(answers)]
    places = _places(asked, varying)
    effects = [name for name in asked.columns if name != INTERCEPT]
    each = [[f"{name} at {cut}" for cut in cuts] if k in places else [name] for k, name in enumerate(effects)]
    return [*cuts, *(name for names in each for name in names)]


def _columns_of_effects(asked: Design, varying: Sequence[str], cuts: int) -> Array:
    places, x = _places(asked, varying), _effects(asked)
    return np.repeat(x, [cuts if place in places else 1 for place in range(x.shape[1])], axis=1)


def _crossing(asked: Design, varying: Sequence[str], parameters: Array, cuts: int) -> int:
    """Rows whose thresholds are out of order."""
    x, places = _effects(asked), _places(asked, varying)
    thresholds = [cumulative_logit(np.full(len(x), k), x, places, cuts).upper @ parameters for k in range(cuts)]
    return int((np.diff(thresholds, axis=0) < 0).any(axis=0).sum())
