"""Interactions, logarithms, counts and yes–no outcomes as a plan names them: run, said, varied, registered. R: test_handover.py."""

from dataclasses import replace
from functools import cache
from math import exp, log
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from reference.handover_data import ARGUES, asks, handed_over

from analysis.findings import Finding, confirm, explore, finding_table
from analysis.handover.tables import Handover
from analysis.inference.binary import mcnemar
from analysis.inference.paired import wilcoxon
from analysis.inference.samples import pair
from analysis.measures import registry
from analysis.report.own_model import own_model
from analysis.sample import Sample
from analysis.wording import margin_text, sentence
from study.analysis_plan import Hypothesis

study = cache(handed_over)


def planned(of: Handover, *hypotheses: Hypothesis, sample: Sample | None = None) -> list[Finding]:
    plan = of.protocol.analysis.model_copy(update={"hypotheses": hypotheses})
    return confirm(sample or of.chosen, of.protocol.model_copy(update={"analysis": plan}))


def alone(of: Handover, *told: str, sample: Sample | None = None, **more: object) -> Finding:
    (found,) = planned(of, asks("h1", *told, **more), sample=sample)  # type: ignore[arg-type]
    return found


# --- interactions ------------------------------------------------------------------------------


def test_an_interaction_is_said_with_both_differences_and_its_twin() -> None:
    of = study("crossed")
    found = alone(of, "agreement", "argues", "informs", "mixed_model", **ARGUES)
    rows = of.chosen.rows.query("measure == 'agreement'")
    means = rows.groupby("condition")["value"].mean()
    told, withheld = (means[f"argues_{level}"] - means[f"informs_{level}"] for level in ("told", "withheld"))
    assert [one.mean for one in found.described] == pytest.approx([told, withheld])
    said = sentence(found)
    assert f"(argues − informs | told) M = {told:.2f} against (argues − informs | withheld) M = " in said
    assert "SD" not in said and "nan" not in said and "Robust twin (Wilcoxon" in said
    remarks = " ".join(found.outcome.remarks)  # type: ignore[union-attr]
    assert (
        "Interaction, all levels: F(1, 65" in remarks and "Aligned ranks: F(1, " in remarks and "read beside" in remarks
    )


def test_the_twin_of_an_interaction_within_people_is_the_wilcoxon_test_of_their_own_differences() -> None:
    of = study("crossed")
    wide = of.chosen.rows.query("measure == 'agreement'").pivot(
        index="participant", columns="condition", values="value"
    )
    gaps = wide["argues_told"] - wide["informs_told"] - wide["argues_withheld"] + wide["informs_withheld"]
    found = alone(of, "agreement", "argues", "informs", "mixed_model", **ARGUES)
    rows = [("x", who, name, value) for who, gap in gaps.items() for name, value in (("a", gap), ("b", 0.0))]
    frame = pd.DataFrame(rows, columns=["x", "participant", "side", "value"])
    by_hand = wilcoxon(pair(frame, "value", "side", "participant", "a", "b"))
    assert found.twin and (found.twin.difference, found.twin.p) == pytest.approx((by_hand.difference, by_hand.p))


def test_the_twin_of_a_mixed_design_compares_the_differences_of_two_groups() -> None:
    found = alone(study("amounts_mixed"), "minutes", "argues", "informs", "mixed_model", **ARGUES)
    assert found.twin and "Mann–Whitney" in found.twin.method and found.twin.n == 40


def test_an_interaction_between_people_has_no_twin_and_still_its_aligned_ranks() -> None:
    found = alone(study("crossed_between"), "trust", "argues", "informs", "mixed_model", **ARGUES)
    assert found.twin is None and np.isnan(found.bayes)
    assert any(remark.startswith("Aligned ranks: F(1, 76)") for remark in found.outcome.remarks)  # type: ignore[union-attr]
    assert "n = 80" in sentence(found)


def test_each_hypothesis_of_a_factor_keeps_its_own_model() -> None:
    """A main effect and an interaction of the same factor share neither rows nor model."""
    first = asks("h1", "agreement", "argues", "informs", "mixed_model", factor="opponent")
    second = asks("h2", "agreement", "argues", "informs", "mixed_model", **ARGUES)
    main, crossed = planned(study("crossed"), first, second)
    assert main.outcome and crossed.outcome
    assert "opponent:" not in main.outcome.formula and "level:personal_data" in crossed.outcome.formula
    table = finding_table([main, crossed]).set_index("hypothesis")
    assert table.loc["h2", "first"] == "(argues − informs | told)" and table.loc["h1", "first"] == "argues"


# --- logarithms --------------------------------------------------------------------------------


def test_logarithms_give_the_ratio_of_geometric_means() -> None:
    of = study("amounts")
    found = alone(of, "minutes", "passive", "baseline", "paired_t", log=True)
    wide = of.chosen.rows.query("measure == 'minutes'").pivot(index="participant", columns="condition", values="value")
    ratio = exp(np.log(wide["passive"]).mean() - np.log(wide["baseline"]).mean())
    assert found.estimate and exp(found.estimate.difference) == pytest.approx(ratio)
    assert found.estimate.scale == "log ratio" and found.estimate.method.endswith(", of logarithms")
    said = sentence(found)
    assert f"passive M = {wide['passive'].mean():.2f}" in said and f"; ratio {ratio:.2f}, 95 % CI [" in said


def test_a_unit_changes_no_ratio() -> None:
    of = study("amounts")
    seconds = replace(of.chosen, rows=of.chosen.rows.assign(value=of.chosen.rows["value"] * 60))
    for test in ("mixed_model", "wilcoxon", "paired_t"):
        here = alone(of, "minutes", "active", "passive", test, log=True).estimate
        there = alone(of, "minutes", "active", "passive", test, log=True, sample=seconds).estimate
        assert here and there
        assert (there.difference, there.p) == pytest.approx((here.difference, here.p), rel=1e-6)


def test_equivalence_of_logarithms_is_within_a_ratio() -> None:
    of = study("amounts")
    found = alone(of, "minutes", "active", "baseline", "mixed_model", "equivalent", log=True, smallest_effect=1.25)
    assert found.equivalence and (found.equivalence.lower, found.equivalence.upper) == pytest.approx(
        (-log(1.25), log(1.25))
    )
    assert margin_text(found) == "0.8 to 1.25"
    assert "differ by less than a factor of 1.25" in sentence(found)
    low = exp(found.equivalence.low)
    assert "Equivalence within 0.8 to 1.25: p = " in sentence(found) and f"[{low:.2f}, " in sentence(found)


@pytest.mark.parametrize("value", [0.0, -1.5])
def test_what_has_no_logarithm_is_refused_by_name(value: float) -> None:
    of = study("amounts")
    rows = of.chosen.rows.copy()
    rows.loc[
        (rows["participant"] == "P003") & (rows["condition"] == "active") & (rows["measure"] == "minutes"), "value"
    ] = value
    found = alone(of, "minutes", "active", "passive", "mixed_model", log=True, sample=replace(of.chosen, rows=rows))
    assert found.estimate is None
    assert f"Participant P003 has {value:g} as 'minutes' in condition 'active', which has no logarithm" in found.refusal


# --- counts, yes and no ------------------------------------------------------------------------


def test_a_count_has_a_rate_ratio_and_says_which_model_it_took() -> None:
    of = study("amounts")
    plain, varied = (alone(of, name, "active", "baseline", "count_model") for name in ("turns", "edits"))
    assert plain.estimate and varied.estimate and plain.estimate.scale == varied.estimate.scale == "log rate"
    assert plain.estimate.method.startswith("poisson mixed model") and plain.estimate.statistic == "t"
    assert varied.estimate.method.startswith("negative binomial mixed model")
    assert any("the negative binomial takes its place" in one for one in varied.outcome.remarks)  # type: ignore[union-attr]
    assert "rate ratio" in sentence(plain) and "The same by another test (Wilcoxon" in sentence(plain)


def test_yes_and_no_has_an_odds_ratio_its_risk_difference_and_mcnemar_as_twin() -> None:
    of = study("amounts")
    found = alone(of, "solved", "active", "baseline", "binary_model")
    assert found.estimate and found.estimate.scale == "log odds"
    remarks = " ".join(found.outcome.remarks)  # type: ignore[union-attr]
    assert "Risk difference active − baseline: " in remarks and "Cochran’s Q of all levels" in remarks
    rows = of.chosen.rows.query("measure == 'solved'")
    by_hand = mcnemar(pair(rows, "value", "condition", "participant", "active", "baseline"))
    assert found.twin and (found.twin.difference, found.twin.p) == (by_hand.difference, by_hand.p)


@pytest.mark.parametrize(
    ("measure", "test", "said"),
    [("minutes", "count_model", "must be counts"), ("turns", "binary_model", "must be 0 or 1")],
)
def test_what_is_no_count_and_what_is_not_yes_or_no_is_refused(measure: str, test: str, said: str) -> None:
    assert said in alone(study("amounts"), measure, "active", "passive", test).refusal


def test_a_group_without_a_single_yes_is_refused_and_not_a_number() -> None:
    of = study("amounts_between")
    rows = of.chosen.rows
    never = rows["condition"].str.startswith("informs") & (rows["measure"] == "solved")
    made = replace(of.chosen, rows=rows.assign(value=rows["value"].mask(never, 0.0)))
    found = alone(of, "solved", "argues", "informs", "binary_model", factor="opponent", sample=made)
    assert found.estimate is None and "separates" in found.refusal


# --- censored times ----------------------------------------------------------------------------


def test_a_censored_time_is_in_no_test_of_means() -> None:
    of = study("amounts")
    (censored,) = [one for one in registry(of.protocol) if one.censored]
    assert censored.name == "solution_minutes"
    rows = of.chosen.rows.query("measure == 'minutes'").assign(measure=censored.name)
    known = replace(of.chosen, rows=rows)
    assert explore(known, of.protocol) == []
    found = alone(of, censored.name, "active", "passive", "mixed_model", sample=known)
    assert found.estimate is None and "compared by survival only" in found.refusal


def test_a_count_is_also_compared_by_the_other_choice_of_model() -> None:
    """Planned by its own model beside it stands GEE; planned by a linear one, what its own model gives when it is planned."""
    of = study("amounts")
    told = ("turns", "active", "passive")
    outcomes = SimpleNamespace(
        sample=of.chosen,
        protocol=of.protocol,
        rows=lambda name: of.chosen.rows[of.chosen.rows["measure"] == name],
    )
    counted, linear = alone(of, *told, "count_model"), alone(of, *told, "mixed_model")
    beside = own_model(outcomes, counted)  # type: ignore[arg-type]
    assert beside and beside[0] == "GEE, robust errors"
    (robust,) = beside[1]()
    assert counted.estimate and robust.method.startswith("GEE (poisson)") and robust.scale == counted.estimate.scale
    own = own_model(outcomes, linear)  # type: ignore[arg-type]
    assert own and own[0] == "a model of counts"
    (same,) = own[1]()
    assert (same.difference, same.p) == (counted.estimate.difference, counted.estimate.p)
