"""The rows of a measure as a hypothesis asks about them: means of levels, who met what, what is held constant."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from reference.handover_data import handed_over
from scipy import stats
from test_findings import DEMO, hypothesis, people, protocol

from analysis.asked import Asked, asked
from analysis.findings import Finding, confirm
from analysis.planned_tests import outcomes, planned_crossover
from analysis.sample import Sample
from study.analysis_plan import Hypothesis
from study.protocol import Design, Protocol

CELLS = ("informs_withheld", "informs_told", "argues_withheld", "argues_told")
VALUES = {
    "P1": (1, 3, 2, 6),  # informs 2, argues 4
    "P2": (2, 4, 5, 5),  # informs 3, argues 5
    "P3": (1, None, 3, 9),  # lacks informs_told, so of P3 there is no mean for informs; argues 6
    "P4": (4, 4, 5, 9),  # informs 4, argues 7
}
NOBODY = pd.DataFrame(columns=["participant", "rule"])


def of_design(**design: object) -> Protocol:
    """The two factors of the persuasion study, met otherwise."""
    return protocol("persuasion_2x2").model_copy(update={"design": Design.model_validate(design)})


WITHIN = of_design(kind="within", labels=("A", "B", "C", "D"))
MIXED = of_design(kind="mixed", between="opponent", labels=("A", "B"))


def rows_of(values: dict[str, tuple[float | None, ...]]) -> pd.DataFrame:
    told = [
        (who, who, False, True, float(block), condition, "debate", "agreement", value, "complete")
        for who, own in values.items()
        for block, (condition, value) in enumerate(zip(CELLS, own, strict=True), 1)
        if value is not None
    ]
    columns = ["session_id", "participant", "simulated", "complete", "block", "condition", "task"]
    return pd.DataFrame(told, columns=[*columns, "measure", "value", "status"])


def asks(test: str = "paired_t", **more: object) -> Hypothesis:
    told = {"measure": "agreement", "contrast": ("argues", "informs"), "factor": "opponent", "test": test}
    return hypothesis(**(told | more))


def alone(rows: pd.DataFrame, of: Protocol, asked_for: Hypothesis) -> Finding:
    plan = of.analysis.model_copy(update={"hypotheses": (asked_for,), "exclusions": ()})
    (found,) = confirm(Sample(rows, NOBODY, False), of.model_copy(update={"analysis": plan}))
    return found


def means(of: Asked) -> dict[tuple[str, str], float]:
    return {(row.participant, row.level): row.value for row in of.per_level.itertuples()}


# --- means of levels ---------------------------------------------------------------------------


def test_a_mean_over_conditions_is_of_who_has_every_one_of_them() -> None:
    of = asked(rows_of(VALUES), WITHIN, asks())
    assert means(of) == {
        ("P1", "informs"): 2, ("P1", "argues"): 4, ("P2", "informs"): 3, ("P2", "argues"): 5,
        ("P3", "argues"): 6, ("P4", "informs"): 4, ("P4", "argues"): 7,
    }  # fmt: skip
    assert of.lacking("argues", "informs") == of.lacking("informs") == 1 and of.lacking("argues") == 0


def test_who_lacks_a_cell_is_missing_from_the_paired_difference_and_that_is_said() -> None:
    """Of P1, P2 and P4 the differences are 2, 2 and 3; of the mean of the one cell that P3 has, 5 more would come of them."""
    found = alone(rows_of(VALUES), WITHIN, asks())
    t = stats.ttest_1samp([2, 2, 3], 0)
    assert found.estimate and found.outcome and found.twin
    assert (found.estimate.difference, found.p, found.estimate.n) == pytest.approx((7 / 3, t.pvalue, 3))
    assert [(one.n, one.mean) for one in found.described] == [(4, 5.5), (3, 3)]
    assert found.outcome.remarks[0].startswith("One participant lacks a condition of “argues” or “informs”")
    assert found.twin.n == 3


def test_of_conditions_there_is_nothing_to_average_and_nobody_to_leave_out() -> None:
    found = alone(rows_of(VALUES), WITHIN, asks(factor=None, contrast=("argues_told", "argues_withheld")))
    assert found.estimate and found.estimate.n == 4 and found.outcome and not found.outcome.remarks


def test_a_cell_that_nobody_has_takes_its_counterpart_with_it() -> None:
    gone = {who: (*own[:3], None) for who, own in VALUES.items()}
    of = asked(rows_of(gone), WITHIN, asks())
    assert means(of)["P1", "informs"] == 1 and means(of)["P1", "argues"] == 2
    assert means(of)["P3", "informs"] == 1 and of.lacking("argues", "informs") == 0


def test_conditions_of_a_fraction_of_the_design_all_count() -> None:
    """No combination of the other factor stands at both levels, so nothing could be matched."""
    half = tuple(one for one in WITHIN.conditions if one.id in ("informs_withheld", "argues_told"))
    rows = rows_of({who: (own[0], None, None, own[3]) for who, own in VALUES.items()})
    of = asked(rows, WITHIN.model_copy(update={"conditions": half}), asks())
    assert means(of)["P3", "informs"] == 1 and means(of)["P3", "argues"] == 9


def test_a_condition_with_two_values_weighs_as_much_as_one_with_one() -> None:
    rows = rows_of(VALUES)
    again = rows[(rows["participant"] == "P1") & (rows["condition"] == "informs_told")].assign(task="b", value=5.0)
    of = asked(pd.concat([rows, again], ignore_index=True), WITHIN, asks())
    assert means(of)["P1", "informs"] == (1 + (3 + 5) / 2) / 2


# --- who met what ------------------------------------------------------------------------------


def two_of_four(pairs: int = 16) -> pd.DataFrame:
    """Half of the people met what argues, half what informs, in either order."""
    draw, rows = np.random.default_rng(4), []
    for number in range(2 * pairs):
        group, level = CELLS[2 * (number % 2) :][:2], draw.normal(4, 1)
        for block, condition in enumerate(group[:: 1 if number % 4 < 2 else -1], 1):
            value = level + 0.5 * (condition == "argues_told") + draw.normal(0, 0.7)
            place = (f"P{number}", f"P{number}", False, True, float(block), condition, "debate")
            rows.append((*place, "agreement", value, "complete"))
    return pd.DataFrame(rows, columns=rows_of(VALUES).columns)


SAME = {"factor": None, "contrast": ("argues_told", "argues_withheld")}


@pytest.mark.parametrize("test", ["paired_t", "wilcoxon"])
def test_in_a_mixed_design_two_conditions_of_the_same_people_are_a_pair(test: str) -> None:
    rows = two_of_four()
    found = alone(rows, MIXED, asks(test, **SAME))
    table = rows.pivot(index="participant", columns="condition", values="value").dropna(how="all")
    own = table[["argues_told", "argues_withheld"]].dropna()
    assert found.estimate and found.estimate.n == len(own) == 16
    if test == "paired_t":
        assert found.p == pytest.approx(stats.ttest_rel(*own.to_numpy().T).pvalue)
    assert found.twin and not isnan(found.bayes)
    refused = alone(rows, MIXED, asks(test, factor=None, contrast=("argues_told", "informs_told")))
    assert refused.refusal.startswith("Different people met the two")


def test_in_a_mixed_design_two_conditions_of_different_people_are_groups() -> None:
    found = alone(two_of_four(), MIXED, asks("welch_t", factor=None, contrast=("argues_told", "informs_told")))
    assert found.estimate and found.estimate.n == 32
    assert alone(two_of_four(), MIXED, asks("welch_t", **SAME)).refusal.startswith("The same people met both")


def test_in_a_mixed_design_the_model_has_the_period_and_a_twin() -> None:
    found = alone(two_of_four(), MIXED, asks("mixed_model", **SAME))
    assert found.outcome and found.outcome.formula == "value ~ level + period + (1 | participant)"
    assert found.twin and found.twin.n == 16 and not isnan(found.bayes)


def test_where_nobody_has_two_periods_there_is_none_in_the_model() -> None:
    rows = two_of_four().drop_duplicates("participant", keep="last")
    assert "period" not in asked(rows, MIXED, asks(**SAME)).formula()[0]


# --- what is held constant ---------------------------------------------------------------------


def given(of_blocks: dict[float | None, float]) -> list[float]:
    held = [("s1", "P1", False, True, block, None, "", "before", value) for block, value in of_blocks.items()]
    columns = ["session_id", "participant", "simulated", "complete", "block", "condition", "task", "measure", "value"]
    outcome = [("s1", "P1", False, True, b, c, "", "control", 5.0) for b, c in ((1.0, "active"), (2.0, "passive"))]
    rows = pd.DataFrame([*outcome, *held], columns=columns)
    return asked(rows, DEMO, hypothesis(given="before")).rows["given"].tolist()


def test_what_a_block_lacks_is_not_taken_from_another() -> None:
    assert given({1.0: 2.0, 2.0: float("nan")}) == pytest.approx([2.0, float("nan")], nan_ok=True)
    assert given({None: 3.0}) == [3.0, 3.0]
    assert given({1.0: 2.0, None: 3.0}) == [2.0, 3.0]


def test_rows_without_what_is_held_constant_are_counted() -> None:
    sample = people(DEMO, 24, ("control", "comfort"))
    lost = (sample.rows["measure"] == "comfort") & (sample.rows["participant"] == "P003")
    rows = sample.rows.assign(value=sample.rows["value"].mask(lost & (sample.rows["block"] == 2)))
    of = asked(rows, DEMO, hypothesis(given="comfort"))
    (found,) = outcomes("mixed_model", of, [("active", "passive")])
    assert of.rows["given"].isna().sum() == 1
    assert "Rows without a value of what is held constant, not in the model: 1." in found.remarks
    (whole,) = outcomes("mixed_model", asked(sample.rows, DEMO, hypothesis(given="comfort")), [("active", "passive")])
    assert not whole.remarks


# --- the order in the planned model -------------------------------------------------------------


@pytest.mark.parametrize("given", [None, "trait"])
def test_the_order_is_looked_at_in_the_planned_model(given: str | None) -> None:
    """With the period alone it is the planned model itself: the previous condition is then all that is added to it."""
    study, contrasts = handed_over("within"), [("active", "passive"), ("active", "baseline")]
    of = asked(study.chosen.rows, study.protocol, hypothesis(given=given))
    assert of.terms == ["level", *(["given"] if given else []), "period", "task"]
    found = planned_crossover(of, contrasts)
    for one, planned in zip(found.contrasts, outcomes("mixed_model", of, contrasts), strict=True):
        numbers = [(it.difference, it.se, it.df, it.p) for it in (one, planned.estimate)]
        assert numbers[0] == pytest.approx(numbers[1])
    assert len(found.without_carry_over) == 2 and found.carry_over is not None
