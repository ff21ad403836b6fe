"""Deleting a whole study: everything of it in every store; a tombstone says that there was one, and counts its sessions.

Whoever was writing for it comes before the transaction or finds that there is no study (NotFound). Its id is given to no other.
Out of reach, and named by `warnings`: backups, the study as a file, and what else was taken away.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study import jobs
from study.clock import Clock, in_utc
from study.database import clean, owe_wiping, reading, writing
from study.erasing import STILL_READ, Forget, deletions
from study.errors import AtelierError
from study.exports_folder import exports_folder
from study.fetching import taken_away
from study.installation_acts import StudyDeleted
from study.installation_log import note_in
from study.log import now
from study.power_folder import power_folders
from study.results_folder import results_folder
from study.studies import get_study, held_study
from study.tables import Base, DeletedStudy, Sitting, Study


@dataclass(frozen=True)
class Deleted:
    """What was done. `sessions`: how many went; `clean`: the database's files hold nothing of it any more."""

    study_id: str
    sessions: int
    clean: bool

    @property
    def said(self) -> str:
        """In words."""
        later = "" if self.clean else f" {STILL_READ}"
        return f"The study {self.study_id} is deleted, with {_sessions(self.sessions)}. Backups still hold it.{later}"


def warnings(engine: Engine, study_id: str, clock: Clock = in_utc) -> list[str]:
    """What somebody should know before they delete a study. Raises NotFound."""
    study = get_study(engine, study_id)
    with reading(engine) as db:
        count = len(_sessions_of(db, study_id))
    taken = [f"{clock(one.at)} by {one.by} ({one.act.what})" for one in taken_away(engine, study_id)]
    return [
        f"“{study.title}” and {_sessions(count)} are removed for good: what was written and answered, the protocol with all "
        "its versions, links, codes, memos, what was done to it, its reports and exports.",
        "Not reached: backups, logs of servers, the study as a file, and whatever else was taken away. Delete those yourself.",
        *([f"Data were taken away: {'; '.join(taken)}."] if taken else []),
    ]


def delete_study(engine: Engine, data_dir: Path, study_id: str, by: str, forget: Forget) -> Deleted:
    """Remove a study from every store. Raises NotFound, and AtelierError while people take part in it or a job is at it.

    The index comes first, so that a failure there leaves a study to be deleted; and once more at the end, with the
    files, for what was written in between.
    """
    with reading(engine) as db:
        _refuse(db, data_dir, study_id)
        known = _sessions_of(db, study_id)
    for session_id in known:
        forget(session_id)
    with writing(engine) as db:
        _refuse(db, data_dir, study_id)
        known = _sessions_of(db, study_id)
        db.add(DeletedStudy(id=study_id, at=now(), by=by, sessions=len(known)))
        note_in(db, by, StudyDeleted(study=study_id, sessions=len(known)))
        for statement in deletions(Base.metadata.tables["study"], study_id):
            db.execute(statement)
        owe_wiping(db)
    for session_id in known:
        forget(session_id)
    for folder in (results_folder, exports_folder, power_folders, jobs.jobs_folder):
        shutil.rmtree(folder(data_dir, study_id), ignore_errors=True)
    return Deleted(study_id, len(known), clean(engine))


def _refuse(db: Session, data_dir: Path, study_id: str) -> None:
    """Nobody who takes part loses the page under their hands, and no job writes a file of a study that is gone."""
    study: Study = held_study(db, study_id)
    people = select(func.count()).where(
        Sitting.study_id == study_id, Sitting.status == "running", col(Sitting.simulated).is_(False),
        col(Sitting.preview).is_(False),
    )  # fmt: skip
    running = db.exec(people).one()
    if running and study.status != "closed":
        who = "1 person is" if running == 1 else f"{running} people are"
        raise AtelierError(
            f"Nothing was deleted: {who} taking part in it, and it is not closed. Close the study first."
        )
    if busy := [kind for kind in jobs.KINDS if (job := jobs.latest(data_dir, study_id, kind)) and job.is_under_way]:
        raise AtelierError(
            f"Nothing was deleted: a job ({busy[0]}) is under way for it. Wait for it, or stop it first."
        )


def _sessions_of(db: Session, study_id: str) -> list[str]:
    return list(db.exec(select(Sitting.id).where(Sitting.study_id == study_id)))


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"
