"""What has been collected under a protocol so far, for a document that has to say so."""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import col, func, select

from study.database import reading
from study.protocol import Protocol
from study.tables import Sitting, StudyVersion


@dataclass(frozen=True)
class Collected:
    """Sessions of people (no simulated ones, no previews): under this very protocol, and under other versions of it."""

    started: int = 0
    complete: int = 0
    in_other_versions: int = 0
    simulated: int = 0


def collected(engine: Engine, protocol: Protocol) -> Collected:
    """Counted over all studies in the record; two protocols are the same if they have the same content hash."""
    with reading(engine) as db:
        rows = db.exec(
            select(StudyVersion.study_id, StudyVersion.number, StudyVersion.protocol_hash, StudyVersion.protocol)
        )
        hashes = {(study, number): found for study, number, found, held in rows if held.get("id") == protocol.id}
        counted = db.exec(
            select(  # type: ignore[call-overload]  # SQLModel's stubs end at four columns
                Sitting.study_id, Sitting.study_version, Sitting.status, Sitting.simulated, func.count()
            )
            .where(col(Sitting.preview).is_(False))
            .group_by(col(Sitting.study_id), col(Sitting.study_version), col(Sitting.status), col(Sitting.simulated))
        )
        started = complete = others = simulated = 0
        for study, number, status, made_up, count in counted:
            same = hashes.get((study, number)) == protocol.content_hash()
            if made_up:
                simulated += count if same else 0
            elif same:
                started, complete = started + count, complete + (count if status == "complete" else 0)
            elif (study, number) in hashes:
                others += count
    return Collected(started, complete, others, simulated)
