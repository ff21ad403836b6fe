"""Studies: creating one from a protocol, and what a researcher sets on it."""

import secrets
import threading
from collections import OrderedDict
from datetime import datetime
from typing import get_args

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.act_log import record_act_in
from study.acts import APP, ModelChanged, StatusChanged, StudyCreated
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.log import now
from study.protocol import Protocol
from study.tables import DeletedStudy, Membership, Researcher, Sitting, Study, StudyStatus, StudyVersion

KEPT_PROTOCOLS = 64
_validated: OrderedDict[str, Protocol] = OrderedDict()
_lock = threading.Lock()


def create_study(
    engine: Engine, protocol: Protocol, study_id: str | None = None, seed: int | None = None, by: str = APP
) -> Study:
    """Store a new study with its protocol in full; the id is the protocol's, numbered if taken.

    A researcher who creates it owns it; what a terminal or the app makes belongs to the administrators.
    """
    with writing(engine) as db:
        study = create_study_in(db, protocol, study_id, seed, by)
        db.add(version_row(study, study.created_at, "as created"))
    return study


def create_study_in(
    db: Session,
    protocol: Protocol,
    study_id: str | None = None,
    seed: int | None = None,
    by: str = APP,
    model: str = "",
) -> Study:
    """`create_study` inside a transaction that the caller opened with `writing`, who sees to its versions as well."""
    if study_id and db.get(DeletedStudy, study_id):
        raise AtelierError(f"A study '{study_id}' was deleted, and its id is given to no other. Choose another id.")
    study = Study(
        id=study_id or _free_id(db, protocol.id),
        title=protocol.title,
        protocol=protocol.model_dump(mode="json"),
        protocol_hash=protocol.content_hash(),
        model=model or protocol.model,
        seed=seed if seed is not None else secrets.randbelow(2**31),
        created_at=now(),
    )
    db.add(study)
    db.flush()
    if db.get(Researcher, by) is not None:
        db.add(Membership(study_id=study.id, name=by, role="owner"))
    made = StudyCreated(title=study.title, protocol_hash=study.protocol_hash, model=study.model)
    record_act_in(db, study.id, by, made)
    return study


def version_row(study: Study, at: datetime, note: str) -> StudyVersion:
    """What a study gives new participants now, as a version to be kept."""
    return StudyVersion(
        study_id=study.id,
        number=study.version,
        protocol_hash=study.protocol_hash,
        protocol=study.protocol,
        created_at=at,
        note=note,
    )


def all_studies(engine: Engine) -> list[Study]:
    """Every study, newest first."""
    with reading(engine) as db:
        return list(db.exec(select(Study).order_by(col(Study.created_at).desc())))


def deleted_studies(engine: Engine) -> list[DeletedStudy]:
    """What is left of studies that were deleted: that there were so many, the latest first."""
    with reading(engine) as db:
        return list(db.exec(select(DeletedStudy).order_by(col(DeletedStudy.at).desc())))


def get_study(engine: Engine, study_id: str) -> Study:
    """The study with this id. Raises NotFound naming the known ones."""
    with reading(engine) as db:
        study = db.get(Study, study_id)
        if study is None:
            known = ", ".join(db.exec(select(Study.id).order_by(Study.id))) or "none yet"
            raise NotFound(f"There is no study '{study_id}'. Known: {known}.")
        return study


def protocol_of(row: Study | StudyVersion) -> Protocol:
    """The protocol that new participants get, or that of one version; of a session, `versions.protocol_of_session`.

    The hash covers all of its content, so what was validated under a hash once is kept, and a query that
    defers the column `protocol` reads it only when it is needed.
    """
    found = _validated.get(row.protocol_hash) or Protocol.model_validate(row.protocol)
    with _lock:
        known = _validated.setdefault(row.protocol_hash, found)
        _validated.move_to_end(row.protocol_hash)
        if len(_validated) > KEPT_PROTOCOLS:
            _validated.popitem(last=False)
    return known


def set_status(engine: Engine, study_id: str, status: str, by: str = APP, reason: str = "") -> None:
    """Open, pause or close a study. A paused one lets people finish but takes no new ones.

    To open one again that was closed with people complete is to collect after outcomes could be seen: that takes a reason.
    """
    if status not in get_args(StudyStatus):
        raise AtelierError(f"'{status}' is no status of a study; use one of {', '.join(get_args(StudyStatus))}.")
    with writing(engine) as db:
        study = held_study(db, study_id)
        old = study.status
        if status == old:
            return
        complete = _seen_of(db, study)
        if complete and not reason.strip():
            raise AtelierError(
                "Outcomes could be seen while this study was closed. To open it again please give a reason; it is stored, "
                "and every report says it."
            )
        study.status = status
        act = StatusChanged(old=old, new=status, complete=complete, reason=reason.strip() if complete else "")
        record_act_in(db, study_id, by, act)


def needs_reason(engine: Engine, study_id: str) -> bool:
    """Whether it takes a reason, and the deed `unseal`, to open this study again."""
    study = get_study(engine, study_id)
    with reading(engine) as db:
        return _seen_of(db, study) > 0


def _seen_of(db: Session, study: Study) -> int:
    """How many people are complete in a study that is closed, so that outcomes of theirs may be seen."""
    if study.status != "closed":
        return 0
    people = col(Sitting.simulated).is_(False) & col(Sitting.preview).is_(False)
    return db.exec(select(func.count()).where(Sitting.study_id == study.id, Sitting.status == "complete", people)).one()


def set_model(engine: Engine, study_id: str, model: str, by: str = APP) -> None:
    """Choose the chat model for sessions that start from now on."""
    new = model.strip()
    with writing(engine) as db:
        study = held_study(db, study_id)
        if new != study.model:  # what stays as it was is no act
            record_act_in(db, study_id, by, ModelChanged(old=study.model, new=new))
            study.model = new


def held_study(db: Session, study_id: str) -> Study:
    """The study as others left it, for this transaction alone. Raises NotFound."""
    study = db.exec(select(Study).where(Study.id == study_id).with_for_update()).one_or_none()
    if study is None:
        raise NotFound(f"There is no study '{study_id}'.")
    return study


def _free_id(db: Session, wanted: str) -> str:
    number, candidate = 1, wanted
    while db.get(Study, candidate) is not None or db.get(DeletedStudy, candidate) is not None:
        number += 1
        candidate = f"{wanted}_{number}"
    return candidate
