"""A study as one file: its protocol in every version with all that they include, and, if wanted, its sessions.

Links, personal invitations and members are never in it. With sessions it holds everybody's data, platform ids included,
and what researchers said of them: codes, memos, acts.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.act_log import record_act, record_act_in
from study.acts import Exported, StudyCopied
from study.archive import ArchiveInvalid, Reading, reading_archive, writing_archive
from study.database import snapshot, stored, writing
from study.draft import is_too_long
from study.errors import AtelierError
from study.events import EVENT
from study.file_rows import of_version_in
from study.log import UNSTORABLE
from study.packing_notes import ACTS, CODES, act_lines, coded_lines, put_acts, put_coded
from study.protocol import Mechanisms, Protocol
from study.protocol_file import check_mechanisms
from study.sealing import seal_of
from study.settings import VERSION
from study.shelf import is_path
from study.studies import create_study_in, get_study, protocol_of, version_row
from study.tables import Base, EventRow, Sitting, Study, StudyFile, StudyVersion, VersionFile, VersionText

KIND = "study"
MAX_BYTES = 2 * 10**9
MAX_UPLOAD = 200 * 10**6
"""What a page takes; a larger file goes in by the command."""
MAX_VERSIONS = 1_000
DAY: TypeAdapter[datetime] = TypeAdapter(datetime)


def pack(engine: Engine, study_id: str, target: Path, sessions: bool, by: str) -> Path:
    """Write a study into one file; with sessions that is an act. Raises NotFound, or AtelierError if it cannot be."""
    get_study(engine, study_id)
    with writing_archive(target, KIND, app_version=VERSION, sessions=sessions) as archive, snapshot(engine) as db:
        study = db.get_one(Study, study_id)
        about = {"id": study.id, "model": study.model, "seed": study.seed, "version": study.version}
        archive.add("study.json", [_json(about)])
        versions = select(StudyVersion).where(StudyVersion.study_id == study_id).order_by(col(StudyVersion.number))
        for row in db.exec(versions):
            held = {"number": row.number, "note": row.note, "created_at": row.created_at, "protocol": row.protocol}
            if text := db.get(VersionText, (study_id, row.number)):
                held["text"] = text.text
            if files := of_version_in(db, study_id, row.number):
                held["files"] = files
            archive.add(f"versions/{row.number}.json", [_json(held)])
        count = 0
        if sessions:
            theirs = select(Sitting).where(Sitting.study_id == study_id, col(Sitting.preview).is_(False))
            archive.add("sessions.jsonl", _lines(db.exec(theirs.order_by(col(Sitting.allocation_index)))))
            said = select(EventRow).join(Sitting).where(Sitting.study_id == study_id, col(Sitting.preview).is_(False))
            count = db.exec(select(func.count()).select_from(said.subquery())).one()
            archive.add("events.jsonl", _lines(db.exec(said.order_by(col(EventRow.session_id), col(EventRow.seq)))))
            archive.add(CODES, coded_lines(db, study_id))
            archive.add(ACTS, act_lines(db, study_id))
    if sessions:
        what = "the study as one file, with every session and platform ids"
        now = seal_of(engine, study_id)
        complete, sealed = now.people.complete, now.is_sealed
        act = Exported(what=what, rows=count, identifiers=True, complete=complete, sealed=sealed)
        record_act(engine, study_id, by, act)
    return target


def unpack(
    engine: Engine, source: Path | IO[bytes], mechanisms: Mechanisms, by: str, max_bytes: int = MAX_BYTES
) -> Study:
    """Make a study of a file, as a draft; its id is numbered if it is taken. All of it, or nothing.

    Raises ArchiveInvalid for what is no such file, and ProtocolInvalid for a protocol that this version does not take.
    """
    with reading_archive(source, KIND, max_bytes) as archive:
        try:
            return _unpacked(engine, archive, mechanisms, by)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise ArchiveInvalid(
                f"The study in the file does not fit this version: {where}: {first['msg']}."
            ) from error
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ArchiveInvalid(f"The study in the file cannot be read ({type(error).__name__}: {error}).") from error


def duplicate(engine: Engine, study_id: str, by: str) -> Study:
    """The same study once more, as a draft without participants: what new ones get now, the same model, a new seed."""
    source = get_study(engine, study_id)
    with writing(engine) as db:
        study = create_study_in(db, protocol_of(source), by=by, model=source.model)
        if text := db.get(VersionText, (study_id, source.version)):
            db.add(VersionText(study_id=study.id, number=study.version, text=text.text))
        db.add(version_row(study, study.created_at, f"as version {source.version} of {study_id}"))
        db.add_all(
            _files(study.id, [(study.version, of_version_in(db, study_id, source.version))], by, study.created_at)
        )
        record_act_in(db, study.id, by, StudyCopied(source=study_id))
    return study


def _unpacked(engine: Engine, archive: Reading, mechanisms: Mechanisms, by: str) -> Study:
    held = json.loads(archive.bytes("study.json"))
    numbers = range(1, int(held["version"]) + 1)
    wanted = {"study.json", *(f"versions/{number}.json" for number in numbers[:MAX_VERSIONS])}
    more = {"sessions.jsonl", "events.jsonl"} if archive.about.get("sessions") else set()
    more |= {CODES, ACTS} & set(archive.names) if more else set()  # files of before they were in it have none
    if unknown := sorted(set(archive.names) ^ (wanted | more)):
        raise ArchiveInvalid(
            f"The file should hold {len(wanted | more)} parts of a study; '{unknown[0][:80]}' does not fit."
        )
    versions = [json.loads(archive.bytes(f"versions/{number}.json")) for number in numbers]
    protocols = [Protocol.model_validate(version["protocol"]) for version in versions]
    for protocol in protocols:
        check_mechanisms(protocol, mechanisms)
    if len({protocol.id for protocol in protocols}) != 1:
        raise ArchiveInvalid("The versions in the file are not of one protocol.")
    with writing(engine) as db:
        model = _text(held["model"])
        study = create_study_in(db, protocols[-1], seed=int(held["seed"]), by=by, model=model)
        study.version = len(protocols)
        db.add(study)
        db.add_all(_version(study, *one) for one in zip(numbers, versions, protocols, strict=True))
        db.add_all(_texts(study.id, numbers, versions))
        files = [(number, _held_files(held)) for number, held in zip(numbers, versions, strict=True)]
        db.add_all(_files(study.id, files, by, study.created_at))
        count = _put_sessions(db, study, archive) if more else 0
        if ACTS in more:
            put_acts(db, study.id, archive.lines(ACTS))
        if CODES in more:
            put_coded(db, study.id, archive.lines(CODES))
        record_act_in(db, study.id, by, StudyCopied(source=_text(held["id"]), sessions=count))
    return study


def _version(study: Study, number: int, held: dict[str, Any], protocol: Protocol) -> StudyVersion:
    return StudyVersion(
        study_id=study.id,
        number=number,
        protocol_hash=protocol.content_hash(),
        protocol=protocol.model_dump(mode="json"),
        created_at=DAY.validate_python(held["created_at"]),
        note=_text(held["note"]),
    )


def _texts(study_id: str, numbers: Iterable[int], versions: Iterable[dict[str, Any]]) -> Iterator[VersionText]:
    """The texts that versions were made from, of those that had one."""
    for number, held in zip(numbers, versions, strict=True):
        if isinstance(held.get("text"), str):
            yield VersionText(study_id=study_id, number=number, text=UNSTORABLE.sub("", held["text"]))


def _held_files(held: dict[str, Any]) -> dict[str, str]:
    """The files that a version was made with. Raises ArchiveInvalid for one that no study has."""
    files = {str(path): UNSTORABLE.sub("", str(text)) for path, text in dict(held.get("files") or {}).items()}
    if wrong := next((path for path in files if not is_path(path) or is_too_long(files[path])), None):
        raise ArchiveInvalid(f"The file holds '{wrong[:80]}', which is no task, instrument or translation of a study.")
    return files


def _files(
    study_id: str, versions: list[tuple[int, dict[str, str]]], by: str, at: datetime
) -> Iterator[VersionFile | StudyFile]:
    """The files of every version, and those of the last one to go on with."""
    for number, files in versions:
        for path, text in files.items():
            yield VersionFile(study_id=study_id, number=number, path=path, text=text)
    for path, text in versions[-1][1].items():
        yield StudyFile(study_id=study_id, path=path, text=text, revision=1, by=by, at=at)


def _put_sessions(db: Session, study: Study, archive: Reading) -> int:
    """Sessions and events as they were, checked one by one; those that are here already are not put in twice."""
    known: set[str] = set()
    for line in archive.lines("sessions.jsonl"):
        row = Sitting.model_validate({**line, "study_id": study.id, "lease": "", "preview": False})
        if not 1 <= row.study_version <= study.version:
            raise ArchiveInvalid(
                f"{row.participant} in the file is on version {row.study_version}, which is not in it."
            )
        if db.get(Sitting, row.id) is not None:
            raise AtelierError("The sessions in the file are in the record already; import the study without them.")
        known.add(row.id)
        db.add(row)
    db.flush()
    for line in archive.lines("events.jsonl"):
        payload = EVENT.validate_python(line["payload"]).model_dump(mode="json")
        given = {name: value for name, value in line.items() if name in _names(EventRow)}
        row_of = EventRow.model_validate({**given, "payload": payload, "kind": payload["kind"]})
        if row_of.session_id not in known:
            raise ArchiveInvalid("The file holds an event of a session that is not in it.")
        db.add(row_of)
    db.flush()
    return len(known)


def _lines(rows: Iterable[Any]) -> Iterator[bytes]:
    return (_json(row.model_dump(include=_names(type(row)))) for row in rows)


def _names(kind: type[Sitting | EventRow]) -> set[str]:
    """What a row says itself, without what the database takes out of it."""
    return {column.name for column in stored(Base.metadata.tables[kind.__tablename__])}


def _json(value: Any) -> bytes:
    return (json.dumps(value, default=_as_text, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _as_text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a file")


def _text(value: Any) -> str:
    return UNSTORABLE.sub("", str(value))[:1_000]
