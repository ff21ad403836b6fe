"""The sessions of a study as a list to choose from."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, func, select

from study.database import reading
from study.tables import EventRow, Sitting

ERRORS = ("reply_failed", "learning_failed")


@dataclass(frozen=True)
class Listed:
    """One session in a list. `minutes` from its start to its end, or its last activity; `errors`: replies and learning."""

    id: str
    participant: str
    status: str
    simulated: bool
    preview: bool
    conditions: tuple[str, ...]
    started_at: datetime
    minutes: float
    events: int
    errors: int


def session_list(engine: Engine, study_id: str) -> list[Listed]:
    """Every session of a study, the latest first; previews stand in it too, since they can be looked at."""
    with reading(engine) as db:
        ours = select(Sitting).where(Sitting.study_id == study_id).order_by(col(Sitting.allocation_index).desc())
        rows = list(db.exec(ours))
        counted = (
            select(EventRow.session_id, EventRow.kind, func.count())
            .join(Sitting, col(Sitting.id) == col(EventRow.session_id))
            .where(Sitting.study_id == study_id)
            .group_by(col(EventRow.session_id), col(EventRow.kind))
        )
        counts: dict[str, dict[str, int]] = {}
        for session_id, kind, count in db.exec(counted):
            counts.setdefault(session_id, {})[kind] = count
    return [_listed(row, counts.get(row.id, {})) for row in rows]


def _listed(row: Sitting, counts: dict[str, int]) -> Listed:
    seconds = ((row.ended_at or row.seen_at) - row.started_at).total_seconds()
    return Listed(
        id=row.id,
        participant=row.participant,
        status=row.status,
        simulated=row.simulated,
        preview=row.preview,
        conditions=tuple(row.conditions),
        started_at=row.started_at,
        minutes=round(seconds / 60, 1),
        events=sum(counts.values()),
        errors=sum(counts.get(kind, 0) for kind in ERRORS),
    )
