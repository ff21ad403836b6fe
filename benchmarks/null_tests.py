"""Tests beside the plan's own, on outcomes of every sort in which nothing differs, or one condition by a known amount."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import nan

import numpy as np
import pandas as pd

from analysis.inference.aligned_ranks import aligned_rank_contrasts, aligned_ranks
from analysis.inference.anova import anova
from analysis.inference.between_within import for_few_people
from analysis.inference.binary import cochran_q, mcnemar
from analysis.inference.cox import cox_clustered, cox_stratified
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.fitted import term_tests
from analysis.inference.gee import gee
from analysis.inference.generalised import GeneralisedFit, drop_generalised, generalised
from analysis.inference.independent import mann_whitney, welch_t
from analysis.inference.mixed import MixedModel, mixed_model, with_degrees
from analysis.inference.ordinal import clmm, drop_term
from analysis.inference.paired import paired_t, wilcoxon
from analysis.inference.profile_likelihood import profiled
from analysis.inference.ranks import friedman
from analysis.inference.samples import pair, two_groups
from analysis.inference.sequences import homogeneity
from analysis.inference.survival import restricted_mean_differences
from analysis.inference.wald import Coefficients, pair_weights, wald_contrasts
from benchmarks import made_up_outcomes as made
from benchmarks.null_runs import Result

MODEL = "value ~ condition + period"
WHO, WHERE = "participant", "condition"
FIRST, SECOND = made.CONDITIONS[:2]
HORIZON = 15.0
PERMUTATIONS = 199

Outcome = Callable[[pd.DataFrame, float, np.random.Generator], pd.DataFrame]
"""Places, how much more there is where the condition is `active`, chance → the same with values."""
Tests = dict[str, Callable[[], float | Estimate]]
"""What each test is called, and what gives its p, or an estimate of what was planted."""


@dataclass(frozen=True)
class Battery:
    """Tests of the same values; `planted`: how much more `active` has, in studies in which `finders` are to find it."""

    outcome: Outcome
    tests: Callable[[pd.DataFrame], Tests]
    planted: float = nan
    finders: tuple[str, ...] = ()
    people: Callable[[np.random.Generator], pd.DataFrame] = made.places

    def results(self, chance: np.random.Generator) -> list[Result]:
        """What comes of every test of one made-up study in which nothing differs."""
        rows = self.outcome(self.people(chance), 0.0, chance)
        return [_result(name, 0.0, test) for name, test in self.tests(rows).items()]

    def planted_results(self, chance: np.random.Generator) -> list[Result]:
        """What comes of every test that estimates what is planted."""
        if not self.finders:
            return []
        tests = self.tests(self.outcome(self.people(chance), self.planted, chance))
        return [_result(name, self.planted, tests[name]) for name in self.finders]


def _result(name: str, truth: float, test: Callable[[], float | Estimate]) -> Result:
    try:
        return Result.of(name, truth, test())
    except NotEstimable as error:
        return Result(name, name, truth, refusal=str(error))


def _contrast(coefficients: Coefficients) -> Estimate:
    (found,) = wald_contrasts(coefficients, WHERE, [(FIRST, SECOND)])
    return found


def _profile(fit: GeneralisedFit) -> Estimate:
    """As a plan has it: the likelihood ratio against t, and the interval that belongs to it."""
    wald = _contrast(for_few_people(fit.coefficients(), WHERE))
    (found,) = profiled(fit, [wald], pair_weights(fit.design, WHERE, [(FIRST, SECOND)]))
    return found


def _of_scores(rows: pd.DataFrame) -> Tests:
    fit = cache(lambda: mixed_model(rows, MODEL, WHO))
    both = cache(lambda: pair(rows, "value", WHERE, WHO, FIRST, SECOND))
    effect = cache(lambda: anova(rows, "value", within=(WHERE,)).effect(WHERE))
    return {
        "mixed model, F, Kenward–Roger": lambda: _term(fit()),
        "mixed model, F, Satterthwaite": lambda: _term(with_degrees(fit(), "Satterthwaite")),
        "paired t": lambda: paired_t(both()),
        "Wilcoxon, exact": lambda: wilcoxon(both()),
        "repeated-measures ANOVA, F, uncorrected": lambda: effect().p,
        "repeated-measures ANOVA, F, Greenhouse–Geisser": lambda: effect().p_gg,
        "GEE, Gaussian, contrast": lambda: _contrast(gee(rows, MODEL, WHO, "gaussian").coefficients()),
    }


def _term(fit: MixedModel) -> float:
    return next(test.p for test in term_tests(fit) if test.term == WHERE)


def _of_groups(rows: pd.DataFrame) -> Tests:
    both = cache(lambda: two_groups(rows, "value", WHERE, WHO, FIRST, SECOND))
    return {"Welch's t, 24 each": lambda: welch_t(both()), "Mann–Whitney, 24 each": lambda: mann_whitney(both())}


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
        "logistic mixed model, profile": lambda: _profile(fit()),
        "logistic mixed model, likelihood ratio": lambda: drop_generalised(fit(), WHERE).p,
        "GEE, logistic, contrast": lambda: _contrast(gee(rows, MODEL, WHO, "logistic").coefficients()).p,
        "McNemar, exact": lambda: mcnemar(pair(rows, "value", WHERE, WHO, FIRST, SECOND)).p,
        "Cochran's Q": lambda: cochran_q(rows, "value", WHERE, WHO).p,
    }


def _of_counts(rows: pd.DataFrame) -> Tests:
    fit = cache(lambda: generalised(rows, MODEL, WHO, "poisson"))
    return {
        "Poisson mixed model, contrast": lambda: _contrast(fit().coefficients()),
        "Poisson mixed model, profile": lambda: _profile(fit()),
        "GEE, Poisson, contrast": lambda: _contrast(gee(rows, MODEL, WHO, "poisson").coefficients()),
    }


def _varied_counts(rows: pd.DataFrame, effect: float, chance: np.random.Generator) -> pd.DataFrame:
    return made.counts(rows, effect, chance, size=3.0)


def _of_varied_counts(rows: pd.DataFrame) -> Tests:
    fit = cache(lambda: generalised(rows, MODEL, WHO, "negative binomial"))
    return {
        "negative-binomial mixed model, contrast": lambda: _contrast(fit().coefficients()),
        "negative-binomial mixed model, profile": lambda: _profile(fit()),
    }


def _of_times(rows: pd.DataFrame) -> Tests:
    asked = (rows, "value", "event", WHERE, WHO, HORIZON, [(FIRST, SECOND)])
    return {
        "Cox, clustered, contrast": lambda: _contrast(cox_clustered(rows, MODEL, "event", WHO).coefficients()).p,
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


def _both(family: str) -> tuple[str, str]:
    """By Wald's error and by the profile of the likelihood."""
    return f"{family} mixed model, contrast", f"{family} mixed model, profile"


BATTERIES = (
    Battery(made.scores, _of_scores, 0.8, ("paired t", "Wilcoxon, exact", "GEE, Gaussian, contrast")),
    Battery(made.scores, _of_groups, 0.8, ("Welch's t, 24 each", "Mann–Whitney, 24 each"), made.groups),
    Battery(made.answers, _of_answers),
    Battery(made.successes, _of_successes, 1.0, _both("logistic")),
    Battery(made.counts, _of_counts, 0.3, (*_both("Poisson"), "GEE, Poisson, contrast")),
    Battery(_varied_counts, _of_varied_counts, 0.3, _both("negative-binomial")),
    Battery(made.times, _of_times, 0.5, ("Cox, stratified, contrast",)),
    Battery(lambda rows, _effect, chance: made.in_two_phases(rows, chance), _of_phases),
    Battery(lambda rows, _effect, chance: made.events(rows, chance), _of_events),
)
"""The GEE of successes and the clustered Cox model estimate something smaller than what holds for one person, so they are
no finders; those of counts estimate the same, as a person's own factor does not depend on the condition."""


def results(chance: np.random.Generator) -> list[Result]:
    """Every test of one made-up study in which nothing differs."""
    return [one for battery in BATTERIES for one in battery.results(chance)]


def planted_results(chance: np.random.Generator) -> list[Result]:
    """Every estimate of what is planted."""
    return [one for battery in BATTERIES for one in battery.planted_results(chance)]
