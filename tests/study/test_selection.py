"""Which sessions an export is about."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sittings import TAB, arrive, opened
from sqlalchemy import Engine

from study import progress
from study.errors import AtelierError
from study.log import now
from study.protocol import Protocol
from study.records import load_record
from study.selection import Selection, day, selection


def test_sessions_are_chosen_by_end_kind_day_and_version(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    left, stayed, made_up = arrive(engine, study), arrive(engine, study), arrive(engine, study, simulated=True)
    progress.withdraw(engine, left.id, TAB)
    record, today = load_record(engine, study), now().date()

    def chosen(**wanted: object) -> list[str]:
        return [row.id for row in selection(**wanted).of(record).sessions]  # type: ignore[arg-type]

    assert chosen() == [left.id, stayed.id, made_up.id]
    assert chosen(statuses=["withdrawn"]) == [left.id]
    assert chosen(statuses=["withdrawn", "running"], who="people") == [left.id, stayed.id]
    assert chosen(who="simulated") == [made_up.id]
    assert chosen(since=str(today), until=str(today)) == chosen()
    assert chosen(since=str(today + timedelta(2))) == chosen(until=str(today - timedelta(2))) == []
    assert (chosen(versions=[1]), chosen(versions=[2])) == (chosen(), [])
    assert selection(["withdrawn"]).of(record).size < record.size


def test_days_are_those_of_utc_as_the_page_says_at_its_fields(engine: Engine, small: Protocol) -> None:
    """00:30 in Berlin in March is 23:30 UTC of the day before."""
    study = opened(engine, small)
    row = arrive(engine, study)
    row.started_at = datetime(2026, 3, 10, 0, 30, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    for day_asked, taken in (("2026-03-09", True), ("2026-03-10", False)):
        assert selection(since=day_asked, until=day_asked).takes(row) == taken


def test_it_says_of_itself_what_was_chosen() -> None:
    assert Selection().said == "every session"
    wanted = selection(["withdrawn", "complete"], "people", "2026-01-31", "2026-02-01", [2, 1])
    assert wanted.said == (
        "people only, complete or withdrawn, begun on 2026-01-31 or later, begun on 2026-02-01 or earlier, "
        "on version 1 or 2"
    )


@pytest.mark.parametrize(
    "wanted",
    [
        {"statuses": ["complete'; DROP TABLE event; --"]},
        {"who": "' OR 1=1"},
        {"since": "31.3.2026"},
        {"until": "2026-02-30"},
        {"since": "2026-03-02", "until": "2026-03-01"},
    ],
)
def test_what_does_not_fit_is_named(wanted: dict[str, object]) -> None:
    with pytest.raises(AtelierError, match=r"use one of|is not a day|there is no day"):
        selection(**wanted)  # type: ignore[arg-type]


@given(st.dates())
def test_a_day_is_read_as_it_is_written(wanted: date) -> None:
    assert day(f" {wanted} ") == wanted
