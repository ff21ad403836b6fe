"""The analysis plan: what it may say, and that it names only what there is."""

from pathlib import Path
from typing import Any

import pytest
from test_branching import ASK, protocol_with
from test_timeline import TASK_STEP, block, factorial

from analysis.measures import unknown_measures
from study.errors import ProtocolInvalid
from study.factorial import fraction
from study.protocol import Protocol

STEPS = [ASK, block([TASK_STEP])]
H1 = {"id": "h1", "text": "Steering helps.", "measure": "everything.agreement", "contrast": ["steered", "plain"]}


def planned(folder: Path, **analysis: Any) -> Protocol:
    return protocol_with(folder, STEPS, analysis=analysis)


def test_a_whole_plan_is_read(tmp_path: Path) -> None:
    protocol = protocol_with(
        tmp_path,
        STEPS,
        payment="5 £ on completion",
        stopping={"after_complete": 24, "until": "2027-01-31"},
        analysis={
            "hypotheses": [{**H1, "direction": "greater", "test": "wilcoxon", "alpha": 0.025, "smallest_effect": 0.5}],
            "exclusions": [
                {"text": "Too fast.", "measure": "task_minutes", "below": 1},
                {"text": "Inattentive.", "failed_checks": 2},
            ],
            "missing": "complete",
        },
    )
    (hypothesis,) = protocol.analysis.hypotheses
    assert (hypothesis.test, hypothesis.alpha, hypothesis.family) == ("wilcoxon", 0.025, "primary")
    assert protocol.stopping is not None and str(protocol.stopping.until) == "2027-01-31"
    assert Protocol.model_validate(protocol.model_dump(mode="json")) == protocol


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ({"hypotheses": [{**H1, "contrast": ["steered", "nose"]}]}, "unknown condition 'nose'"),
        ({"hypotheses": [{**H1, "contrast": ["plain", "plain"]}]}, "compares 'plain' with itself"),
        ({"hypotheses": [{**H1, "contrast": ["plain"]}]}, "hypotheses[0].contrast"),
        ({"hypotheses": [{**H1, "factor": "memory"}]}, "there is no factor 'memory'"),
        ({"hypotheses": [{**H1, "direction": "equivalent"}]}, "equivalence needs smallest_effect"),
        ({"hypotheses": [{**H1, "direction": "up"}]}, "hypotheses[0].direction"),
        ({"hypotheses": [{**H1, "alpha": 0}]}, "hypotheses[0].alpha"),
        ({"hypotheses": [H1, H1]}, "ids must be unique"),
        ({"exclusions": [{"text": "Who?"}]}, "needs a measure with below or above"),
        ({"exclusions": [{"text": "Who?", "measure": "turns"}]}, "together with below or above"),
        ({"exclusions": [{"text": "Who?", "below": 2}]}, "together with below or above"),
        ({"missing": "impute"}, "analysis.missing"),
        ({"hypotheses": [{**H1, "log": True, "test": "ordinal_mixed_model"}]}, "log is for amounts"),
        ({"hypotheses": [{**H1, "log": True, "smallest_effect": 0.5}]}, "a ratio above 1"),
        ({"hypotheses": [{**H1, "interaction": {"factor": "b", "contrast": ["x", "y"]}}]}, "of `factor` and another"),
        (
            {"hypotheses": [{**H1, "factor": "a", "interaction": {"factor": "b", "contrast": ["x", "x"]}}]},
            "names 'x' twice",
        ),
        (
            {
                "hypotheses": [
                    {**H1, "factor": "a", "test": "paired_t", "interaction": {"factor": "b", "contrast": ["x", "y"]}}
                ]
            },
            "paired_t tests no interaction",
        ),
    ],
)
def test_plans_that_cannot_be_carried_out_are_refused(tmp_path: Path, analysis: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        planned(tmp_path, **analysis)
    assert said in str(refused.value)


def test_a_stopping_rule_says_when(tmp_path: Path) -> None:
    with pytest.raises(ProtocolInvalid, match="needs after_complete or until"):
        protocol_with(tmp_path, STEPS, stopping={"note": "when it is enough"})


def test_measures_that_nobody_computes_are_named_with_the_nearest(tmp_path: Path) -> None:
    protocol = planned(
        tmp_path,
        primary=["everything"],
        hypotheses=[H1, {**H1, "id": "h2", "measure": "everything.agrement"}],
        exclusions=[{"text": "x", "measure": "zzz", "below": 1}],
    )
    first, second = unknown_measures(protocol, "small.yaml")
    assert str(first).startswith(
        "small.yaml: analysis.hypotheses[1].measure: there is no measure 'everything.agrement'"
    )
    assert "Did you mean 'everything.agreement'?" in str(first)
    assert "analysis.exclusions[0].measure" in str(second) and "Known: " in str(second)


def test_a_time_that_may_not_come_is_not_planned_for_a_test_of_means(tmp_path: Path) -> None:
    later = {**H1, "id": "h2", "given": "solution_minutes"}
    bound = {"text": "Slow.", "measure": "solution_minutes", "above": 30}
    plan = {"primary": ["solution_minutes"], "hypotheses": [H1, later], "exclusions": [bound]}
    found = [str(one) for one in unknown_measures(planned(tmp_path, **plan), "small.yaml")]
    assert len(found) == 2 and all("a mean leaves out the longest" in one for one in found)
    assert found[0].startswith("small.yaml: analysis.primary[0]") and "hypotheses[1].given" in found[1]


# --- interactions ------------------------------------------------------------------------------


def crossing(folder: Path, factor: str, contrast: list[str]) -> Protocol:
    asks = {**H1, "factor": "memory", "contrast": ["long", "short"]}
    made = factorial(folder, STEPS)
    plan = {"hypotheses": [{**asks, "interaction": {"factor": factor, "contrast": contrast}}]}
    return Protocol.model_validate({**made.model_dump(mode="json"), "analysis": plan})


def test_an_interaction_names_a_second_factor_and_two_of_its_levels(tmp_path: Path) -> None:
    (asks,) = crossing(tmp_path, "panel", ["shown", "hidden"]).analysis.hypotheses
    assert asks.sides == ("(long − short | shown)", "(long − short | hidden)")
    for factor, contrast, said in (
        ("pane", ["shown", "hidden"], "there is no factor 'pane'"),
        ("panel", ["shown", "gone"], "unknown level of 'panel' 'gone'"),
        ("memory", ["short", "long"], "another factor"),
    ):
        with pytest.raises(ValueError, match=said):
            crossing(tmp_path, factor, contrast)


def test_an_interaction_needs_every_cell(tmp_path: Path) -> None:
    made = crossing(tmp_path, "panel", ["shown", "hidden"]).model_dump(mode="json")
    made["conditions"] = made["conditions"][:3]
    made["design"]["orders"], made["design"]["nested_in"] = "latin", None
    with pytest.raises(ValueError, match="no condition is both 'long' and 'hidden'"):
        Protocol.model_validate(made)


# --- fractions ---------------------------------------------------------------------------------


def test_a_full_factorial_design_is_no_fraction(tmp_path: Path) -> None:
    assert fraction(factorial(tmp_path, STEPS)) is None


def two_level(folder: Path, cells: list[str]) -> Protocol:
    """Conditions as signs of the factors a, b, c, such as "+-+"."""
    names = "abc"
    conditions = [
        {
            "id": f"c{n}",
            "mechanisms": [{"name": "none"}],
            "levels": {f: "high" if s == "+" else "low" for f, s in zip(names, signs, strict=True)},
        }
        for n, signs in enumerate(cells)
    ]
    return protocol_with(
        folder,
        STEPS,
        conditions=conditions,
        factors=[{"id": name, "levels": ["low", "high"]} for name in names],
        design={"kind": "between", "tasks": "fixed"},
    )


def test_a_half_fraction_is_named_with_what_it_confounds(tmp_path: Path) -> None:
    part = fraction(two_level(tmp_path, ["+--", "-+-", "--+", "+++"]))
    assert part is not None
    assert part.words == (("a", "b", "c"),)
    assert part.resolution == 3
    assert len(part.missing) == 4
    assert "Resolution III: the same in every condition is a × b × c." in part.sentence()


def test_two_factors_that_always_go_together_cannot_be_told_apart(tmp_path: Path) -> None:
    part = fraction(two_level(tmp_path, ["++-", "--+", "+++", "---"]))
    assert part is not None and part.words == (("a", "b"),) and part.resolution == 2


def test_an_incomplete_design_without_defining_words_only_lists_what_is_missing(tmp_path: Path) -> None:
    part = fraction(two_level(tmp_path, ["+++", "++-", "+-+", "-++", "---", "--+", "-+-"]))
    assert part is not None and part.resolution is None
    assert part.missing == ("high · low · low",)
    assert "Resolution" not in part.sentence()
