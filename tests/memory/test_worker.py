"""The worker and the desk: nothing is lost, nothing is doubled, whatever happens to model, thread or process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import own_loop
import pytest
from desks import DEMO, ONLY_TASKS, condition, kinds_of, logged, say, sit_down, study_of, turn_of, until
from openai_server import Fails, OpenAIServer, Says, Silent
from sqlalchemy import Engine, text, update
from sqlmodel import col

from memory import assistant, prompts
from memory import worker as worker_module
from memory.conversation import MESSAGE_LIMIT, Desk
from memory.index import Index
from memory.mechanism import State, Turn
from memory.state import before, fold
from memory.taking_up import RECENT, take_up
from memory.worker import Worker
from study import log
from study.database import writing
from study.enrolment import assignment_of, sitting, take_lease
from study.errors import AnswerRefused, NotThisTab
from study.events import (
    ControlChanged,
    EventBase,
    MessageSent,
    ModelCalled,
    ReplyFailed,
    ReplyGiven,
    ReplyStarted,
    TaskFinished,
)
from study.log import Entry, append, now
from study.plan import plan
from study.progress import position
from study.protocol import Condition, MechanismUse
from study.settings import Settings
from study.tables import EventRow, Sitting

MODEL = "openai:test-model"
CHEAP = "Something cheap by train, please."


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


@pytest.fixture
def online(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> Worker:
    """A worker whose language model is the test's own server."""
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    return Worker(engine, settings, shared_index)


def outcomes(desk: Desk) -> list[str]:
    return [entry.event.outcome for entry in logged(desk, "reply_given", "reply_failed")]


def on_screen(worker: Worker, desk: Desk) -> str:
    """What a page that opens now sees of the reply under way."""

    async def first() -> str:
        async for signal in worker.live.listen(desk.session_id):
            return str(signal.get("text", ""))
        return ""

    return own_loop.run(first())


def says(answer: dict[str, Any], delay: float = 0) -> Says:
    """A structured answer."""
    return Says(json.dumps(answer), delay=delay)


def at_once(count: int, act: Callable[[int], None]) -> None:
    """`act(0)` … `act(count - 1)`, let go at the same moment."""
    gate = Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        act(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


def a_dead_owner() -> str:
    """The name of a process of this machine that is no more."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return f"{socket.gethostname()}:{gone.pid}:0123456789ab"


def an_answered_message() -> list[EventBase]:
    """What a process leaves that died between answering and learning."""
    given = {"text": "Here you are.", "outcome": "answered", "call_id": "c1", "model": "m", "duration_ms": 1}
    return [
        MessageSent(message_id="message-1", text=CHEAP),
        ReplyStarted(turn_id="t1", message_id="message-1", attempt=1, owner=a_dead_owner()),
        ReplyGiven.model_validate({"turn_id": "t1", "message_id": "message-1", **given}),
    ]


# --- one message, one reply ------------------------------------------------------------------------


def test_a_message_is_stored_answered_and_learned_from_once(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    turn = say(desk, CHEAP, "message-1")
    assert (turn.status, turn.outcome, turn.attempt) == ("answered", "answered", 1)
    assert turn.reply.startswith("Here is a plan")
    kinds = kinds_of(logged(desk))
    assert [k for k in kinds if k in ("message_sent", "reply_started", "reply_given", "turn_learned")] == [
        "message_sent",
        "reply_started",
        "reply_given",
        "turn_learned",
    ]
    assert desk.view().acknowledged == ("message-1",)


def test_the_same_message_again_and_again_is_one_message_with_one_reply(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "passive")
    for _ in range(5):
        desk.send([("message-1", CHEAP)])

    def press(_number: int) -> None:
        desk.send([("message-1", CHEAP), ("message-2", "Close to the sea.")])
        desk.send([("message-3", "And relaxed.")])
        desk.view()

    at_once(8, press)
    worker.wait(desk.session_id)
    turns = desk.view().turns
    assert sorted(turn.message_id for turn in turns) == ["message-1", "message-2", "message-3"]
    assert {(turn.status, turn.attempt) for turn in turns} == {("answered", 1)}
    for kind in ("message_sent", "reply_started", "reply_given", "turn_learned"):
        assert len(logged(desk, kind)) == 3, kind
    purposes = [entry.event.purpose for entry in logged(desk, "model_called")]
    assert (purposes.count("reply"), purposes.count("draft_solution")) == (3, 3)


def test_many_workers_on_one_record_answer_each_message_once(
    engine: Engine, worker: Worker, instant: Settings, shared_index: Index
) -> None:
    desk = sit_down(engine, worker, "none", study_of(condition("none")))
    workers = [worker, *(Worker(engine, instant, shared_index) for _ in range(5))]
    for number in range(5):
        sent = MessageSent(message_id=f"message-{number}", text=CHEAP)
        append(engine, desk.session_id, [Entry(sent, desk.block.place)])
        at_once(len(workers), lambda n: workers[n].run(desk.block))
    assert outcomes(desk) == ["answered"] * 5
    assert len(logged(desk, "reply_started")) == 5


def test_messages_are_answered_in_order_each_with_what_was_said_before(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "baseline")
    desk.send([("message-1", CHEAP), ("message-2", "Close to the sea."), ("message-3", "Thanks!")])
    worker.wait(desk.session_id)
    replies = [entry.event for entry in logged(desk, "reply_given")]
    assert [reply.message_id for reply in replies] == ["message-1", "message-2", "message-3"]
    calls = {entry.event.call_id: entry.event for entry in logged(desk, "model_called")}
    told = [[line.content for line in calls[reply.call_id].messages[1:]] for reply in replies]
    assert told[0] == [CHEAP]
    assert told[2] == [CHEAP, replies[0].text, "Close to the sea.", replies[1].text, "Thanks!"]


# --- dead and failing processes --------------------------------------------------------------------


@pytest.mark.parametrize("restarted", [False, True], ids=["another process", "same number after a restart"])
def test_a_turn_whose_process_died_is_marked_and_answered(engine: Engine, worker: Worker, restarted: bool) -> None:
    desk = sit_down(engine, worker, "active")
    owner = f"{socket.gethostname()}:{os.getpid()}:another-run" if restarted else a_dead_owner()
    left = [
        MessageSent(message_id="message-1", text=CHEAP),
        ReplyStarted(turn_id="left", message_id="message-1", attempt=1, owner=owner),
    ]
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in left])
    assert desk.view().turns[0].status == "running"
    worker.wait(desk.session_id)
    turn = desk.view().turns[0]
    assert (turn.status, turn.attempt, turn.turn_id == "left") == ("answered", 2, False)
    assert outcomes(desk) == ["interrupted", "answered"]
    interrupted = logged(desk, "reply_failed")[0].event
    assert (interrupted.turn_id, interrupted.message_id) == ("left", "message-1")


@pytest.mark.parametrize("owner", ["elsewhere:1:0123456789ab", f"{socket.gethostname()}:{os.getppid()}:0123456789ab"])
def test_a_turn_whose_process_lives_is_left_to_it(engine: Engine, worker: Worker, owner: str) -> None:
    desk = sit_down(engine, worker, "active")
    theirs = [
        MessageSent(message_id="message-1", text=CHEAP),
        ReplyStarted(turn_id="theirs", message_id="message-1", attempt=1, owner=owner),
    ]
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in theirs])
    desk.view()
    worker.wait(desk.session_id)
    assert desk.view().turns[0].status == "running"
    assert outcomes(desk) == []


@pytest.mark.parametrize("owner", ["elsewhere:1:0123456789ab", f"{socket.gethostname()}:{os.getppid()}:0123456789ab"])
def test_a_turn_that_is_late_is_taken_over_and_if_its_process_lives_there_is_still_one_reply(
    engine: Engine, worker: Worker, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sit_down(engine, worker, "active")
    theirs = [
        MessageSent(message_id="message-1", text=CHEAP),
        ReplyStarted(turn_id="theirs", message_id="message-1", attempt=1, owner=owner),
    ]
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in theirs])
    monkeypatch.setattr(log, "now", lambda: datetime.now(UTC) + timedelta(seconds=desk.protocol.reply_timeout * 3 + 1))
    desk.view()
    worker.wait(desk.session_id)
    assert outcomes(desk) == ["interrupted", "answered"]
    given = desk.view().turns[0]
    late = ReplyGiven.model_validate(
        {"turn_id": "theirs", "message_id": "message-1", "text": "Late.", "outcome": "answered", "call_id": "c1"}
        | {"model": "m", "duration_ms": 1}
    )
    append(engine, desk.session_id, [Entry(late, desk.block.place, "given:message-1")])
    assert outcomes(desk) == ["interrupted", "answered"]
    assert desk.view().turns[0] == given


def test_what_a_dead_process_did_not_learn_is_learned_on_resume(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in an_answered_message()])
    desk.view()
    worker.wait(desk.session_id)
    assert [entry.event.turn_id for entry in logged(desk, "turn_learned")] == ["t1"]
    assert "low (“cheap”)" in str(desk.view().state.beliefs) and desk.view().state.solution
    assert outcomes(desk) == ["answered"]
    count = len(logged(desk))
    desk.view()
    worker.wait(desk.session_id)
    assert len(logged(desk)) == count


def test_what_a_dead_process_did_not_learn_in_a_task_that_is_over_is_learned_at_the_next_start(
    engine: Engine, worker: Worker
) -> None:
    desk = sit_down(engine, worker, "active")
    ended = TaskFinished(task="weekend_trip", by="participant")
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in [*an_answered_message(), ended]])
    seen = sitting(engine, desk.session_id).seen_at
    take_up(worker)
    worker.wait(desk.session_id)
    assert [entry.event.turn_id for entry in logged(desk, "turn_learned")] == ["t1"]
    assert "low (“cheap”)" in str(desk.view().state.beliefs)
    assert sitting(engine, desk.session_id).seen_at == seen, "it is nothing that the participant did"
    count = len(logged(desk))
    take_up(worker)
    worker.wait(desk.session_id)
    assert len(logged(desk)) == count


def test_a_session_that_cannot_be_read_keeps_no_other_from_being_taken_up(
    engine: Engine, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    broken = sit_down(engine, worker, "active")
    desk = sit_down(engine, worker, "needs_panel", study_of(condition("needs_panel")))
    for one in (broken, desk):
        append(engine, one.session_id, [Entry(event, one.block.place) for event in an_answered_message()])
    with writing(engine) as db:
        db.exec(update(EventRow).where(col(EventRow.session_id) == broken.session_id).values(payload={"kind": "gone"}))
    take_up(worker)
    worker.wait(desk.session_id)
    assert [entry.event.turn_id for entry in logged(desk, "turn_learned")] == ["t1"]
    assert broken.session_id in caplog.text


def test_who_was_not_seen_for_days_is_left_alone_at_a_start(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in an_answered_message()])
    with writing(engine) as db:
        db.exec(update(Sitting).values(seen_at=now() - 2 * RECENT))
    take_up(worker)
    assert not worker.busy(desk.session_id) and logged(desk, "turn_learned") == []


def test_two_processes_that_learn_from_one_turn_leave_one_of_both_lessons(
    engine: Engine, online: Worker, instant: Settings, shared_index: Index, llm: OpenAIServer
) -> None:
    desk = sit_down(engine, online, "needs_panel", study_of(condition("needs_panel")), MODEL)
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in an_answered_message()])
    needs = [{"text": f"need {n}", "topic": "", "quote": ""} for n in range(4)]
    llm.script_structured(says({"needs": needs, "questions": []}, delay=1), says({"needs": [], "questions": []}))
    online.ensure(desk.block)
    until(lambda: llm.requests)
    other = Worker(engine, online.settings, shared_index)
    other.run(desk.block)
    assert online.busy(desk.session_id) and len(logged(desk, "turn_learned")) == 1
    online.wait(desk.session_id)
    assert desk.view().state.beliefs == () and len(logged(desk, "turn_learned")) == 1


def test_learning_does_not_keep_the_next_message_waiting(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "needs_panel", study_of(condition("needs_panel")), MODEL)
    llm.script(Says("First."), Says("Second."))
    llm.script_structured(Silent())
    desk.send([("message-1", CHEAP)])
    until(lambda: len(llm.requests) == 2)  # the reply, and what it teaches
    desk.send([("message-2", "And by train.")])
    until(lambda: turn_of(desk, "message-2").status == "answered")
    assert logged(desk, "turn_learned") == [], "the first turn is still being learned from"
    assert turn_of(desk, "message-2").reply == "Second."


def test_a_reply_that_could_not_be_stored_is_made_again(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "baseline")
    full = (
        "CREATE TRIGGER full BEFORE INSERT ON {} WHEN NEW.kind = 'reply_given' BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with engine.begin() as db:
        table = db.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%once_key%' AND type = 'table'"))
        db.execute(text(full.format(table.scalar_one())))
    desk.send([("message-1", CHEAP)])
    worker.wait(desk.session_id)
    assert turn_of(desk, "message-1").status == "running"
    worker.wait(desk.session_id)
    with engine.begin() as db:
        db.execute(text("DROP TRIGGER full"))
    desk.view()
    worker.wait(desk.session_id)
    assert turn_of(desk, "message-1").status == "answered"
    assert outcomes(desk)[-1] == "answered" and outcomes(desk).count("answered") == 1


def test_drain_lets_a_reply_be_finished(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script(Says("one two three four five six", delay=0.1))
    desk.send([("message-1", CHEAP)])
    until(lambda: llm.requests)
    online.drain(10)
    assert turn_of(desk, "message-1").reply == "one two three four five six"
    assert not online.busy(desk.session_id)


def test_drain_does_not_wait_longer_than_it_may(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script(Silent())
    desk.send([("message-1", CHEAP)])
    until(lambda: llm.requests)
    begun = time.monotonic()
    online.drain(0.3)
    assert 0.2 < time.monotonic() - begun < 8, "the server would be silent for ever"
    desk.stop(turn_of(desk, "message-1").turn_id)
    online.wait(desk.session_id)


# --- stop, failure, retry --------------------------------------------------------------------------


def test_stop_keeps_what_came_and_concerns_this_turn_only(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script(Says("word " * 100, delay=0.05), Says("All of it."))
    desk.send([("message-1", CHEAP)])
    until(lambda: turn_of(desk, "message-1").turn_id)
    turn_id = turn_of(desk, "message-1").turn_id
    until(lambda: on_screen(online, desk))
    desk.stop("another turn")
    time.sleep(0.3)
    assert turn_of(desk, "message-1").status == "running"
    desk.stop(turn_id)
    online.wait(desk.session_id)
    turn = turn_of(desk, "message-1")
    assert (turn.status, turn.outcome, turn.turn_id) == ("stopped", "stopped", turn_id)
    assert 1 <= len(turn.reply.split()) < 100
    desk.stop(turn_id)
    assert say(desk, "And now?", "message-2").reply == "All of it."
    assert llm.prompts()[-1][2] == {"role": "assistant", "content": turn.reply}


def test_stop_before_the_first_word_leaves_a_message_that_can_be_tried_again(
    engine: Engine, online: Worker, llm: OpenAIServer
) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script(Silent(), Says("Here you are."))
    desk.send([("message-1", CHEAP)])
    until(lambda: llm.requests)
    desk.stop(turn_of(desk, "message-1").turn_id)
    online.wait(desk.session_id)
    assert (turn_of(desk, "message-1").status, outcomes(desk)) == ("failed", ["stopped"])
    desk.retry("message-1")
    online.wait(desk.session_id)
    assert turn_of(desk, "message-1").reply == "Here you are."


def test_a_failed_reply_is_said_and_tried_again_on_request_only(
    engine: Engine, online: Worker, llm: OpenAIServer
) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script(Fails(500), forever=True)
    turn = say(desk, CHEAP, "message-1")
    assert (turn.status, turn.outcome, turn.reply) == ("failed", "failed", "")
    failed = logged(desk, "reply_failed")[0].event
    call = logged(desk, "model_called")[0].event
    assert "500" in failed.error and failed.call_id == call.call_id and call.outcome == "failed"
    desk.view()
    online.wait(desk.session_id)
    assert len(llm.requests) == 1
    desk.retry("message-1")
    online.wait(desk.session_id)
    assert turn_of(desk, "message-1").status == "failed"
    llm.script()
    at_once(8, lambda _: desk.retry("message-1"))
    online.wait(desk.session_id)
    turn = turn_of(desk, "message-1")
    assert (turn.status, turn.attempt) == ("answered", 3)
    assert outcomes(desk) == ["failed", "failed", "answered"]
    assert len(logged(desk, "retry_requested")) == 2
    desk.retry("message-1")
    desk.retry("no such message")
    online.wait(desk.session_id)
    assert len(logged(desk, "retry_requested")) == 2 and outcomes(desk)[-1] == "answered"


@pytest.mark.parametrize(
    ("answer", "outcome", "partial"),
    [
        (Silent(words=2), "timed_out", "The hillside"),
        (Silent(), "timed_out", ""),
        (Says(""), "empty", ""),
        (Says("The", finish="content_filter"), "refused", "The"),
        (Fails(401), "failed", ""),
    ],
)
def test_every_way_to_fail_is_in_the_record_with_what_came(
    engine: Engine, online: Worker, llm: OpenAIServer, answer: Any, outcome: str, partial: str
) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none"), reply_timeout=1), MODEL)
    llm.script(answer)
    assert say(desk, CHEAP).outcome == outcome
    failed = logged(desk, "reply_failed")[0].event
    assert (failed.outcome, failed.partial.strip()) == (outcome, partial)
    assert logged(desk, "model_called")[0].event.raw.strip() == partial
    assert not desk.view().may_finish and logged(desk, "turn_learned") == []


def test_a_model_that_cannot_be_opened_and_an_index_that_is_down_are_named(
    engine: Engine, worker: Worker, instant: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert say(sit_down(engine, worker, "baseline", model=MODEL), CHEAP).status == "failed"
    desk = sit_down(engine, worker, "baseline", model=MODEL)
    say(desk, CHEAP)
    assert "set OPENAI_API_KEY" in logged(desk, "reply_failed")[0].event.error
    no_index = Worker(engine, instant, Index(None, "http://127.0.0.1:9"))
    desk = sit_down(engine, no_index, "passive")
    assert say(desk, CHEAP).status == "failed"
    assert "http://127.0.0.1:9" in logged(desk, "reply_failed")[0].event.error
    assert not no_index.busy(desk.session_id)


def test_a_plan_that_cannot_be_drafted_leaves_the_reply_and_is_in_the_record(
    engine: Engine, online: Worker, llm: OpenAIServer
) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script_structured(Says("no JSON"))
    assert say(desk, CHEAP).status == "answered"
    drafted = next(e.event for e in logged(desk, "model_called") if e.event.purpose == "draft_solution")
    assert (drafted.outcome, drafted.parsed) == ("failed", None) and drafted.error
    assert desk.view().state.solution == () and len(logged(desk, "turn_learned")) == 1


# --- acts on the screen ----------------------------------------------------------------------------


def chosen(state: State, attribute: str) -> list[str]:
    """The values that the chosen options have in one attribute."""
    options = {option.id: option for option in state.task.catalogue}
    return [options[i].attributes[attribute] for s in state.solution for i in s.option_ids]


def test_an_edit_makes_the_plan_anew_at_once(engine: Engine, worker: Worker) -> None:
    protocol = study_of(condition("needs_panel"), tasks=(DEMO.task("weekend_trip"),))
    desk = sit_down(engine, worker, "needs_panel", protocol)
    say(desk, "Something cheap, please.")
    first = desk.view().state
    assert set(chosen(first, "budget")) == {"low"}
    need = next(b for b in first.beliefs if b.topic == "budget")
    desk.operate("needs_panel", "needs", "edit", {"id": need.id, "text": "Budget: high"})
    worker.wait(desk.session_id)
    second = desk.view().state
    assert set(chosen(second, "budget")) == {"high"}
    assert second.solution_version == first.solution_version + 1
    edit = logged(desk, "control_changed")[0]
    assert logged(desk, "solution_updated")[-1].event.cause == edit.id
    assert [entry.event.cause for entry in logged(desk, "replanned")] == [edit.id]
    edited = next(b for b in second.beliefs if b.topic == "budget")
    assert all(section.because == (edited.id,) for section in second.solution)


def test_many_edits_in_a_row_end_in_the_plan_for_the_last_one(engine: Engine, worker: Worker) -> None:
    protocol = study_of(condition("needs_panel"), tasks=(DEMO.task("weekend_trip"),))
    desk = sit_down(engine, worker, "needs_panel", protocol)
    say(desk, "Something cheap, please.")
    for value in ("high", "medium", "high", "medium"):
        need = next(b for b in desk.view().state.beliefs if b.topic == "budget")
        desk.operate("needs_panel", "needs", "edit", {"id": need.id, "text": f"Budget: {value}"})
    worker.wait(desk.session_id)
    assert set(chosen(desk.view().state, "budget")) == {"medium"}
    last = logged(desk, "control_changed")[-1]
    assert logged(desk, "replanned")[-1].event.cause == last.id
    assert 1 <= len(logged(desk, "replanned")) <= 4


@pytest.mark.parametrize(
    ("mechanism", "control", "action", "value"),
    [
        ("needs_panel", "needs", "set", "x"),
        ("needs_panel", "no such control", "add", "x"),
        ("inferred_profile", "profile", "delete", "x"),
        ("preference_controls", "budget_care", "set", 17),
        ("preference_controls", "budget_care", "delete", 1),
        ("", "", "", None),
    ],
)
def test_what_is_not_offered_is_refused_and_leaves_no_trace(
    engine: Engine, worker: Worker, mechanism: str, control: str, action: str, value: Any
) -> None:
    desk = sit_down(engine, worker, "active")
    count = len(logged(desk))
    with pytest.raises(AnswerRefused):
        desk.operate(mechanism, control, action, value)
    assert len(logged(desk)) == count


def test_a_reply_is_rated_and_the_newest_rating_counts(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "baseline")
    turn = say(desk, CHEAP)
    assert turn.rating is None
    for rating, why in (("up", ""), ("up", ""), ("down", "x" * 3000), ("down", "")):
        desk.rate(turn.turn_id, rating, why)  # type: ignore[arg-type]
    desk.rate("no such turn", "up")
    assert desk.view().turns[0].rating == "down"
    rated = [entry.event for entry in logged(desk, "reply_rated")]
    assert [(r.rating, len(r.why)) for r in rated] == [("up", 0), ("down", 2000)]


@pytest.mark.parametrize(
    "messages",
    [
        [("message-1", "")],
        [("message-1", " \n ")],
        [("message-1", "x" * (MESSAGE_LIMIT + 1))],
        [("short", "Hello")],
        [("x" * 65, "Hello")],
        [("message-1", "Hello"), ("message-2", "")],
    ],
    ids=["empty", "blank", "too long", "short id", "long id", "one of two"],
)
def test_a_message_outside_the_limits_is_refused_with_its_batch(
    engine: Engine, worker: Worker, messages: list[tuple[str, str]]
) -> None:
    desk = sit_down(engine, worker, "baseline")
    with pytest.raises(AnswerRefused):
        desk.send(messages)
    worker.wait(desk.session_id)
    assert logged(desk, "message_sent") == [] and desk.view().turns == ()


def test_messages_at_the_limits_and_of_any_script_are_kept_as_they_are(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "passive")
    said = ["x" * MESSAGE_LIMIT, "éß漢字🙂\u202e", "# Options\n- a | b", "  padded \n", "{curly} %s \\n <b>", "?"]
    for number, words in enumerate(said):
        turn = say(desk, words, f"message-{number}")
        assert (turn.status, turn.text) == ("answered", words.strip())
    desk.send([])
    assert len(desk.view().turns) == len(said)
    assert {entry.event.outcome for entry in logged(desk, "model_called")} == {"answered"}
    assert logged(desk, "learning_failed") == []


def test_only_the_tab_that_holds_the_session_may_act(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    take_lease(engine, desk.session_id, "this tab")
    mine = Desk(engine, worker, desk.protocol, desk.session_id, desk.step, "this tab")
    other = Desk(engine, worker, desk.protocol, desk.session_id, desk.step, "another tab")
    say(mine, CHEAP)
    count = len(logged(desk))
    with pytest.raises(NotThisTab):
        other.send([("message-9", "Hello")])
    with pytest.raises(NotThisTab):
        other.operate("needs_panel", "needs", "add", "By train")
    with pytest.raises(NotThisTab):
        other.rate(mine.view().turns[0].turn_id, "up")
    assert len(logged(desk)) == count


# --- the end of a task -----------------------------------------------------------------------------


def test_a_task_ends_after_its_minimum_and_once(engine: Engine, worker: Worker) -> None:
    protocol = study_of(condition("none"), task_rule={"min_turns": 2})
    desk = sit_down(engine, worker, "none", protocol)
    assert desk.view().started and desk.view().waiting_for == "You can finish after 2 more messages."
    with pytest.raises(AnswerRefused):
        desk.finish()
    say(desk, CHEAP)
    assert (desk.view().may_finish, desk.view().waiting_for) == (False, "You can finish after one more message.")
    with pytest.raises(AnswerRefused):
        desk.finish()
    say(desk, "Close to the sea.")
    assert (desk.view().may_finish, desk.view().waiting_for) == (True, "")
    desk.finish()
    desk.finish()
    finished = [entry.event.by for entry in logged(desk, "task_finished")]
    assert finished == ["participant"]
    assert position(engine, protocol, desk.session_id).step is None


def test_a_failed_reply_does_not_count_towards_the_minimum(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none"), task_rule={"min_turns": 1}), MODEL)
    llm.script(Fails(500))
    say(desk, CHEAP)
    with pytest.raises(AnswerRefused):
        desk.finish()


def test_time_is_a_minimum_and_a_limit(engine: Engine, worker: Worker) -> None:
    slow = study_of(condition("none"), task_rule={"min_turns": 0, "min_minutes": 5})
    desk = sit_down(engine, worker, "none", slow)
    assert (desk.view().may_finish, desk.view().minutes_left) == (False, None)
    assert desk.view().waiting_for == "You can finish after 5 minutes."
    with pytest.raises(AnswerRefused):
        desk.finish()
    short = study_of(condition("none"), task_rule={"min_turns": 9, "max_minutes": 0.001})
    desk = sit_down(engine, worker, "none", short)
    time.sleep(0.1)
    assert desk.view().minutes_left == 0
    desk.finish()
    assert [entry.event.by for entry in logged(desk, "task_finished")] == ["time_limit"]


def test_the_end_of_a_task_stops_the_reply_under_way(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none"), task_rule={"min_turns": 0}), MODEL)
    llm.script(Silent(words=2))
    desk.send([("message-1", CHEAP)])
    until(lambda: turn_of(desk, "message-1").turn_id and llm.requests)
    begun = time.monotonic()
    desk.finish()
    online.wait(desk.session_id)
    assert time.monotonic() - begun < 8
    assert outcomes(desk) == ["stopped"]
    assert position(engine, desk.protocol, desk.session_id).step is None


def test_the_clock_of_a_task_starts_once(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    desk.open()
    desk.open()
    assert len(logged(desk, "task_started")) == 1


# --- the record explains itself --------------------------------------------------------------------

PURPOSES = {
    "baseline": {"reply", "draft_solution"},
    "active": {"reply", "find_needs", "draft_solution"},
    "passive": {"reply", "propose_beliefs", "match_beliefs", "draft_solution"},
}


@pytest.mark.parametrize("name", PURPOSES)
def test_every_model_call_is_in_the_record_with_all_that_it_was(engine: Engine, worker: Worker, name: str) -> None:
    desk = sit_down(engine, worker, name)
    for words in (CHEAP, "I would like it relaxed.", "Rather expensive, and by car."):
        say(desk, words)
    calls = [entry.event for entry in logged(desk, "model_called")]
    assert {call.purpose for call in calls} == PURPOSES[name]
    assert len({call.call_id for call in calls}) == len(calls)
    turns = {turn.turn_id for turn in desk.view().turns}
    for call in calls:
        assert isinstance(call, ModelCalled)
        assert (call.outcome, call.error, call.retries, call.model) == ("answered", "", 0, "atelier-offline")
        assert call.turn_id in turns and call.messages[0].role == "system" and call.raw
        assert (call.input_tokens or 0) > 0 and (call.output_tokens or 0) > 0 and call.duration_ms > 0
        assert (call.parsed is None) == (call.purpose == "reply") == (call.first_token_ms is not None)
    by_id = {call.call_id: call for call in calls}
    for entry in logged(desk, "reply_given"):
        reply, call = entry.event, by_id[entry.event.call_id]
        assert (reply.text, reply.model, reply.turn_id) == (call.raw, call.model, call.turn_id)
        for field in ("input_tokens", "output_tokens"):
            assert getattr(reply, field) == getattr(call, field)
        for field in ("first_token_ms", "duration_ms"):  # with what had to be done before the model was called
            assert getattr(reply, field) >= getattr(call, field)


@pytest.mark.parametrize("name", PURPOSES)
def test_the_prompt_of_every_reply_can_be_rebuilt_from_the_events(engine: Engine, worker: Worker, name: str) -> None:
    desk = sit_down(engine, worker, name)
    for words in (CHEAP, "Not by car.", "Something relaxed with my kids."):
        say(desk, words)
    every = logged(desk)
    calls = {entry.event.call_id: entry.event for entry in every if entry.kind == "model_called"}
    recalled = 0
    for entry in [entry for entry in every if entry.kind == "reply_given"]:
        reply = entry.event
        started = next(e for e in every if e.kind == "reply_started" and e.event.turn_id == reply.turn_id)
        asked = next(e.event for e in every if e.kind == "message_sent" and e.event.message_id == reply.message_id)
        state = fold(
            desk.block.scope, desk.protocol.task(desk.step.task or ""), [e for e in every if e.seq < started.seq]
        )
        turn = Turn(reply.turn_id, reply.message_id, asked.text, before(state, reply.message_id))
        assert tuple(prompts.reply_messages(turn, reply.recalled)) == calls[reply.call_id].messages
        evidence = {line.id for line in state.history} | {f"control:{c.id}" for c in desk.view().controls}
        assert all(set(piece.evidence) <= evidence for piece in reply.recalled)
        recalled += len(reply.recalled)
    assert bool(recalled) == (name != "baseline")


def test_nothing_said_or_learned_in_one_block_is_in_a_prompt_of_another(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    row = sitting(engine, desk.session_id)
    marks = {"active": "zebrafish", "passive": "quokka", "baseline": "axolotl"}
    steps = [step for step in plan(ONLY_TASKS, assignment_of(row)) if step.kind == "task"]
    for step in steps:
        at = Desk(engine, worker, ONLY_TASKS, row.id, step, None)
        topic = next(iter(at.view().task.attributes.values()))
        value = next(iter(topic.values.values()))[0]
        for number in range(3):
            say(at, f"I like it {value}, as my {marks[step.condition or '']} does.", f"message-{step.block}-{number}")
        if step.condition == "active":
            at.operate("preference_controls", "own_words", "set", f"The {marks['active']} comes along")
            worker.wait(row.id)
            say(at, "And now?", f"message-{step.block}-9")
    calls = [(entry.place.condition, entry.event) for entry in logged(desk, "model_called")]
    assert {c for c, _ in calls} == set(marks)
    for name, call in calls:
        prompt = str(call.messages)
        for other, mark in marks.items():
            assert other == name or mark not in prompt
    for name in ("active", "passive"):
        about = [str(call.messages[0]) for c, call in calls if c == name and call.purpose == "reply"]
        assert marks[name] in about[-1].split("# About the participant")[1].split("# Plan so far")[0]


def test_two_versions_with_the_same_memory_do_not_share_it(engine: Engine, worker: Worker) -> None:
    uses = tuple(MechanismUse(name=name) for name in ("needs_panel", "inferred_profile", "retrieval"))
    protocol = study_of(Condition(id="one", mechanisms=uses), Condition(id="two", mechanisms=uses))
    desk = sit_down(engine, worker, "one", protocol)
    steps = plan(protocol, assignment_of(sitting(engine, desk.session_id)))
    for step in steps:
        at = Desk(engine, worker, protocol, desk.session_id, step, None)
        words = next(iter(next(iter(at.view().task.attributes.values())).values.values()))[0]
        for number in range(3):
            say(at, f"I like it {words} near the lighthouse, in block {step.block}.", f"message-{step.block}-{number}")
    replies = {entry.place.block: entry.event for entry in logged(desk, "reply_given")}
    assert set(replies) == {1, 2}
    for block, reply in replies.items():
        told = str(reply.recalled)
        assert f"in block {block}" in told and f"in block {3 - block}" not in told
        assert {piece.mechanism for piece in reply.recalled} == {"needs_panel", "inferred_profile", "retrieval"}


def test_what_the_person_does_while_the_model_still_learns_outranks_it(
    engine: Engine, online: Worker, llm: OpenAIServer
) -> None:
    protocol = study_of(condition("inferred_profile", visibility="editable"))
    desk = sit_down(engine, online, "inferred_profile", protocol, MODEL)
    trains, sea = (
        {"text": f"Prefers {what}", "confidence": 5, "durability": 5, "topic": "travel"}
        for what in ("trains", "the sea")
    )
    llm.script_structured(says({"beliefs": [trains, sea]}))
    say(desk, "By train, to the sea.")
    first, second = desk.view().controls[0].beliefs
    matches = [
        {"proposal": 0, "belief_id": first.id, "label": "identical", "text": ""},
        {"proposal": 1, "belief_id": second.id, "label": "similar", "text": "Prefers lakes"},
    ]
    llm.script_structured(says({"beliefs": [trains, sea]}, delay=1), says({"matches": matches}))
    asked = len(llm.prompts(streamed=False))
    desk.send([("message-2", "As I said, by train, but to a lake.")])
    until(lambda: len(llm.prompts(streamed=False)) > asked)
    desk.operate("inferred_profile", "profile", "delete", first.id)
    desk.operate("inferred_profile", "profile", "edit", {"id": second.id, "text": "Prefers the open sea"})
    online.wait(desk.session_id)
    now = desk.view().state.beliefs
    assert [(b.text, b.status) for b in now] == [("Prefers trains", "retracted"), ("Prefers the open sea", "held")]
    assert {e.event.by for e in logged(desk, "belief_changed")[-2:]} == {"person"}
    llm.script_structured()
    say(desk, "What now?")
    assert "Prefers trains" not in llm.prompts()[-1][0]["content"]
    assert "Prefers the open sea" in llm.prompts()[-1][0]["content"]


def test_the_record_holds_old_and_new_value_of_each_act(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "active")
    for value in (1, 4, None):
        desk.operate("preference_controls", "budget_care", "set", value)
    worker.wait(desk.session_id)
    acts = [entry.event for entry in logged(desk, "control_changed")]
    assert all(isinstance(act, ControlChanged) for act in acts)
    assert [(act.old, act.new) for act in acts] == [(None, 1), (1, 4), (4, None)]


# --- what happens between looking and writing ------------------------------------------------------


def test_a_failure_does_not_follow_a_reply_that_another_process_gave(
    engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sit_down(engine, worker, "active")
    given = ReplyGiven.model_validate(
        {"turn_id": "theirs", "message_id": "message-1", "text": "Theirs.", "outcome": "answered", "call_id": "c1"}
        | {"model": "m", "duration_ms": 1}
    )

    def overtaken(turn: Turn, *_: Any) -> ReplyFailed:
        append(engine, desk.session_id, [Entry(given, desk.block.place, "given:message-1")])
        return ReplyFailed(turn_id=turn.id, message_id=turn.message_id, outcome="timed_out")

    monkeypatch.setattr(assistant, "reply", overtaken)
    turn = say(desk, CHEAP, "message-1")
    assert (turn.status, turn.reply, turn.turn_id) == ("answered", "Theirs.", "theirs")
    assert outcomes(desk) == ["answered"]


def test_a_message_that_was_answered_meanwhile_is_not_begun_again(
    engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sit_down(engine, worker, "active")
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in an_answered_message()[:2]])
    given = an_answered_message()[2]
    really = worker._answer

    def overtaken(block: Any, turn: Any, seen: Any) -> None:
        append(engine, desk.session_id, [Entry(given, desk.block.place, "given:message-1")])
        really(block, turn, seen)

    monkeypatch.setattr(worker, "_answer", overtaken)
    desk.view()
    worker.wait(desk.session_id)
    assert (desk.view().turns[0].status, outcomes(desk)) == ("answered", ["answered"])
    assert len(logged(desk, "reply_started")) == 1


def test_what_the_person_deletes_at_the_moment_it_is_learned_anew_stays_deleted(
    engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = condition("inferred_profile", visibility="editable")
    desk = sit_down(engine, worker, "inferred_profile", study_of(kept))
    say(desk, "I prefer quiet places by the water.", "message-1")
    note = desk.view().state.beliefs[0]
    person = Thread(target=lambda: desk.operate("inferred_profile", "profile", "delete", note.id))
    really = worker_module.without_settled

    def at_the_same_moment(learned: Any, since: Any) -> Any:
        person.start()
        person.join(1)  # long enough for a deletion that does not have to wait
        return really(learned, since)

    monkeypatch.setattr(worker_module, "without_settled", at_the_same_moment)
    say(desk, "As I said, I prefer quiet places by the water, really quiet.", "message-2")
    person.join()
    assert [belief.status for belief in desk.view().state.beliefs if belief.id == note.id] == ["retracted"]
