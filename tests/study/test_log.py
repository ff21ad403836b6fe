"""Events are written once, in order and without a gap, or not at all."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sittings import TAB, arrive, at_once, opened
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from study.database import writing
from study.errors import NotFound, NotThisTab
from study.events import ControlChanged, EventBase, MessageSent, StepEntered, StepFinished
from study.flow import Step
from study.log import Entry, Logged, Place, append, append_in, events, new_id, now, place_of, study_events
from study.protocol import Protocol
from study.tables import EventRow, Sitting


def said(text: str, once_key: str | None = None) -> Entry:
    return Entry(MessageSent(message_id=new_id(), text=text), once_key=once_key)


def texts(entries: list[Logged]) -> list[str]:
    return [entry.event.text for entry in entries]


@pytest.fixture
def session(any_engine: Engine, small: Protocol) -> str:
    return arrive(any_engine, opened(any_engine, small)).id


def told(engine: Engine, session: str) -> list[str]:
    return texts(events(engine, session, ["message_sent"]))


# --- once --------------------------------------------------------------------------------------


def test_the_same_key_is_written_once_within_one_call(any_engine: Engine, session: str) -> None:
    written = append(any_engine, session, [said("first", "k"), said("second", "k"), said("other", "l"), said("free")])
    assert texts(written) == ["first", "other", "free"]
    assert told(any_engine, session) == ["first", "other", "free"]


def test_the_same_key_is_written_once_across_calls(any_engine: Engine, session: str) -> None:
    first = append(any_engine, session, [said("first", "k")])
    again = append(any_engine, session, [said("second", "k"), said("more")])
    assert (texts(first), texts(again)) == (["first"], ["more"])
    assert told(any_engine, session) == ["first", "more"]


def test_the_same_key_is_written_once_when_ten_threads_send_it(any_engine: Engine, session: str) -> None:
    results = at_once(10, lambda n: append(any_engine, session, [said(f"{n}", "k"), said(f"own {n}")]))
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sorted(len(result) for result in results) == [1] * 9 + [2]  # type: ignore[arg-type]
    stored = told(any_engine, session)
    assert len(stored) == 11
    assert sum(not text.startswith("own") for text in stored) == 1


def test_the_same_key_in_another_session_is_another_event(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    one, two = arrive(engine, study).id, arrive(engine, study).id
    assert len(append(engine, one, [said("a", "k")])) == len(append(engine, two, [said("b", "k")])) == 1


def test_entries_without_a_key_are_never_taken_for_the_same(engine: Engine, small: Protocol) -> None:
    row = arrive(engine, opened(engine, small))
    assert texts(append(engine, row.id, [said("a"), said("a"), said("a", ""), said("a", "")])) == ["a"] * 4


# --- in order ----------------------------------------------------------------------------------


def test_sequence_numbers_have_no_gap_whoever_writes_at_once(any_engine: Engine, session: str) -> None:
    results = at_once(
        8, lambda n: [append(any_engine, session, [said(f"{n}:{i}:{j}") for j in range(3)]) for i in range(4)]
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    stored = events(any_engine, session)
    assert [entry.seq for entry in stored] == list(range(1, len(stored) + 1))
    assert len(told(any_engine, session)) == 8 * 4 * 3
    for n in range(8):
        own = [text for text in told(any_engine, session) if text.startswith(f"{n}:")]
        assert own == sorted(own), "what one thread wrote stands in the order in which it wrote"
    batches = [text.rsplit(":", 1)[0] for text in told(any_engine, session)]
    assert batches[::3] == batches[1::3] == batches[2::3], "what was written in one call stays together"


def test_an_error_in_the_middle_of_a_call_writes_nothing_and_leaves_no_gap(any_engine: Engine, session: str) -> None:
    def breaks() -> Iterator[Entry]:
        yield said("half")
        raise RuntimeError("the process broke")

    before = len(events(any_engine, session))
    with pytest.raises(RuntimeError):
        append(any_engine, session, breaks())
    with pytest.raises(NotThisTab):
        append(any_engine, session, [said("wrong tab")], lease="other")
    taken = append(any_engine, session, [said("whole")])[0]
    with pytest.raises(IntegrityError):
        append(any_engine, session, [said("lost"), Entry(StepEntered(), id=taken.id)])
    assert [entry.seq for entry in append(any_engine, session, [said("more")])] == [before + 2]
    assert told(any_engine, session) == ["whole", "more"]


def test_events_can_be_read_by_kind_and_from_a_place_on(engine: Engine, small: Protocol) -> None:
    row = arrive(engine, opened(engine, small))
    append(engine, row.id, [said("a"), Entry(StepEntered()), said("b"), Entry(StepFinished()), said("c")])
    whole = events(engine, row.id)
    assert events(engine, row.id, ["message_sent"]) == [e for e in whole if e.kind == "message_sent"]
    assert [e.kind for e in events(engine, row.id, ["step_finished", "step_entered"])] == [
        "step_entered",
        "step_finished",
    ]
    assert events(engine, row.id, after=whole[3].seq) == whole[4:]
    assert events(engine, row.id, after=whole[-1].seq) == []
    assert events(engine, row.id, ["no_such_kind"]) == []
    assert events(engine, "nobody") == []


def test_what_is_returned_is_what_was_stored(any_engine: Engine, session: str) -> None:
    place = place_of(Step("2.1.0.task", "task", block=1, condition="plain", task="trip"))
    at = datetime(2026, 3, 2, 9, 30, 0, 123_456, UTC)
    entry = Entry(
        ControlChanged(mechanism="m", control="c", action="set", old=None, new={"a": [1, "ü"]}),
        place,
        "k",
        client_at=at,
    )
    (written,) = append(any_engine, session, [entry])
    assert written == events(any_engine, session)[-1]
    assert written.place == Place("2.1.0.task", 1, "plain", "trip")
    assert (written.event, written.client_at) == (entry.event, at)
    assert written.at.utcoffset() == timedelta(0)
    assert abs(now() - written.at) < timedelta(seconds=20)


def test_nothing_is_written_to_a_session_that_does_not_exist(engine: Engine) -> None:
    with pytest.raises(NotFound):
        append(engine, "nobody", [said("lost")])


# --- a session that somebody else holds --------------------------------------------------------


def test_a_tab_that_loses_the_lease_while_it_waits_writes_nothing(any_engine: Engine, session: str) -> None:
    """It read the session before the other tab took over, and must not trust what it read."""
    results: list[object] = []

    def wait_and_write() -> None:
        try:
            with writing(any_engine) as db:
                seen = db.get_one(Sitting, session)
                append_in(db, session, [said(f"too late for {seen.lease}")], TAB)
        except Exception as error:
            results.append(error)

    with writing(any_engine) as db:
        row = db.exec(select(Sitting).where(Sitting.id == session).with_for_update()).one()
        thread = threading.Thread(target=wait_and_write)
        thread.start()
        time.sleep(0.3)
        assert not results, "the other tab waits"
        row.lease = "another tab"
    thread.join(20)
    assert [type(result) for result in results] == [NotThisTab]
    assert told(any_engine, session) == []


def test_every_event_is_a_sign_of_life(engine: Engine, small: Protocol) -> None:
    row = arrive(engine, opened(engine, small))
    with writing(engine) as db:
        db.get_one(Sitting, row.id).seen_at = now() - timedelta(days=1)
    append(engine, row.id, [said("back")])
    with writing(engine) as db:
        assert now() - db.get_one(Sitting, row.id).seen_at < timedelta(seconds=20)


# --- odd characters and numbers ----------------------------------------------------------------


def test_what_no_database_can_search_is_replaced_wherever_it_stands(any_engine: Engine, session: str) -> None:
    odd: EventBase = ControlChanged(
        mechanism="m", control="c", action="set", old={"a\0": ["b\ud83d"]}, new=[float("nan"), float("inf"), 1.5]
    )
    append(any_engine, session, [Entry(odd, Place("step\0"), "key\0\udc00")])
    append(any_engine, session, [Entry(odd, Place("step\0"), "key\0\udc00"), said("emoji 😀 stays")])
    first, second = events(any_engine, session)[-2:]
    assert first.event.old == {"a\ufffd": ["b\ufffd"]}
    assert first.event.new == [None, None, 1.5]
    assert first.place.step == "step\ufffd"
    assert second.event.text == "emoji 😀 stays"
    assert first.seq + 1 == second.seq


@settings(max_examples=30)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50))
def test_any_other_text_is_stored_as_it_was_written(storage: tuple[Engine, str], text: str) -> None:
    engine, session = storage
    append(engine, session, [said(text)])
    assert told(engine, session)[-1] == text


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory, small: Protocol) -> Iterator[tuple[Engine, str]]:
    from study.database import open_database

    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('log') / 'record.db'}")
    yield engine, arrive(engine, opened(engine, small)).id
    engine.dispose()


# --- a whole study -----------------------------------------------------------------------------


@pytest.fixture
def study(any_engine: Engine, small: Protocol) -> str:
    """Three sessions with forty messages each, written in turns, and another study beside it."""
    made = opened(any_engine, small)
    rows = [arrive(any_engine, made) for _ in range(3)]
    other = arrive(any_engine, opened(any_engine, small))
    for n in range(4):
        for row in (*rows, other):
            append(any_engine, row.id, [said(f"{n}.{i}") for i in range(10)])
    return made


def test_a_study_is_read_session_by_session_in_order(any_engine: Engine, study: str) -> None:
    read = list(study_events(any_engine, study))
    assert len(read) == 3 * 42
    assert [(e.session_id, e.seq) for e in read] == sorted((e.session_id, e.seq) for e in read)
    assert len({e.session_id for e in read}) == 3
    sent = list(study_events(any_engine, study, ["message_sent"], batch=7))
    assert sent == [e for e in read if e.kind == "message_sent"]
    assert list(study_events(any_engine, "nothing")) == []


def test_a_study_is_not_held_in_memory_as_a_whole(any_engine: Engine, study: str) -> None:
    loaded: list[object] = []

    def count(target: object, _context: object) -> None:
        loaded.append(target)

    event.listen(EventRow, "load", count)
    try:
        stream = study_events(any_engine, study, batch=10)
        next(stream)
        assert len(loaded) == 10
        assert sum(1 for _ in stream) == 3 * 42 - 1
        assert len(loaded) == 3 * 42
    finally:
        event.remove(EventRow, "load", count)


def test_reading_a_study_does_not_keep_anybody_from_writing(any_engine: Engine, study: str, small: Protocol) -> None:
    stream = study_events(any_engine, study, batch=5)
    first = next(stream)
    written = append(any_engine, first.session_id, [said("meanwhile")])
    assert texts(written) == ["meanwhile"]
    assert sum(1 for _ in stream) >= 3 * 42 - 1
