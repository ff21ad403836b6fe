"""The rows of a study's own files: read, written and put back inside a transaction that the caller opened."""

from datetime import timedelta

from sqlmodel import Session, select

from study.act_log import record_act_in
from study.acts import FileAdded, FileChanged, FileRemoved
from study.log import now
from study.tables import StudyFile, VersionFile

ONE_ACT = timedelta(hours=1)
"""What one person saves of a file within this time is one act."""


def own_in(db: Session, study_id: str) -> dict[str, str]:
    """Path → text of every file that a study has now."""
    rows = db.exec(select(StudyFile).where(StudyFile.study_id == study_id).order_by(StudyFile.path))
    return {row.path: row.text for row in rows if row.text is not None}


def of_version_in(db: Session, study_id: str, number: int) -> dict[str, str]:
    """Path → text of every file that a study had when this version was made."""
    of_it = select(VersionFile).where(VersionFile.study_id == study_id, VersionFile.number == number)
    return {row.path: row.text for row in db.exec(of_it.order_by(VersionFile.path))}


def write_in(db: Session, study_id: str, path: str, text: str | None, by: str) -> StudyFile:
    """Keep a text (None: there is no such file any more), and note who did it."""
    before, at = db.get(StudyFile, (study_id, path)), now()
    row = before or StudyFile(study_id=study_id, path=path, text=None, revision=0, by=by, at=at)
    goes_on = row.by == by and at - row.at < ONE_ACT
    if text is None:
        record_act_in(db, study_id, by, FileRemoved(path=path))
    elif row.text is None:
        record_act_in(db, study_id, by, FileAdded(path=path))
    elif not goes_on:
        record_act_in(db, study_id, by, FileChanged(path=path))
    row.text, row.revision, row.by, row.at = text, row.revision + 1, by, at
    db.add(row)
    db.flush()
    return row


def keep_with_version_in(db: Session, study_id: str, number: int) -> None:
    """Remember the files that a version was made with."""
    for path, text in own_in(db, study_id).items():
        db.merge(VersionFile(study_id=study_id, number=number, path=path, text=text))


def put_back_in(db: Session, study_id: str, number: int, by: str) -> None:
    """Every file as it was when this version was made; those that came since are gone."""
    now_there, then = own_in(db, study_id), of_version_in(db, study_id, number)
    for path in sorted(now_there.keys() | then.keys()):
        if now_there.get(path) != then.get(path):
            write_in(db, study_id, path, then.get(path), by)
