"""A protocol and an assignment make a list of steps; the record says which of them is due."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.design import cells
from study.flow import Assignment, Step, due_step
from study.plan import label_of, plan
from study.protocol import Protocol
from study.timeline import When

TASKS = ("weekend_trip", "week_of_dinners", "present")
STEPS = tuple(Step(f"{n}", "welcome") for n in range(8))


@pytest.fixture
def steps(demo: Protocol) -> tuple[Step, ...]:
    return plan(demo, Assignment(("passive", "baseline", "active"), TASKS))


def test_the_demo_study_has_28_steps_with_ids_of_their_own(demo: Protocol) -> None:
    for cell in cells(demo):
        ids = [step.id for step in plan(demo, Assignment(cell.conditions, cell.tasks))]
        assert len(ids) == 28
        assert len(set(ids)) == 28


def test_the_blocks_follow_the_participants_own_order(steps: tuple[Step, ...]) -> None:
    block = ["instructions", "task", "nasa_tlx", "ueq_s", "control", "personalisation", "comfort"]
    before = ["welcome", "consent", "background", "tipi"]
    assert [step.instrument or step.kind for step in steps] == [*before, *block * 3, "preference", "beliefs", "debrief"]
    met = [(s.block, s.condition, s.task) for s in steps if s.kind == "task"]
    assert met == [(1, "passive", TASKS[0]), (2, "baseline", TASKS[1]), (3, "active", TASKS[2])]
    for number in (1, 2, 3):
        places = {(s.condition, s.task, s.label) for s in steps if s.block == number}
        assert len(places) == 1, "a whole block has one condition, one task and one label"
    outside = [s for s in steps if s.block is None]
    assert len(outside) == 7
    assert all((s.condition, s.task, s.label) == (None, None, "") for s in outside)


def test_step_ids_do_not_depend_on_the_assignment(demo: Protocol, steps: tuple[Step, ...]) -> None:
    other = plan(demo, Assignment(("active", "passive", "baseline"), TASKS[::-1]))
    assert [step.id for step in other] == [step.id for step in steps]


def test_versions_are_called_a_b_c_by_the_position_in_which_they_are_met(demo: Protocol) -> None:
    for cell in cells(demo):
        assignment = Assignment(cell.conditions, cell.tasks)
        assert [s.label for s in plan(demo, assignment) if s.kind == "task"] == ["A", "B", "C"]
        assert [label_of(demo, assignment, condition) for condition in cell.conditions] == ["A", "B", "C"]


def test_each_protocol_has_its_own_plan_however_like_another_it_is(demo: Protocol, steps: tuple[Step, ...]) -> None:
    """Same id, version and assignment; the first is also a copy of what was just planned."""
    assignment = Assignment(("passive", "baseline", "active"), TASKS)
    shorter = demo.model_copy(update={"timeline": demo.timeline[:2]})
    last = demo.timeline[-1].model_copy(update={"title": "Danke"})
    translated = demo.model_copy(update={"timeline": (*demo.timeline[:-1], last)})
    assert plan(shorter, assignment) == steps[:2]
    assert plan(translated, assignment) == (*steps[:-1], replace(steps[-1], title="Danke"))
    assert plan(demo, assignment) == plan(demo.model_copy(), assignment) == steps


def test_protocols_that_come_and_go_never_get_a_plan_of_one_that_went(demo: Protocol) -> None:
    assignment = Assignment(("passive", "baseline", "active"), TASKS)
    for number in range(600):
        last = demo.timeline[-1].model_copy(update={"title": f"Title {number}"})
        passing = demo.model_copy(update={"timeline": (*demo.timeline[:1], last)})
        assert [step.title for step in plan(passing, assignment)][-1] == f"Title {number}"


def test_the_next_look_at_the_same_participant_plans_nothing_anew(demo: Protocol, steps: tuple[Step, ...]) -> None:
    assert plan(demo, Assignment(("passive", "baseline", "active"), TASKS)) is steps


def test_no_text_a_participant_reads_names_a_condition(demo: Protocol, steps: tuple[Step, ...]) -> None:
    read = [text for step in steps for text in (step.title, step.text, step.label)]
    read += [demo.consent.text, demo.title]
    for instrument in demo.instruments:
        read += [instrument.title, instrument.instructions, *(item.text for item in instrument.items)]
    for task in demo.tasks:
        read += [task.title, task.brief, task.opening]
    assert len(read) > 100
    named = re.compile(r"\b(baseline|active|passive)\b", re.IGNORECASE)
    assert [text for text in read if named.search(text)] == []


@given(st.sets(st.sampled_from([*(step.id for step in STEPS), "of another protocol"])))
def test_due_is_the_step_after_the_last_finished_one(finished: set[str]) -> None:
    due = due_step(STEPS, finished)
    if due is None:
        assert STEPS[-1].id in finished
    else:
        place = STEPS.index(due)
        assert not {step.id for step in STEPS[place:]} & finished
        assert place == 0 or STEPS[place - 1].id in finished


def test_an_item_that_is_asked_again_leads_nobody_back() -> None:
    when = When(instrument="mood", item="calm", equals=1)
    skipped, last = replace(STEPS[1], show_if=(when,)), STEPS[3]
    steps = (STEPS[0], skipped, STEPS[2], last)
    done = [STEPS[0].id, STEPS[2].id]
    assert due_step(steps, [STEPS[0].id], {(None, "mood", "calm"): 2}) == STEPS[2]
    assert due_step(steps, done, {(None, "mood", "calm"): 1}) == last


def test_a_sitting_is_walked_step_by_step_to_its_end(steps: tuple[Step, ...]) -> None:
    finished: list[str] = []
    while step := due_step(steps, finished):
        finished.append(step.id)
    assert finished == [step.id for step in steps]
