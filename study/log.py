"""The only code that writes or reads event rows."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.database import reading, writing
from study.errors import NotFound, NotThisTab
from study.events import EVENT, EventBase
from study.flow import Step
from study.tables import EventRow, Sitting


@dataclass(frozen=True)
class Place:
    """Where in the sitting something happened."""

    step: str = ""
    block: int | None = None
    condition: str | None = None
    task: str | None = None


@dataclass(frozen=True)
class Logged:
    """An event as it stands in the record: its payload, and when and where it happened."""

    id: str
    session_id: str
    seq: int
    at: datetime
    place: Place
    event: Any
    client_at: datetime | None = None

    @property
    def kind(self) -> str:
        """The kind of the payload."""
        return str(self.event.kind)


@dataclass(frozen=True)
class Entry:
    """An event about to be written. The same `once_key` in a session is written once."""

    event: EventBase
    place: Place = Place()
    once_key: str | None = None
    id: str | None = None
    client_at: datetime | None = None


def place_of(step: Step) -> Place:
    """The place that a step of the plan stands for."""
    return Place(step.id, step.block, step.condition, step.task)


def new_id() -> str:
    """A fresh event id: 32 hex digits."""
    return uuid.uuid4().hex


def now() -> datetime:
    """The server's time, in UTC."""
    return datetime.now(UTC)


def append(engine: Engine, session_id: str, entries: Iterable[Entry], lease: str | None = None) -> list[Logged]:
    """Write events in one transaction and return those that were new.

    With `lease`, raises NotThisTab (and writes nothing) unless that tab holds the session.
    """
    with writing(engine) as db:
        return append_in(db, session_id, entries, lease)


def append_in(db: Session, session_id: str, entries: Iterable[Entry], lease: str | None = None) -> list[Logged]:
    """`append` inside a transaction that the caller opened with `writing`."""
    sitting = db.exec(select(Sitting).where(Sitting.id == session_id).with_for_update()).one_or_none()
    if sitting is None:
        raise NotFound("This session is no longer in the record.")
    if lease is not None and sitting.lease != lease:
        raise NotThisTab("This study goes on in another tab.")
    last = db.exec(select(func.max(EventRow.seq)).where(EventRow.session_id == session_id)).one()
    written: list[Logged] = []
    for entry in entries:
        if entry.once_key and _exists(db, session_id, entry.once_key):
            continue
        row = _row(session_id, (last or 0) + len(written) + 1, entry)
        db.add(row)
        db.flush()
        written.append(_logged(row))
    sitting.seen_at = now()
    return written


def events(engine: Engine, session_id: str, kinds: Sequence[str] = (), after: int = 0) -> list[Logged]:
    """The events of a session in order; only these kinds, only after this sequence number."""
    with reading(engine) as db:
        return events_in(db, session_id, kinds, after)


def events_in(db: Session, session_id: str, kinds: Sequence[str] = (), after: int = 0) -> list[Logged]:
    """`events` inside an open transaction."""
    query = select(EventRow).where(EventRow.session_id == session_id, EventRow.seq > after)
    if kinds:
        query = query.where(col(EventRow.kind).in_(kinds))
    return [_logged(row) for row in db.exec(query.order_by(col(EventRow.seq)))]


def study_events(engine: Engine, study_id: str, kinds: Sequence[str] = (), batch: int = 2_000) -> Iterator[Logged]:
    """Every event of a study, session by session in order, without holding them all in memory."""
    query = (
        select(EventRow)
        .join(Sitting, col(Sitting.id) == col(EventRow.session_id))
        .where(Sitting.study_id == study_id)
        .order_by(col(EventRow.session_id), col(EventRow.seq))
    )
    if kinds:
        query = query.where(col(EventRow.kind).in_(kinds))
    with reading(engine) as db:
        for row in db.exec(query.execution_options(yield_per=batch)):
            yield _logged(row)


def _exists(db: Session, session_id: str, once_key: str) -> bool:
    query = select(EventRow.id).where(EventRow.session_id == session_id, EventRow.once_key == once_key)
    return db.exec(query).first() is not None


def _row(session_id: str, seq: int, entry: Entry) -> EventRow:
    place = entry.place
    payload = entry.event.model_dump(mode="json")
    return EventRow(
        id=entry.id or new_id(),
        session_id=session_id,
        seq=seq,
        kind=payload["kind"],
        at=now(),
        client_at=entry.client_at,
        step=place.step,
        block=place.block,
        condition=place.condition,
        task=place.task,
        once_key=entry.once_key,
        payload=payload,
    )


def _logged(row: EventRow) -> Logged:
    place = Place(row.step, row.block, row.condition, row.task)
    return Logged(row.id, row.session_id, row.seq, row.at, place, EVENT.validate_python(row.payload), row.client_at)
