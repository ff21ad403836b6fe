"""Tests beside the plan's own, on outcomes of every sort in which nothing differs between conditions."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from analysis.inference.aligned_ranks import aligned_rank_contrasts, aligned_ranks
from analysis.inference.anova import anova
from analysis.inference.binary import cochran_q, mcnemar
from analysis.inference.cox import cox_clustered, cox_stratified
from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import term_tests
from analysis.inference.gee import gee
from analysis.inference.generalised import drop_generalised, generalised
from analysis.inference.mixed import MixedModel, mixed_model, with_degrees
from analysis.inference.ordinal import clmm, drop_term
from analysis.inference.ranks import friedman
from analysis.inference.samples import pair
from analysis.inference.sequences import homogeneity
from analysis.inference.survival import restricted_mean_differences
from analysis.inference.wald import Coefficients, wald_contrasts
from benchmarks import made_up_outcomes as made

MODEL = "value ~ condition + period"
WHO, WHERE = "participant", "condition"
FIRST, SECOND = made.CONDITIONS[:2]
HORIZON = 15.0
PERMUTATIONS = 199

Outcome = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
Tests = dict[str, Callable[[], float]]
"""What each test is called, and what gives its p."""


def p_values(chance: np.random.Generator) -> dict[str, float]:
    """Test → p of one made-up study; NaN where it could not be tested. Tests of one outcome share its values."""
    found: dict[str, float] = {}
    for outcome, tests in BATTERIES:
        rows = outcome(made.places(chance), chance)
        found |= {name: _p(test) for name, test in tests(rows).items()}
    return found


def _p(test: Callable[[], float]) -> float:
    try:
        return test()
    except NotEstimable:
        return float("nan")


def _contrast(coefficients: Coefficients) -> float:
    (found,) = wald_contrasts(coefficients, WHERE, [(FIRST, SECOND)])
    return found.p


def _of_scores(rows: pd.DataFrame) -> Tests:
    fit = cache(lambda: mixed_model(rows, MODEL, WHO))
    effect = cache(lambda: anova(rows, "value", within=(WHERE,)).effect(WHERE))
    return {
        "mixed model, F, Kenward–Roger": lambda: _term(fit()),
        "mixed model, F, Satterthwaite": lambda: _term(with_degrees(fit(), "Satterthwaite")),
        "repeated-measures ANOVA, F, uncorrected": lambda: effect().p,
        "repeated-measures ANOVA, F, Greenhouse–Geisser": lambda: effect().p_gg,
        "GEE, Gaussian, contrast": lambda: _contrast(gee(rows, MODEL, WHO, "gaussian").coefficients()),
    }


def _term(fit: MixedModel) -> float:
    return next(test.p for test in term_tests(fit) if test.term == WHERE)


def _of_answers(rows: pd.DataFrame) -> Tests:
    ranked = cache(lambda: friedman(rows, "value", WHERE, WHO))
    return {
        "CLMM, likelihood ratio": lambda: drop_term(clmm(rows, MODEL, WHO), WHERE).p,
        "Friedman, χ²": lambda: ranked().p,
        "Friedman, F of Iman and Davenport": lambda: ranked().p_f,
    }


def _of_successes(rows: pd.DataFrame) -> Tests:
    fit = cache(lambda: generalised(rows, MODEL, WHO, "logistic"))
    return {
        "logistic mixed model, contrast": lambda: _contrast(fit().coefficients()),
        "logistic mixed model, likelihood ratio": lambda: drop_generalised(fit(), WHERE).p,
        "GEE, logistic, contrast": lambda: _contrast(gee(rows, MODEL, WHO, "logistic").coefficients()),
        "McNemar, exact": lambda: mcnemar(pair(rows, "value", WHERE, WHO, FIRST, SECOND)).p,
        "Cochran's Q": lambda: cochran_q(rows, "value", WHERE, WHO).p,
    }


def _of_counts(rows: pd.DataFrame) -> Tests:
    return {
        "Poisson mixed model, contrast": lambda: _contrast(generalised(rows, MODEL, WHO, "poisson").coefficients()),
        "GEE, Poisson, contrast": lambda: _contrast(gee(rows, MODEL, WHO, "poisson").coefficients()),
    }


def _of_varied_counts(rows: pd.DataFrame) -> Tests:
    return {
        "negative-binomial mixed model, contrast": lambda: _contrast(
            generalised(rows, MODEL, WHO, "negative binomial").coefficients()
        )
    }


def _of_times(rows: pd.DataFrame) -> Tests:
    asked = (rows, "value", "event", WHERE, WHO, HORIZON, [(FIRST, SECOND)])
    return {
        "Cox, clustered, contrast": lambda: _contrast(cox_clustered(rows, MODEL, "event", WHO).coefficients()),
        "Cox, stratified, contrast": lambda: _contrast(cox_stratified(rows, MODEL, "event", WHO).coefficients()),
        "restricted mean, difference": lambda: restricted_mean_differences(*asked)[0].p,
    }


def _of_phases(rows: pd.DataFrame) -> Tests:
    factors = (WHERE, "phase")
    effects = cache(lambda: {test.term: test.p for test in aligned_ranks(rows, "value", factors).effects})
    pairs = [(FIRST, SECOND)]
    return {
        "ART, condition": lambda: effects()[WHERE],
        "ART, phase": lambda: effects()["phase"],
        "ART, condition × phase": lambda: effects()[f"{WHERE}:phase"],
        "ART-C, contrast": lambda: aligned_rank_contrasts(rows, "value", factors, (WHERE,), pairs)[0].p,
    }


def _of_events(rows: pd.DataFrame) -> Tests:
    return {
        "transitions, permuted within people": lambda: homogeneity(rows, "kind", "second", WHERE, WHO, PERMUTATIONS).p
    }


BATTERIES: tuple[tuple[Outcome, Callable[[pd.DataFrame], Tests]], ...] = (
    (lambda rows, chance: made.scores(rows, 0.0, chance), _of_scores),
    (lambda rows, chance: made.answers(rows, 0.0, chance), _of_answers),
    (lambda rows, chance: made.successes(rows, 0.0, chance), _of_successes),
    (lambda rows, chance: made.counts(rows, 0.0, chance), _of_counts),
    (lambda rows, chance: made.counts(rows, 0.0, chance, size=3.0), _of_varied_counts),
    (lambda rows, chance: made.times(rows, 0.0, chance), _of_times),
    (made.in_two_phases, _of_phases),
    (made.events, _of_events),
)
