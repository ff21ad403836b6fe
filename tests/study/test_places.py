"""Places: how long they are kept, who comes back late, and that counting them stays cheap."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sittings
from sittings import TAB, arrive, opened, walk
from sqlalchemy import Engine, event

from study import progress
from study.database import reading, writing
from study.enrolment import Arrival, enrol, sitting, take_lease
from study.errors import StudyClosed
from study.log import append, events, now
from study.monitor import overview
from study.places import OUTCOMES, cell_counts, taken
from study.protocol import Protocol
from study.rejection import reject
from study.tables import Sitting


def change(engine: Engine, session_id: str, **values: Any) -> None:
    with writing(engine) as db:
        row = db.get_one(Sitting, session_id)
        for name, value in values.items():
            setattr(row, name, value)


def away(engine: Engine, row: Sitting, minutes: float) -> None:
    change(engine, row.id, seen_at=now() - timedelta(minutes=minutes))


def designed(protocol: Protocol, **design: Any) -> Protocol:
    return protocol.model_copy(update={"design": protocol.design.model_copy(update=design)})


def held(engine: Engine, study: str, minutes: float = 60) -> Counter[int]:
    with reading(engine) as db:
        return sittings.held(db, study, minutes)


# --- how long a place is kept ------------------------------------------------------------------


def test_a_place_is_kept_for_as_long_as_the_protocol_says_and_renewed_by_activity(
    any_engine: Engine, small: Protocol
) -> None:
    study = opened(any_engine, designed(small, reservation_minutes=10, quota=1))
    row = arrive(any_engine, study)
    away(any_engine, row, 9)
    with pytest.raises(StudyClosed, match="found all"):
        enrol(any_engine, study, Arrival({}))
    append(any_engine, row.id, [])
    assert now() - sitting(any_engine, row.id).seen_at < timedelta(minutes=1)
    away(any_engine, row, 11)
    assert enrol(any_engine, study, Arrival({}))[0].cell in range(4)


def test_a_place_reserved_until_a_date_is_kept_without_activity(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study)
    away(any_engine, row, 3 * 24 * 60)
    change(any_engine, row.id, reserved_until=now() + timedelta(hours=1))
    assert held(any_engine, study) == Counter([row.cell])
    assert overview(any_engine, study, {1: small}).counts == {"running": 1}
    take_lease(any_engine, row.id, "another")
    assert events(any_engine, row.id, ["returned_late"]) == [], "the next day of a diary is not late"
    away(any_engine, row, 61)
    change(any_engine, row.id, reserved_until=now() - timedelta(minutes=1))
    assert held(any_engine, study) == Counter()
    assert overview(any_engine, study, {1: small}).counts == {"expired": 1}


# --- coming back late --------------------------------------------------------------------------


def test_who_comes_back_late_keeps_their_cell_and_is_marked_once_per_return(
    any_engine: Engine, small: Protocol
) -> None:
    study = opened(any_engine, small)
    rows = [arrive(any_engine, study, url_params={"pid": f"p{n}"}) for n in range(4)]
    late = rows[1]
    away(any_engine, late, 90)
    newcomer = enrol(any_engine, study, Arrival({}))[0]
    assert newcomer.cell == late.cell, "the place was free"
    again, _token = enrol(any_engine, study, Arrival({"pid": "p1"}))
    assert (again.id, again.cell) == (late.id, late.cell)
    take_lease(any_engine, late.id, "new tab")
    walk(any_engine, small, late, until="task", lease="new tab")
    (event_,) = events(any_engine, late.id, ["returned_late"])
    assert event_.event.minutes_away == pytest.approx(90, abs=1)
    assert [e.kind for e in events(any_engine, late.id)][-1] != "returned_late", "they went on"
    assert held(any_engine, study)[late.cell] == 2, "both keep the place"
    away(any_engine, late, 200)
    walk(any_engine, small, late, lease="new tab")
    assert len(events(any_engine, late.id, ["returned_late"])) == 2
    assert sitting(any_engine, late.id).status == "complete"
    seen = overview(any_engine, study, {1: small})
    assert {row["cell"]: row["late"] for row in seen.cells} == {n: int(n == late.cell) for n in range(4)}
    assert sum(row["late"] for row in seen.orders) == 1
    assert {one.participant: one.watched.counts.get("returned_late") for one in seen.sessions}[late.participant] == 2


def test_who_has_left_or_was_never_away_is_not_late(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    left, rejected, here = (arrive(engine, study) for _ in range(3))
    progress.withdraw(engine, left.id, TAB)
    for row in (left, rejected):
        away(engine, row, 90)
    reject(engine, study, rejected.participant, "away", "Ada")
    for row in (left, rejected, here):
        take_lease(engine, row.id, "another")
        assert events(engine, row.id, ["returned_late"]) == []


# --- counting ----------------------------------------------------------------------------------


def test_every_way_to_leave_frees_the_place_and_is_counted(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    rows = {name: arrive(any_engine, study) for name in OUTCOMES}
    for name, row in rows.items():
        if name == "expired":
            away(any_engine, row, 61)
        else:
            change(any_engine, row.id, status=name)
    for kind in ("simulated", "preview"):
        arrive(any_engine, study, **{kind: True})
    assert held(any_engine, study) == Counter(rows[name].cell for name in ("running", "complete"))
    with reading(any_engine) as db:
        stored = [db.get_one(Sitting, row.id) for row in rows.values()]
    counts = cell_counts(small, stored, {rows["running"].id}, now())
    for name, row in rows.items():
        assert counts[row.cell][name] >= 1
    for row in counts:
        mine = [name for name, one in rows.items() if one.cell == row["cell"]]
        assert row["started"] == len(mine)
        assert row["dropped"] == len(set(mine) - {"running", "complete"})
        assert row["late"] == ("running" in mine)


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_enrolling_asks_as_much_of_the_database_after_many_sessions_as_after_none(
    any_engine: Engine, small: Protocol
) -> None:
    study = opened(any_engine, small)
    with statements(any_engine) as first:
        enrol(any_engine, study, Arrival({"pid": "a"}))
    for _ in range(60):
        enrol(any_engine, study, Arrival({}))
    with statements(any_engine) as later:
        enrol(any_engine, study, Arrival({"pid": "b"}))
    assert [said for said, _ in later] == [said for said, _ in first]
    with reading(any_engine) as db:
        assert len(taken(db, study, 60)) == 4, "the database counts; one row per cell comes back"


def test_counting_places_reads_an_index_alone(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    enrol(engine, study, Arrival({}))
    with statements(engine) as sent, reading(engine) as db:
        taken(db, study, 60)
    ((statement, parameters),) = sent[-1:]
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert "USING COVERING INDEX session_place" in str(plan)
    assert "TEMP B-TREE" not in str(plan), "in the order of the groups"


# --- strata ------------------------------------------------------------------------------------


def test_strata_are_balanced_within_their_levels_and_the_choice_is_recorded(
    any_engine: Engine, small: Protocol
) -> None:
    study = opened(any_engine, designed(small, strata=("sex", "age"), minimisation_p=1))
    met: dict[tuple[str, str], Counter[tuple[str, ...]]] = {}
    for n in range(24):
        params = {"sex": "f" if n % 3 else "m", **({"age": "18-29"} if n % 2 else {}), "other": "x"}
        row, _token = enrol(any_engine, study, Arrival(params))
        (started,) = (e.event for e in events(any_engine, row.id))
        assert started.levels == {"sex": params["sex"], "age": params.get("age", "")}
        assert row.cell in started.candidates
        lowest = min(started.scores.values())
        assert {started.scores[cell] for cell in started.candidates} == {lowest}
        assert len(started.scores) == 2, "one cell per order"
        for pair in started.levels.items():
            met.setdefault(pair, Counter())[tuple(row.conditions)] += 1
    assert set(met) == {("sex", "f"), ("sex", "m"), ("age", ""), ("age", "18-29")}
    assert all(max(counts.values()) - min(counts.values()) <= 2 for counts in met.values())
    assert all(len(counts) == 2 for counts in met.values())


def test_who_left_does_not_count_in_the_strata_either(engine: Engine, small: Protocol) -> None:
    study = opened(engine, designed(small, strata=("sex",), minimisation_p=1))
    first = arrive(engine, study, url_params={"sex": "f"})
    progress.withdraw(engine, first.id, TAB)
    (started,) = events(engine, enrol(engine, study, Arrival({"sex": "f"}))[0].id)
    assert set(started.event.scores.values()) == {0}


def test_without_strata_nothing_about_them_is_recorded(engine: Engine, small: Protocol) -> None:
    row, _token = enrol(engine, opened(engine, small), Arrival({"sex": "f"}))
    (started,) = (e.event for e in events(engine, row.id))
    assert (started.levels, started.scores, row.strata) == ({}, {}, "{}")
