"""Rows → columns → data frames. Values go straight into Arrow, session by session, and from there to pandas.

What a million rows of text take as Python objects would be several times what they take here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from analysis.columns import COUNT, NUMBER, TEXT, TIME, YES_NO, Column, Table
from analysis.frames.one_session import OneSession, Row

ARROW = {
    TEXT: pa.large_string(),
    NUMBER: pa.float64(),
    COUNT: pa.int64(),
    YES_NO: pa.bool_(),
    TIME: pa.timestamp("us", tz="UTC"),
}
AS_IT_IS = {bytes, memoryview, type(None)}
"""What a column of JSON takes unread: JSON that was never taken apart, and nothing."""
MANY_BYTES = 32 * 2**20
"""To put a larger table together would cost more than rows are then found faster."""
STRING = pd.StringDtype(na_value=np.nan)


class Making:
    """A frame in the making: takes session after session, gives its table at the end."""

    def __init__(self, table: Table, identifiers: bool = False) -> None:
        self.table, self.columns = table, table.shown(identifiers)
        self._readers = {column.name: _reader(column.source) for column in self.columns}
        self._values: dict[str, list[Any]] = {column.name: [] for column in self.columns}
        self._done: dict[str, list[pa.Array]] = {column.name: [] for column in self.columns}

    def add(self, one: OneSession) -> None:
        """The rows of one more session."""
        rows = self.table.rows(one) if self.table.rows else [(entry, {}) for entry in one.of(*self.table.kinds)]
        self.add_rows(one, list(rows))

    def add_rows(self, one: OneSession, rows: Sequence[Row]) -> None:
        """Rows that are there already; each has values for the same derived columns."""
        if not rows:
            return
        derived = rows[0][1]
        for name, values in self._values.items():
            values += [given[name] for _, given in rows] if name in derived else self._readers[name](one, rows)

    def made(self) -> pa.Table:
        """Everything that was added, with exactly the declared columns and dtypes, also when that is nothing."""
        self.put_away()
        arrays = [pa.chunked_array(self._done[c.name], ARROW[c.dtype]) for c in self.columns]
        return pa.Table.from_arrays(arrays, names=[c.name for c in self.columns])

    def put_away(self) -> None:
        """Turn what was added into Arrow; until then it stands in memory as Python objects."""
        for column in self.columns:
            self._done[column.name].append(_array(column, self._values[column.name]))
            self._values[column.name] = []


def frame_of(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with exactly the declared columns and dtypes, also when there are none."""
    listed = list(rows)
    arrays = {c.name: _array(c, [row[c.name] for row in listed]) for c in columns}
    return to_pandas(pa.table(arrays))


def as_json(value: Any) -> str:
    """A nested value as one line of JSON with sorted keys, without spaces."""
    return json_line(value).decode()


def json_line(value: Any) -> bytes:
    """The same in UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.unit != "JSON":
        return pa.array(values, ARROW[column.dtype])
    return _long_texts([value if type(value) in AS_IT_IS else json_line(value) for value in values])


def _long_texts(lines: Sequence[bytes | memoryview | None]) -> pa.Array:
    """The same as `pa.array`, which would move long texts again and again while its memory grows."""
    there = np.array([line is not None for line in lines], dtype=bool)
    texts = [line or b"" for line in lines]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    buffers = pa.py_buffer(ends), pa.py_buffer(b"".join(texts)), pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.LargeStringArray.from_buffers(len(lines), *buffers)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """The frame of a table; texts stay in Arrow's memory, in one piece where they are not many."""
    whole = table.combine_chunks() if table.nbytes < MANY_BYTES else table
    return whole.to_pandas(types_mapper={pa.large_string(): STRING}.get)


Reader = Callable[[OneSession, Sequence[Row]], list[Any]]


def _reader(source: str) -> Reader:
    """How the values of a column are read where they are not derived; what is not there is None."""
    root, *path = source.split(".")
    if root == "session":
        of_session = attrgetter(path[0])
        return lambda one, rows: [of_session(one.row)] * len(rows)
    if root == "event" and len(path) == 1:
        (name,) = path
        return lambda one, rows: [entry.payload.get(name) if entry else None for entry, _ in rows]
    if root == "event" and len(path) == 2:
        outer, inner = path
        return lambda one, rows: [entry.payload[outer][inner] if entry else None for entry, _ in rows]
    if root in ("logged", "place"):
        of_entry = attrgetter(path[0])
        return lambda one, rows: [of_entry(entry) if entry else None for entry, _ in rows]
    return lambda one, rows: [None] * len(rows)
