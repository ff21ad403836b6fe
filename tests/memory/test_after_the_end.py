"""Once a session is over nothing more is recorded: no acts, no replies, nothing learned; see study/under_way.py."""

import pytest
from desks import condition, kinds_of, logged, say, sit_down, study_of, turn_of, until
from openai_server import OpenAIServer, Says
from sqlalchemy import Engine, update

from memory.index import Index
from memory.taking_up import take_up
from memory.worker import Worker
from study import progress
from study.database import writing
from study.errors import SessionOver
from study.events import EventBase, MessageSent, ReplyGiven, ReplyStarted
from study.log import Entry, append
from study.rejection import reject
from study.settings import Settings
from study.tables import Sitting

MODEL = "openai:test-model"
CHEAP = "Something cheap by train, please."
LEFT = ("withdrawn", "refused_consent", "rejected")


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


@pytest.fixture
def online(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> Worker:
    return Worker(engine, instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0}), shared_index)


def an_answered_message() -> list[EventBase]:
    """What a process leaves that died between answering and learning."""
    given = {"text": "Here you are.", "outcome": "answered", "call_id": "c1", "model": "m", "duration_ms": 1}
    return [
        MessageSent(message_id="message-1", text=CHEAP),
        ReplyStarted(turn_id="t1", message_id="message-1", attempt=1, owner="a process that is gone"),
        ReplyGiven.model_validate({"turn_id": "t1", "message_id": "message-1", **given}),
    ]


def ends(engine: Engine, session_id: str, status: str) -> None:
    with writing(engine) as db:
        db.exec(update(Sitting).where(Sitting.id == session_id).values(status=status))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [*LEFT, "complete", "timed_out"])
def test_an_old_tab_can_do_nothing_any_more(engine: Engine, worker: Worker, status: str) -> None:
    desk = sit_down(engine, worker, "active")
    turn = say(desk, CHEAP)
    ends(engine, desk.session_id, status)
    count = len(logged(desk))
    for act in (
        lambda: desk.send([("message-2", "And by train.")]),
        lambda: desk.operate("needs_panel", "needs", "add", "By train"),
        lambda: desk.rate(turn.turn_id, "up"),
        lambda: progress.enter(engine, desk.session_id, desk.step, ""),
    ):
        with pytest.raises(SessionOver):
            act()
    desk.view()
    worker.wait(desk.session_id)
    assert len(logged(desk)) == count


@pytest.mark.parametrize("status", LEFT)
def test_nothing_is_learned_at_the_next_start_from_somebody_who_has_left(
    engine: Engine,
    worker: Worker,
    status: str,
) -> None:
    desk = sit_down(engine, worker, "active")
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in an_answered_message()])
    ends(engine, desk.session_id, status)
    count = len(logged(desk))
    take_up(worker)
    worker.ensure(desk.block)
    worker.wait(desk.session_id)
    assert len(logged(desk)) == count


def test_what_somebody_taught_who_is_complete_is_still_learned_at_the_next_start(
    engine: Engine,
    worker: Worker,
) -> None:
    desk = sit_down(engine, worker, "active")
    append(engine, desk.session_id, [Entry(event, desk.block.place) for event in an_answered_message()])
    ends(engine, desk.session_id, "complete")
    take_up(worker)
    worker.wait(desk.session_id)
    assert [entry.event.turn_id for entry in logged(desk, "turn_learned")] == ["t1"]


@pytest.mark.parametrize("rejected", [False, True])
def test_a_reply_that_was_being_made_when_somebody_left_is_thrown_away(
    engine: Engine,
    online: Worker,
    llm: OpenAIServer,
    rejected: bool,
) -> None:
    desk = sit_down(engine, online, "none", study_of(condition("none")), MODEL)
    llm.script(Says("word " * 20, delay=0.05))
    desk.send([("message-1", CHEAP)])
    until(lambda: turn_of(desk, "message-1").status == "running")
    if rejected:
        reject(engine, "active_vs_passive", "P001", "A test.", "Ada")
    else:
        progress.withdraw(engine, desk.session_id, None)
    online.wait(desk.session_id)
    assert kinds_of(logged(desk))[-1] == "session_ended"
    assert logged(desk, "reply_given", "reply_failed", "model_called", "turn_learned") == []
