"""Which sessions an export is about: by how they ended, whether people or simulated, when they began, on which version."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args

from study.errors import AtelierError
from study.records import Record
from study.tables import SessionStatus, Sitting

Who = Literal["all", "people", "simulated"]


@dataclass(frozen=True)
class Selection:
    """Empty means: whichever. `since` and `until` are days (UTC), both included, on which a session began."""

    statuses: tuple[str, ...] = ()
    who: Who = "all"
    since: date | None = None
    until: date | None = None
    versions: tuple[int, ...] = ()

    def takes(self, row: Sitting) -> bool:
        """Whether this session is among them."""
        return (
            (not self.statuses or row.status in self.statuses)
            and (self.who == "all" or row.simulated == (self.who == "simulated"))
            and (self.since is None or row.started_at >= _midnight(self.since))
            and (self.until is None or row.started_at < _midnight(self.until + timedelta(days=1)))
            and (not self.versions or row.study_version in self.versions)
        )

    def of(self, record: Record) -> Record:
        """The record with these sessions alone, and what was coded in them; who was erased is still counted."""
        sessions = [row for row in record.sessions if self.takes(row)]
        taken = {row.id for row in sessions}
        marks = [mark for mark in record.marks if mark.session_id is None or mark.session_id in taken]
        return replace(record, sessions=sessions, marks=marks)

    @property
    def said(self) -> str:
        """In words, for the README of an export and the act."""
        parts = [
            "" if self.who == "all" else "people only" if self.who == "people" else "simulated participants only",
            " or ".join(status.replace("_", " ") for status in self.statuses),
            f"begun on {self.since} or later" if self.since else "",
            f"begun on {self.until} or earlier" if self.until else "",
            f"on version {' or '.join(map(str, self.versions))}" if self.versions else "",
        ]
        return ", ".join(part for part in parts if part) or "every session"


def selection(
    statuses: Iterable[str] = (), who: str = "all", since: str = "", until: str = "", versions: Iterable[int] = ()
) -> Selection:
    """What was asked for, as it comes from a command or a page. Raises AtelierError naming what does not fit."""
    known = get_args(SessionStatus)
    if wrong := [status for status in statuses if status not in known]:
        raise AtelierError(f"'{wrong[0]}' is no status of a session; use one of {', '.join(known)}.")
    if who not in get_args(Who):
        raise AtelierError(f"'{who}' is no choice of participants; use one of {', '.join(get_args(Who))}.")
    first, last = day(since), day(until)
    if first and last and last < first:
        raise AtelierError(f"From {first} until {last} there is no day; the first one has to be the earlier.")
    chosen = [status for status in known if status in set(statuses)]
    return Selection(tuple(chosen), who, first, last, tuple(sorted(set(versions))))  # type: ignore[arg-type]


def day(text: str) -> date | None:
    """A day that was written as 2026-03-31; nothing for an empty text. Raises AtelierError."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise AtelierError(f"'{text}' is not a day. Write it as year-month-day, such as 2026-03-31.") from None


def _midnight(at: date) -> datetime:
    return datetime.combine(at, time(), UTC)
