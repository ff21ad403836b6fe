"""What reaches a later task: memory exactly where the protocol says so, and answers from earlier forms."""

from typing import Any

import pytest
from desks import DEMO, condition, logged, say, sit_down, study_of
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.worker import Worker
from study import progress
from study.enrolment import assignment_of, sitting
from study.plan import plan
from study.protocol import Condition, Task
from study.settings import Settings
from study.timeline import BlockStep, QuestionnaireStep, RepeatStep, TaskStep

ROUNDS = {"tasks": "cycled"}


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


def repeated(made: Condition, carry_over: bool) -> Any:
    """Two tasks under one condition."""
    steps = (RepeatStep(step="repeat", times=2, carry_over=carry_over, steps=(TaskStep(step="task"),)),)
    return study_of(made, timeline=(BlockStep(step="block", steps=steps),), design=ROUNDS)


def second(desk: Desk) -> Desk:
    """The same participant at the next task."""
    steps = plan(desk.protocol, assignment_of(sitting(desk.engine, desk.session_id)))
    later = Desk(desk.engine, desk.worker, desk.protocol, desk.session_id, steps[1], None)
    later.open()
    return later


@pytest.mark.parametrize("carry_over", [True, False])
@pytest.mark.parametrize("name", ["inferred_profile", "needs_panel"])
def test_beliefs_are_carried_over_only_where_the_protocol_says_so(
    engine: Engine, worker: Worker, name: str, carry_over: bool
) -> None:
    first = sit_down(engine, worker, name, repeated(condition(name), carry_over))
    say(first, "Somewhere cheap near the water, please.")
    known = {b.text for b in first.view().state.beliefs if b.status == "held"}
    assert known
    later = second(first)
    carried = {b.text for b in later.view().state.beliefs if b.status == "held"}
    assert carried == (known if carry_over else set())
    assert later.view().turns == () and later.view().state.solution == ()
    say(later, "What would you suggest?", "message-later")
    (given,) = [e for e in logged(later, "reply_given") if e.place.step == later.step.id]
    assert bool(given.event.recalled) is carry_over


@pytest.mark.parametrize(("scope", "carried"), [("trial", False), ("block", True), ("session", True), ("study", True)])
def test_how_far_a_belief_holds_is_a_limit_within_what_is_carried_over(
    engine: Engine, worker: Worker, scope: str, carried: bool
) -> None:
    first = sit_down(engine, worker, "needs_panel", repeated(condition("needs_panel", scope=scope), True))
    say(first, "Somewhere cheap near the water, please.")
    assert bool(second(first).view().state.beliefs) is carried


@pytest.mark.parametrize("carry_over", [True, False])
def test_messages_are_found_again_only_where_the_protocol_says_so(
    engine: Engine, worker: Worker, carry_over: bool
) -> None:
    first = sit_down(engine, worker, "retrieval", repeated(condition("retrieval", min_similarity=0), carry_over))
    say(first, "Somewhere cheap near the water, please.")
    later = second(first)
    worker.index.forget(first.session_id)  # a lost index is filled from the record
    say(later, "Something near the water again?", "message-later")
    (given,) = [e for e in logged(later, "reply_given") if e.place.step == later.step.id]
    assert any("cheap" in piece.text for piece in given.event.recalled) is carry_over


def test_controls_keep_their_setting_with_the_memory(engine: Engine, worker: Worker) -> None:
    controls = [{"id": "care", "type": "slider", "label": "Cost", "min": 0, "max": 4}]
    made = condition("preference_controls", controls=controls)
    first = sit_down(engine, worker, "preference_controls", repeated(made, True))
    first.operate("preference_controls", "care", "set", 3)
    later = second(first)
    assert [control.value for control in later.view().controls] == [3]
    later.operate("preference_controls", "care", "set", 1)
    changed = [e.event for e in logged(later, "control_changed")]
    assert [(c.old, c.new) for c in changed] == [(None, 3), (3, 1)]
    assert [control.value for control in first.view().controls] == [3], "an earlier task stays as it was"


# --- forms, instructions, conversations -------------------------------------------------------

TALK = Task(id="talk", title="Cars", brief="Discuss.", opening="Hello.", remarks=("Cars are loud.", "Cars are fast."))
BACKGROUND = DEMO.instrument("background")


def test_answers_of_a_form_are_told_with_their_evidence(engine: Engine, worker: Worker) -> None:
    item = next(item for item in BACKGROUND.items if item.type == "single")
    option = item.options[1]
    made = condition("setup_form", instruments=["background"], says={item.id: "Is {answer} years old"})
    timeline = (
        QuestionnaireStep(step="questionnaire", instruments=("background",)),
        BlockStep(step="block", steps=(TaskStep(step="task"),)),
    )
    protocol = study_of(made, timeline=timeline)
    desk = sit_down(engine, worker, "setup_form", protocol)
    form = plan(protocol, assignment_of(sitting(engine, desk.session_id)))[0]
    given = {i.id: (option.value if i.id == item.id else _any(i)) for i in BACKGROUND.items}
    progress.answer(engine, protocol, desk.session_id, form, given, None)
    say(desk, "What would you suggest?")
    (reply,) = [e.event for e in logged(desk, "reply_given")]
    (answered,) = logged(desk, "questionnaire_answered")
    assert f"Is {option.label} years old" in [piece.text for piece in reply.recalled]
    assert {piece.evidence for piece in reply.recalled} == {(answered.id,)}
    (call,) = [e.event for e in logged(desk, "model_called") if e.event.purpose == "reply"]
    assert f"Is {option.label} years old" in call.messages[0].content


def _any(item: Any) -> Any:
    return item.options[0].value if item.options else None


def test_a_conversation_makes_no_plan(engine: Engine, worker: Worker) -> None:
    made = condition("system_prompt", parts={"identity": "Begin your first reply with “As a driver:”."})
    desk = sit_down(engine, worker, "system_prompt", study_of(made, tasks=(TALK,)))
    assert say(desk, "I like cars.").reply == "As a driver: Cars are loud."
    assert say(desk, "Really.").reply == "Cars are fast."
    assert [e.event.purpose for e in logged(desk, "model_called")] == ["reply", "reply"]
    assert not logged(desk, "solution_updated")


def test_a_hidden_plan_is_not_made(engine: Engine, worker: Worker) -> None:
    made = condition("none").model_copy(update={"plan_panel": "hidden"})
    desk = sit_down(engine, worker, "none", study_of(made))
    assert say(desk, "Somewhere cheap near the water, please.").status == "answered"
    assert [e.event.purpose for e in logged(desk, "model_called")] == ["reply"]
