"""The read side of the record: one study as the analysis takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from study.act_log import LoggedAct, acts
from study.database import reading
from study.log import Logged, now, study_events
from study.protocol import Protocol
from study.studies import get_study, protocol_of
from study.tables import Sitting, Study
from study.versions import protocols


@dataclass(frozen=True)
class Record:
    """A study with all its sessions and events; preview sessions are never part of it.

    Sessions stand in order of allocation, events session by session in the order they happened.
    `protocol` is the newest version, `protocols` holds every one by its number.
    `read_at` decides which running sessions still hold their place.
    """

    study: Study
    protocol: Protocol
    sessions: Sequence[Sitting]
    events: Sequence[Logged]
    protocols: Mapping[int, Protocol]
    read_at: datetime
    acts: Sequence[LoggedAct] = ()
    """What researchers did, in order."""

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
        sessions = list(db.exec(query))
    known = {row.id for row in sessions}
    events = [entry for entry in study_events(engine, study_id) if entry.session_id in known]
    return Record(
        study, protocol_of(study), sessions, events, protocols(engine, study_id), now(), acts(engine, study_id)
    )
