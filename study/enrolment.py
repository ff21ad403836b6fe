"""Arriving and coming back: who a visitor is, which cell they get, which tab may write."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from study.analysis_plan import Stopping
from study.database import reading, writing
from study.design import Cell, Choice, cells, choose, draw
from study.errors import AtelierError, NotFound, StudyClosed
from study.events import SessionStarted, TabChanged
from study.flow import Assignment
from study.languages import preferred
from study.log import Entry, append_in, begin_in, new_id, now
from study.minimisation import as_text, scores
from study.personal_links import door_in, opened_in
from study.places import in_table, per_cell, taken
from study.protocol import Protocol
from study.recruitment import MAX_PARAM_LENGTH, levels_of, platform_id
from study.sentence import Sentence
from study.settings import VERSION
from study.sign_ins import hashed
from study.studies import protocol_of
from study.tables import SessionToken, Sitting, Study, StudyKeeping, StudyVersion
from study.under_way import LEARNED_FROM

MAX_PARAMS = 30
LANGUAGE_PARAMETER = "lang"
"""The parameter of the link that chooses a language."""
FULL = Sentence("This study has found all its participants. Thank you for your interest.")


@dataclass(frozen=True)
class Arrival:
    """Somebody at the door: what the link and the browser say about them. `personal`: the token of a personal link."""

    url_params: Mapping[str, str]
    user_agent: str = ""
    accept_language: str = ""
    simulated: bool = False
    preview: bool = False
    cell: int | None = None
    personal: str = ""

    @property
    def is_real(self) -> bool:
        """Whether this is a person who takes part."""
        return not (self.simulated or self.preview)


def enrol(engine: Engine, study_id: str, arrival: Arrival) -> tuple[Sitting, str]:
    """A session for this visitor and a fresh token that leads to it.

    The same platform id, and the same personal link, always lead to the same session. One transaction holds the study
    while the least filled cell is found, so simultaneous arrivals stay balanced. Raises NotFound, StudyClosed, and
    AtelierError if the arrival asks for a cell that the design does not have.
    """
    with writing(engine) as db:
        study = _held_study(db, study_id)
        protocol = protocol_of(study)
        link = opened_in(db, study_id, arrival.personal) if arrival.personal else None
        named = None if link else platform_id(arrival.url_params, protocol.recruitment.id_parameters)
        sitting = db.get(Sitting, link.session_id) if link and link.session_id else _known(db, study_id, named)
        if sitting is None:
            if arrival.is_real:
                _refuse_if_closed(db, study, protocol, arrival)
            sitting = _admit(db, study, protocol, arrival, named)
            if link:
                link.session_id = sitting.id
                db.add(link)
        return sitting, _token(db, sitting.id)


def by_token(engine: Engine, token: str | None) -> Sitting | None:
    """The session a link token leads to; None for anything that is not one."""
    if not token:
        return None
    with reading(engine) as db:
        found = db.get(SessionToken, hashed(token))
        return db.get(Sitting, found.session_id) if found else None


def sitting(engine: Engine, session_id: str) -> Sitting:
    """The session row as it stands. Raises NotFound."""
    with reading(engine) as db:
        row = db.get(Sitting, session_id)
    if row is None:
        raise NotFound(Sentence("This session is no longer in the record."))
    return row


def is_in_record(engine: Engine, session_id: str) -> bool:
    """Whether there is this session; one that is gone was erased."""
    with reading(engine) as db:
        return db.get(Sitting, session_id) is not None


def every_session(engine: Engine) -> set[str]:
    """The ids of all sessions of all studies, previews as well."""
    with reading(engine) as db:
        return set(db.exec(select(Sitting.id)))


def seen_since(engine: Engine, since: datetime) -> list[Sitting]:
    """The sessions of people in which something happened since then and of which may still be learned (study/under_way.py).

    Simulated ones are seen to by their own process.
    """
    recent = select(Sitting).where(
        Sitting.seen_at >= since, col(Sitting.simulated).is_(False), col(Sitting.status).in_(LEARNED_FROM)
    )
    with reading(engine) as db:
        return list(db.exec(recent.order_by(col(Sitting.seen_at))))


def take_lease(engine: Engine, session_id: str, lease: str) -> None:
    """From now on only this tab may write; the others are told where the study goes on."""
    with writing(engine) as db:
        row = db.get(Sitting, session_id)
        if row is None:
            raise NotFound(Sentence("This session is no longer in the record."))
        if row.lease == lease:
            return
        row.lease = lease
        db.add(row)
        if row.status == "running":  # who looks at the ending in another tab does nothing any more
            append_in(db, session_id, [Entry(TabChanged(lease=lease[:8]))])


def last_index(db: Session, study_id: str) -> int:
    """The highest number that anybody got, also if they were erased: no pseudonym is given twice."""
    kept = select(StudyKeeping.last_index).where(StudyKeeping.study_id == study_id).scalar_subquery()
    highest, given = db.exec(
        select(func.max(Sitting.allocation_index), kept).where(Sitting.study_id == study_id)  # one question for both
    ).one()
    return max(highest or 0, given or 0)


def assignment_of(row: Sitting) -> Assignment:
    """The order of conditions and tasks of a session."""
    return Assignment(tuple(row.conditions), tuple(row.tasks))


def _held_study(db: Session, study_id: str) -> Study:
    """The study, for this transaction alone; its protocol is large, and is read only where it is not known yet."""
    query = select(Study).where(Study.id == study_id).options(defer(Study.protocol))  # type: ignore[arg-type]
    study = db.exec(query.with_for_update()).one_or_none()
    if study is None:
        raise NotFound(Sentence("This study does not exist. Please check the link."))
    return study


def _refuse_if_closed(db: Session, study: Study, protocol: Protocol, arrival: Arrival) -> None:
    """Raises StudyClosed where nobody new, or nobody without a personal link, is let in."""
    if study.status == "closed":
        raise StudyClosed(Sentence("This study is closed. Thank you for your interest."))
    if study.status != "open":
        raise StudyClosed(Sentence("This study is not taking new participants right now. Please try again later."))
    if not arrival.personal and door_in(db, study.id) == "personal":
        raise StudyClosed(Sentence("This study needs a personal link. Please use the one that was sent to you."))
    if _stopped(db, study.id, protocol.stopping):
        raise StudyClosed(FULL)


def _stopped(db: Session, study_id: str, rule: Stopping | None) -> bool:
    """Whether the protocol's stopping rule ends recruitment; who has begun may always finish."""
    if rule is None:
        return False
    if rule.until is not None and now().date() > rule.until:
        return True
    real = (col(Sitting.simulated).is_(False)) & (col(Sitting.preview).is_(False))
    query = select(func.count()).where(Sitting.study_id == study_id, Sitting.status == "complete", real)
    return rule.after_complete is not None and db.exec(query).one() >= rule.after_complete


def _known(db: Session, study_id: str, named: str | None) -> Sitting | None:
    if named is None:
        return None
    query = select(Sitting).where(Sitting.study_id == study_id, Sitting.platform_id == named)
    return db.exec(query).one_or_none()


def _admit(db: Session, study: Study, protocol: Protocol, arrival: Arrival, named: str | None) -> Sitting:
    index = last_index(db, study.id) + 1
    levels = levels_of(arrival.url_params, protocol.design.strata)
    cell, choice = _allocate(db, study, protocol, arrival, index, levels)
    language = preferred(protocol.offered, arrival.url_params.get(LANGUAGE_PARAMETER, ""), arrival.accept_language)
    row = Sitting(
        id=new_id(),
        study_id=study.id,
        participant=f"{'S' if arrival.simulated else 'X' if arrival.preview else 'P'}{index:03d}",
        platform_id=named,
        cell=cell.index,
        strata=as_text(levels),
        conditions=list(cell.conditions),
        tasks=list(cell.tasks),
        allocation_index=index,
        seed=study.seed,
        protocol_hash=study.protocol_hash,
        study_version=study.version,
        model=study.model,
        language=language,
        app_version=VERSION,
        simulated=arrival.simulated,
        preview=arrival.preview,
        started_at=now(),
        seen_at=now(),
        reservation_minutes=protocol.design.reservation_minutes,
    )
    db.add(row)
    db.flush()
    started = SessionStarted(
        cell=cell.index,
        conditions=cell.conditions,
        tasks=cell.tasks,
        candidates=choice.candidates,
        levels=levels,
        scores=dict(choice.scores),
        allocation_index=index,
        url_params={k[:60]: v[:MAX_PARAM_LENGTH] for k, v in list(arrival.url_params.items())[:MAX_PARAMS]},
        user_agent=arrival.user_agent[:MAX_PARAM_LENGTH],
        language=language,
    )
    begin_in(db, row.id, Entry(started, once_key="session_started"))
    return row


def _allocate(
    db: Session, study: Study, protocol: Protocol, arrival: Arrival, index: int, levels: Mapping[str, str]
) -> tuple[Cell, Choice]:
    """The cell of a newcomer and how it was chosen. Raises StudyClosed when every place is taken."""
    table, design = cells(protocol), protocol.design
    if arrival.cell is not None:
        if not 0 <= arrival.cell < len(table):
            raise AtelierError(f"There is no cell {arrival.cell}; this design has cells 0 to {len(table) - 1}.")
        return table[arrival.cell], Choice(arrival.cell, (arrival.cell,))
    places = taken(db, study.id, design.reservation_minutes, arrival.simulated)
    if arrival.is_real and design.quota is not None and places.total() >= design.quota:
        raise StudyClosed(FULL)
    if design.orders == "random":
        choice = draw(table, study.seed, index)
    else:
        here = in_table(places, table, _earlier_tables(db, study, {version for version, _, _ in places}))
        minimised = scores(table, here, levels) if levels else None
        choice = choose(table, per_cell(here), study.seed, index, minimised, design.minimisation_p)
    return table[choice.cell], choice


def _earlier_tables(db: Session, study: Study, versions: set[int]) -> dict[int, tuple[Cell, ...]]:
    """Version → cells, of those other than the one that newcomers get."""
    earlier = versions - {study.version}
    if not earlier:
        return {}
    query = select(StudyVersion).where(StudyVersion.study_id == study.id, col(StudyVersion.number).in_(earlier))
    rows = db.exec(query.options(defer(StudyVersion.protocol)))  # type: ignore[arg-type]
    return {row.number: cells(protocol_of(row)) for row in rows}


def _token(db: Session, session_id: str) -> str:
    token = secrets.token_urlsafe(24)
    db.add(SessionToken(token_hash=hashed(token), session_id=session_id))
    return token
