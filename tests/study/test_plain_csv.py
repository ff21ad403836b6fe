"""Lists of ids that a researcher gives, and tables that leave as CSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import AtelierError
from study.plain_csv import MAX_IDS, as_csv, read_ids


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb\r\n\r\n", ["a", "b"]),
        (b"\xef\xbb\xbfid\na\n", ["a"]),
        (b" ID \n a b \n", ["a b"]),
        (b"name,id\nAda,7\nGrace,8\n", ["7", "8"]),
        (b"name;id\nAda, the first;7\n", ["7"]),
        (b"id\tname\n7\tAda\n", ["7"]),
        ("id\nÄgid\n王\n".encode(), ["Ägid", "王"]),
        (b'id\n"a, b"\n', ["a, b"]),
        (b"=1+1\n", ["=1+1"]),
    ],
)
def test_ids_are_read(data: bytes, ids: list[str]) -> None:
    assert read_ids(data) == ids


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "ids.csv is empty"),
        (b" \n\n", "ids.csv is empty"),
        (b"id\n", "has a heading and no ids"),
        (b"a\nb\na\n", "line 3: “a” stands on line 1 already"),
        (b"id,name\n1,a\n,b\n", "line 3: there is no id"),
        (b"Ada,7\nGrace,8\n", "Head the one with the ids “id”"),
        ("ä".encode("latin-1"), "not UTF-8"),
        ("id\na\n".encode("utf-16"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00", "not UTF-8"),
        (b"a\x00b\n", "cannot be printed"),
        (b"x" * 101, "longer than 100"),
        (b"id\n" + b"".join(b"%d\n" % n for n in range(MAX_IDS + 1)), "10,001 ids; 10,000 can be given at a time"),
        (b'"' + b"x" * 200_000, "longer than 100|no CSV"),
    ],
)
def test_trouble_is_answered_in_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(AtelierError, match=reason) as refused:
        read_ids(data, "ids.csv")
    assert "\n" not in str(refused.value)


def test_ten_thousand_ids_are_read() -> None:
    assert len(read_ids(b"".join(b"%d\n" % n for n in range(MAX_IDS)))) == MAX_IDS


@given(st.binary(max_size=200))
def test_whatever_is_given_is_a_list_or_a_sentence(data: bytes) -> None:
    try:
        found = read_ids(data)
    except AtelierError:
        return
    assert found and len(set(found)) == len(found)


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0")), min_size=1))
def test_a_table_comes_back_and_no_cell_begins_a_formula(cells: list[str]) -> None:
    header, row = csv.reader(io.StringIO(as_csv(["x"] * len(cells), [cells]).decode(), newline=""))
    assert [cell[:1] in "=+-@\t\r" and cell != "" for cell in row] == [False] * len(cells)
    assert [now.removeprefix("'") for now in row] == [old.removeprefix("'") for old in cells]
    assert header == ["x"] * len(cells)
