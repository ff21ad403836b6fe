"""Pages for some conditions or tasks of a block, and what a participant is told about versions."""

from pathlib import Path
from typing import Any

import pytest
from test_branching import MORE, protocol_with

from study.design import cells
from study.errors import ProtocolInvalid
from study.flow import Assignment, Step
from study.plan import plan
from study.protocol import Protocol

COMFORT = {"step": "questionnaire", "instruments": ["comfort"]}
TASK_STEP = {"step": "task"}


def block(*steps: Any) -> dict[str, Any]:
    return {"step": "block", "steps": list(steps)}


def steps_of(protocol: Protocol, number: int = 0) -> tuple[Step, ...]:
    cell = cells(protocol)[number]
    return plan(protocol, Assignment(cell.conditions, cell.tasks))


def test_a_page_is_shown_in_its_condition_only(tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path, [block({**MORE, "for_conditions": ["steered"]}, TASK_STEP)])
    for number in range(len(cells(protocol))):
        shown = [(step.kind, step.condition) for step in steps_of(protocol, number)]
        assert shown.count(("instructions", "steered")) == 1
        assert ("instructions", "plain") not in shown


def test_a_questionnaire_belongs_to_the_task_before_it_and_a_text_to_the_one_to_come(tmp_path: Path) -> None:
    before = {**MORE, "for_tasks": ["dinner"]}
    after = {**COMFORT, "for_tasks": ["dinner"]}
    protocol = protocol_with(tmp_path, [block(before, TASK_STEP, after)])
    for number in range(len(cells(protocol))):
        found = [(step.kind, step.task) for step in steps_of(protocol, number)]
        place = found.index(("task", "dinner"))
        assert found[place - 1 : place + 2] == [
            ("instructions", "dinner"),
            ("task", "dinner"),
            ("questionnaire", "dinner"),
        ]
        assert len(found) == 4


@pytest.mark.parametrize(
    ("timeline", "said"),
    [
        ([block({**MORE, "for_conditions": ["nobody"]}, TASK_STEP)], "unknown condition 'nobody'"),
        ([block({**COMFORT, "for_tasks": ["nothing"]}, TASK_STEP)], "unknown task 'nothing'"),
        ([{**MORE, "for_conditions": ["plain"]}], "stands inside a block"),
        ([block({**TASK_STEP, "for_conditions": ["plain"]})], "'for_conditions' is not a known key"),
    ],
)
def test_pages_that_nobody_could_see_are_refused(tmp_path: Path, timeline: list[Any], said: str) -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        protocol_with(tmp_path, timeline)
    assert said in str(refused.value)


def test_a_questionnaire_knows_whether_a_task_came_before_it(tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path, [COMFORT, block(COMFORT, TASK_STEP, COMFORT)])
    asked = [step.after_task for step in steps_of(protocol) if step.kind == "questionnaire"]
    assert asked == [False, False, True, False, True]


def test_whoever_meets_one_condition_only_reads_of_no_version(tmp_path: Path) -> None:
    within = protocol_with(tmp_path, [block(TASK_STEP)])
    assert [step.label for step in steps_of(within)] == ["A", "B"]
    between = protocol_with(tmp_path, [block(TASK_STEP)], design={"kind": "between"})
    assert [step.label for step in steps_of(between)] == [""]
