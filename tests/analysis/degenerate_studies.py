"""A study as it should be, the ways in which it can be too little, and every analysis that takes a frame."""

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
from analysis.inference.proportional_odds import nominal_test, per_cut_logits
from analysis.inference.ranks import after_friedman, friedman
from analysis.inference.reliability import pooled_within_alpha, reliability
from analysis.inference.risk_difference import risk_differences
from analysis.inference.samples import Groups, Pair, pair, two_groups
from analysis.inference.sequences import dwell, homogeneity, transitions
from analysis.inference.wald import wald_contrasts
from analysis.inference.welch import welch_test

CONDITIONS = ("active", "passive", "baseline")
PAIRS = [("active", "passive"), ("active", "baseline")]
OUTCOMES = ("item", "score", "success", "count", "seconds")
Study = pd.DataFrame
Analysis = Callable[[Study], Any]


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
    made["rank"] = made.groupby("participant")["score"].rank(ascending=False)
    return made


def once(rows: Study) -> Study:
    """One condition for each participant, as in a design between people."""
    people = {who: place % len(CONDITIONS) for place, who in enumerate(sorted(rows["participant"].unique()))}
    wanted = rows["participant"].map({who: CONDITIONS[place] for who, place in people.items()})
    return rows[rows["condition"] == wanted]


def logged(rows: Study) -> Study:
    """A log: eight events for every row, of a kind that its values decide."""
    events = rows.loc[rows.index.repeat(8)].assign(second=np.tile(np.arange(8.0), len(rows)))
    events["kind"] = [("ask", "edit")[int(item * (second + 2) % 3 > 1)] for item, second in _numbers(events)]
    return events


def _numbers(events: Study) -> zip:  # type: ignore[type-arg]
    return zip(events["item"].fillna(4.0), events["second"], strict=True)


DEGENERATE: dict[str, Callable[[Study], Study]] = {
    "one participant": lambda rows: rows[rows["participant"] == "P00"],
    "two participants": lambda rows: rows[rows["participant"].isin(["P00", "P01"])],
    "constant ratings": lambda rows: rows.assign(item=4.0, score=4.0, success=1.0, count=3.0, seconds=5.0, rank=1.0),
    "one condition": lambda rows: rows[rows["condition"] == "active"],
    "all censored": lambda rows: rows.assign(happened=0.0),
    "duplicate rows": lambda rows: pd.concat([rows, rows], ignore_index=True),
    "no values": lambda rows: rows.assign(**dict.fromkeys((*OUTCOMES, "rank"), np.nan)),
    "an empty study": lambda rows: rows.iloc[:0],
    "the same values in every condition": lambda rows: rows.assign(
        **{name: rows.groupby("participant")[name].transform("first") for name in (*OUTCOMES, "rank")}
    ),
}

SCORE, ITEM = "score ~ condition + C(block)", "item ~ condition + C(block)"
WHO, WHERE = "participant", "condition"


def both(rows: Study, value: str) -> Pair:
    return pair(rows, value, WHERE, WHO, *PAIRS[0])


def apart(rows: Study, value: str) -> Groups:
    return two_groups(once(rows), value, WHERE, WHO, *PAIRS[0])


def codes(rows: Study) -> Study:
    """Two coders of every row."""
    return rows[["item", "success"]].assign(item=(rows["item"] > 4).astype(float).where(rows["item"].notna()))


def items(rows: Study) -> Study:
    """Three items of a scale in the active condition."""
    here = rows[rows[WHERE] == "active"].set_index([WHO, WHERE])
    return pd.DataFrame({"a": here["item"], "b": here["score"], "c": here["item"] + here["score"] ** 2})


ANALYSES: dict[str, Analysis] = {
    "mixed_model": lambda rows: condition_contrasts(mixed_model(rows, SCORE, once_per=[WHERE]), WHERE, PAIRS),
    "mixed_model terms": lambda rows: term_tests(mixed_model(rows, SCORE, once_per=[WHERE])),
    "mixed_model means": lambda rows: marginal_means(mixed_model(rows, SCORE, once_per=[WHERE]), WHERE),
    "mixed_model slope": lambda rows: term_tests(mixed_model(rows, "score ~ block", slope="block", once_per=[WHERE])),
    "linear_model": lambda rows: condition_contrasts(linear_model(once(rows), "score ~ condition"), WHERE, PAIRS),
    "linear_model HC3": lambda rows: term_tests(linear_model(once(rows), "score ~ condition", errors="HC3")),
    "clmm": lambda rows: wald_contrasts(clmm(rows, ITEM, WHO).coefficients(), WHERE, PAIRS),
    "clmm term": lambda rows: drop_term(clmm(rows, ITEM, WHO), WHERE),
    "clm": lambda rows: wald_contrasts(clm(once(rows), "item ~ condition", WHO).coefficients(), WHERE, PAIRS),
    "partial_odds": lambda rows: partial_odds(_coarse(once(rows)), "item ~ condition", WHO, [WHERE]),
    "nominal_test": lambda rows: nominal_test(rows, ITEM, WHO),
    "per_cut_logits": lambda rows: per_cut_logits(rows, ITEM, WHO),
    "logistic": lambda rows: wald_contrasts(_generalised(rows, "success", "logistic").coefficients(), WHERE, PAIRS),
    "logistic term": lambda rows: drop_generalised(_generalised(rows, "success", "logistic"), WHERE),
    "risk_differences": lambda rows: risk_differences(_generalised(rows, "success", "logistic"), WHERE, PAIRS),
    "poisson": lambda rows: wald_contrasts(_generalised(rows, "count", "poisson").coefficients(), WHERE, PAIRS),
    "negative binomial": lambda rows: _generalised(rows, "count", "negative binomial").table(),
    "gee gaussian": lambda rows: wald_contrasts(gee(rows, SCORE, WHO, "gaussian").coefficients(), WHERE, PAIRS),
    "gee logistic": lambda rows: wald_contrasts(_gee(rows, "success", "logistic").coefficients(), WHERE, PAIRS),
    "gee poisson": lambda rows: wald_contrasts(_gee(rows, "count", "poisson").coefficients(), WHERE, PAIRS),
    "paired_t": lambda rows: paired_t(both(rows, "score")),
    "wilcoxon": lambda rows: wilcoxon(both(rows, "item")),
    "mcnemar": lambda rows: mcnemar(both(rows, "success")),
    "cochran_q": lambda rows: cochran_q(rows, "success", WHERE, WHO),
    "welch_t": lambda rows: welch_t(apart(rows, "score")),
    "student_t": lambda rows: student_t(apart(rows, "score")),
    "mann_whitney": lambda rows: mann_whitney(apart(rows, "item")),
    "welch_test": lambda rows: welch_test(once(rows), "score", WHERE),
    "anova within": lambda rows: anova(rows, "score", within=[WHERE]),
    "anova mixed": lambda rows: anova(rows, "score", within=[WHERE], between=["group"]),
    "aligned_ranks": lambda rows: aligned_ranks(rows, "item", [WHERE, "group"]),
    "aligned_rank_contrasts": lambda rows: aligned_rank_contrasts(rows, "item", [WHERE, "group"], [WHERE], PAIRS),
    "friedman": lambda rows: friedman(rows, "item", WHERE, WHO),
    "after_friedman wilcoxon": lambda rows: after_friedman(rows, "item", WHERE, WHO),
    "after_friedman nemenyi": lambda rows: after_friedman(rows, "item", WHERE, WHO, "nemenyi"),
    "after_friedman conover": lambda rows: after_friedman(rows, "item", WHERE, WHO, "conover"),
    "tost_paired": lambda rows: tost_paired(both(rows, "score"), -1, 1),
    "tost_independent": lambda rows: tost_independent(apart(rows, "score"), -1, 1),
    "paired_bayes_factor": lambda rows: paired_bayes_factor(both(rows, "score")),
    "independent_bayes_factor": lambda rows: independent_bayes_factor(apart(rows, "score")),
    "crossover": lambda rows: crossover(rows, "score", PAIRS),
    "moderation": lambda rows: moderation(rows, "score", WHERE, "trait", PAIRS),
    "kaplan_meier": lambda rows: survival.kaplan_meier(rows, "seconds", "happened", WHERE, WHO),
    "restricted_means": lambda rows: survival.restricted_means(rows, "seconds", "happened", WHERE, WHO, 15),
    "restricted_mean_differences": lambda rows: survival.restricted_mean_differences(
        rows, "seconds", "happened", WHERE, WHO, 15, PAIRS
    ),
    "cox_clustered": lambda rows: wald_contrasts(_cox(cox_clustered, rows).coefficients(), WHERE, PAIRS),
    "cox_stratified": lambda rows: wald_contrasts(_cox(cox_stratified, rows).coefficients(), WHERE, PAIRS),
    "transitions": lambda rows: transitions(logged(rows), "kind", "second", WHERE, WHO),
    "homogeneity": lambda rows: homogeneity(logged(rows), "kind", "second", WHERE, WHO, 99),
    "dwell": lambda rows: dwell(logged(rows), "kind", "second", WHERE, WHO),
    "rankings": lambda rows: preference.friedman(_ranked(rows)),
    "first_choices": lambda rows: preference.first_choices(_ranked(rows)),
    "worth_difference": lambda rows: preference.worth_difference(_ranked(rows), *PAIRS[0], draws=100),
    "reliability": lambda rows: reliability(items(rows)),
    "pooled_within_alpha": lambda rows: pooled_within_alpha(items(rows), WHERE),
    "cohen_kappa": lambda rows: cohen_kappa(codes(rows), resamples=200),
    "krippendorff_alpha": lambda rows: krippendorff_alpha(codes(rows), "nominal", resamples=200),
    "describe": lambda rows: comparisons.describe(rows, "score", WHERE, WHO),
    "paired_contrasts": lambda rows: comparisons.paired_contrasts(rows, "score", WHERE, WHO, PAIRS),
}


def _coarse(rows: Study) -> Study:
    """Three answers instead of seven, so that everybody's condition has each of them."""
    return rows.assign(item=rows["item"].clip(3, 5))


def _generalised(rows: Study, value: str, family: Any) -> Any:
    return generalised(rows, f"{value} ~ condition + C(block)", WHO, family)


def _gee(rows: Study, value: str, family: Any) -> Any:
    return gee(rows, f"{value} ~ condition + C(block)", WHO, family)


def _cox(fit: Callable[..., Any], rows: Study) -> Any:
    return fit(rows, "seconds ~ condition", "happened", WHO)


def _ranked(rows: Study) -> Study:
    return preference.rankings(rows, "rank", WHERE, WHO)
