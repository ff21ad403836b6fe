"""Erasing one participant: the one true deletion. What they left goes from every store; a tombstone keeps the counts true.

Rows go in one transaction that holds the study and the session: who was writing for this session comes before it or
finds that there is none (NotFound). The place in the cell is free again, as nothing of it is left to analyse.
Out of reach, and named by `out_of_reach`: backups, and files that were taken away.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Delete, Engine, Table, delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from study.act_log import LoggedAct, acts, record_act_in
from study.acts import ACT_CLASSES, ActBase, ParticipantErased
from study.database import clean, reading, writing
from study.enrolment import last_index
from study.errors import NotFound
from study.events import EVENT_CLASSES, EventBase
from study.exports_folder import exports_folder
from study.jobs import jobs_folder
from study.log import UNSTORABLE, hold, new_id, now
from study.results_folder import results_folder
from study.sign_ins import hashed
from study.tables import ActRow, Base, EventRow, PersonalLink, SessionToken, Sitting, StudyKeeping, Tombstone

GONE = "[erased]"
STILL_READ = (
    "Somebody was reading the database all the time, so that old pages of its file still hold text; they are wiped when "
    "the app is next stopped."
)
OWN = "app:participant"
"""By whom, where participants erase their own data."""
SHORTEST = 3
"""An id with fewer letters is found everywhere, and says nothing."""
BY_RESEARCHERS = [
    kind for kind, of in EVENT_CLASSES.items() if (by := of.model_fields.get("by")) and by.annotation is str
]
"""Events that researchers write into the sessions of participants."""
Forget = Callable[[str], None]
"""Takes a session out of what is kept beside the database: the index, and whatever is at work for it."""


@dataclass(frozen=True)
class Erased:
    """What was done. `files`: reports and exports that were removed; `clean`: the database's files hold nothing of it."""

    files: int
    clean: bool


def find(engine: Engine, study_id: str, who: str) -> Sitting:
    """The session of a participant: by pseudonym (P007), by their link, or by what stands at its end. Raises NotFound."""
    said = UNSTORABLE.sub("", who.strip())
    token = hashed(re.split(r"[/=]", said)[-1])
    with reading(engine) as db:
        led = select(SessionToken.session_id).where(SessionToken.token_hash == token)
        invited = select(PersonalLink.session_id).where(PersonalLink.token_hash == token)
        theirs = or_(col(Sitting.participant) == said.upper(), col(Sitting.id).in_(led), col(Sitting.id).in_(invited))
        row = db.exec(select(Sitting).where(Sitting.study_id == study_id, theirs)).first()
    if row is None:
        raise NotFound(
            f"Nobody in the study '{study_id}' is called so or has this link. Write a pseudonym such as P007, or their "
            "link as it was given; who was erased already is not found any more."
        )
    return row


def out_of_reach(engine: Engine, row: Sitting) -> list[LoggedAct]:
    """The exports that were made since this participant began; copies of them may lie elsewhere."""
    return [one for one in acts(engine, row.study_id, "exported") if one.at >= row.started_at]


def warnings(engine: Engine, row: Sitting) -> list[str]:
    """What somebody should know before they erase a participant."""
    taken = [f"{one.at:%Y-%m-%d %H:%M} UTC by {one.by} ({one.act.what})" for one in out_of_reach(engine, row)]
    return [
        f"{row.participant} began on {row.started_at:%Y-%m-%d} and is {row.status.replace('_', ' ')}. What they wrote and "
        "answered, their links and everything derived from it are removed for good; their place is free again.",
        "Reports and exports that were made since then are removed from the data folder; make them anew afterwards.",
        "Not reached: backups, and files that were taken away. Delete or replace them yourself.",
        *([f"Data were taken away since then: {'; '.join(taken)}."] if taken else []),
    ]


def said(participant: str, done: Erased) -> str:
    """What was done, in words."""
    files = f" {done.files} files made from the study were removed." if done.files else ""
    later = "" if done.clean else f" {STILL_READ}"
    return f"{participant} is erased.{files}{later}"


def erase(engine: Engine, data_dir: Path, row: Sitting, by: str, forget: Forget) -> Erased:
    """Remove all that a participant left, and wipe it from the database's files."""
    files = remove(engine, data_dir, row, by, forget)
    return Erased(files, clean(engine))


def remove(engine: Engine, data_dir: Path, row: Sitting, by: str, forget: Forget) -> int:
    """`erase` without wiping the files, for many at once; how many files made from the study were removed.

    The index and the files come first, so that a failure there leaves somebody to be erased; and once more at the
    end, for what was written in between.
    """
    files = _elsewhere(data_dir, row, forget)
    with writing(engine) as db:
        act = ParticipantErased(status=row.status, simulated=row.simulated, files=files)
        record_act_in(db, row.study_id, by, act)  # the study before the session, as at enrolment
        held = hold(db, row.id)
        _bury(db, held, by)
        _blot_out(db, held)
        for statement in _deletions(Base.metadata.tables["session"], held.id):
            db.execute(statement)
    return files + _elsewhere(data_dir, row, forget)


def _bury(db: Session, row: Sitting, by: str) -> None:
    """The tombstone, and the number that nobody else may get."""
    keeping = db.get(StudyKeeping, row.study_id) or StudyKeeping(study_id=row.study_id)
    keeping.last_index = last_index(db, row.study_id)
    db.add(keeping)
    db.add(
        Tombstone(
            id=new_id(),
            study_id=row.study_id,
            at=now(),
            by=by,
            study_version=row.study_version,
            cell=row.cell,
            status=row.status,
            simulated=row.simulated,
            preview=row.preview,
        )
    )


def _blot_out(db: Session, row: Sitting) -> None:
    """An act about them keeps its kind, time and name alone; elsewhere what they are called is blotted out.

    That is in other acts, and in what researchers noted in the sessions of others.
    """
    invited = db.exec(select(PersonalLink.person).where(PersonalLink.session_id == row.id)).all()
    names = [name for name in (row.participant, row.id, row.platform_id, *invited) if name and len(name) >= SHORTEST]
    called = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.IGNORECASE)
    noted = (
        select(EventRow)
        .join(Sitting, col(Sitting.id) == col(EventRow.session_id))
        .where(Sitting.study_id == row.study_id, col(EventRow.kind).in_(BY_RESEARCHERS), Sitting.id != row.id)
    )
    for act in db.exec(select(ActRow).where(ActRow.study_id == row.study_id)):
        about_them = act.payload.get("participant") == row.participant
        _blot(act, ACT_CLASSES[act.kind], re.compile(r"(?s).+") if about_them else called)
    for entry in db.exec(noted):
        _blot(entry, EVENT_CLASSES[entry.kind], called)
    db.flush()


def _blot(row: ActRow | EventRow, kind: type[ActBase | EventBase], called: re.Pattern[str]) -> None:
    """Its free texts without the names."""
    texts = [name for name, field in kind.model_fields.items() if field.annotation is str]
    row.payload = row.payload | {
        name: called.sub(GONE, str(row.payload[name])) for name in texts if name in row.payload
    }


def _deletions(table: Table, key: Any) -> Iterator[Delete]:
    """Everything that points at this row, at any distance, the farthest first; then the row."""
    identity = table.c.id
    yield from _pointing(table, identity == key, {table.name})
    yield delete(table).where(identity == key)


def _pointing(table: Table, which: ColumnElement[bool], seen: set[str]) -> Iterator[Delete]:
    for child in Base.metadata.sorted_tables:
        for link in (key for key in child.foreign_keys if key.column.table is table and child.name not in seen):
            theirs = link.parent.in_(select_columns(link.column).where(which))
            yield from _pointing(child, theirs, seen | {child.name})
            yield delete(child).where(theirs)


def _elsewhere(data_dir: Path, row: Sitting, forget: Forget) -> int:
    """Out of the index and of every file that was made from the study since they began; how many files that were.

    Those hold their data: a table cannot be taken back out of a report. What jobs printed goes as well.
    """
    forget(row.id)
    since, removed = row.started_at.timestamp(), 0
    for folder in (results_folder(data_dir, row.study_id), exports_folder(data_dir, row.study_id)):
        removed += _remove_since(folder, since)
    _remove_since(jobs_folder(data_dir, row.study_id), since, keep=("lock", "job.json"))
    return removed


def _remove_since(folder: Path, since: float, keep: tuple[str, ...] = ()) -> int:
    made = [f for f in folder.rglob("*") if (f.is_file() or f.is_symlink()) and f.name not in keep]
    fresh = [file for file in made if file.lstat().st_mtime >= int(since)]
    for file in fresh:
        file.unlink(missing_ok=True)
    for empty in sorted({file.parent for file in fresh} - {folder}, reverse=True):
        if not any(empty.iterdir()):
            empty.rmdir()
    return len([file for file in fresh if file.parent == folder])
