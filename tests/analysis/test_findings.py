"""The plan decides: what is confirmatory, how it is corrected, what is said of it."""

import re
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from analysis.asked import asked, hypotheses
from analysis.findings import UNBOUNDED, Finding, confirm, explore, finding_table
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.means import condition_contrasts
from analysis.inference.mixed import mixed_model
from analysis.inference.multiplicity import benjamini_hochberg, holm
from analysis.planned_tests import TESTS
from analysis.printed import test_text as printed_test
from analysis.sample import Sample
from analysis.wording import bayes_text, number, p_text, sentence
from memory.mechanisms.registry import parameter_models
from study.analysis_plan import TESTS_OF_MEANS, AnalysisPlan, Hypothesis, Test
from study.design import cells
from study.protocol import Protocol
from study.protocol_file import load_protocol

PROTOCOLS = Path(__file__).parents[2] / "protocols"
EFFECTS = {"active": 0.9, "passive": 0.5, "baseline": 0.0}


def protocol(name: str = "active_vs_passive", *asks: Hypothesis, **plan: object) -> Protocol:
    loaded = load_protocol(PROTOCOLS / f"{name}.yaml", parameter_models())
    wanted = {**({"hypotheses": asks} if asks else {}), **plan}
    return loaded.model_copy(update={"analysis": loaded.analysis.model_copy(update=wanted)})


def people(of: Protocol, number: int, names: tuple[str, ...], seed: int = 5) -> Sample:
    """Answers of so many people to these measures: seven points, a level per person, effects by condition."""
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(number):
        cell = cells(of)[index % len(cells(of))]
        level = rng.normal(4, 1)
        for block, condition in enumerate(cell.conditions, 1):
            task = cell.tasks_of(block - 1)[-1]
            for name in names:
                value = float(np.clip(np.round(level + EFFECTS.get(condition, 0) + rng.normal(0, 0.8)), 1, 7))
                rows.append((f"s{index}", f"P{index:03d}", False, True, block, condition, task, name, value))
    columns = ["session_id", "participant", "simulated", "complete", "block", "condition", "task", "measure", "value"]
    nobody = pd.DataFrame(columns=["participant", "rule"])
    return Sample(pd.DataFrame(rows, columns=columns), nobody, False)


def hypothesis(**more: object) -> Hypothesis:
    told = {"id": "h1", "text": "More.", "measure": "control", "contrast": ("active", "passive")}
    return Hypothesis.model_validate(told | more)


DEMO = protocol()
BOTH = people(DEMO, 24, ("control", "personalisation", "comfort"))


def alone(of: Sample, **more: object) -> Finding:
    (found,) = confirm(of, protocol("active_vs_passive", hypothesis(**more)))
    return found


# --- what is asked -----------------------------------------------------------------------------


def test_a_plan_without_hypotheses_has_its_contrasts_on_its_primary_measures() -> None:
    found = confirm(BOTH, DEMO)
    assert [(f.hypothesis.measure, f.hypothesis.contrast) for f in found[:3]] == [
        ("personalisation", ("active", "passive")),
        ("personalisation", ("active", "baseline")),
        ("personalisation", ("passive", "baseline")),
    ]
    assert len(found) == 6 and all(f.confirmatory and f.together == 6 for f in found)
    assert [f.p_adjusted for f in found] == pytest.approx(holm([f.p for f in found]))


def test_the_numbers_are_those_of_the_model_itself() -> None:
    of = asked(BOTH.rows, DEMO, hypothesis())
    assert of.formula() == ("value ~ level + period + task", ())
    fit = mixed_model(of.rows, of.formula()[0])
    (direct,) = condition_contrasts(fit, "level", [("active", "passive")])
    found = alone(BOTH)
    assert found.estimate == direct
    assert found.outcome and found.outcome.formula.endswith("(1 | participant)")
    twin = found.twin
    assert twin is not None and twin.n == 24 and "Wilcoxon" in twin.method


def test_who_missed_a_condition_stays_in_the_model_and_not_in_a_complete_analysis() -> None:
    rows = BOTH.rows
    gone = (rows["participant"] == "P003") & (rows["condition"] == "active")
    missed = replace(BOTH, rows=rows[~gone])
    assert alone(missed).estimate.n == 24  # type: ignore[union-attr]
    plan = protocol("active_vs_passive", hypothesis(), missing="complete")
    (found,) = confirm(missed, plan)
    assert found.estimate.n == 23 and found.described[1].n == 23  # type: ignore[union-attr]


def test_a_design_between_people_is_an_ordinary_regression_with_what_is_held_constant() -> None:
    between = protocol("persuasion_2x2")
    of = people(between, 80, ("agreement.agree", "agreement.agree.before", "argued.persuaded"))
    asks = next(h for h in between.analysis.hypotheses if h.id == "h1")
    rows = asked(of.rows, between, asks)
    assert not rows.paired("argues", "informs") and not rows.repeated
    assert rows.formula()[0] == "value ~ level + given + personal_data + task"
    first = next(f for f in confirm(of, between) if f.hypothesis.id == "h1")
    assert first.estimate is not None and first.estimate.scale == "log odds"
    assert any("varies by threshold" in remark for remark in first.outcome.remarks)  # type: ignore[union-attr]
    assert any("Proportional odds" in remark for remark in first.outcome.remarks)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "test", ["mixed_model", "ordinal_mixed_model", "paired_t", "wilcoxon", "repeated_anova", "friedman"]
)
def test_every_test_for_a_design_within_people_can_be_planned(test: str) -> None:
    found = alone(BOTH, test=test)
    assert found.estimate and 0 < found.p < 1 and found.outcome and found.twin
    assert ("ANOVA" in " ".join(found.outcome.remarks)) == (test == "repeated_anova")
    assert "nan" not in sentence(found)


@pytest.mark.parametrize("test", ["mixed_model", "ordinal_model", "welch_t", "mann_whitney"])
def test_a_contrast_counts_its_own_participants_whatever_the_test(test: str) -> None:
    """Three groups of 12: two of them are 24 people, also to a model of all three."""
    demo = protocol("active_vs_passive", hypothesis(measure="comfort", test=test))
    of = demo.model_copy(update={"design": demo.design.model_copy(update={"kind": "between"})})
    (found,) = confirm(people(of, 36, ("comfort",)), of)
    assert found.estimate and found.estimate.n == 24


@pytest.mark.parametrize("test", ["welch_t", "mann_whitney"])
def test_a_test_that_does_not_fit_the_design_is_refused_by_name(test: str) -> None:
    found = alone(BOTH, test=test)
    assert found.estimate is None and "The same people met both" in found.refusal
    assert sentence(found).startswith("H1, Perceived control: not tested. The same people met both")


# --- how it is decided -------------------------------------------------------------------------


def test_a_direction_is_tested_on_one_side() -> None:
    two = alone(BOTH)
    assert alone(BOTH, direction="greater").p == pytest.approx(two.p / 2)
    assert alone(BOTH, direction="less").p == pytest.approx(1 - two.p / 2)
    assert (two.sided, alone(BOTH, direction="less").sided) == ("two-sided", "one-sided")


def test_swapping_the_contrast_turns_the_sign_and_nothing_else() -> None:
    here, there = alone(BOTH), alone(BOTH, contrast=("passive", "active"))
    assert here.estimate and there.estimate
    assert (there.estimate.difference, there.p) == pytest.approx((-here.estimate.difference, here.p))
    assert (there.estimate.low, there.estimate.high) == pytest.approx((-here.estimate.high, -here.estimate.low))


def test_neither_names_nor_order_nor_unit_of_the_rows_matter() -> None:
    rows = BOTH.rows.sample(frac=1, random_state=3)
    other = rows.assign(
        participant=rows["participant"].map(lambda name: f"x{name[::-1]}"), value=rows["value"] * 10 + 3
    )
    here, there = alone(BOTH), alone(replace(BOTH, rows=other))
    assert here.estimate and there.estimate
    assert there.p == pytest.approx(here.p, rel=1e-6)
    assert there.estimate.difference == pytest.approx(10 * here.estimate.difference)
    assert there.estimate.standardised == pytest.approx(here.estimate.standardised, rel=1e-6)


def test_equivalence_is_two_tests_against_the_smallest_effect() -> None:
    wide = alone(BOTH, direction="equivalent", smallest_effect=3)
    narrow = alone(BOTH, direction="equivalent", smallest_effect=0.05)
    assert wide.supported and wide.equivalence and wide.equivalence.equivalent and wide.p == wide.equivalence.p
    assert not narrow.supported and "differ by less than 0.05" in sentence(narrow)
    both = alone(BOTH, smallest_effect=3)
    assert both.equivalence == wide.equivalence and both.p == both.estimate.p  # type: ignore[union-attr]
    assert alone(BOTH, direction="equivalent", smallest_effect=1, test="wilcoxon").refusal


@pytest.mark.parametrize("test", ["wilcoxon", "friedman", "ordinal_mixed_model"])
def test_a_smallest_effect_in_points_is_no_bound_for_ranks_or_odds_and_takes_nothing_from_the_planned_test(
    test: str,
) -> None:
    plain, bounded = alone(BOTH, test=test), alone(BOTH, test=test, smallest_effect=1)
    assert bounded.p == plain.p and bounded.equivalence is None and not bounded.refusal
    (said,) = [remark for remark in bounded.outcome.remarks if remark.startswith(UNBOUNDED)]  # type: ignore[union-attr]
    assert "no standard error" in said or "estimates log odds" in said
    assert not any(UNBOUNDED in remark for remark in plain.outcome.remarks)  # type: ignore[union-attr]
    refused = alone(BOTH, test=test, smallest_effect=1, direction="equivalent")
    assert isnan(refused.p) and ("bounds" in refused.refusal or "unit of the measure" in refused.refusal)


@pytest.mark.parametrize("test", get_args(Test))
def test_the_plan_knows_which_tests_can_be_held_against_a_smallest_effect(test: str) -> None:
    between = protocol("persuasion_2x2")
    of, asks = BOTH, hypothesis(test=test, smallest_effect=1)
    if test == "binary_model":
        of = replace(of, rows=of.rows.assign(value=(of.rows["value"] > of.rows["value"].median()).astype(float)))
    if test in ("welch_t", "mann_whitney", "ordinal_model", "partial_odds_model"):
        names = ("agreement.agree", "agreement.agree.before")
        first = next(h for h in between.analysis.hypotheses if h.measure == names[0] and h.given == names[1])
        of, asks = people(between, 80, names), first.model_copy(update={"test": test, "smallest_effect": 1.0})
        if test in ("welch_t", "mann_whitney"):
            asks = asks.model_copy(update={"given": None})
    plan = protocol("active_vs_passive" if asks.measure == "control" else "persuasion_2x2", asks)
    (found,) = confirm(of, plan)
    assert not found.refusal
    assert (found.equivalence is not None) == (test in TESTS_OF_MEANS)


def test_the_twin_stands_on_the_side_of_the_hypothesis() -> None:
    two, more, less, same = (
        alone(BOTH, direction=side, smallest_effect=3) for side in ("different", "greater", "less", "equivalent")
    )
    assert two.twin and two.estimate and two.estimate.difference > 0
    assert (two.twin_p, two.twin_sided) == (two.twin.p, "two-sided")
    assert (more.twin_p, more.twin_sided) == (pytest.approx(two.twin.p / 2), "one-sided")
    assert less.twin_p == pytest.approx(1 - two.twin.p / 2)
    assert (same.twin_p, same.twin_sided) == (two.twin.p, "two-sided, of a difference")
    row = finding_table([more]).iloc[0]
    assert (row["twin_p"], row["twin_p_planned"], row["twin_sided"]) == (two.twin.p, more.twin_p, "one-sided")


def test_a_twin_is_called_robust_only_beside_a_test_of_means() -> None:
    assert alone(BOTH).twin_assumes_less and alone(BOTH, test="paired_t").twin_assumes_less
    ranks = alone(BOTH, test="wilcoxon")
    assert ranks.twin and ranks.estimate and not ranks.twin_assumes_less
    said = sentence(ranks)
    assert f"; shift (Hodges–Lehmann) {number(ranks.estimate.difference)}, 95 % CI" in said
    assert f"The same by another test (paired t test): difference {number(ranks.twin.difference)}, " in said
    assert "Robust" not in said and f"{p_text(ranks.twin.p)} (two-sided)." in said


def test_no_remark_and_no_refusal_names_a_column_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    between = protocol("persuasion_2x2")
    of = people(between, 80, ("agreement.agree", "agreement.agree.before", "argued.persuaded"))
    asks = next(h for h in between.analysis.hypotheses if h.id == "h1").model_copy(
        update={"test": "partial_odds_model"}
    )
    plan = protocol("persuasion_2x2", asks)
    (tested,) = confirm(of, plan)
    (varies,) = [remark for remark in tested.outcome.remarks if "varies by threshold" in remark]  # type: ignore[union-attr]
    assert re.fullmatch(rf"That '{asks.given}' varies by threshold: χ²\(\d+\) = [\d.]+, p [<=>] \.\d{{3}}\.", varies)

    def separated(*_: object) -> None:
        raise NotEstimable("'given' separates 'value' completely.")

    monkeypatch.setattr("analysis.planned_tests.partial_odds", separated)
    (plain,) = confirm(of, plan)
    said = f"One effect at all thresholds instead of one at each, of '{asks.given}': '{asks.given}' separates the measure completely."
    assert said in plain.outcome.remarks  # type: ignore[union-attr]
    monkeypatch.setitem(TESTS, "mixed_model", separated)
    (refused,) = confirm(of, protocol("persuasion_2x2", asks.model_copy(update={"test": "mixed_model"})))
    assert refused.refusal == f"'{asks.given}' separates the measure completely."


def test_a_hypothesis_that_cannot_be_tested_is_said_and_still_counts() -> None:
    asks = hypothesis(), hypothesis(id="h2", measure="ueq_s"), hypothesis(id="h3", family="other")
    first, second, third = confirm(BOTH, protocol("active_vs_passive", *asks))
    assert second.refusal == "Nobody has a value of 'ueq_s' yet." and isnan(second.p) and not second.supported
    assert first.together == second.together == 2 and first.p_adjusted == pytest.approx(min(1, 2 * first.p))
    assert third.together == 1 and third.p_adjusted == third.p


def test_one_contrast_without_data_does_not_take_the_others_with_it() -> None:
    rows = BOTH.rows[BOTH.rows["condition"] != "baseline"]
    found = confirm(replace(BOTH, rows=rows), protocol("active_vs_passive", primary=("control",)))
    assert [bool(f.refusal) for f in found] == [False, True, True]
    assert "baseline" in found[1].refusal


def test_a_measure_of_people_cannot_be_compared_between_conditions() -> None:
    rows = BOTH.rows.assign(condition=None, block=None)
    with pytest.raises(NotEstimable, match="belongs to people, not to conditions"):
        asked(rows, DEMO, hypothesis())


def test_the_rest_is_exploratory_and_corrected_together() -> None:
    found = explore(BOTH, DEMO)
    assert {f.hypothesis.measure for f in found} == {"comfort"} and not any(f.confirmatory for f in found)
    assert [f.p_adjusted for f in found] == pytest.approx(benjamini_hochberg([f.p for f in found]))
    asks = protocol("active_vs_passive", hypothesis())
    others = [(f.hypothesis.measure, f.hypothesis.contrast) for f in explore(BOTH, asks)]
    assert ("control", ("active", "passive")) not in others and ("control", ("active", "baseline")) in others


def test_exploring_leaves_out_places_costs_and_conditions_in_which_nobody_differs() -> None:
    rows = BOTH.rows[BOTH.rows["measure"] == "comfort"]
    flat = rows.assign(measure="turns", value=rows["value"].where(rows["condition"] == "active", 0.0))
    others = [rows.assign(measure=name) for name in ("tokens", "preference.ranking")]
    known = replace(BOTH, rows=pd.concat([rows, flat, *others], ignore_index=True))
    assert {one.hypothesis.measure for one in explore(known, DEMO)} == {"comfort"}


@pytest.mark.parametrize("name", sorted(path.stem for path in PROTOCOLS.glob("*.yaml")))
def test_every_shipped_plan_runs_on_answers_to_what_it_asks(name: str) -> None:
    shipped = protocol(name)
    asks = hypotheses(shipped, shipped.analysis.primary)
    names = {h.measure for h in asks} | {h.given for h in asks if h.given}
    for found in confirm(people(shipped, 60, tuple(sorted(names))), shipped):
        assert not found.refusal, (found.hypothesis.id, found.refusal)


# --- how it is said ----------------------------------------------------------------------------


def test_numbers_are_printed_as_the_field_does() -> None:
    assert [number(x) for x in (1.234, -0.5, -0.001, nan)] == ["1.23", "−0.50", "0.00", "–"]
    assert [p_text(p) for p in (0.0004, 0.0316, 0.9990, nan)] == ["p < .001", "p = .032", "p = .999", "p –"]
    assert [p_text(p) for p in (0.99901, 0.9999, 1.0)] == ["p > .999"] * 3
    assert [bayes_text(b) for b in (0.0001, 2.5, 99_999, nan)] == ["BF10 < 0.001", "BF10 = 2.50", "BF10 > 1000", ""]


def test_a_finding_is_a_sentence_with_everything_in_it() -> None:
    found = alone(BOTH)
    estimate, (first, second) = found.estimate, found.described
    assert estimate
    said = sentence(found)
    for part in (
        f"active M = {first.mean:.2f}, SD = {first.sd:.2f} against passive M = {second.mean:.2f}",
        f"difference {number(estimate.difference)}, 95 % CI [{number(estimate.low)}, {number(estimate.high)}]",
        printed_test(estimate),
        "(two-sided)",
        "d_total",
        "n = 24",
        "Robust twin (Wilcoxon",
    ):
        assert part in said
    assert "signific" not in said


def test_a_ratio_is_said_as_a_ratio() -> None:
    told = Estimate("active", "passive", 24, 0.6931471805599453, "logit", "log odds", low=0.0, high=1.0986122886681098)
    found = alone(BOTH)
    said = sentence(replace(found, outcome=replace(found.outcome, estimate=told)))  # type: ignore[type-var]
    assert "odds ratio 2.00, 95 % CI [1.00, 3.00]" in said


def test_the_table_has_every_number_once() -> None:
    found = [*confirm(BOTH, protocol("active_vs_passive", hypothesis(smallest_effect=1))), *explore(BOTH, DEMO)]
    table = finding_table(found)
    assert len(table) == len(found) and not table.columns.duplicated().any()
    row = table.iloc[0]
    estimate = found[0].estimate
    assert estimate and (row["difference"], row["low"], row["p"]) == (estimate.difference, estimate.low, estimate.p)
    assert row["twin_p"] == found[0].twin.p and row["equivalence_p"] == found[0].equivalence.p  # type: ignore[union-attr]
    assert finding_table([]).empty


def test_an_empty_study_is_no_error() -> None:
    nothing = replace(BOTH, rows=BOTH.rows.iloc[:0])
    found = confirm(nothing, DEMO)
    assert all("Nobody has a value" in f.refusal for f in found) and explore(nothing, DEMO) == []
    assert AnalysisPlan().hypotheses == ()
