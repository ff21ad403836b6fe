"""At the door: who comes back to which session, who gets which cell, and which tab may write."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sittings import TAB, arrive, at_once, held, opened, walk
from sqlalchemy import Engine, event
from sqlmodel import col, select

from study import progress
from study.analysis_plan import Stopping
from study.database import reading, writing
from study.design import cells
from study.enrolment import (
    MAX_PARAMS,
    Arrival,
    assignment_of,
    by_token,
    enrol,
    sitting,
    take_lease,
)
from study.errors import AtelierError, NotFound, NotThisTab, StudyClosed
from study.events import MessageSent
from study.flow import Assignment
from study.log import Entry, append, events, now
from study.places import taken
from study.protocol import Protocol
from study.recruitment import MAX_PARAM_LENGTH
from study.studies import set_status
from study.tables import SessionToken, Sitting
from study.versions import revise


def known(name: str) -> Arrival:
    return Arrival({"PROLIFIC_PID": name})


def sittings(engine: Engine) -> list[Sitting]:
    with reading(engine) as db:
        return list(db.exec(select(Sitting).order_by(col(Sitting.allocation_index))))


def change(engine: Engine, session_id: str, **values: Any) -> None:
    with writing(engine) as db:
        row = db.get_one(Sitting, session_id)
        for name, value in values.items():
            setattr(row, name, value)


# --- coming back -------------------------------------------------------------------------------


def test_a_platform_id_leads_to_the_same_session_with_another_token(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    first, one = enrol(engine, study, known("p1"))
    again, two = enrol(engine, study, known("p1"))
    other, _three = enrol(engine, study, known("p2"))
    assert first.id == again.id != other.id
    assert one != two
    assert by_token(engine, one) == by_token(engine, two) == sitting(engine, first.id)
    assert [e.kind for e in events(engine, first.id)] == ["session_started"], "coming back starts nothing anew"


def test_somebody_without_a_platform_id_is_somebody_new_each_time(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    assert len({enrol(engine, study, Arrival({"PROLIFIC_PID": pid}))[0].id for pid in ("", " ", "\0")}) == 3


def test_the_same_platform_id_in_another_study_is_another_session(engine: Engine, demo: Protocol) -> None:
    one, two = opened(engine, demo), opened(engine, demo)
    assert enrol(engine, one, known("p1"))[0].id != enrol(engine, two, known("p1"))[0].id


@pytest.mark.parametrize("token", [None, "", "wrong", "a\0b", "'; DROP TABLE session; --", "x" * 100_000, "ü"])
def test_what_is_no_token_leads_nowhere(engine: Engine, demo: Protocol, token: str | None) -> None:
    study = opened(engine, demo)
    _row, right = enrol(engine, study, Arrival({}))
    assert by_token(engine, right) is not None
    assert by_token(engine, token) is None


def test_tokens_cannot_be_guessed_and_only_their_hashes_are_stored(
    engine: Engine, demo: Protocol, tmp_path: Path
) -> None:
    study = opened(engine, demo)
    tokens = [enrol(engine, study, known(f"person-{n}"))[1] for n in range(20)]
    assert len(set(tokens)) == 20
    assert all(re.fullmatch(r"[\w-]{32}", token) for token in tokens), "24 random bytes"
    engine.dispose()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("record.db*"))
    assert b"person-19" in stored
    assert [token for token in tokens if token.encode() in stored] == []
    with reading(engine) as db:
        assert len(list(db.exec(select(SessionToken)))) == 20


# --- what is recorded of an arrival ------------------------------------------------------------


def test_the_link_and_the_browser_are_recorded_within_limits(any_engine: Engine, demo: Protocol) -> None:
    study = opened(any_engine, demo)
    params = {"PROLIFIC_PID": "p1", "k" * 200: "v" * 1_000, "odd": "a\0b"} | {f"n{n}": "x" for n in range(100)}
    row, _token = enrol(any_engine, study, Arrival(params, user_agent="u" * 1_000))
    (started,) = (e.event for e in events(any_engine, row.id))
    assert len(started.url_params) == MAX_PARAMS
    assert started.url_params["PROLIFIC_PID"] == "p1"
    assert started.url_params["k" * 60] == "v" * MAX_PARAM_LENGTH
    assert started.url_params["odd"] == "a\ufffdb", "PostgreSQL cannot search a NUL"
    assert started.user_agent == "u" * MAX_PARAM_LENGTH


def test_the_draw_of_the_cell_is_recorded_so_that_it_can_be_checked(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo, seed=11)
    table = cells(demo)
    for n in range(1, 8):
        row, _token = enrol(engine, study, Arrival({}))
        (started,) = (e.event for e in events(engine, row.id))
        assert (row.participant, row.allocation_index, row.seed) == (f"P{n:03d}", n, 11)
        assert started.cell == row.cell
        assert row.cell in started.candidates
        assert assignment_of(row) == Assignment(table[row.cell].conditions, table[row.cell].tasks)
        assert (started.conditions, started.tasks) == (table[row.cell].conditions, table[row.cell].tasks)
        assert row.protocol_hash == demo.content_hash()


def test_random_orders_come_with_all_rotations_of_the_tasks(engine: Engine, demo: Protocol) -> None:
    drawn = demo.model_copy(update={"design": demo.design.model_copy(update={"orders": "random"})})
    study_id = opened(engine, drawn)
    rows = [arrive(engine, study_id) for _ in range(30)]
    assert {tuple(row.tasks) for row in rows} == {cell.tasks for cell in cells(drawn)}
    (started,) = events(engine, rows[0].id, ["session_started"])
    assert started.event.candidates == tuple(range(18))


def statements(engine: Engine, act: Callable[[], object]) -> list[str]:
    """What the database is asked meanwhile: verb and table of each statement."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(re.sub(r"^(\w+)(?:.*?(?:FROM|INTO))? (\w+).*", r"\1 \2", statement, flags=re.DOTALL))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


def test_an_arrival_asks_the_database_no_more_than_it_must(any_engine: Engine, demo: Protocol) -> None:
    """While it does, everybody else who arrives waits. A protocol not met before is read once more."""
    study = opened(any_engine, demo)
    enrol(any_engine, study, known("p1"))
    looks, door = ["SELECT study", "SELECT session"], ["SELECT study_door"]
    counts = ["SELECT study_keeping", "SELECT session"]  # the last index, of those erased as well; the places
    writes = ["INSERT session", "INSERT event", "INSERT session_token"]
    assert statements(any_engine, lambda: enrol(any_engine, study, known("p2"))) == looks + door + counts + writes
    assert statements(any_engine, lambda: enrol(any_engine, study, known("p2"))) == [*looks, "INSERT session_token"]
    for n in (3, 4, 5):
        revise(any_engine, study, demo.model_copy(update={"title": f"Version {n}"}))
        enrol(any_engine, study, known(f"p{n}"))
    earlier = ["SELECT study_version"]  # of all of them at once
    assert statements(any_engine, lambda: enrol(any_engine, study, known("p6"))) == (
        looks + door + counts + earlier + writes
    )


# --- whom the study takes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message"), [("draft", "not taking new"), ("paused", "not taking new"), ("closed", "is closed")]
)
def test_a_study_that_is_not_open_takes_nobody_new_but_those_it_knows(
    engine: Engine, demo: Protocol, status: str, message: str
) -> None:
    study = opened(engine, demo)
    row, _token = enrol(engine, study, known("p1"))
    set_status(engine, study, status)
    for newcomer in (Arrival({}), known("p2")):
        with pytest.raises(StudyClosed, match=message):
            enrol(engine, study, newcomer)
    assert enrol(engine, study, known("p1"))[0].id == row.id
    assert len(sittings(engine)) == 1, "who was refused left nothing behind"
    assert enrol(engine, study, Arrival({}, preview=True))[0].preview
    assert enrol(engine, study, Arrival({}, simulated=True))[0].simulated


def test_a_study_that_does_not_exist_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        enrol(engine, "nothing", Arrival({}))
    with pytest.raises(NotFound):
        sitting(engine, "nobody")
    with pytest.raises(NotFound):
        take_lease(engine, "nobody", TAB)


def test_preview_and_simulated_sessions_never_use_up_a_cell(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    for n in range(18):
        enrol(engine, study, Arrival({}, simulated=True))
        enrol(engine, study, Arrival({}, preview=True, cell=n % 3))
        enrol(engine, study, Arrival({}))
    real = [row for row in sittings(engine) if not row.simulated and not row.preview]
    assert Counter(row.cell for row in real) == dict.fromkeys(range(18), 1)
    with reading(engine) as db:
        assert held(db, study, 60) == dict.fromkeys(range(18), 1)
    simulated = Counter(row.cell for row in sittings(engine) if row.simulated)
    assert simulated == dict.fromkeys(range(18), 1), "simulated ones are balanced among themselves"
    assert [row.cell for row in sittings(engine) if row.preview] == [0, 1, 2] * 6
    assert {row.participant[0] for row in real} == {"P"}


def test_who_dropped_out_frees_their_place_and_who_finished_does_not(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    rows = {name: arrive(engine, study, url_params={"pid": name}) for name in ("gone", "done", "refused", "here")}
    walk(engine, small, rows["done"])
    progress.refuse(engine, small, rows["refused"].id, "0.consent", TAB)
    long_ago = now() - timedelta(minutes=61)
    for name in ("gone", "done", "refused"):
        change(engine, rows[name].id, seen_at=long_ago)
    with reading(engine) as db:
        assert held(db, study, 60) == Counter([rows["done"].cell, rows["here"].cell])
        assert taken(db, study, 62).total() == 3, "a longer reservation keeps the place of who is away"


@pytest.mark.parametrize("cell", [-1, 18, 10**9])
def test_a_cell_that_the_design_does_not_have_is_refused(engine: Engine, demo: Protocol, cell: int) -> None:
    study = opened(engine, demo)
    with pytest.raises(AtelierError, match=rf"no cell {cell}; this design has cells 0 to 17"):
        enrol(engine, study, Arrival({}, preview=True, cell=cell))
    assert sittings(engine) == []


def test_a_cell_that_was_asked_for_was_the_only_candidate(engine: Engine, demo: Protocol) -> None:
    row, _token = enrol(engine, opened(engine, demo), Arrival({}, preview=True, cell=17))
    (started,) = (e.event for e in events(engine, row.id))
    assert (row.cell, started.candidates) == (17, (17,))


def test_a_freed_cell_is_given_to_a_newcomer(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    rows = [enrol(engine, study, Arrival({}))[0] for _ in range(18)]
    change(engine, rows[4].id, seen_at=now() - timedelta(hours=2))
    newcomer, _token = enrol(engine, study, Arrival({}))
    assert newcomer.cell == rows[4].cell
    assert newcomer.allocation_index == 19


# --- many at once ------------------------------------------------------------------------------


def test_forty_who_arrive_at_the_same_moment_are_exactly_balanced(any_engine: Engine, demo: Protocol) -> None:
    study = opened(any_engine, demo)
    results = at_once(40, lambda n: enrol(any_engine, study, Arrival({})))
    assert [result for result in results if isinstance(result, Exception)] == []
    rows = sittings(any_engine)
    assert sorted(row.allocation_index for row in rows) == list(range(1, 41))
    assert len({row.participant for row in rows}) == 40
    orders = Counter(tuple(row.conditions) for row in rows)
    assert sorted(orders.values()) == [6, 6, 7, 7, 7, 7]
    assert sorted(Counter(row.cell for row in rows).values()) == [2] * 14 + [3] * 4
    assert len({result[1] for result in results if not isinstance(result, Exception)}) == 40


def test_one_person_who_arrives_ten_times_at_once_has_one_session(any_engine: Engine, demo: Protocol) -> None:
    study = opened(any_engine, demo)
    results = at_once(10, lambda n: enrol(any_engine, study, known("p1")))
    assert [result for result in results if isinstance(result, Exception)] == []
    (row,) = sittings(any_engine)
    assert len({token for _row, token in results}) == 10  # type: ignore[misc]
    assert all(by_token(any_engine, token).id == row.id for _row, token in results)  # type: ignore[misc, union-attr]
    assert [e.kind for e in events(any_engine, row.id)] == ["session_started"]


# --- which tab may write -----------------------------------------------------------------------


def test_a_tab_that_lost_the_lease_writes_nothing(any_engine: Engine, demo: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, demo), lease="old")
    append(any_engine, row.id, [Entry(MessageSent(message_id="m1", text="kept"))], "old")
    take_lease(any_engine, row.id, "new")
    before = events(any_engine, row.id)
    for lease in ("old", "", "NEW"):
        with pytest.raises(NotThisTab):
            append(any_engine, row.id, [Entry(MessageSent(message_id="m2", text="lost"))], lease)
    step = progress.position(any_engine, demo, row.id).step
    assert step is not None
    for act in (
        lambda: progress.enter(any_engine, row.id, step, "old"),
        lambda: progress.finish(any_engine, demo, row.id, step.id, "old"),
        lambda: progress.refuse(any_engine, demo, row.id, step.id, "old"),
    ):
        with pytest.raises(NotThisTab):
            act()
    assert events(any_engine, row.id) == before
    assert sitting(any_engine, row.id).status == "running"
    append(any_engine, row.id, [Entry(MessageSent(message_id="m2", text="kept"))], "new")
    assert [e.event.text for e in events(any_engine, row.id, ["message_sent"])] == ["kept", "kept"]


def test_each_change_of_tab_is_recorded_once_and_without_the_lease_itself(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    row, _token = enrol(engine, study, Arrival({}))
    for lease in ("first-lease-of-a-tab", "first-lease-of-a-tab", "second-lease", "first-lease-of-a-tab"):
        take_lease(engine, row.id, lease)
    assert [e.event.lease for e in events(engine, row.id, ["tab_changed"])] == ["first-le", "second-l", "first-le"]


def test_only_one_of_many_tabs_that_take_over_at_once_may_write(any_engine: Engine, demo: Protocol) -> None:
    row = arrive(any_engine, opened(any_engine, demo))
    leases = [f"lease-{n}" for n in range(8)]
    assert at_once(8, lambda n: take_lease(any_engine, row.id, leases[n])) == [None] * 8
    results = at_once(
        8, lambda n: append(any_engine, row.id, [Entry(MessageSent(message_id=leases[n], text="x"))], leases[n])
    )
    refused = [result for result in results if isinstance(result, NotThisTab)]
    assert len(refused) == 7
    assert [e.event.message_id for e in events(any_engine, row.id, ["message_sent"])] == [
        sitting(any_engine, row.id).lease
    ]


# --- the stopping rule -------------------------------------------------------------------------


def test_recruitment_ends_after_so_many_complete_sessions(any_engine: Engine, small: Protocol) -> None:
    protocol = small.model_copy(update={"stopping": Stopping(after_complete=2)})
    study = opened(any_engine, protocol)
    first, second, third = (arrive(any_engine, study) for _ in range(3))
    walk(any_engine, protocol, arrive(any_engine, study, simulated=True))
    walk(any_engine, protocol, first)
    fourth = arrive(any_engine, study)
    walk(any_engine, protocol, second)
    with pytest.raises(StudyClosed, match="found all its participants"):
        arrive(any_engine, study)
    for row in (third, fourth):  # who has begun may finish
        walk(any_engine, protocol, row)
        assert sitting(any_engine, row.id).status == "complete"
    arrive(any_engine, study, simulated=True)
    arrive(any_engine, study, preview=True)


@pytest.mark.parametrize(("days", "closed"), [(-1, True), (0, False), (1, False)])
def test_recruitment_ends_at_the_end_of_a_day(engine: Engine, small: Protocol, days: int, closed: bool) -> None:
    until = (datetime.now(UTC) + timedelta(days=days)).date()
    study = opened(engine, small.model_copy(update={"stopping": Stopping(until=until)}))
    if closed:
        with pytest.raises(StudyClosed):
            arrive(engine, study)
    else:
        assert arrive(engine, study).status == "running"
