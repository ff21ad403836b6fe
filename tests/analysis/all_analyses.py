"""A study as it should be, and every analysis that takes a frame, run on it."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd

from analysis import comparisons
from analysis.inference import preference, survival
from analysis.inference.agreement import cohen_kappa, krippendorff_alpha
from analysis.inference.aligned_ranks import aligned_rank_contrasts, aligned_ranks
from analysis.inference.anova import anova
from analysis.inference.bayes import independent_bayes_factor, paired_bayes_factor
from analysis.inference.between_within import for_few_people
from analysis.inference.binary import cochran_q, mcnemar
from analysis.inference.cox import cox_clustered, cox_stratified
from analysis.inference.crossover import crossover
from analysis.inference.equivalence import tost_independent, tost_paired
from analysis.inference.fitted import term_tests
from analysis.inference.gee import gee
from analysis.inference.generalised import drop_generalised, generalised
from analysis.inference.independent import mann_whitney, student_t, welch_t
from analysis.inference.linear import linear_model
from analysis.inference.means import condition_contrasts, marginal_means
from analysis.inference.mixed import mixed_model
from analysis.inference.moderators import moderation
from analysis.inference.ordinal import clm, clmm, drop_term
from analysis.inference.paired import paired_t, wilcoxon
from analysis.inference.partial_odds import partial_odds
from analysis.inference.profile_likelihood import profiled
from analysis.inference.proportional_odds import nominal_test, per_cut_logits
from analysis.inference.ranks import after_friedman, friedman
from analysis.inference.reliability import pooled_within_alpha, reliability
from analysis.inference.risk_difference import risk_differences
from analysis.inference.samples import Groups, Pair, pair, two_groups
from analysis.inference.sequences import dwell, homogeneity, transitions
from analysis.inference.wald import pair_weights, wald_contrasts
from analysis.inference.welch import welch_test

CONDITIONS = ("active", "passive", "baseline")
OUTCOMES = ("item", "score", "success", "count", "edits", "seconds")
Study = pd.DataFrame
Names = tuple[str, ...]
Analysis = Callable[[Study, Names], Any]
"""What is made of a study whose conditions are called so; contrasts are the first name against the second and the third."""


def study(people: int = 18, seed: int = 4) -> Study:
    """One row per participant and block, with an outcome of every sort."""
    rng, orders = np.random.default_rng(seed), list(permutations(CONDITIONS))
    rows = []
    for who in range(people):
        level = rng.normal()
        for place, condition in enumerate(orders[who % 6]):
            shift = level + 0.5 * (condition == "active")
            rows.append(
                {
                    "participant": f"P{who:02d}",
                    "condition": condition,
                    "block": float(place + 1),
                    "task": f"t{(who + place) % 3}",
                    "met": CONDITIONS[who % 3],
                    "acts": "ask edit",
                    "pace": 1.0,
                    "group": ("novice", "expert")[who // 6 % 2],
                    "trait": round(4 + level, 2),
                    "item": float(np.clip(round(4 + shift + rng.normal()), 1, 7)),
                    "score": round(4 + shift + rng.normal(), 3),
                    "success": float(rng.random() < 1 / (1 + np.exp(-shift))),
                    "count": float(rng.poisson(np.exp(1.5 + 0.4 * shift))),
                    "seconds": round(float(rng.exponential(20)), 1) + 0.1,
                }
            )
    made = pd.DataFrame(rows)
    made["happened"] = (made["seconds"] < 30).astype(float)
    made["seconds"] = made["seconds"].clip(upper=30)
    made["edits"] = rng.poisson(rng.gamma(2, made["count"] / 2)).astype(float)
    made["rank"] = made.groupby("participant")["score"].rank(ascending=False)
    return made


def pairs(of: Names) -> list[tuple[str, str]]:
    """The planned contrasts."""
    return [(of[0], of[1]), (of[0], of[2])]


def once(rows: Study) -> Study:
    """One condition for each participant, as in a design between people."""
    return rows[rows["condition"] == rows["met"]]


def logged(rows: Study) -> Study:
    """A log: eight events for every row, of a kind that its values decide."""
    events = rows.loc[rows.index.repeat(8)].assign(place=np.tile(np.arange(8.0), len(rows)))
    second_kind = events["item"].fillna(4.0) * (events["place"] + 2) % 3 > 1
    named = events["acts"].str.split(expand=True).reindex(columns=[0, 1])
    return events.assign(kind=named[0].where(~second_kind, named[1]), second=events["place"] * events["pace"])


SCORE, ITEM = "score ~ condition + C(block)", "item ~ condition + C(block)"
WHO, WHERE = "participant", "condition"


def both(rows: Study, value: str, of: Names) -> Pair:
    return pair(rows, value, WHERE, WHO, *of[:2])


def apart(rows: Study, value: str, of: Names) -> Groups:
    return two_groups(once(rows), value, WHERE, WHO, *of[:2])


def codes(rows: Study) -> Study:
    """Two coders of every row."""
    return rows[["item", "success"]].assign(item=(rows["item"] > 4).astype(float).where(rows["item"].notna()))


def items(rows: Study, of: Names) -> Study:
    """Three items of a scale in the first condition."""
    here = rows[rows[WHERE] == of[0]].set_index([WHO, WHERE])
    return pd.DataFrame({"a": here["item"], "b": here["score"], "c": (here["score"] + here["count"]) / 2})


ANALYSES: dict[str, Analysis] = {
    "mixed_model": lambda rows, of: condition_contrasts(mixed_model(rows, SCORE, once_per=[WHERE]), WHERE, pairs(of)),
    "mixed_model terms": lambda rows, of: term_tests(mixed_model(rows, SCORE, once_per=[WHERE])),
    "mixed_model means": lambda rows, of: marginal_means(mixed_model(rows, SCORE, once_per=[WHERE]), WHERE),
    "mixed_model slope": lambda rows, of: term_tests(
        mixed_model(rows, "score ~ block", slope="block", once_per=[WHERE])
    ),
    "linear_model": lambda rows, of: condition_contrasts(
        linear_model(once(rows), "score ~ condition"), WHERE, pairs(of)
    ),
    "linear_model HC3": lambda rows, of: term_tests(linear_model(once(rows), "score ~ condition", errors="HC3")),
    "clmm": lambda rows, of: wald_contrasts(clmm(rows, ITEM, WHO).coefficients(), WHERE, pairs(of)),
    "clmm term": lambda rows, of: drop_term(clmm(rows, ITEM, WHO), WHERE),
    "clm": lambda rows, of: wald_contrasts(clm(once(rows), "item ~ condition", WHO).coefficients(), WHERE, pairs(of)),
    "partial_odds": lambda rows, of: partial_odds(_coarse(once(rows)), "item ~ condition", WHO, [WHERE]),
    "nominal_test": lambda rows, of: nominal_test(rows, ITEM, WHO, 1),
    "per_cut_logits": lambda rows, of: per_cut_logits(rows, ITEM, WHO),
    "logistic": lambda rows, of: wald_contrasts(
        _generalised(rows, "success", "logistic").coefficients(), WHERE, pairs(of)
    ),
    "logistic profile": lambda rows, of: _profiled(_generalised(rows, "success", "logistic"), pairs(of)),
    "poisson profile": lambda rows, of: _profiled(_generalised(rows, "count", "poisson"), pairs(of)),
    "negative binomial profile": lambda rows, of: _profiled(
        _generalised(rows, "edits", "negative binomial"), pairs(of)
    ),
    "logistic term": lambda rows, of: drop_generalised(_generalised(rows, "success", "logistic"), WHERE),
    "risk_differences": lambda rows, of: risk_differences(_generalised(rows, "success", "logistic"), WHERE, pairs(of)),
    "poisson": lambda rows, of: wald_contrasts(_generalised(rows, "count", "poisson").coefficients(), WHERE, pairs(of)),
    "negative binomial": lambda rows, of: wald_contrasts(
        _generalised(rows, "edits", "negative binomial").coefficients(), WHERE, pairs(of)
    ),
    "gee gaussian": lambda rows, of: wald_contrasts(gee(rows, SCORE, WHO, "gaussian").coefficients(), WHERE, pairs(of)),
    "gee logistic": lambda rows, of: wald_contrasts(_gee(rows, "success", "logistic").coefficients(), WHERE, pairs(of)),
    "gee poisson": lambda rows, of: wald_contrasts(_gee(rows, "count", "poisson").coefficients(), WHERE, pairs(of)),
    "paired_t": lambda rows, of: paired_t(both(rows, "score", of)),
    "wilcoxon": lambda rows, of: wilcoxon(both(rows, "item", of)),
    "mcnemar": lambda rows, of: mcnemar(both(rows, "success", of)),
    "cochran_q": lambda rows, of: cochran_q(rows, "success", WHERE, WHO),
    "welch_t": lambda rows, of: welch_t(apart(rows, "score", of)),
    "student_t": lambda rows, of: student_t(apart(rows, "score", of)),
    "mann_whitney": lambda rows, of: mann_whitney(apart(rows, "item", of)),
    "welch_test": lambda rows, of: welch_test(once(rows), "score", WHERE),
    "anova within": lambda rows, of: anova(rows, "score", within=[WHERE]),
    "anova mixed": lambda rows, of: anova(rows, "score", within=[WHERE], between=["group"]),
    "aligned_ranks": lambda rows, of: aligned_ranks(rows, "item", [WHERE, "group"]),
    "aligned_rank_contrasts": lambda rows, of: aligned_rank_contrasts(
        rows, "item", [WHERE, "group"], [WHERE], pairs(of)
    ),
    "friedman": lambda rows, of: friedman(rows, "item", WHERE, WHO),
    "after_friedman wilcoxon": lambda rows, of: after_friedman(rows, "item", WHERE, WHO),
    "after_friedman nemenyi": lambda rows, of: after_friedman(rows, "item", WHERE, WHO, "nemenyi"),
    "after_friedman conover": lambda rows, of: after_friedman(rows, "item", WHERE, WHO, "conover"),
    "tost_paired": lambda rows, of: tost_paired(both(rows, "score", of), -1, 1),
    "tost_independent": lambda rows, of: tost_independent(apart(rows, "score", of), -1, 1),
    "paired_bayes_factor": lambda rows, of: paired_bayes_factor(both(rows, "score", of)),
    "independent_bayes_factor": lambda rows, of: independent_bayes_factor(apart(rows, "score", of)),
    "crossover": lambda rows, of: crossover(rows, "score", pairs(of)),
    "moderation": lambda rows, of: moderation(rows, "score", WHERE, "trait", pairs(of)),
    "kaplan_meier": lambda rows, of: survival.kaplan_meier(rows, "seconds", "happened", WHERE, WHO),
    "restricted_means": lambda rows, of: survival.restricted_means(rows, "seconds", "happened", WHERE, WHO, half(rows)),
    "restricted_mean_differences": lambda rows, of: survival.restricted_mean_differences(
        rows, "seconds", "happened", WHERE, WHO, half(rows), pairs(of)
    ),
    "cox_clustered": lambda rows, of: wald_contrasts(_cox(cox_clustered, rows).coefficients(), WHERE, pairs(of)),
    "cox_stratified": lambda rows, of: wald_contrasts(_cox(cox_stratified, rows).coefficients(), WHERE, pairs(of)),
    "transitions": lambda rows, of: transitions(logged(rows), "kind", "second", WHERE, WHO),
    "homogeneity": lambda rows, of: homogeneity(logged(rows), "kind", "second", WHERE, WHO, 99),
    "dwell": lambda rows, of: dwell(logged(rows), "kind", "second", WHERE, WHO),
    "rankings": lambda rows, of: preference.friedman(_ranked(rows)),
    "first_choices": lambda rows, of: preference.first_choices(_ranked(rows)),
    "worth_difference": lambda rows, of: preference.worth_difference(_ranked(rows), *of[:2], draws=100),
    "reliability": lambda rows, of: reliability(items(rows, of)),
    "pooled_within_alpha": lambda rows, of: pooled_within_alpha(items(rows, of), WHERE),
    "cohen_kappa": lambda rows, of: cohen_kappa(codes(rows), resamples=200),
    "krippendorff_alpha": lambda rows, of: krippendorff_alpha(codes(rows), "nominal", resamples=200),
    "describe": lambda rows, of: comparisons.describe(rows, "score", WHERE, WHO),
    "paired_contrasts": lambda rows, of: comparisons.paired_contrasts(rows, "score", WHERE, WHO, pairs(of)),
}


def half(rows: Study) -> float:
    """A horizon that every condition reaches."""
    return float(rows["seconds"].max()) / 2


def _coarse(rows: Study) -> Study:
    """Three answers instead of seven, so that everybody's condition has each of them."""
    return rows.assign(item=rows["item"].clip(3, 5))


def _generalised(rows: Study, value: str, family: Any) -> Any:
    return generalised(rows, f"{value} ~ condition + C(block)", WHO, family)


def _profiled(fit: Any, contrasts: Any) -> Any:
    wald = wald_contrasts(for_few_people(fit.coefficients(), WHERE), WHERE, contrasts)
    return profiled(fit, wald, pair_weights(fit.design, WHERE, contrasts))


def _gee(rows: Study, value: str, family: Any) -> Any:
    return gee(rows, f"{value} ~ condition + C(block)", WHO, family)


def _cox(fit: Callable[..., Any], rows: Study) -> Any:
    return fit(rows, "seconds ~ condition", "happened", WHO)


def _ranked(rows: Study) -> Study:
    return preference.rankings(rows, "rank", WHERE, WHO)
