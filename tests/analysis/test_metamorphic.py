"""What must follow when the data change in a known way: every analysis, under every relation that applies to it.

A relation is data: how the frame changes, under which names the conditions then go, and what becomes of each number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from all_analyses import ANALYSES, CONDITIONS, Names, Study, study
from reference.handover_data import handed_over
from result_numbers import Numbers, moved, numbers, swapped
from test_findings import hypothesis, people, protocol

from analysis.findings import Finding, confirm, explore
from study.protocol import Protocol

pytestmark = pytest.mark.filterwarnings("error")

WHOLE = study()
SAME_ORDER = {"active": "alpha", "baseline": "mike", "passive": "zulu"}
OTHER_ORDER = {"active": "zulu", "baseline": "mike", "passive": "alpha"}
ACTS = {"ask": "zero", "edit": "act"}
STEEPER = {1.0: 1.0, 2.0: 2.0, 3.0: 4.0, 4.0: 8.0, 5.0: 16.0, 6.0: 17.0, 7.0: 40.0}

COUNTS = ("poisson", "poisson profile", "negative binomial", "negative binomial profile", "gee poisson")
SUCCESS = ("logistic", "logistic profile", "logistic term", "risk_differences", "gee logistic", "mcnemar", "cochran_q")
TIMES = ("kaplan_meier", "restricted_means", "restricted_mean_differences", "cox_clustered", "cox_stratified")
LOGS = ("transitions", "homogeneity", "dwell")
PLACES = ("rankings", "first_choices", "worth_difference")
CODES = ("cohen_kappa", "krippendorff_alpha")
ANSWERS = ("clmm", "clmm term", "clm", "nominal_test", "per_cut_logits")
WITHOUT_CONTRAST = (
    "mixed_model terms", "mixed_model means", "mixed_model slope", "linear_model HC3", "clmm term", "partial_odds",
    "nominal_test", "per_cut_logits", "logistic term", "cochran_q", "welch_test", "anova within", "anova mixed",
    "aligned_ranks", "friedman", "after_friedman wilcoxon", "after_friedman nemenyi", "after_friedman conover",
    "kaplan_meier", "restricted_means", "transitions", "homogeneity", "dwell", "rankings", "first_choices",
    "reliability", "pooled_within_alpha", "cohen_kappa", "krippendorff_alpha", "describe",
)  # fmt: skip
NO_SCALE = {
    "its outcome is no scale with a unit": (*COUNTS, *SUCCESS, *TIMES, *PLACES, *CODES),
    "the acts of the log are made of the answers": LOGS,
    "it cuts the answers at fixed numbers": ("partial_odds",),
}

WITHIN = ("mixed_model", "ordinal_mixed_model", "paired_t", "wilcoxon", "repeated_anova", "friedman")


def but(*names: str) -> tuple[str, ...]:
    """Every other analysis."""
    assert set(names) <= set(ANALYSES)
    return tuple(name for name in ANALYSES if name not in names)


@dataclass(frozen=True)
class Relation:
    """`change` of the frame; `follows`: what becomes of the numbers; `named`: the new names of old conditions and acts.

    `asked`: the conditions to compare, by their old names. `unfit`: why it does not apply → to which analyses.
    """

    change: Callable[[Study], Study]
    follows: Callable[[Numbers], Numbers] = dict
    named: Mapping[str, str] = field(default_factory=dict)
    asked: Names = CONDITIONS
    unfit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def renamed(names: Mapping[str, str]) -> Callable[[Study], Study]:
    """The conditions under other names."""
    return lambda rows: rows.assign(condition=rows["condition"].map(names), met=rows["met"].map(names))


def scaled(change: Callable[[pd.Series], pd.Series]) -> Callable[[Study], Study]:
    """Every outcome that is a scale on another one."""
    return lambda rows: rows.assign(**{name: change(rows[name]) for name in ("item", "score", "count")})


def turned(rows: Study) -> Study:
    """Every scale the other way round."""
    ends = {"item": 8, "score": 8, "count": 8, "success": 1, "rank": 4}
    return rows.assign(**{name: end - rows[name] for name, end in ends.items()})


RELATIONS: dict[str, Relation] = {
    "participants under other names, rows and columns in another order": Relation(
        lambda rows: rows.assign(
            participant="Q" + (99 - rows["participant"].str[1:].astype(int)).astype(str)
        ).sample(frac=1, random_state=8).iloc[:, ::-1]
    ),
    "conditions under other names": Relation(
        renamed(SAME_ORDER),
        named=SAME_ORDER,
        unfit={"it is held against names of another order, which asks for more": but("per_cut_logits")},
    ),
    "conditions under names of another order": Relation(
        renamed(OTHER_ORDER),
        named=OTHER_ORDER,
        unfit={"its coefficients are differences from the first condition by name": ("per_cut_logits",)},
    ),
    "the outcome shifted": Relation(
        scaled(lambda values: values + 2), lambda was: moved(was, by=2), unfit=NO_SCALE
    ),
    "the outcome in a smaller unit": Relation(
        scaled(lambda values: values * 2.5),
        lambda was: moved(was, times=2.5),
        unfit=NO_SCALE | {"its bounds are in the unit of the outcome": ("tost_paired", "tost_independent")},
    ),
    "the scale the other way round": Relation(
        turned,
        lambda was: moved(was, by=8, times=-1),
        unfit={
            "counts and times have one direction": (*COUNTS, *TIMES),
            "the acts of the log are made of the answers": LOGS,
            "the last choice becomes the first, which its model treats otherwise": ("first_choices", "worth_difference"),
            "only one of the two coders is turned where an answer is in the middle": CODES,
            "its cuts change places": ("per_cut_logits",),
        },
    ),
    "the conditions of a contrast swapped": Relation(
        lambda rows: rows,
        lambda was: swapped(was, *CONDITIONS[:2]),
        asked=("passive", "active", "baseline"),
        unfit={"it is asked for no contrast": WITHOUT_CONTRAST},
    ),
    "ordered answers under other numbers": Relation(
        lambda rows: rows.assign(item=rows["item"].map(STEEPER)),
        unfit={"it uses the distances between answers, or no answers": but(
            *ANSWERS, "friedman", "after_friedman nemenyi", "after_friedman conover"
        )},
    ),
    "times in a smaller unit": Relation(
        lambda rows: rows.assign(seconds=rows["seconds"] * 60, pace=rows["pace"] * 60),
        lambda was: moved(was, times=60),
        unfit={"it has no times": but(*TIMES, *LOGS)},
    ),
    "acts under other names": Relation(
        lambda rows: rows.assign(acts="zero act"), named=ACTS, unfit={"it has no acts": but(*LOGS)}
    ),
}  # fmt: skip
FITTING = [
    (relation, analysis)
    for relation, of in RELATIONS.items()
    for analysis in ANALYSES
    if not any(analysis in names for names in of.unfit.values())
]


@cache
def before(analysis: str) -> Numbers:
    """What the study as it is gives."""
    return numbers(ANALYSES[analysis](WHOLE, CONDITIONS))


@pytest.mark.parametrize(("relation", "analysis"), FITTING)
def test_what_must_follow_does(relation: str, analysis: str) -> None:
    of = RELATIONS[relation]
    asked = tuple(of.named.get(name, name) for name in of.asked)
    found = numbers(ANALYSES[analysis](of.change(WHOLE.copy()), asked), {new: old for old, new in of.named.items()})
    expected = of.follows(before(analysis))
    compare(expected, found, whole=of.asked == CONDITIONS)


def compare(expected: Numbers, found: Numbers, whole: bool = True) -> None:
    """The same numbers by the same names; a contrast that is given the other way round is turned first."""
    turned_round = [swapped(found, *pair) for pair in {key[:2] for key in found} if len(pair) == 2]
    for other in turned_round:
        found = {**other, **found}
    wanted = {key: number for key, number in expected.items() if number.sort != "drawn"}
    if whole:
        missing = {key for key in wanted.keys() - found.keys() if wanted[key].sort != "rank"}
        assert not missing
    shared = [key for key in wanted if key in found]
    assert shared
    np.testing.assert_allclose(
        [found[key].value for key in shared], [wanted[key].value for key in shared], rtol=1e-6, atol=1e-8,
        err_msg=str(shared),
    )  # fmt: skip


def test_every_analysis_that_a_relation_leaves_out_is_one() -> None:
    named = [name for of in RELATIONS.values() for names in of.unfit.values() for name in names]
    assert set(named) <= set(ANALYSES)


# --- the whole plan ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanRelation:
    """How the names in a protocol and in its rows change (old → new), and the order of the rows."""

    names: Mapping[str, str] = field(default_factory=dict)
    people: Callable[[pd.Series], pd.Series] = lambda names: names
    order: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows


PLANS = {
    "within people": (
        protocol("active_vs_passive", *(hypothesis(id=test, test=test, family=test) for test in WITHIN), primary=()),
        {"active": "passive", "passive": "active"},
        ("control", "personalisation", "comfort"),
        24,
    ),
    "two factors between people": (
        protocol("persuasion_2x2"),
        {
            "argues": "informs",
            "informs": "argues",
            "told": "withheld",
            "withheld": "told",
            "argues_told": "informs_withheld",
            "informs_withheld": "argues_told",
            "argues_withheld": "informs_told",
            "informs_told": "argues_withheld",
        },
        ("agreement.agree", "agreement.agree.before", "argued.persuaded", "argued.situation"),
        80,
    ),
}
PLAN_RELATIONS: dict[str, Callable[[Mapping[str, str]], PlanRelation]] = {
    "conditions exchange their names": lambda exchanged: PlanRelation(exchanged),
    "participants under other names in another order": lambda _: PlanRelation(
        people=lambda names: "Q" + names.str[:0:-1], order=lambda rows: rows.sample(frac=1, random_state=2)
    ),
}


def called(found: object, names: Mapping[str, str]) -> Any:
    """The same data with every text that is one of these names under its new one."""
    if isinstance(found, dict):
        return {called(key, names): called(value, names) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [called(one, names) for one in found]
    return names.get(found, found) if isinstance(found, str) else found


@cache
def planned(plan: str, way: Callable[..., list[Finding]]) -> list[Finding]:
    """What the plan finds in the rows as they are."""
    of, _, measures, number = PLANS[plan]
    return way(people(of, number, measures), of)


@pytest.mark.parametrize("relation", PLAN_RELATIONS)
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("way", [confirm, explore])
def test_the_plan_finds_the_same(plan: str, relation: str, way: Callable[..., list[Finding]]) -> None:
    """`confirm` begins with `decide`."""
    of, exchanged, measures, number = PLANS[plan]
    change = PLAN_RELATIONS[relation](exchanged)
    sample = people(of, number, measures)
    rows = change.order(sample.rows.assign(participant=change.people(sample.rows["participant"])))
    other = replace(sample, rows=rows.assign(condition=[called(c, change.names) for c in rows["condition"]]))
    was, now = (
        planned(plan, way),
        way(other, Protocol.model_validate(called(of.model_dump(by_alias=True), change.names))),
    )
    assert was and [one.hypothesis.id for one in was] == [one.hypothesis.id for one in now]
    assert [bool(one.refusal) for one in was] == [bool(one.refusal) for one in now]
    for one, same in zip(was, now, strict=True):
        assert list(same.hypothesis.contrast) == called(one.hypothesis.contrast, change.names)
        if not one.refusal:
            compare(numbers(one), numbers(same, change.names))


# --- several factors --------------------------------------------------------------------------------


def of_trust(name: str, test: str, factor: str, contrast: tuple[str, str], more: float) -> Finding:
    """One hypothesis about a study with missing cells, in which personal data told, or an argument, is worth so much more."""
    study = handed_over(name)
    other = "_told" if factor == "opponent" else "argues_"
    here = study.chosen.rows["condition"].str.contains(other, na=False)
    rows = study.chosen.rows.assign(value=study.chosen.rows["value"] + more * here)
    asks = hypothesis(measure="trust", contrast=contrast, factor=factor, test=test)
    plan = study.protocol.analysis.model_copy(update={"hypotheses": (asks,)})
    (found,) = confirm(replace(study.chosen, rows=rows), study.protocol.model_copy(update={"analysis": plan}))
    return found


@pytest.mark.parametrize(
    ("name", "tests", "factor", "contrast"),
    [
        ("gaps", ("mixed_model", "paired_t", "wilcoxon", "repeated_anova", "friedman"), "opponent", ("argues", "informs")),
        ("gaps", ("mixed_model", "paired_t", "wilcoxon"), "personal_data", ("told", "withheld")),
        ("mixed", ("mixed_model", "welch_t", "mann_whitney"), "opponent", ("argues", "informs")),
        ("mixed", ("mixed_model", "paired_t", "wilcoxon"), "personal_data", ("told", "withheld")),
    ],
)  # fmt: skip
def test_what_another_factor_does_does_not_count_as_this_one(
    name: str, tests: tuple[str, ...], factor: str, contrast: tuple[str, str]
) -> None:
    for test in tests:
        was, now = (of_trust(name, test, factor, contrast, more) for more in (0.0, 6.0))
        assert was.estimate and now.estimate and was.twin and now.twin and was.outcome and now.outcome
        for before, after in ((was.estimate, now.estimate), (was.twin, now.twin)):
            assert (after.difference, after.low, after.high, after.p) == pytest.approx(
                (before.difference, before.low, before.high, before.p), rel=1e-6, abs=1e-9
            ), (test, before.method)
        if name == "gaps":  # in a mixed design the printed means are also of who met one of the two
            apart = [one.described[0].mean - one.described[1].mean for one in (was, now)]
            assert apart[1] == pytest.approx(apart[0])
        assert now.bayes == pytest.approx(was.bayes, rel=1e-6) and now.outcome.remarks == was.outcome.remarks
