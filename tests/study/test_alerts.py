"""Alerts: each at its threshold and not before; urgent ones first; every one says where it is and what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.alerts import (
    FAILURES,
    IMBALANCE_PLACES,
    QUIET_HOURS,
    STUCK_MINUTES,
    WAITING_GRACE_SECONDS,
    CellState,
    SessionState,
    StudyState,
    alerts,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
STUDY = StudyState("open", 20, (CellState("Cell 0", 2), CellState("Cell 1", 2)), 3, last_arrival=AT)
FINE = SessionState("P001", True, AT)


def kinds(study: StudyState = STUDY, *sessions: SessionState) -> list[str]:
    return [alert.kind for alert in alerts(study, sessions, AT)]


def cells(*held: int) -> tuple[CellState, ...]:
    return tuple(CellState(f"Cell {number}", count) for number, count in enumerate(held))


def ago(**time: float) -> datetime:
    return AT - timedelta(**time)


def test_where_all_is_well_nothing_is_said() -> None:
    assert kinds(STUDY, FINE) == []


def test_stuck_is_who_does_nothing_at_a_task_for_too_long() -> None:
    quiet = replace(FINE, seen_at=ago(minutes=STUCK_MINUTES))
    assert kinds(STUDY, quiet) == []
    longer = replace(FINE, seen_at=ago(minutes=STUCK_MINUTES, seconds=1))
    (alert,) = alerts(STUDY, [longer], AT)
    assert (alert.kind, alert.where, alert.urgent) == ("stuck", "P001", False)
    assert kinds(STUDY, replace(longer, at_task=False)) == []


def test_waiting_is_longer_than_the_protocol_lets_a_reply_take() -> None:
    limit = 30 + WAITING_GRACE_SECONDS
    waits = replace(FINE, reply_timeout=30, waiting_since=ago(seconds=limit), seen_at=ago(hours=1))
    assert kinds(STUDY, waits) == ["stuck"]
    (alert,) = alerts(STUDY, [replace(waits, waiting_since=ago(seconds=limit + 1))], AT)
    assert (alert.kind, alert.urgent) == ("waiting", True)


def test_a_model_fails_for_one_or_for_the_study() -> None:
    few, three = (replace(FINE, recent_calls=10, recent_failed=n, error="no key.") for n in (FAILURES - 1, FAILURES))
    assert kinds(STUDY, few) == []
    (alert,) = alerts(STUDY, [three], AT)
    assert alert.kind == "session_failing"
    assert "3 of the last 10" in alert.what
    assert "(no key)" in alert.what
    two = [replace(few, participant=name) for name in ("P001", "P002")]
    (alert,) = alerts(STUDY, two, AT)
    assert (alert.kind, alert.urgent) == ("model_failing", True)
    assert "4 of the last 20" in alert.what
    busy = replace(FINE, participant="P003", recent_calls=100)
    assert kinds(STUDY, *two, busy) == [], "one call in thirty is none to be told of"


@pytest.mark.parametrize(
    ("study", "wanted"),
    [
        (replace(STUDY, cells=cells(8, 9)), []),
        (replace(STUDY, cells=cells(9, 9)), ["nearly_full"]),
        (replace(STUDY, cells=cells(10, 10)), ["full"]),
        (replace(STUDY, cells=cells(10, 10), complete=20), ["full"]),
        (replace(STUDY, cells=cells(10, 10), status="closed"), []),
        (replace(STUDY, cells=cells(10, 8)), ["nearly_full", "cell_full"]),
        (replace(STUDY, budget=100, spent=79.0), []),
        (replace(STUDY, budget=100, spent=80.0), ["budget"]),
        (replace(STUDY, spent=80.0), []),
        (replace(STUDY, cells=cells(0, IMBALANCE_PLACES)), []),
        (replace(STUDY, cells=cells(0, IMBALANCE_PLACES + 1)), ["imbalance"]),
        (replace(STUDY, cells=cells(0, IMBALANCE_PLACES + 1), balanced=False), []),
        (replace(STUDY, wanted=500, cells=cells(80, 100)), []),
        (replace(STUDY, wanted=500, cells=cells(79, 100)), ["imbalance"]),
        (replace(STUDY, last_arrival=ago(hours=QUIET_HOURS)), []),
        (replace(STUDY, last_arrival=ago(hours=QUIET_HOURS + 1)), ["quiet"]),
        (replace(STUDY, last_arrival=ago(hours=QUIET_HOURS + 1), status="paused"), []),
    ],
)
def test_a_study_is_judged_at_its_thresholds(study: StudyState, wanted: list[str]) -> None:
    assert kinds(study) == wanted


def test_a_spent_budget_is_urgent_and_stands_first() -> None:
    quiet = replace(FINE, seen_at=ago(hours=1))
    assert kinds(replace(STUDY, budget=10, spent=10.0), quiet) == ["budget", "stuck"]


states = st.builds(
    SessionState,
    participant=st.sampled_from(["P001", "P002", "P003"]),
    at_task=st.booleans(),
    seen_at=st.integers(0, 5_000).map(lambda m: ago(minutes=m)),
    waiting_since=st.none() | st.integers(0, 5_000).map(lambda s: ago(seconds=s)),
    recent_calls=st.integers(0, 50),
    recent_failed=st.integers(0, 50),
    error=st.text(max_size=300),
)
studies = st.builds(
    StudyState,
    status=st.sampled_from(["draft", "open", "paused", "closed"]),
    wanted=st.integers(1, 500),
    cells=st.lists(st.integers(0, 200), max_size=6).map(lambda held: cells(*held)),
    complete=st.integers(0, 500),
    spent=st.none() | st.floats(0, 1e6),
    budget=st.none() | st.floats(0.01, 1e6),
    last_arrival=st.none() | st.integers(0, 5_000).map(lambda m: ago(minutes=m)),
)


@given(studies, st.lists(states, max_size=6, unique_by=lambda one: one.participant))
def test_every_alert_says_what_and_what_to_do_and_worse_numbers_take_none_away(
    study: StudyState, sessions: list[SessionState]
) -> None:
    found = alerts(study, sessions, AT)
    places = {"", *(one.participant for one in sessions), *(cell.name for cell in study.cells)}
    assert all(alert.what and alert.todo and alert.where in places for alert in found)
    assert [alert.urgent for alert in found] == sorted((alert.urgent for alert in found), reverse=True)
    assert len({(alert.kind, alert.where) for alert in found}) == len(found), "each thing once"
    later = alerts(study, sessions, AT + timedelta(minutes=30))
    troubled = {alert.where for alert in found if alert.kind in ("stuck", "waiting")}
    assert troubled <= {alert.where for alert in later if alert.kind in ("stuck", "waiting")}
