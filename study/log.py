"""The only code that writes or reads event rows."""

import math
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, LargeBinary, String, Text, bindparam, cast, type_coerce
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, select
from sqlmodel.sql.sqltypes import UTCDateTime

from study.database import reading, writing
from study.errors import NotFound, NotThisTab
from study.events import EVENT, EventBase, ReturnedLate
from study.flow import Step
from study.payloads import plain
from study.sentence import Sentence
from study.tables import Base, EventRow, Sitting
from study.under_way import is_reserved, refuse_if_over

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and lone halves of a surrogate pair: a browser can send them, a database cannot search them."""


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


class Stored(NamedTuple):
    """The same as plain data, much faster to read: `payload` is a dictionary with every field of its kind, `text` its JSON."""

    id: str
    session_id: str
    seq: int
    at: datetime
    client_at: datetime | None
    step: str
    block: int | None
    condition: str | None
    task: str | None
    kind: str
    payload: dict[str, Any]
    text: bytes


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
    """Write events of a participant in one transaction and return those that were new.

    Raises SessionOver (and writes nothing) once the session has ended (study/under_way.py), with `lease` also NotThisTab
    unless that tab holds the session.
    """
    with writing(engine) as db:
        return append_in(db, session_id, entries, lease)


def append_in(db: Session, session_id: str, entries: Iterable[Entry], lease: str | None = None) -> list[Logged]:
    """`append` inside a transaction that the caller opened with `writing`."""
    sitting = hold(db, session_id, lease)
    refuse_if_over(sitting)
    new = _add(db, session_id, [*_late(sitting), *entries])
    sitting.seen_at = now()
    return new


def add_in(db: Session, session_id: str, entries: Iterable[Entry]) -> list[Logged]:
    """The same for what others did to a session that the caller holds: it is no activity of the participant."""
    return _add(db, session_id, list(entries))


def _add(db: Session, session_id: str, wanted: Sequence[Entry]) -> list[Logged]:
    last = db.exec(select(func.max(EventRow.seq)).where(EventRow.session_id == session_id)).one()
    stored = _stored_keys(db, session_id, wanted)
    rows: list[EventRow] = []
    for entry in wanted:
        row = _row(session_id, (last or 0) + len(rows) + 1, entry)
        if row.once_key not in stored:
            rows.append(row)
            if row.once_key:
                stored.add(row.once_key)
    db.add_all(rows)
    db.flush()
    return [_logged(row) for row in rows]


def begin_in(db: Session, session_id: str, entry: Entry) -> None:
    """Write the first event of a session that this transaction made: there is nothing yet to hold or to look up."""
    db.add(_row(session_id, 1, entry))


def hold(db: Session, session_id: str, lease: str | None = None) -> Sitting:
    """The session, as others left it, for this transaction alone: what is read now stays true until its end."""
    query = select(Sitting).where(Sitting.id == session_id).with_for_update()
    sitting = db.exec(query, execution_options={"populate_existing": True}).one_or_none()
    if sitting is None:
        raise NotFound(Sentence("This session is no longer in the record."))
    if lease is not None and sitting.lease != lease:
        raise NotThisTab(Sentence("This study goes on in another tab."))
    return sitting


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


def newest(engine: Engine, session_id: str, kinds: Sequence[str]) -> int:
    """The number of a session's newest event of these kinds; 0 where there is none."""
    query = select(func.max(EventRow.seq)).where(EventRow.session_id == session_id, col(EventRow.kind).in_(kinds))
    with reading(engine) as db:
        return db.exec(query).one() or 0


def is_stored(db: Session, session_id: str, once_key: str) -> bool:
    """Whether the event with this key is in the record of the session."""
    return bool(_stored_keys(db, session_id, [Entry(EventBase(), once_key=once_key)]))


class Mark(NamedTuple):
    """That something happened at a step, and when."""

    kind: str
    step: str
    at: datetime


def marks_in(db: Session, session_id: str, kinds: Sequence[str]) -> list[Mark]:
    """The events of these kinds, in order, without what they hold: much faster to read."""
    query = select(EventRow.kind, EventRow.step, EventRow.at).where(
        EventRow.session_id == session_id, col(EventRow.kind).in_(kinds)
    )
    return [Mark(*row) for row in db.exec(query.order_by(col(EventRow.seq)))]


class Recent:
    """Events of one kind of reader, kept in this process so that each look reads only what is new.

    An append-only record makes this safe: the events of a session are committed in the order of
    their sequence numbers, so nothing older than what was read can appear later.
    """

    def __init__(self, engine: Engine, kinds: Sequence[str], sessions: int = 500) -> None:
        self._engine, self._kinds, self._sessions = engine, tuple(kinds), sessions
        self._held: OrderedDict[tuple[str, str | None], tuple[Logged, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of_step(self, session_id: str, step: str | None) -> tuple[Logged, ...]:
        """Every event of these kinds at one step of a session (None: at all steps), in order, as of now."""
        key = (session_id, step)
        with self._lock:
            held = self._held.get(key, ())
        new = events(self._engine, session_id, self._kinds, after=held[-1].seq if held else 0)
        found = held + tuple(entry for entry in new if step is None or entry.place.step == step)
        with self._lock:
            self._held[key] = max(found, self._held.get(key, ()), key=len)
            self._held.move_to_end(key)
            if len(self._held) > self._sessions:
                self._held.popitem(last=False)
        return found

    def drop(self, session_id: str) -> None:
        """Hold nothing of this session any more."""
        with self._lock:
            for key in [key for key in self._held if key[0] == session_id]:
                del self._held[key]


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


def last_events(engine: Engine, study_id: str) -> dict[str, int]:
    """Session → the number of its newest event. Events are only added, so these numbers say what the record was."""
    query = select(EventRow.session_id, func.max(EventRow.seq)).join(
        Sitting, col(Sitting.id) == col(EventRow.session_id)
    )
    with reading(engine) as db:
        return dict(db.exec(query.where(Sitting.study_id == study_id).group_by(col(EventRow.session_id))).all())


def stored_events(engine: Engine, until: Mapping[str, int]) -> Iterator[tuple[str, list[Stored]]]:
    """Session by session its events in order, up to the number given for it; one session at a time is in memory."""
    table = Base.metadata.tables["event"]
    columns: list[Any] = [table.c[name] for name in Stored._fields[:-2]]
    payload: Any = cast(table.c.payload, Text)  # unread: it is taken apart once, in `plain`
    if engine.dialect.name == "sqlite":  # what its driver has at once: the bytes, and times as text
        payload = cast(table.c.payload, LargeBinary)
        columns = [type_coerce(c, String) if isinstance(c.type, UTCDateTime) else c for c in columns]
    mine = table.c.session_id == bindparam("one"), table.c.seq <= bindparam("last")
    query = select_columns(*columns, payload).where(*mine).order_by(table.c.seq)
    with reading(engine) as db:
        for session_id, last in until.items():
            rows = db.execute(query, {"one": session_id, "last": last}).all()
            yield session_id, [_stored(row) for row in rows]


def _stored(row: Sequence[Any]) -> Stored:
    id_, session_id, seq, at, client_at, *place, kind, payload = row
    return Stored._make((id_, session_id, seq, _time(at), _time(client_at), *place, kind, *plain(kind, payload)))


def _time(stored: Any) -> Any:
    """SQLite holds times as text without a zone; all of them are in UTC."""
    return datetime.fromisoformat(f"{stored}+00:00") if isinstance(stored, str) else stored


def _late(sitting: Sitting) -> list[Entry]:
    """The event of somebody who goes on after their reservation ran out: once for each time away."""
    at = now()
    if is_reserved(sitting, at):
        return []
    return [Entry(ReturnedLate(minutes_away=round((at - sitting.seen_at).total_seconds() / 60, 1)))]


def _stored_keys(db: Session, session_id: str, entries: Sequence[Entry]) -> set[str]:
    """Which of these once-only events are in the record already."""
    keys = [_storable(entry.once_key) for entry in entries if entry.once_key]
    if not keys:
        return set()
    query = select(EventRow.once_key).where(EventRow.session_id == session_id, col(EventRow.once_key).in_(keys))
    return {key for key in db.exec(query) if key}


def _row(session_id: str, seq: int, entry: Entry) -> EventRow:
    place = entry.place
    payload = _storable(entry.event.model_dump(mode="json"))
    return EventRow(
        id=entry.id or new_id(),
        session_id=session_id,
        seq=seq,
        kind=payload["kind"],
        at=now(),
        client_at=entry.client_at,
        step=_storable(place.step),
        block=place.block,
        condition=place.condition,
        task=place.task,
        once_key=_storable(entry.once_key) or None,
        payload=payload,
    )


def _storable(value: Any) -> Any:
    """What every database can store and search: no NUL, no half of a character, no number without end."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def _logged(row: EventRow) -> Logged:
    place = Place(row.step, row.block, row.condition, row.task)
    return Logged(row.id, row.session_id, row.seq, row.at, place, EVENT.validate_python(row.payload), row.client_at)
