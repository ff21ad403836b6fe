"""Erasing one participant: the one true deletion. What they left goes from every store; a tombstone keeps the counts true.

Rows go in one transaction that holds the study and the session: who was writing for this session comes before it or
finds that there is none (NotFound). The place in the cell is free again, as nothing of it is left to analyse.
Out of reach, and named by `warnings`: backups, logs of servers, and files that were taken away.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import ColumnElement, Delete, Engine, Table, delete
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select

from study.act_log import LoggedAct, record_act_in
from study.acts import ParticipantErased
from study.blotting import blot_out_in
from study.clock import Clock, in_utc
from study.database import clean, owe_wiping, reading, writing
from study.enrolment import last_index
from study.errors import AtelierError, NotFound
from study.exports_folder import exports_folder
from study.fetching import taken_away
from study.jobs import jobs_folder
from study.log import UNSTORABLE, hold, new_id, now
from study.recruitment import MAX_PARAM_LENGTH, platform_id
from study.results_folder import results_folder
from study.sign_ins import hashed
from study.tables import Base, PersonalLink, SessionToken, Sitting, StudyKeeping, Tombstone
from study.versions import protocols

STILL_READ = (
    "Somebody was reading the database, or takes part in a study, so that its file may still hold old text in places. The "
    "app wipes it by itself, within a minute of when that has ended; if it does not run, at its next start."
)
TOKEN, MOST_TOKENS = re.compile(r"[A-Za-z0-9_-]{20,}"), 10
OWN = "app:participant"
"""By whom, where participants erase their own data."""
Forget = Callable[[str], None]
"""Takes a session out of what is kept beside the database: the index, and whatever is at work for it."""


@dataclass(frozen=True)
class Erased:
    """What was done. `files`: reports and exports that were removed; `clean`: the database's files hold nothing of it."""

    files: int
    clean: bool


def find(engine: Engine, study_id: str, who: str) -> Sitting:
    """The session of a participant: by pseudonym (P007), by a link, or by the id that their platform or an invitation gave them.

    A link is theirs by the token in it, or by the id with which the platform filled it in. A pseudonym goes before an id
    that reads the same; `warnings` says so. Raises NotFound, saying so where the pseudonym is that of somebody who was
    erased before, and AtelierError where several people are meant.
    """
    said = UNSTORABLE.sub("", who.strip())
    with reading(engine) as db:
        called = Sitting.participant == said.upper()
        row = db.exec(select(Sitting).where(Sitting.study_id == study_id, called)).first()
        if row is not None:
            return row
        gone = _was_given(db, study_id, said)
    found = _led_by(engine, study_id, said)
    if len(found) > 1:
        names = ", ".join(one.participant for one in found)
        raise AtelierError(
            f"That leads to {len(found)} participants: {names}. Write the pseudonym of the one who is meant."
        )
    if not found and gone:
        raise NotFound(f"{said.upper()} was erased already; nothing of them is left in the study '{study_id}'.")
    if not found:
        raise NotFound(
            f"Nobody in the study '{study_id}' is called so or has this id or link. Write a pseudonym such as P007, the id "
            "they came with, or their link as it was given; a link of who was erased already leads to nobody any more."
        )
    return found[0]


def _led_by(engine: Engine, study_id: str, said: str) -> list[Sitting]:
    """The sessions to which a token, or an id, in what was said leads, in order."""
    tokens, ids = [hashed(one) for one in TOKEN.findall(said)[:MOST_TOKENS]], _ids_in(engine, study_id, said)
    led = select(SessionToken.session_id).where(col(SessionToken.token_hash).in_(tokens))
    of_study = PersonalLink.study_id == study_id
    invited = select(PersonalLink.session_id).where(
        of_study, or_(col(PersonalLink.token_hash).in_(tokens), col(PersonalLink.person) == said)
    )
    theirs = or_(col(Sitting.platform_id).in_(ids), col(Sitting.id).in_(led), col(Sitting.id).in_(invited))
    query = select(Sitting).where(Sitting.study_id == study_id, theirs).order_by(col(Sitting.allocation_index))
    with reading(engine) as db:
        return list(db.exec(query))


def _ids_in(engine: Engine, study_id: str, said: str) -> set[str]:
    """What may be an id of the platform: all that was said, or what stands in the link where any version looks for it."""
    given = {name: values[0] for name, values in parse_qs(said.partition("?")[2].partition("#")[0]).items()}
    versions = protocols(engine, study_id).values() if given else ()
    in_link = {platform_id(given, one.recruitment.id_parameters) for one in versions}
    return {one for one in (said[:MAX_PARAM_LENGTH], *in_link) if one}


def _was_given(db: Session, study_id: str, said: str) -> bool:
    """Whether this pseudonym, which nobody has, was somebody's: of those who were erased numbers alone are kept."""
    held, number = db.get(StudyKeeping, study_id), re.fullmatch(r"[PSX]0*([1-9][0-9]{0,8})", said.upper(), re.ASCII)
    if not (held and number) or int(number[1]) > held.last_index:
        return False
    same = select(Sitting.id).where(Sitting.study_id == study_id, Sitting.allocation_index == int(number[1]))
    return db.exec(same).first() is None


def out_of_reach(engine: Engine, row: Sitting) -> list[LoggedAct]:
    """The exports and reports that were made since this participant began and taken away; copies may lie elsewhere."""
    return taken_away(engine, row.study_id, row.started_at)


def warnings(engine: Engine, row: Sitting, clock: Clock = in_utc) -> list[str]:
    """What somebody should know before they erase a participant."""
    others = [one.participant for one in _led_by(engine, row.study_id, row.participant) if one.id != row.id]
    mistaken = " and ".join(others)
    taken = [f"{clock(one.at)} by {one.by} ({one.act.what})" for one in out_of_reach(engine, row)]
    return [
        f"{row.participant} began on {clock(row.started_at)} and is {row.status.replace('_', ' ')}. What they wrote and "
        "answered, their links and everything derived from it are removed for good; their place is free again.",
        "Reports and exports that were made since then are removed from the data folder; make them anew afterwards.",
        "Not reached: backups, files that were taken away, the logs of the server and of a proxy before it (addresses of "
        "links stand in them), and the protocol itself, should its texts name them. Delete or replace those yourself.",
        *(
            [f"{mistaken} came with the id {row.participant}. If they are meant, look for {mistaken}."]
            if mistaken
            else []
        ),
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
        blot_out_in(db, held)
        for statement in deletions(Base.metadata.tables["session"], held.id):
            db.execute(statement)
        owe_wiping(db)
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


def deletions(table: Table, key: Any) -> Iterator[Delete]:
    """Everything that points at the row with this id, at any distance, the farthest first; then the row."""
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
