"""Versions of a study's protocol: a new one is for new participants, whoever started finishes on theirs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.act_log import record_act_in
from study.acts import APP, ModelChanged, VersionAdded
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.log import now
from study.protocol import Mechanisms, Protocol
from study.studies import held_study, protocol_of, version_row
from study.tables import Sitting, Study, StudyVersion
from study.translation import in_language


@dataclass(frozen=True)
class Version:
    """One version, and how many people (no simulated ones, no previews) started and are still on it."""

    row: StudyVersion
    started: int
    running: int


def revise(engine: Engine, study_id: str, protocol: Protocol, note: str = "", by: str = APP) -> StudyVersion:
    """Give new participants another protocol; whoever has started finishes on the one they started on.

    New sessions are allocated over the cells of the new version. Earlier sessions count there as far as
    their order of conditions still exists: in the same cell if its tasks do too, else in one of that order.
    A quota counts everybody. A model that the new version names anew answers sessions from now on.
    Raises AtelierError for a protocol with another id, or without a difference.
    """
    with writing(engine) as db:
        return revise_in(db, study_id, protocol, note, by)


def revise_in(db: Session, study_id: str, protocol: Protocol, note: str, by: str) -> StudyVersion:
    """`revise` inside a transaction that the caller opened with `writing`."""
    study = held_study(db, study_id)
    current = protocol_of(study)
    if protocol.id != current.id:
        raise AtelierError(f"This is the protocol '{protocol.id}', and the study runs '{current.id}'. Check the file.")
    if protocol.content_hash() == current.content_hash():
        raise AtelierError(f"This is what new participants get already (version {study.version}); nothing changed.")
    study.version += 1
    study.title, study.protocol = protocol.title, protocol.model_dump(mode="json")
    study.protocol_hash = protocol.content_hash()
    row = version_row(study, now(), note.strip())
    db.add(study)
    db.add(row)
    record_act_in(db, study_id, by, VersionAdded(number=row.number, protocol_hash=row.protocol_hash, note=row.note))
    if (model := model_with(study, current, protocol)) != study.model:
        record_act_in(db, study_id, by, ModelChanged(old=study.model, new=model))
        study.model = model
    return row


def model_with(study: Study, current: Protocol, following: Protocol) -> str:
    """Which model answers in the study under a protocol that follows its current one: a newly named one, else as before."""
    return following.model if following.model not in (current.model, study.model) else study.model


def versions(engine: Engine, study_id: str) -> list[Version]:
    """Every version of a study, oldest first."""
    with reading(engine) as db:
        counted = (
            select(Sitting.study_version, Sitting.status, func.count())
            .where(Sitting.study_id == study_id, col(Sitting.preview).is_(False), col(Sitting.simulated).is_(False))
            .group_by(col(Sitting.study_version), col(Sitting.status))
        )
        started, running = Counter[int](), Counter[int]()
        for number, status, count in db.exec(counted):
            started[number] += count
            running[number] += count if status == "running" else 0
        return [Version(row, started[row.number], running[row.number]) for row in _rows(db, study_id)]


def protocols(engine: Engine, study_id: str) -> dict[int, Protocol]:
    """Number → protocol, of every version of a study."""
    with reading(engine) as db:
        return {row.number: protocol_of(row) for row in _rows(db, study_id)}


def protocol_of_session(engine: Engine, row: Sitting, mechanisms: Mechanisms) -> Protocol:
    """The protocol that a session started on, in its language, whatever new participants get by now.

    Raises NotFound.
    """
    own = protocol_of_version(engine, row.study_id, row.study_version)
    return in_language(own, row.language or own.language, mechanisms)


def protocol_of_version(engine: Engine, study_id: str, number: int) -> Protocol:
    """One version's protocol. Raises NotFound."""
    with reading(engine) as db:
        row = db.get(StudyVersion, (study_id, number))
    if row is None:
        raise NotFound(f"There is no version {number} of the study '{study_id}'.")
    return protocol_of(row)


def _rows(db: Session, study_id: str) -> Sequence[StudyVersion]:
    query = select(StudyVersion).where(StudyVersion.study_id == study_id).order_by(col(StudyVersion.number))
    return db.exec(query).all()
