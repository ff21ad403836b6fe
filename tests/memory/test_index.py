"""The index: disposable, one place for the scope, one process for a folder."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chroma_server import Server
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.index import BATCH, Index
from study.errors import AtelierError, SettingsInvalid

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


def test_a_temporary_folder_goes_with_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    told = python("""
import os
from memory.index import Index
index = Index(None)
index.remember("s", [("a", "the sea")])
print(os.listdir(os.environ["TMPDIR"]))
""")
    assert "atelier-index-" in told
    assert list(tmp_path.iterdir()) == []


def test_many_threads_share_one_index(index: Index) -> None:
    def work(number: int) -> list[str]:
        index.remember(f"s{number}", [(f"m{n}", f"message {n} of {number}") for n in range(5)])
        return [text for _, text, _ in index.nearest(f"s{number}", "message", 10)]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(16)))
    for number, texts in enumerate(results):
        assert sorted(texts) == [f"message {n} of {number}" for n in range(5)]


# --- scopes --------------------------------------------------------------------------------------

HOSTILE = [
    "s",
    "s1",
    "s10",
    "s1:",
    "s1:0",
    "s1:0:1",
    "s1/0",
    "s1/0/m",
    "",
    ":",
    "/",
    '"',
    '["s1", "m"]',
    "s1\0",
    "S1",
    "ß",
    "ss",
]
scopes = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6), st.text(alphabet='s1:/"[,\\\0', max_size=6))
names = st.one_of(st.sampled_from(["m", "0/m", "1:0/m", '"m"']), st.text(max_size=4))
kept = st.lists(st.tuples(scopes, names), min_size=1, max_size=12, unique=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept)
def test_whatever_the_scopes_are_each_finds_its_own_entries_and_no_others(
    index: Index, entries: list[tuple[str, str]]
) -> None:
    index.rebuild([])
    for number, (scope, name) in enumerate(entries):
        index.remember(scope, [(name, f"the sea, remark {number}")])
    everyone = {scope for scope, _ in entries} | set(HOSTILE)
    for scope in everyone:
        own = {(name, f"the sea, remark {n}") for n, (its, name) in enumerate(entries) if its == scope}
        assert {(name, text) for name, text, _ in index.nearest(scope, "the sea", 50)} == own


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept, scopes)
def test_forgetting_takes_a_scope_with_all_within_it_and_leaves_the_rest(
    index: Index, entries: list[tuple[str, str]], gone: str
) -> None:
    index.rebuild([(scope, name, "the sea") for scope, name in entries])
    index.forget(gone)
    for scope, name in entries:
        stays = scope != gone and not scope.startswith(f"{gone}:")
        assert (name in {found for found, _, _ in index.nearest(scope, "the sea", 50)}) is stays


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.text(alphabet="\0\ud800\udfff ab", max_size=6))
def test_no_text_breaks_it(index: Index, one: str, other: str) -> None:
    index.remember("texts", [("a", one), ("b", other)])
    for asked in (one, other):
        assert all(0 <= near <= 1 for _, _, near in index.nearest("texts", asked, 5))


# --- stale, damaged, interrupted -------------------------------------------------------------------


class Backwards:
    """Another embedding than the built-in one, of another length."""

    def __init__(self, name: str = "backwards", length: int = 5) -> None:
        self.name, self.length = name, length

    def vectors(self, texts: Sequence[str]) -> list[Any]:
        return [np.array([len(text), *range(1, self.length)], dtype=np.float32) for text in texts]


def test_an_index_in_order_has_no_flaw_and_one_with_too_little_says_so(index: Index) -> None:
    assert index.flaw(0) == ""
    index.remember("s", [("a", "the sea"), ("b", "the hills")])
    assert index.flaw(2) == ""
    assert index.flaw(3) == "it holds 2 of 3 messages"


@pytest.mark.parametrize("other", [Backwards(), Backwards("built-in-1", 7)], ids=["name", "length"])
def test_another_embedding_makes_an_index_stale_and_a_rebuild_leaves_nothing_of_the_old_one(
    tmp_path: Path, other: Backwards
) -> None:
    first = Index(tmp_path / "index")
    first.remember("s", [("a", "the sea")])
    first.close()
    second = Index(tmp_path / "index", embedding=other)
    assert "it was made with built-in-1 (384 numbers)" in second.flaw(1)
    assert second.nearest("s", "the sea", 1) == []
    second.rebuild([("s", "a", "the sea")])
    assert second.flaw(1) == "" and len(second.nearest("s", "the sea", 1)) == 1
    second.close()
    third = Index(tmp_path / "index")
    assert f"it was made with {other.name} ({other.length} numbers)" in third.flaw(1)
    third.close()


def test_an_interrupted_rebuild_is_noticed_and_can_be_done_again(tmp_path: Path) -> None:
    def interrupted() -> Iterator[tuple[str, str, str]]:
        yield from [("s", f"m{n}", f"the sea {n}") for n in range(BATCH + 1)]
        raise KeyboardInterrupt

    index = Index(tmp_path / "index")
    index.remember("s", [("a", "the sea")])
    with pytest.raises(KeyboardInterrupt):
        index.rebuild(interrupted())
    index.close()
    again = Index(tmp_path / "index")
    assert again.flaw(1) == "its last rebuild was interrupted"
    sizes: list[int] = []
    again.rebuild([("s", f"m{n}", f"the sea {n}") for n in range(BATCH + 1)], sizes.append)
    assert (sizes, again.flaw(BATCH + 1)) == ([BATCH, 1], "")
    again.close()


def test_forgetting_reaches_what_another_embedding_left(tmp_path: Path) -> None:
    first = Index(tmp_path / "index")
    first.remember("s1:0", [("a", "the sea")])
    first.close()
    second = Index(tmp_path / "index", embedding=Backwards())
    second.forget("s1")
    second.close()
    third = Index(tmp_path / "index")
    assert third.nearest("s1:0", "the sea", 1) == []
    third.close()


# --- a server --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_indexes_share_a_server_and_what_is_forgotten_is_gone_from_it(server: Server) -> None:
    one, other = Index(None, server.url), Index(None, server.url)
    one.remember("s1:0", [("a", "close to the sea")])
    one.remember("s10:0", [("b", "close to the sea too")])
    assert [entry for entry, _, _ in other.nearest("s1:0", "the sea", 5)] == ["a"]
    other.forget("s1")
    assert one.nearest("s1:0", "the sea", 5) == []
    assert [entry for entry, _, _ in one.nearest("s10:0", "the sea", 5)] == ["b"]
    server.stop()
    server.start()
    fresh = Index(None, server.url)
    assert fresh.nearest("s1:0", "the sea", 5) == []
    assert [entry for entry, _, _ in fresh.nearest("s10:0", "the sea", 5)] == ["b"]


@pytest.mark.slow
def test_an_index_goes_on_after_its_server_was_restarted_or_its_collection_made_anew(server: Server) -> None:
    one, other = Index(None, server.url), Index(None, server.url)
    one.remember("s", [("a", "the sea")])
    other.rebuild([("s", "b", "the sea")])
    assert [entry for entry, _, _ in one.nearest("s", "the sea", 5)] == ["b"]
    server.stop()
    with pytest.raises(AtelierError, match="CHROMA_URL"):
        one.nearest("s", "the sea", 5)
    server.start()
    assert [entry for entry, _, _ in one.nearest("s", "the sea", 5)] == ["b"]


@pytest.mark.slow
def test_staleness_and_an_interrupted_rebuild_are_noticed_on_a_server_too(server: Server) -> None:
    def interrupted() -> Iterator[tuple[str, str, str]]:
        yield "s", "a", "the sea"
        raise KeyboardInterrupt

    index = Index(None, server.url)
    with pytest.raises(KeyboardInterrupt):
        index.rebuild(interrupted())
    assert Index(None, server.url).flaw(0) == "its last rebuild was interrupted"
    index.rebuild([("s", "a", "the sea")])
    assert Index(None, server.url).flaw(1) == ""
    assert "it was made with built-in-1" in Index(None, server.url, Backwards()).flaw(1)


# --- telemetry -------------------------------------------------------------------------------------

WATCHED = """
import json, socket, sys
seen = []
def watch(event, arguments):
    if event == "socket.connect":
        seen.append(str(arguments[1]))
    elif event == "socket.getaddrinfo":
        seen.append(str(arguments[0]))
sys.addaudithook(watch)
from pathlib import Path
from memory.index import Index
from memory import chroma
folder, url = sys.argv[1:]
for index in (Index(Path(folder)), Index(None, url)):
    index.remember("s", [("a", "the sea")])
    assert index.nearest("s", "the sea", 1)
    index.forget("s")
    index.close()
_, told = chroma._library()
print(json.dumps([seen, told.anonymized_telemetry, told.chroma_otel_collection_endpoint]))
"""


@pytest.mark.slow
def test_nobody_is_told_anything_whatever_the_environment_says(server: Server, tmp_path: Path) -> None:
    loud = {"ANONYMIZED_TELEMETRY": "True", "CHROMA_OTEL_COLLECTION_ENDPOINT": "http://127.0.0.1:9"}
    command = [sys.executable, "-c", WATCHED, str(tmp_path / "index"), server.url]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | loud, capture_output=True, text=True, check=True)
    seen, told, endpoint = json.loads(done.stdout.strip().splitlines()[-1])
    assert (told, endpoint) == (False, "")
    assert seen and all(("127.0.0.1" in place and f"{server.port}" in place) or place == "127.0.0.1" for place in seen)
