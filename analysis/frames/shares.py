"""A large study is read by several processes: each makes the tables of some of the sessions, and they are joined in order."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, groupby
from pathlib import Path

import pyarrow as pa
from joblib import Parallel, cpu_count, delayed

from analysis.frames.reading import TABLES, Read, read
from study.database import open_database
from study.records import Record

MANY = 250_000
"""From so many events on, starting processes costs less than it saves."""
EVENTS = 50_000
"""In one share, about: the tables of a few shares have to fit into memory at the same time."""


def read_in_shares(record: Record, identifiers: bool, events: int = EVENTS) -> Read:
    """The same as `read`, by one process per core. A database that only this process can see is read by it alone."""
    if record.engine.url.database in (None, "", ":memory:"):
        return read(record, identifiers)
    url = record.engine.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory(prefix="atelier-frames-") as folder:
        places = [(share, Path(folder) / str(number)) for number, share in enumerate(shares(record, events))]
        jobs = (delayed(_written)(share, url, identifiers, place) for share, place in places)
        late = Parallel(n_jobs=min(cpu_count(), len(places)))(jobs)
        tables = {table.name: _joined([place / table.name for _, place in places]) for table in TABLES}
    return Read(tables, frozenset().union(*late))


def shares(record: Record, events: int) -> Iterator[Record]:
    """The record in parts of about so many events, sessions in their order; without the engine, which cannot travel."""
    before = accumulate((record.last.get(row.id, 0) for row in record.sessions), initial=0)
    numbered = ((start // events, row) for start, row in zip(before, record.sessions, strict=False))
    for _, rows in groupby(numbered, key=lambda one: one[0]):
        yield replace(record, sessions=[row for _, row in rows], engine=None)


def _written(share: Record, url: str, identifiers: bool, folder: Path) -> frozenset[str]:
    """Reads a share in a process of its own and leaves its tables in the folder."""
    engine = open_database(url)
    found = read(replace(share, engine=engine), identifiers)
    engine.dispose()
    folder.mkdir()
    for name, table in found.tables.items():
        with pa.OSFile(str(folder / name), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    return found.late


def _joined(files: list[Path]) -> pa.Table:
    found = []
    for file in files:
        with _opened(file) as source:
            found.append(pa.ipc.open_file(source).read_all())
    return pa.concat_tables(found)


def _opened(file: Path) -> pa.NativeFile:
    """Where a file may be removed while it is looked at, its tables stay in it: nothing is copied into memory."""
    return pa.memory_map(str(file)) if os.name == "posix" else pa.OSFile(str(file), "rb")
