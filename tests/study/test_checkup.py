"""What a researcher is told about a protocol before it runs, and the schema their editor checks it with."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import SHIPPED

from memory.mechanisms.registry import parameter_models
from study.analysis_plan import Hypothesis
from study.checkup import checkup
from study.design import balance, cells, choose, orders
from study.flow import Assignment
from study.plan import plan
from study.protocol import Condition, Design, Factor, MechanismUse, Protocol
from study.protocol_file import load_protocol
from study.protocol_schema import as_text, schemas

NAMES = "abcdefgh"


@given(count=st.integers(2, 8))
def test_a_williams_design_balances_positions_and_carry_over(count: int) -> None:
    rows = orders(NAMES[:count], "williams")
    assert len(rows) == (count if count % 2 == 0 else 2 * count)
    positions = Counter((c, n) for row in rows for n, c in enumerate(row))
    follows = Counter(pair for row in rows for pair in pairwise(row))
    assert len(set(positions.values())) == 1
    assert len(positions) == count * count
    assert len(set(follows.values())) == 1
    assert len(follows) == count * (count - 1)


def test_the_williams_pair_of_three_conditions_is_all_six_orders() -> None:
    assert set(orders("abc", "williams")) == set(orders("abc", "all"))


@given(count=st.integers(2, 8))
def test_a_latin_square_has_every_condition_once_in_every_period(count: int) -> None:
    rows = orders(NAMES[:count], "latin")
    assert len(rows) == count
    for period in range(count):
        assert {row[period] for row in rows} == set(NAMES[:count])


def test_fixed_means_as_the_protocol_lists_them() -> None:
    assert orders("cab", "fixed") == (("c", "a", "b"),)


def _with(demo: Protocol, **design: Any) -> Protocol:
    return demo.model_copy(update={"design": Design(**design)})


def test_between_subjects_everybody_meets_one_condition(demo: Protocol) -> None:
    study = _with(demo, kind="between")
    table = cells(study)
    assert {cell.conditions for cell in table} == {("baseline",), ("active",), ("passive",)}
    assert len(table) == 9, "with each of three tasks"
    taken: list[int] = []
    for index in range(1, 37):
        taken.append(choose(table, Counter(taken), 5, index).cell)
    assert set(Counter(taken).values()) == {4}
    steps = plan(study, Assignment(("active",), ("present",)))
    assert {step.condition for step in steps} == {None, "active"}
    assert not [step for step in steps if step.kind == "beliefs"], "who never met a condition does not judge it"
    assert [step for step in plan(study, Assignment(("passive",), ("present",))) if step.kind == "beliefs"]


def factorial(demo: Protocol, **design: Any) -> Protocol:
    factors = (Factor(id="who", levels=("expert", "novice")), Factor(id="how", levels=("steer", "infer")))
    conditions = tuple(
        Condition(id=f"{who}_{how}", mechanisms=(MechanismUse(name="none"),), levels={"who": who, "how": how})
        for who in ("expert", "novice")
        for how in ("steer", "infer")
    )
    timeline = tuple(step for step in demo.timeline if step.step != "beliefs")
    new = {"factors": factors, "conditions": conditions, "design": Design(**design), "timeline": timeline}
    return Protocol.model_validate({**demo.model_dump(), **{k: _plain(v) for k, v in new.items()}, "analysis": {}})


def _plain(value: Any) -> Any:
    return [part.model_dump() for part in value] if isinstance(value, tuple) else value.model_dump()


def test_in_a_mixed_design_one_factor_divides_the_participants(demo: Protocol) -> None:
    study = factorial(demo, kind="mixed", between="who")
    assert {cell.conditions for cell in cells(study)} == {
        ("expert_steer", "expert_infer"),
        ("expert_infer", "expert_steer"),
        ("novice_steer", "novice_infer"),
        ("novice_infer", "novice_steer"),
    }


@pytest.mark.parametrize(
    ("design", "says"),
    [
        ({"kind": "mixed"}, "names its between-subject factor"),
        ({"kind": "within", "between": "who"}, "names its between-subject factor"),
        ({"kind": "mixed", "between": "age"}, "there is no factor 'age'"),
        ({"kind": "within", "labels": ["A"]}, "4 conditions need as many labels"),
        ({"kind": "within", "labels": list("ABCD")}, "4 conditions need at least as many tasks"),
    ],
)
def test_a_design_that_does_not_fit_is_refused(demo: Protocol, design: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        factorial(demo, **design)


def test_levels_must_be_declared_and_complete(demo: Protocol) -> None:
    raw = demo.model_dump()
    raw["factors"] = [{"id": "who", "levels": ["expert", "novice"]}]
    raw["conditions"][0]["levels"] = {"who": "wizard"}
    with pytest.raises(ValueError, match="'who: wizard' is not declared") as refused:
        Protocol.model_validate(raw)
    assert "conditions[1].levels: says nothing about who" in str(refused.value)


def test_the_demo_study_is_balanced_in_every_respect(demo: Protocol) -> None:
    seen = checkup(demo)
    counted = balance(seen.table)
    assert set(counted.positions.values()) == set(counted.follows.values()) == set(counted.tasks.values()) == {6}
    assert seen.balance["condition in period"]["active · 1"] == 6
    assert 15 < seen.minutes[0] < 45 and len(seen.minutes) == 1
    assert len(seen.warnings) == 2
    assert "multiples of 18" in seen.warnings[0]
    assert "speaks only English" in seen.warnings[1]


@pytest.mark.parametrize(
    ("design", "says"),
    [
        ({"planned_participants": 20}, "20 is no multiple of the 6 orders; plan 18 or 24"),
        ({"planned_participants": 4}, "4 is no multiple of the 6 orders; plan 6."),
        ({"orders": "latin", "planned_participants": 9}, "carry-over is not balanced"),
        ({"orders": "fixed", "planned_participants": 9}, "every period equally often"),
        ({"orders": "random"}, "balanced only on average"),
        ({"tasks": "fixed"}, "tasks are not balanced against conditions"),
    ],
)
def test_what_is_not_balanced_is_said(demo: Protocol, design: dict[str, Any], says: str) -> None:
    found = checkup(_with(demo, **design)).warnings
    if says.startswith("tasks"):  # six orders with the same sequence of tasks are balanced after all
        assert not [w for w in found if says in w]
        found = checkup(_with(demo, tasks="fixed", orders="fixed")).warnings
    assert [warning for warning in found if says in warning], found


def test_a_smallest_effect_that_the_planned_test_cannot_use_is_said(demo: Protocol) -> None:
    asks = {"text": "More.", "measure": "control", "contrast": ("active", "passive"), "smallest_effect": 0.5}
    tests = (("wilcoxon", "greater"), ("ordinal_mixed_model", "equivalent"), ("mixed_model", "equivalent"))
    planned = tuple(
        Hypothesis.model_validate(asks | {"id": f"h{n}", "test": test, "direction": direction})
        for n, (test, direction) in enumerate(tests)
    )
    analysis = demo.analysis.model_copy(update={"hypotheses": planned})
    warnings = checkup(demo.model_copy(update={"analysis": analysis})).warnings
    first, second = [warning for warning in warnings if "smallest_effect" in warning]
    assert first == (
        "analysis.hypotheses[0].smallest_effect: wilcoxon cannot be held against a smallest effect, so equivalence is not "
        "tested; mixed_model, paired_t, welch_t, repeated_anova can."
    )
    assert "[1]" in second and "ordinal_mixed_model" in second and "this hypothesis cannot be tested" in second


def test_the_schemas_beside_the_protocols_are_those_of_the_models() -> None:
    for name, schema in schemas(parameter_models()).items():
        assert (SHIPPED / name).read_text(encoding="utf-8") == as_text(schema), "run: python manage.py schema"


def test_the_schema_knows_the_parameters_of_every_mechanism() -> None:
    uses = schemas(parameter_models())["protocol.schema.json"]["$defs"]["MechanismUse"]["oneOf"]
    assert {use["properties"]["name"]["const"] for use in uses} == set(parameter_models())


def test_shipped_files_tell_editors_where_their_schema_is() -> None:
    for path in [*SHIPPED.glob("*.yaml"), *SHIPPED.glob("tasks/*.yaml")]:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / named).resolve().exists(), path
    assert Path(SHIPPED, "protocol.schema.json").stat().st_size < 100_000


def test_more_than_two_strata_are_advised_against(demo: Protocol) -> None:
    for count, warned in ((2, False), (3, True)):
        strata = ("sex", "age", "device")[:count]
        study = demo.model_copy(update={"design": demo.design.model_copy(update={"strata": strata})})
        assert any("design.strata" in warning for warning in checkup(study).warnings) == warned


@pytest.mark.parametrize(("language", "said"), [("fr", True), ("de", False), ("de-AT", False), ("en-GB", False)])
def test_a_language_that_the_interface_does_not_speak_is_named(language: str, said: bool) -> None:
    demo = load_protocol(SHIPPED / "active_vs_passive.yaml", parameter_models())
    warnings = checkup(demo.model_copy(update={"language": language})).warnings
    assert any("the interface does not speak French" in warning for warning in warnings) is said
