"""The read side of the record: one study as the analysis takes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Engine
from sqlmodel import col, select

from study.act_log import LoggedAct, acts, record_act_in
from study.acts import ActBase
from study.coding import Mark
from study.coding_log import marks
from study.database import reading, writing
from study.errors import AtelierError
from study.events import EVENT
from study.log import Logged, Place, Stored, last_events, now, stored_events
from study.protocol import Protocol
from study.studies import get_study, protocol_of
from study.tables import Sitting, Study, Tombstone
from study.tombstones import tombstones
from study.versions import protocols


@dataclass(frozen=True)
class Record:
    """A study with all its sessions and events; preview sessions are never part of it.

    Sessions stand in order of allocation, events session by session in the order they happened.
    `protocol` is the newest version, `protocols` holds every one by its number. `read_at` decides which running
    sessions still hold their place. Events are read when they are asked for, as far as `last` says (session →
    number of its newest event), so that the record stays what it was.
    """

    study: Study
    protocol: Protocol
    sessions: Sequence[Sitting]
    protocols: Mapping[int, Protocol]
    read_at: datetime
    engine: Engine = field(repr=False)
    last: Mapping[str, int] = field(repr=False)
    acts: Sequence[LoggedAct] = ()
    """What researchers did, in order."""
    marks: Sequence[Mark] = ()
    """Qualitative codes and memos, in order, without those on sessions that are not part of it."""
    erased: Sequence[Tombstone] = ()
    """One for everybody who was erased; nothing of them is in the sessions."""

    @property
    def size(self) -> int:
        """How many events there are."""
        return sum(self.last.get(row.id, 0) for row in self.sessions)

    @cached_property
    def events(self) -> list[Logged]:
        """Every event, checked and built; all of them are held in memory."""
        return [_built(one) for _, found in self.stored() for one in found]

    def stored(self) -> Iterator[tuple[Sitting, list[Stored]]]:
        """Each session with its events as plain data, one session at a time: for studies of any size."""
        rows = {row.id: row for row in self.sessions}
        until = {name: self.last.get(name, 0) for name in rows}
        return ((rows[name], found) for name, found in stored_events(self.engine, until))

    def protocol_of(self, row: Sitting) -> Protocol:
        """The protocol that a session ran on."""
        return self.protocols[row.study_version]


def load_record(engine: Engine, study_id: str) -> Record:
    """Everything that happened in a study so far. Raises NotFound naming the known studies."""
    study = get_study(engine, study_id)
    query = (
        select(Sitting)
        .where(Sitting.study_id == study_id, col(Sitting.preview).is_(False))
        .order_by(col(Sitting.allocation_index))
    )
    with reading(engine) as db:
        erased, sessions = tombstones(db, study_id), list(db.exec(query))
    counted = {row.id for row in sessions}
    noted = [mark for mark in marks(engine, study_id) if mark.session_id is None or mark.session_id in counted]
    return Record(
        study,
        protocol_of(study),
        sessions,
        protocols(engine, study_id),
        now(),
        engine,
        last_events(engine, study_id),
        acts(engine, study_id),
        noted,
        erased,
    )


def note_made(record: Record, by: str, act: ActBase) -> LoggedAct:
    """Note that something was made of the record. Raises AtelierError if somebody was erased since it was read."""
    with writing(record.engine) as db:
        noted = record_act_in(db, record.study.id, by, act)  # holds the study, as an erasure does
        if len(tombstones(db, record.study.id)) != len(record.erased):
            raise AtelierError(
                "A participant was erased meanwhile, so what was being made is thrown away. Start again."
            )
    return noted


def _built(one: Stored) -> Logged:
    place = Place(one.step, one.block, one.condition, one.task)
    return Logged(one.id, one.session_id, one.seq, one.at, place, EVENT.validate_json(one.text), one.client_at)
