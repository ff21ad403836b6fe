"""A frame as CSV that no spreadsheet takes for anything but text and numbers.

Arrow writes it, some thousand rows at a time: cell by cell, half of an export's time would go into this, and a whole
table at once would stand in memory several times.
"""

import io
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from analysis.columns import TEXT
from study.plain_csv import FORMULA, RETURN

ROWS = 8_192
"""At once; with fewer, a second thread beside waits for the interpreter at every few of them."""
OPTIONS = csv.WriteOptions(batch_size=ROWS, quoting_style="needed")  # texts between quotes, all else without
APOSTROPHE, UTC, YES, NO, NOTHING = (
    pa.scalar(text, pa.large_string()) for text in ("'", "+00:00", "TRUE", "FALSE", "")
)
"""TRUE and FALSE: what R, pandas and spreadsheets all take for yes and no."""


def safe_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 CSV in which no text cell can start a formula: such cells get a leading apostrophe.

    Every line break becomes one line feed. Numbers are as exact as they are held, a missing value is an empty cell.
    """
    written = io.BytesIO()
    write_csv(frame, written)
    return written.getvalue()


def write_csv(frame: pd.DataFrame, file: IO[bytes]) -> None:
    """The same into a file that is open for writing, part by part."""
    cells = [_cells(column) for _name, column in frame.items()]
    if len(cells) == 1:  # a reader takes an empty line for none
        cells = [pc.fill_null(cells[0].cast(pa.large_string()), NOTHING)]
    csv.write_csv(pa.Table.from_arrays(cells, [str(name) for name in frame.columns]), file, OPTIONS)


def _cells(column: pd.Series) -> pa.Array:
    """A column as it is written: texts and numbers, null where there is none."""
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return pc.if_else(pa.array(column, pa.bool_()), YES, NO)
    if pd.api.types.is_numeric_dtype(kind):
        return pa.array(column, from_pandas=True)
    if isinstance(kind, pd.DatetimeTZDtype):
        moments = pa.array(column.dt.tz_convert("UTC").dt.tz_localize(None))
        written = moments.cast(pa.large_string())  # as 2026-01-31 09:30:00, with the fraction the column has
        return pc.binary_join_element_wise(written, UTC, NOTHING)
    return _harmless(pa.array(column.astype(TEXT), pa.large_string()))


def _harmless(cells: pa.Array) -> pa.Array:
    plain = pc.replace_substring_regex(cells, RETURN, "\n") if _any(pc.match_substring_regex(cells, RETURN)) else cells
    risky = pc.match_substring_regex(plain, FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise(APOSTROPHE, plain, NOTHING), plain) if _any(risky) else plain


def _any(found: pa.Array) -> bool:
    """Most columns hold nothing of the kind, and can stay as they are."""
    return bool(pc.any(found).as_py())
