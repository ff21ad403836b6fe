"""Arriving and coming back: who a visitor is, which cell they get, which tab may write."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, func, or_, select

from study.database import reading, writing
from study.design import cells, cells_met, choose
from study.errors import NotFound, StudyClosed
from study.events import SessionStarted, TabChanged
from study.flow import Assignment
from study.log import UNSTORABLE, Entry, append_in, new_id, now
from study.settings import VERSION
from study.studies import protocol_of
from study.tables import SessionToken, Sitting, Study

PLATFORM_KEYS = ("PROLIFIC_PID", "participant_id", "pid")
"""URL parameters that name a participant on a recruitment platform, strongest first."""
MAX_PARAMS, MAX_PARAM_LENGTH = 30, 300


@dataclass(frozen=True)
class Arrival:
    """Somebody at the door: what the link and the browser say about them."""

    url_params: Mapping[str, str]
    user_agent: str = ""
    simulated: bool = False
    preview: bool = False
    cell: int | None = None

    @property
    def platform_id(self) -> str | None:
        """The participant's id on the recruitment platform, if the link carried one."""
        given = (UNSTORABLE.sub("", self.url_params.get(key, "")).strip() for key in PLATFORM_KEYS)
        return next((value[:MAX_PARAM_LENGTH] for value in given if value), None)


def enrol(engine: Engine, study_id: str, arrival: Arrival, lease_minutes: float = 60) -> tuple[Sitting, str]:
    """A session for this visitor and a fresh token that leads to it.

    The same platform id always leads to the same session. One transaction holds the study while the
    least filled cell is found, so simultaneous arrivals stay balanced. Raises NotFound, StudyClosed.
    """
    with writing(engine) as db:
        study = db.exec(select(Study).where(Study.id == study_id).with_for_update()).one_or_none()
        if study is None:
            raise NotFound("This study does not exist. Please check the link.")
        sitting = _known(db, study_id, arrival)
        if sitting is None:
            if study.status != "open" and not (arrival.simulated or arrival.preview):
                raise StudyClosed(
                    "This study is not taking new participants right now. Please try again later."
                    if study.status != "closed"
                    else "This study is closed. Thank you for your interest."
                )
            sitting = _admit(db, study, arrival, lease_minutes)
        return sitting, _token(db, sitting.id)


def by_token(engine: Engine, token: str | None) -> Sitting | None:
    """The session a link token leads to; None for anything that is not one."""
    if not token:
        return None
    with reading(engine) as db:
        found = db.get(SessionToken, _hash(token))
        return db.get(Sitting, found.session_id) if found else None


def sitting(engine: Engine, session_id: str) -> Sitting:
    """The session row as it stands. Raises NotFound."""
    with reading(engine) as db:
        row = db.get(Sitting, session_id)
    if row is None:
        raise NotFound("This session is no longer in the record.")
    return row


def take_lease(engine: Engine, session_id: str, lease: str) -> None:
    """From now on only this tab may write; the others are told where the study goes on."""
    with writing(engine) as db:
        row = db.get(Sitting, session_id)
        if row is None:
            raise NotFound("This session is no longer in the record.")
        if row.lease == lease:
            return
        row.lease = lease
        db.add(row)
        append_in(db, session_id, [Entry(TabChanged(lease=lease[:8]))])


def assignment_of(row: Sitting) -> Assignment:
    """The order of conditions and tasks of a session."""
    return Assignment(tuple(row.conditions), tuple(row.tasks))


def taken_cells(db: Session, study_id: str, lease_minutes: float) -> list[int]:
    """Cells of completed and of live real sessions; simulated and preview ones never count."""
    return [row.cell for row in _taken(db, study_id, lease_minutes)]


def _taken(db: Session, study_id: str, lease_minutes: float) -> list[Sitting]:
    alive = now() - timedelta(minutes=lease_minutes)
    query = select(Sitting).where(
        Sitting.study_id == study_id,
        col(Sitting.simulated).is_(False),
        col(Sitting.preview).is_(False),
        or_(Sitting.status == "complete", (col(Sitting.status) == "running") & (col(Sitting.seen_at) > alive)),
    )
    return list(db.exec(query))


def _known(db: Session, study_id: str, arrival: Arrival) -> Sitting | None:
    if arrival.platform_id is None:
        return None
    query = select(Sitting).where(Sitting.study_id == study_id, Sitting.platform_id == arrival.platform_id)
    return db.exec(query).one_or_none()


def _admit(db: Session, study: Study, arrival: Arrival, lease_minutes: float) -> Sitting:
    protocol = protocol_of(study)
    table = cells(protocol)
    count = select(func.max(Sitting.allocation_index)).where(Sitting.study_id == study.id)
    index = (db.exec(count).one() or 0) + 1
    before = _simulated(db, study.id) if arrival.simulated else _taken(db, study.id, lease_minutes)
    is_real = not (arrival.simulated or arrival.preview)
    if is_real and protocol.design.quota is not None and len(before) >= protocol.design.quota:
        raise StudyClosed("This study has found all its participants. Thank you for your interest.")
    taken = cells_met(table, [(tuple(row.conditions), tuple(row.tasks)) for row in before])
    choice = choose(table, [] if protocol.design.orders == "random" else taken, study.seed, index)
    cell = table[choice.cell if arrival.cell is None else arrival.cell]
    row = Sitting(
        id=new_id(),
        study_id=study.id,
        participant=f"{'S' if arrival.simulated else 'X' if arrival.preview else 'P'}{index:03d}",
        platform_id=arrival.platform_id,
        cell=cell.index,
        conditions=list(cell.conditions),
        tasks=list(cell.tasks),
        allocation_index=index,
        seed=study.seed,
        protocol_hash=study.protocol_hash,
        study_version=study.version,
        model=study.model,
        app_version=VERSION,
        simulated=arrival.simulated,
        preview=arrival.preview,
        started_at=now(),
        seen_at=now(),
    )
    db.add(row)
    db.flush()
    started = SessionStarted(
        cell=cell.index,
        conditions=cell.conditions,
        tasks=cell.tasks,
        candidates=choice.candidates,
        allocation_index=index,
        url_params={k[:60]: v[:MAX_PARAM_LENGTH] for k, v in list(arrival.url_params.items())[:MAX_PARAMS]},
        user_agent=arrival.user_agent[:MAX_PARAM_LENGTH],
    )
    append_in(db, row.id, [Entry(started, once_key="session_started")])
    return row


def _simulated(db: Session, study_id: str) -> list[Sitting]:
    return list(db.exec(select(Sitting).where(Sitting.study_id == study_id, col(Sitting.simulated).is_(True))))


def _token(db: Session, session_id: str) -> str:
    token = secrets.token_urlsafe(24)
    db.add(SessionToken(token_hash=_hash(token), session_id=session_id))
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
