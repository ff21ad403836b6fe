"""A frame as CSV that no spreadsheet takes for anything but text and numbers.

Whole columns of some thousand rows are written at once, by Arrow: cell by cell, half of an export's time went into this.
"""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.columns import TEXT
from study.plain_csv import FORMULA, RETURN

ROWS = 2_000
"""At once; what is made on the way to so many fits into a processor's cache."""
QUOTED = r'[",\n]'
"""What a cell may hold only between quotes."""
APOSTROPHE, QUOTE, COMMA, LINE, UTC, YES, NO, NOTHING = (
    pa.scalar(text, pa.large_string()) for text in ("'", '"', ",", "\n", "+00:00", "True", "False", "")
)
MOMENT = "%Y-%m-%d %H:%M:%S"
"""Arrow adds the fraction of the second, as far as the column has one."""


def safe_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text cell can start a formula: such cells get a leading apostrophe.

    Every line break becomes one line feed. Numbers are as exact as they are held, a missing value is an empty cell.
    """
    lines = _lines(pa.array([str(name)], pa.large_string()) for name in frame.columns)
    for start in range(0, len(frame), ROWS):
        part = frame.iloc[start : start + ROWS]
        lines += _lines(_cells(column) for _name, column in part.items())
    return b"".join(lines)


def _lines(columns: Iterable[pa.Array]) -> list[bytes]:
    """These columns side by side."""
    cells = [_quoted(column) for column in columns]
    if len(cells) == 1:  # a reader takes an empty line for none
        cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
    if not cells:
        return []
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*cells, COMMA), LINE, NOTHING)
    return list(lines.cast(pa.large_binary()).to_pylist())


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
        written = pc.strftime(moments, format=MOMENT).cast(pa.large_string())
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
