"""A frame as CSV that no spreadsheet takes for anything but text and numbers.

Whole columns of some thousand rows are written at once, by Arrow: cell by cell, half of an export's time went into this.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.columns import TEXT
from study.plain_csv import FORMULA, RETURN

ROWS = 20_000
"""At once; with fewer, a second thread beside waits for the interpreter at every few of them."""
QUOTED = r'[",\n]'
"""What a cell may hold only between quotes."""
APOSTROPHE, QUOTE, COMMA, LINE, UTC, YES, NO, NOTHING = (
    pa.scalar(text, pa.large_string()) for text in ("'", '"', ",", "\n", "+00:00", "True", "False", "")
)


def safe_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text cell can start a formula: such cells get a leading apostrophe.

    Every line break becomes one line feed. Numbers are as exact as they are held, a missing value is an empty cell.
    """
    parts = _lines(pa.array([str(name)], pa.large_string()) for name in frame.columns)
    for start in range(0, len(frame), ROWS):
        part = frame.iloc[start : start + ROWS]
        parts += _lines(_cells(column) for _name, column in part.items())
    return b"".join(parts)


def _lines(columns: Iterable[pa.Array]) -> list[memoryview]:
    """These columns side by side, as the texts that Arrow holds them in."""
    cells = [_quoted(column) for column in columns]
    if len(cells) == 1:  # a reader takes an empty line for none
        cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
    if not cells:
        return []
    last = pc.binary_join_element_wise(cells[-1], LINE, NOTHING)
    lines = pc.binary_join_element_wise(*cells[:-1], last, COMMA)
    return [_text(chunk) for chunk in (lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines])]


def _text(lines: pa.Array) -> memoryview:
    _, ends, text = lines.buffers()
    begin, end = np.frombuffer(ends, np.int64)[[lines.offset, lines.offset + len(lines)]]
    return memoryview(text)[begin:end]


def _cells(column: pd.Series) -> pa.Array:
    """A column as texts, not quoted yet."""
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return pc.fill_null(pc.if_else(pa.array(column, pa.bool_()), YES, NO), NOTHING)
    if pd.api.types.is_integer_dtype(kind):
        return pc.fill_null(pa.array(column).cast(pa.large_string()), NOTHING)
    if pd.api.types.is_float_dtype(kind):
        return pa.array([repr(value) if value == value else "" for value in column.tolist()], pa.large_string())
    if isinstance(kind, pd.DatetimeTZDtype):
        moments = pa.array(column.dt.tz_convert("UTC").dt.tz_localize(None))
        written = moments.cast(pa.large_string())  # as 2026-01-31 09:30:00, with the fraction the column has
        return pc.fill_null(pc.binary_join_element_wise(written, UTC, NOTHING), NOTHING)
    return _harmless(_texts(column))


def _texts(column: pd.Series) -> pa.Array:
    return pc.fill_null(pa.array(column.astype(TEXT), pa.large_string()), NOTHING)


def _harmless(cells: pa.Array) -> pa.Array:
    plain = pc.replace_substring_regex(cells, RETURN, "\n") if _any(pc.match_substring_regex(cells, RETURN)) else cells
    risky = pc.match_substring_regex(plain, FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise(APOSTROPHE, plain, NOTHING), plain) if _any(risky) else plain


def _quoted(cells: pa.Array) -> pa.Array:
    open_ones = pc.match_substring_regex(cells, QUOTED)
    if not _any(open_ones):
        return cells
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(open_ones, pc.binary_join_element_wise(QUOTE, doubled, QUOTE, NOTHING), cells)


def _any(found: pa.Array) -> bool:
    """Most columns hold nothing of the kind, and can stay as they are."""
    return bool(pc.any(found).as_py())
