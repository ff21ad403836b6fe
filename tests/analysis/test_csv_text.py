"""A frame as CSV: every cell comes back, and none is a formula."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.columns import COUNT, NUMBER, TEXT, TIME, YES_NO
from analysis.csv_text import safe_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_text_that_starts_a_formula_is_neutralised(start: str) -> None:
    frame = pd.DataFrame({"text": [f"{start}1+1", "fine", None], "value": [-1.5, 2.0, 3.0]})
    back = pd.read_csv(io.BytesIO(safe_csv(frame)), lineterminator="\n")
    assert back["text"].tolist()[:2] == [f"'{start}1+1".replace("\r", "\n"), "fine"]
    assert pd.isna(back["text"][2])
    assert back["value"].tolist() == [-1.5, 2.0, 3.0]


@pytest.mark.parametrize("text", ["fine\r=1+1", "fine\r\n=1+1", "\r\n=1+1", 'a"\r=1,"=1', "\r"])
def test_a_carriage_return_ends_no_row(text: str) -> None:
    written = safe_csv(pd.DataFrame({"text": [text, "fine"], "more": ["=2", None]}))
    assert b"\r" not in written
    rows = list(csv.reader(io.StringIO(written.decode(), newline="")))
    assert [len(row) for row in rows] == [2, 2, 2]
    assert not any(cell.startswith(("=", "\n")) for row in rows for cell in row)


CELLS = {
    "text": st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    "number": st.floats() | st.none(),
    "count": st.integers(-(2**63), 2**63 - 1),
    "whether": st.booleans(),
    "at": st.none()
    | st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),
}
DTYPES = {"text": TEXT, "number": NUMBER, "count": COUNT, "whether": YES_NO, "at": TIME}


@given(
    rows=st.lists(st.fixed_dictionaries(CELLS), max_size=8), names=st.permutations(list(CELLS)), most=st.integers(1, 5)
)
def test_every_cell_comes_back_as_what_it_was_or_marked(
    rows: list[dict[str, Any]], names: list[str], most: int
) -> None:
    shown = names[:most]
    frame = pd.DataFrame(rows, columns=list(CELLS)).astype(DTYPES)[shown]
    head, *read = csv.reader(io.StringIO(safe_csv(frame).decode(), newline=""))
    assert head == shown
    expected = [[written(row[name]) for name in shown] for row in rows]
    assert [[as_python_writes(*cell) for cell in zip(shown, row, strict=True)] for row in read] == expected


def as_python_writes(name: str, cell: str) -> str:
    """The same number: 1e+22, 1.0 and 1 are one."""
    return repr(float(cell)) if name == "number" and cell else cell


def written(value: Any) -> str:
    """What stands in the cell."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        return f"'{text}" if text and text[0] in "=+-@\t\n＝＋－＠" else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}+00:00"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None or value != value else str(value)


def test_frames_of_anything_else_are_written_too() -> None:
    frame = pd.DataFrame(
        {"kind": pd.Categorical(["=a", None]), "many": [["x, y"], None], "whole": pd.array([1, None], "Int64")}
    )
    assert safe_csv(frame).decode() == '"kind","many","whole"\n"\'=a","[\'x, y\']",1\n,,\n'
    assert safe_csv(pd.DataFrame({"only": ["", "a"]})).decode() == '"only"\n""\n"a"\n'
    assert safe_csv(pd.DataFrame({"a,b": []})).decode() == '"a,b"\n'
    assert safe_csv(pd.DataFrame()) == b""
