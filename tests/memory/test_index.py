"""The index: disposable, one place for the scope, one process for a folder."""

import math
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.index import DIMENSIONS, Index, embed
from study.errors import SettingsInvalid

ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    """What a Python process of its own prints for this code."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "index")
    yield made
    made.close()


@given(st.text(max_size=60))
def test_an_embedding_is_a_unit_vector_or_nothing(text: str) -> None:
    vector = embed(text)
    length = math.sqrt(sum(x * x for x in vector))
    assert len(vector) == DIMENSIONS
    assert length == pytest.approx(1, abs=1e-5) or not any(vector)


def test_an_embedding_is_the_same_in_every_process() -> None:
    code = "from memory.index import embed; print(sum(n * x for n, x in enumerate(embed('close to the sea'))))"
    here = sum(n * x for n, x in enumerate(embed("close to the sea")))
    assert float(python(code)) == here


def test_shared_words_are_nearer_than_none() -> None:
    def likeness(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))

    assert likeness("I like hiking", "hiking trails") > likeness("I like hiking", "cheap dinner") + 0.1


def test_importing_the_index_does_not_import_chromadb() -> None:
    assert python("import sys, memory.index; print('chromadb' in sys.modules)") == "False"


def test_nothing_comes_back_from_another_scope(index: Index) -> None:
    index.remember("s1:0", [("m1", "close to the sea")])
    index.remember("s1:1", [("m1", "close to the sea, with a boat")])
    index.remember("s2:0", [("m2", "close to the sea too")])
    found = index.nearest("s1:0", "close to the sea", 10)
    assert [(entry, text) for entry, text, _ in found] == [("m1", "close to the sea")]
    assert found[0][2] == pytest.approx(1, abs=1e-5)
    assert index.nearest("s1", "close to the sea", 10) == []


def test_the_best_come_first_and_the_same_id_is_replaced(index: Index) -> None:
    index.remember("s", [("a", "a cheap hostel"), ("b", "a quiet forest"), ("c", "old words"), ("c", "by train")])
    index.remember("s", [("b", "a quiet lake")])
    assert [entry for entry, _, _ in index.nearest("s", "quiet lake", 2)][0] == "b"
    assert {text for _, text, _ in index.nearest("s", "quiet lake", 9)} == {
        "a cheap hostel",
        "a quiet lake",
        "by train",
    }
    assert len(index.nearest("s", "quiet lake", 1)) == 1


def test_forgetting_a_session_takes_its_blocks_and_no_other_session(index: Index) -> None:
    for scope in ("s1:0", "s1:1", "s10:0"):
        index.remember(scope, [("m", "close to the sea")])
    index.forget("s1:1")
    assert index.nearest("s1:0", "sea", 1)
    assert not index.nearest("s1:1", "sea", 1)
    index.forget("s1")
    assert not index.nearest("s1:0", "sea", 1)
    assert index.nearest("s10:0", "sea", 1)


def test_texts_without_words_neither_break_nor_match(index: Index) -> None:
    index.remember("s", [("a", "…"), ("b", ""), ("c", "the sea")])
    index.remember("s", [])
    assert index.nearest("s", "?!", 3) == []
    assert [entry for entry, _, _ in index.nearest("s", "sea", 3)] == ["c"]


def test_it_is_rebuilt_from_the_record(index: Index) -> None:
    index.remember("s", [("gone", "no longer in the record")])
    index.rebuild([("s", "a", "the sea"), ("t", "b", "the hills")])
    assert [entry for entry, _, _ in index.nearest("s", "the sea record", 5)] == ["a"]
    assert [entry for entry, _, _ in index.nearest("t", "hills", 5)] == ["b"]


def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    first = Index(tmp_path / "index")
    first.remember("s", [("a", "the sea")])
    first.close()
    again = Index(tmp_path / "index")
    assert [entry for entry, _, _ in again.nearest("s", "the sea", 1)] == ["a"]
    again.close()


def test_a_damaged_store_is_started_anew(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = Index(folder)
    index.remember("s", [("a", "the sea")])
    for restart in (False, True):
        if restart:
            index.close()
        for file in folder.glob("store-*/*.sqlite3"):
            file.write_bytes(b"no database" * 1000)
        index = Index(folder) if restart else index
        assert index.nearest("s", "the sea", 1) == []
        index.remember("s", [("a", "the sea")])
        assert [entry for entry, _, _ in index.nearest("s", "the sea", 1)] == ["a"]
    index.close()


def test_a_second_process_on_the_same_folder_is_refused_at_start(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    code = f"""
from pathlib import Path
from memory.index import Index
from study.errors import SettingsInvalid
try:
    Index(Path({str(tmp_path / "index")!r}))
    print("open")
except SettingsInvalid as error:
    print(error)
"""
    assert "CHROMA_URL" in python(code)
    index.close()
    assert python(code) == "open"


def test_a_folder_that_cannot_be_used_and_a_server_that_is_down_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingsInvalid, match="ATELIER_DATA_DIR"):
        Index(tmp_path / "file" / "index")
    with pytest.raises(SettingsInvalid, match="http://localhost:1"):
        Index(None, "http://localhost:1").nearest("s", "the sea", 1)


def test_many_threads_share_one_index(index: Index) -> None:
    def work(number: int) -> list[str]:
        index.remember(f"s{number}", [(f"m{n}", f"message {n} of {number}") for n in range(5)])
        return [text for _, text, _ in index.nearest(f"s{number}", "message", 10)]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(16)))
    for number, texts in enumerate(results):
        assert sorted(texts) == [f"message {n} of {number}" for n in range(5)]
