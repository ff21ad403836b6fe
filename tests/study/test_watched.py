"""What is read of sessions with SQL is what a slow fold over all of their events gives."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sittings import arrive, opened
from sqlalchemy import Engine

from study.database import open_database, reading
from study.events import (
    EventBase,
    MessageSent,
    ModelCalled,
    ReplyFailed,
    ReplyGiven,
    ReplyStarted,
    RetryRequested,
    StepEntered,
    StepFinished,
)
from study.log import Entry, Logged, Place, append, events, now
from study.protocol import Protocol
from study.watched import AWAITED, CONVERSATION, COUNTED, USABLE, Calls, Newest, watched_in

IDS = {"turn_id": "t", "message_id": "m"}
outcomes = st.sampled_from(["answered", "stopped", "refused", "timed_out", "failed"])
tokens = st.none() | st.integers(0, 10_000)
happenings: st.SearchStrategy[EventBase] = st.one_of(
    st.just(StepEntered()),
    st.just(StepFinished()),
    st.just(MessageSent(message_id="m", text="?")),
    st.just(ReplyStarted(**IDS, attempt=1, owner="o")),
    st.just(ReplyFailed(**IDS, outcome="failed")),
    st.just(RetryRequested(**IDS)),
    st.just(ReplyGiven(**IDS, text="!", outcome="answered", call_id="c", model="x", duration_ms=1, input_tokens=9_999)),
    st.builds(
        ModelCalled,
        call_id=st.just("c"),
        purpose=st.just("reply"),
        model=st.just("x"),
        duration_ms=st.just(1.0),
        outcome=outcomes,
        input_tokens=tokens,
        output_tokens=tokens,
        error=st.sampled_from(["", "no key", "quota"]),
    ),
)
histories = st.lists(st.lists(st.tuples(happenings, st.sampled_from("abc")), max_size=12), min_size=1, max_size=4)


def newest(logged: list[Logged], *kinds: str) -> Newest:
    found = [one for one in logged if one.kind in kinds]
    return Newest(found[-1].kind, found[-1].place.step, found[-1].seq, found[-1].at) if found else Newest()


def slowly(logged: list[Logged]) -> dict[str, Any]:
    calls = [one for one in logged if one.kind == "model_called"]
    failed = [one for one in calls if one.event.outcome not in USABLE]
    last = failed[-1] if failed else None
    talk = newest(logged, *CONVERSATION)
    return {
        "entered": newest(logged, "step_entered"),
        "finished": newest(logged, "step_finished"),
        "talk": talk,
        "waiting_since": talk.at if talk.kind in AWAITED else None,
        "counts": dict(Counter(one.kind for one in logged if one.kind in COUNTED)),
        "error": (last.event.error or last.event.outcome.replace("_", " ")) if last else "",
        "calls": Calls(
            len(calls),
            len(failed),
            len(calls),
            len(failed),
            sum(one.event.input_tokens or 0 for one in calls),
            sum(one.event.output_tokens or 0 for one in calls),
            last.at if last else None,
        ),
    }


def check(engine: Engine, study: str, seen: list[list[tuple[EventBase, str]]]) -> None:
    rows = [arrive(engine, study) for _ in seen]
    for row, happened in zip(rows, seen, strict=True):
        append(engine, row.id, [Entry(event, Place(step)) for event, step in happened])
    with reading(engine) as db:
        found = {one.row.id: one for one in watched_in(db, study, now() + timedelta(seconds=1), {})}
    assert set(found) == {row.id for row in rows}
    for row in rows:
        one, expected = found[row.id], slowly(events(engine, row.id))
        assert {name: getattr(one, name) for name in expected} == expected


def test_every_history_is_read_as_a_fold_reads_it(tmp_path_factory: Any, small: Protocol) -> None:
    folder: Path = tmp_path_factory.mktemp("watched")
    engine = open_database(f"sqlite:///{folder / 'record.db'}")

    @settings(max_examples=40)
    @given(histories)
    def every(seen: list[list[tuple[EventBase, str]]]) -> None:
        check(engine, opened(engine, small), seen)

    every()
    engine.dispose()


def test_postgresql_reads_the_same(any_engine: Engine, small: Protocol) -> None:
    call = ModelCalled(call_id="c", purpose="reply", model="x", duration_ms=1, outcome="failed", error="no key")
    fine = call.model_copy(update={"outcome": "answered", "input_tokens": 7, "output_tokens": 2, "error": ""})
    talk = [MessageSent(message_id="m", text="?"), ReplyStarted(**IDS, attempt=1, owner="o")]
    seen = [[(StepEntered(), "a"), (call, "a"), (fine, "a")], [], [(event, "b") for event in talk]]
    check(any_engine, opened(any_engine, small), seen)
