"""A study's own tasks, instruments and translations: kept with every word, never overwritten unseen.

They lie over the folder of the installation (`study/shelf.py`) when the draft is checked, and go with a version when one is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, select

from study.database import reading, writing
from study.drafts import DraftMoved, Seen, storable
from study.errors import AtelierError
from study.file_rows import keep_with_version_in, own_in, write_in
from study.log import now
from study.protocol import Protocol
from study.shelf import is_path
from study.studies import create_study_in, held_study, version_row
from study.tables import Study, StudyFile, VersionText

MOST_FILES = 200


@dataclass(frozen=True)
class OwnFile:
    """A file as somebody saved it last."""

    path: str
    text: str
    seen: Seen
    by: str
    saved: datetime


def own_files(engine: Engine, study_id: str) -> dict[str, OwnFile]:
    """Path → file, of all that a study has."""
    with reading(engine) as db:
        rows = db.exec(select(StudyFile).where(StudyFile.study_id == study_id).order_by(StudyFile.path))
        return {
            row.path: OwnFile(row.path, row.text, _seen(row), row.by, row.at) for row in rows if row.text is not None
        }


def add_files(
    engine: Engine, study_id: str, files: Mapping[str, str], by: str, seen: Mapping[str, Seen] | None = None
) -> None:
    """Add files, all or none; one that is there already is replaced if it is as it was `seen`. Raises DraftMoved, AtelierError."""
    with writing(engine) as db:
        held_study(db, study_id)
        for path, text in files.items():
            _write(db, study_id, path, text, (seen or {}).get(path), by)
        if len(own_in(db, study_id)) > MOST_FILES:
            raise AtelierError(f"A study has at most {MOST_FILES} files of its own. Nothing was added.")


def save_file(engine: Engine, study_id: str, path: str, text: str, seen: Seen, by: str) -> Seen:
    """Keep a text as the file, however wrong it is; what there is to see now.

    Saving the same text again does nothing. Raises DraftMoved where others changed it since it was `seen`.
    """
    with writing(engine) as db:
        held_study(db, study_id)
        return _write(db, study_id, path, text, seen, by)


def remove_file(engine: Engine, study_id: str, path: str, seen: Seen, by: str) -> None:
    """There is no such file of the study any more; versions that were made with it keep it. Raises DraftMoved."""
    with writing(engine) as db:
        held_study(db, study_id)
        row = db.get(StudyFile, (study_id, path))
        if row is None or row.text is None:
            return
        _refuse_if_moved(row, seen)
        write_in(db, study_id, path, None, by)


def begin_study(engine: Engine, protocol: Protocol, text: str, files: Mapping[str, str], by: str) -> Study:
    """A new study, as a draft, with the text that it was read from and files of its own. All of it, or nothing."""
    with writing(engine) as db:
        study = create_study_in(db, protocol, by=by)
        db.add(version_row(study, study.created_at, "as created"))
        db.add(VersionText(study_id=study.id, number=study.version, text=storable(text)))
        for path, held in files.items():
            _write(db, study.id, path, held, None, by)
        keep_with_version_in(db, study.id, study.version)
    return study


def _write(db: Session, study_id: str, path: str, text: str, seen: Seen | None, by: str) -> Seen:
    if not is_path(path):
        raise AtelierError(f"“{path[:80]}” is no name of a task, an instrument or a translation. Nothing was saved.")
    text = storable(text, path)
    row = db.get(StudyFile, (study_id, path))
    if row and row.text is not None:
        if row.text == text:
            return _seen(row)
        _refuse_if_moved(row, seen)
    elif seen is not None:
        who = f"{row.by} deleted {path}" if row else f"There is no {path}"
        raise DraftMoved(f"{who}, so that nothing was saved. Take your text along, and add the file again.")
    return _seen(write_in(db, study_id, path, text, by))


def _refuse_if_moved(row: StudyFile, seen: Seen | None) -> None:
    if seen is None:
        raise AtelierError(
            f"This study has a file {row.path} already. Open it, or delete it first; nothing was changed."
        )
    if _seen(row) != seen:
        minutes = (now() - row.at).total_seconds() / 60
        raise DraftMoved(
            f"{row.by} saved {row.path} {minutes:.0f} min ago, after you had opened it. Nothing was overwritten."
        )


def _seen(row: StudyFile) -> Seen:
    return Seen(0, row.revision)
