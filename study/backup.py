"""A backup of everything while people take part, and putting it back into an empty installation.

Every table is read in one transaction that sees the record as it was at its first query, whatever is written meanwhile;
so one file serves SQLite and PostgreSQL alike, and goes from one to the other. Beside them are the folders that cannot be made
anew, or not soon; so never an earlier backup, which would keep who was erased since.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Date, DateTime, Engine, Table, TypeDecorator, insert, select
from sqlmodel import Session, func

from study.advance import Advance
from study.archive import ArchiveInvalid, Reading, is_plain, reading_archive, writing_archive
from study.database import snapshot, stored, writing
from study.errors import AtelierError
from study.log import now
from study.settings import VERSION
from study.tables import Base

KIND = "backup"
FOLDERS = ("power", "results")
"""Folders of the data folder that are backed up: reports, and simulations of power. The index and exports are made anew."""
MAX_BYTES = 200 * 10**9
ROWS = 1_000


def back_up(engine: Engine, data_dir: Path, target: Path, advance: Advance) -> int:
    """Write everything into one file; how many rows. People may go on writing: it is the record of one moment."""
    files, tables = _files(data_dir, target), Base.metadata.sorted_tables
    counts: dict[str, int] = {}
    with writing_archive(target, KIND, app_version=VERSION, made_at=now().isoformat(), tables=counts) as archive:
        with snapshot(engine) as db:
            counts |= {table.name: db.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
            for done, table in enumerate(tables, start=1):
                archive.add(f"tables/{table.name}.jsonl", _dumped(db, table))
                advance(done, len(tables) + len(files), f"the table {table.name}")
        for done, (name, file) in enumerate(files.items(), start=len(tables) + 1):
            with suppress(FileNotFoundError), file.open("rb") as held:  # an erasure or a newer one removed it meanwhile
                archive.add(f"files/{name}", _read(held))
            advance(done, len(tables) + len(files), name)
    return sum(counts.values())


def restore(engine: Engine, data_dir: Path, source: Path, advance: Advance) -> int:
    """Put a backup into an empty installation; how many rows. All of it, or nothing.

    Raises AtelierError if there is anything already, and ArchiveInvalid for a file that is damaged or no backup.
    """
    with reading_archive(source, KIND, MAX_BYTES) as archive:
        known = {f"tables/{table.name}.jsonl": table for table in Base.metadata.sorted_tables}
        files = [name for name in archive.names if name.startswith("files/")]
        if unknown := sorted(set(archive.names) - set(known) - set(files)):
            raise ArchiveInvalid(
                f"The backup holds {unknown[0]}, which this version does not know. Install a newer one."
            )
        made: list[Path] = []
        try:
            with writing(engine) as db:
                _refuse_if_used(db, data_dir, files)
                rows = 0
                for done, (name, table) in enumerate(known.items(), start=1):
                    rows += _filled(db, table, archive, name) if name in archive.names else 0
                    advance(done, len(known) + len(files), f"the table {table.name}")
                for done, name in enumerate(files, start=len(known) + 1):
                    made.append(data_dir / name.removeprefix("files/"))
                    _written(made[-1], archive, name)
                    advance(done, len(known) + len(files), name)
        except BaseException:
            for file in made:
                file.unlink(missing_ok=True)
            raise
    return rows


def _files(data_dir: Path, target: Path) -> dict[str, Path]:
    """Name → file, of what is backed up of the data folder; links are not followed."""
    found = {}
    for file in (one for folder in FOLDERS for one in sorted((data_dir / folder).rglob("*"))):
        name = file.relative_to(data_dir)
        hidden = any(part.startswith(".") for part in name.parts)
        plain = file.is_file() and not file.is_symlink() and is_plain(name.as_posix())
        if plain and not hidden and file.resolve() != target.resolve():
            found[name.as_posix()] = file
    return found


def _read(held: IO[bytes]) -> Iterator[bytes]:
    while part := held.read(1 << 20):
        yield part


def _dumped(db: Session, table: Table) -> Iterator[bytes]:
    query = select(*stored(table)).order_by(*table.primary_key.columns).execution_options(yield_per=ROWS)
    for part in db.execute(query).mappings().partitions(ROWS):
        lines = (json.dumps(dict(row), default=_as_text, ensure_ascii=False) + "\n" for row in part)
        yield "".join(lines).encode()


def _as_text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a backup")


def _refuse_if_used(db: Session, data_dir: Path, files: list[str]) -> None:
    for table in Base.metadata.sorted_tables:
        if db.execute(select(func.count()).select_from(table)).scalar_one():
            raise AtelierError(
                "There are data here already, and a backup is not mixed with them. Restore it into an empty folder: "
                "--into ANOTHER_FOLDER, or another DATABASE_URL."
            )
    if there := [name for name in files if (data_dir / name.removeprefix("files/")).exists()]:
        raise AtelierError(
            f"{there[0].removeprefix('files/')} is in the folder {data_dir} already. Name an empty folder."
        )


def _filled(db: Session, table: Table, archive: Reading, name: str) -> int:
    count, rows = 0, list[dict[str, Any]]()
    readers = {column.name: _reader(column.type) for column in stored(table)}
    try:
        for line in archive.lines(name):
            rows.append({key: value if value is None else readers[key](value) for key, value in line.items()})
            count += 1
            if len(rows) == ROWS:
                db.execute(insert(table), rows)
                rows = []
        if rows:
            db.execute(insert(table), rows)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ArchiveInvalid(
            f"{name} in the backup does not fit this version ({error}). Install the one it is of."
        ) from error
    if count != archive.about["tables"].get(table.name):
        raise ArchiveInvalid(
            f"{name} in the backup has {count} rows, not as many as it should. Use another copy of it."
        )
    return count


def _reader(kind: Any) -> Any:
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(plain, DateTime):
        return datetime.fromisoformat
    return date.fromisoformat if isinstance(plain, Date) else lambda value: value


def _written(target: Path, archive: Reading, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        for part in archive.parts(name):
            out.write(part)
