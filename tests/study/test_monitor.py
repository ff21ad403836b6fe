"""What a researcher watches: every number on the page counted by hand."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sittings import TAB, arrive, opened, walk
from sqlalchemy import Engine, event
from sqlmodel import select
from test_branching import ASK, MORE, due, protocol_with, reply

from study import progress
from study.database import writing
from study.events import MessageSent, ModelCalled, ReplyFailed, ReplyGiven, ReplyStarted, RetryRequested
from study.log import Entry, append, events, now
from study.monitor import Overview, Spent, overview, seen_one
from study.places import OUTCOMES
from study.protocol import Protocol
from study.tables import EventRow, Sitting
from study.watched import RECENT_MINUTES


def away(engine: Engine, row: Sitting, minutes: float) -> None:
    with writing(engine) as db:
        db.get_one(Sitting, row.id).seen_at = now() - timedelta(minutes=minutes)


def called(input_tokens: int | None, output_tokens: int | None, raw: str = "") -> Entry:
    call = ModelCalled(
        call_id="c",
        purpose="reply",
        model="offline",
        raw=raw,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        duration_ms=1.0,
        outcome="answered",
    )
    return Entry(call)


@pytest.fixture
def watched(any_engine: Engine, small: Protocol) -> Overview:
    """P1 finished, P2 in the first task, P3 left there, P4 refused; a simulated and a preview session finished."""
    study = opened(any_engine, small)
    one, two, three, four = (arrive(any_engine, study) for _ in range(4))
    walk(any_engine, small, one)
    for row in (two, three):
        walk(any_engine, small, row, until="task")
    failed = ReplyFailed(turn_id="t", message_id="m", outcome="timed_out")
    append(any_engine, two.id, [called(100, 20), called(7, None), called(None, 3, raw="a\0b"), Entry(failed)], TAB)
    away(any_engine, three, 61)
    progress.refuse(any_engine, small, four.id, "0.consent", TAB)
    for kind in ("simulated", "preview"):
        row = arrive(any_engine, study, **{kind: True})
        append(any_engine, row.id, [called(1_000, 1_000)], TAB)
        walk(any_engine, small, row)
    other = arrive(any_engine, opened(any_engine, small))
    append(any_engine, other.id, [called(5_000, 5_000)], TAB)
    return overview(any_engine, study, {1: small})


def test_sessions_are_counted_by_what_became_of_them_and_previews_are_absent(watched: Overview) -> None:
    assert watched.counts == {"complete": 1, "running": 1, "expired": 1, "refused_consent": 1}
    assert [(s.participant, s.outcome, not s.is_person) for s in watched.sessions] == [
        ("S005", "complete", True),
        ("P004", "refused_consent", False),
        ("P003", "expired", False),
        ("P002", "running", False),
        ("P001", "complete", False),
    ]


def test_each_session_says_where_a_participant_is(watched: Overview) -> None:
    seen = {session.participant: session for session in watched.sessions}
    two, three = seen["P002"], seen["P003"]
    assert two.step is not None
    assert (two.number, len(two.steps), two.step.kind) == (3, 6, "task")
    assert two.step.condition == two.watched.row.conditions[0]
    assert (two.watched.counts.get("message_sent", 0), two.failed_replies) == (0, 1)
    assert three.step is not None
    assert (three.number, three.step.kind) == (3, "task")
    assert three.minutes < 0.5, "time away is not time in the study"
    assert (seen["P001"].watched.counts["message_sent"], seen["P001"].failed_replies) == (2, 0)
    assert (seen["P001"].step, seen["P004"].step) == (None, None)


def test_calls_are_counted_and_the_last_failure_is_said(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    row, quiet = arrive(any_engine, study), arrive(any_engine, study)
    ends: list[tuple[Any, str]] = [("failed", "no key"), ("timed_out", ""), ("answered", ""), ("stopped", "")]
    for outcome, error in ends:
        call = called(10, 1).event.model_copy(update={"outcome": outcome, "error": error})
        append(any_engine, row.id, [Entry(call)], TAB)
    with writing(any_engine) as db:
        first = db.exec(select(EventRow).where(EventRow.session_id == row.id, EventRow.call_outcome == "failed")).one()
        first.at = now() - timedelta(minutes=RECENT_MINUTES + 1)
    one, other = (seen_one(any_engine, study, name.participant, {1: small}).watched for name in (row, quiet))
    assert (one.calls.number, one.calls.failed, one.calls.recent, one.calls.recent_failed) == (4, 2, 3, 1)
    assert (one.calls.input_tokens, one.calls.output_tokens, one.error) == (40, 4, "timed out")
    assert (other.calls.number, other.error) == (0, "")


def test_a_reply_is_due_until_it_is_given_or_failed(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study)

    def waits() -> bool:
        return seen_one(any_engine, study, row.participant, {1: small}).watched.waiting_since is not None

    started = ReplyStarted(turn_id="t", message_id="m", attempt=1, owner="here")
    failed = ReplyFailed(turn_id="t", message_id="m", outcome="timed_out")
    given = ReplyGiven(
        turn_id="u", message_id="m", text="Hi", outcome="answered", call_id="c", model="x", duration_ms=1
    )
    said = [waits()]
    for happened in (
        MessageSent(message_id="m", text="?"), started, failed, RetryRequested(message_id="m", turn_id="t"), started, given,
    ):  # fmt: skip
        append(any_engine, row.id, [Entry(happened)], TAB)
        said.append(waits())
    assert said == [False, True, True, False, True, True, False]


def test_the_way_counts_who_reached_and_left_each_step(watched: Overview) -> None:
    counted = [(one.step.split(".")[-1], one.reached, one.here, one.left) for one in watched.funnel]
    assert counted == [
        ("consent", 4, 0, 1), ("everything", 3, 0, 0), ("task", 3, 1, 1), ("task", 1, 0, 0), ("beliefs", 1, 0, 0),
        ("debrief", 1, 0, 0),
    ]  # fmt: skip


def test_orders_count_people_only_and_tokens_every_call_that_was_counted(watched: Overview) -> None:
    assert (watched.spent.input_tokens, watched.spent.output_tokens) == (100 + 7 + 1_000, 20 + 3 + 1_000)
    assert {order["order"] for order in watched.orders} == {"plain → steered", "steered → plain"}
    sums = {key: sum(order[key] for order in watched.orders) for key in ("started", "running", "complete", "dropped")}
    assert sums == {"started": 4, "running": 1, "complete": 1, "dropped": 2}
    real = [" → ".join(session.watched.row.conditions) for session in watched.sessions if session.is_person]
    assert {order["order"]: order["started"] for order in watched.orders} == {o: real.count(o) for o in set(real)}


def test_a_study_without_participants_shows_its_empty_orders(any_engine: Engine, demo: Protocol) -> None:
    seen = overview(any_engine, opened(any_engine, demo), {1: demo})
    assert (seen.sessions, seen.counts, seen.spent) == ([], {}, Spent(0, 0))
    assert len(seen.orders) == 6
    assert {order["started"] for order in seen.orders} == {0}


def test_every_cell_counts_how_people_left(watched: Overview, small: Protocol) -> None:
    assert [row["cell"] for row in watched.cells] == list(range(4))
    sums = {key: sum(row[key] for row in watched.cells) for key in ("started", *OUTCOMES, "dropped", "late")}
    assert sums == {
        **dict.fromkeys(sums, 0), "started": 4, "running": 1, "complete": 1, "refused_consent": 1, "expired": 1, "dropped": 2,
    }  # fmt: skip
    for order in watched.orders:
        mine = [row for row in watched.cells if row["order"] == order["order"]]
        summed = {key: sum(row[key] for row in mine) for key in order if key != "order"}
        assert {"order": order["order"], **summed} == order


def test_how_long_a_place_is_kept_is_said_by_the_protocol(engine: Engine, small: Protocol) -> None:
    for minutes, status in ((31, "running"), (29, "expired")):
        design = small.design.model_copy(update={"reservation_minutes": minutes})
        study = opened(engine, small.model_copy(update={"design": design}))
        away(engine, arrive(engine, study), 30)
        assert overview(engine, study, {1: small}).counts == {status: 1}


def test_looking_takes_as_many_queries_for_many_sessions_as_for_one(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    queries: list[str] = []

    def count(*args: object) -> None:
        queries.append(str(args[2]))

    def look() -> int:
        queries.clear()
        overview(engine, study, {1: small})
        return sum(query.startswith("SELECT") for query in queries)

    arrive(engine, study)
    event.listen(engine, "before_cursor_execute", count)
    few = look()
    for _ in range(15):
        walk(engine, small, arrive(engine, study), until="task")
    assert few == look() == 5


def test_looking_changes_nothing(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    before = events(engine, row.id)
    assert overview(engine, study, {1: small}).sessions == overview(engine, study, {1: small}).sessions
    assert events(engine, row.id) == before


def test_a_step_for_some_is_shown_as_where_they_are(engine: Engine, tmp_path: Path) -> None:
    some = {**MORE, "show_if": {"instrument": "everything", "item": "agree", "at_least": 5}}
    protocol = protocol_with(tmp_path, [ASK, some, {"step": "debrief", "title": "Thanks", "text": "Bye."}])
    study = opened(engine, protocol)
    row = arrive(engine, study)
    reply(engine, protocol, row, agree=7)
    progress.enter(engine, row.id, due(engine, protocol, row), TAB)
    (seen,) = overview(engine, study, {1: protocol}).sessions
    assert seen.step is not None
    assert (seen.step.kind, seen.number, len(seen.steps)) == ("instructions", 2, 3)
