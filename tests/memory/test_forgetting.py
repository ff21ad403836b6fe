"""Erasing somebody for whom the app is at work: replies, learning, the index in a folder and on a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_server import Server
from desks import condition, say, sit_down, study_of, until
from openai_server import OpenAIServer, Says
from sqlalchemy import Engine
from sqlmodel import select

from memory.conversation import Desk
from memory.index import Index
from memory.reindex import see_to
from memory.worker import Worker
from study import log
from study.coding_log import define_code, marks, set_codes, write_memo
from study.database import writing
from study.enrolment import every_session, sitting
from study.erasing import Erased, erase
from study.personal_links import make_links
from study.settings import Settings
from study.tables import PersonalLink

SAID = "Zebrafishville near the sea, please."
WORD = b"ebrafish"
"""What is searched for in bytes; an index of words may cut a text anywhere."""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def worker(engine: Engine, instant: Settings, index: Index) -> Worker:
    return Worker(engine, instant, index)


def remembered(engine: Engine, worker: Worker) -> Desk:
    """Somebody at work under a condition that puts what they say into the index."""
    return sit_down(engine, worker, "retrieval", study_of(condition("retrieval")))


def go(engine: Engine, folder: Path, worker: Worker, desk: Desk) -> Erased:
    return erase(engine, folder, sitting(engine, desk.session_id), "Ada", worker.forget)


def holding(folder: Path, *words: bytes) -> list[str]:
    """Every file that holds one of these words."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return [str(file) for file in files if any(word in file.read_bytes() for word in words)]


def invited_and_coded(engine: Engine, desk: Desk) -> None:
    """They came by a personal link, and somebody coded what they said."""
    study = sitting(engine, desk.session_id).study_id
    make_links(engine, study, ["zebrafish@example.org"], "Ada")
    with writing(engine) as db:
        link = db.exec(select(PersonalLink)).one()
        link.session_id = desk.session_id
        db.add(link)
    message = log.events(engine, desk.session_id, ("message_sent",))[0].id
    code = define_code(engine, study, "by the sea", "", "Ada")
    set_codes(engine, study, desk.session_id, message, [code], "Ada")
    write_memo(engine, study, desk.session_id, message, f"“{SAID}” says it all", "Ada")


def test_nothing_of_them_is_left_in_any_file_and_others_keep_what_is_theirs(
    engine: Engine, worker: Worker, index: Index, tmp_path: Path
) -> None:
    desk, other = remembered(engine, worker), remembered(engine, worker)
    for _ in range(2):
        say(desk, SAID)
    say(other, "A walrus near the sea.")
    invited_and_coded(engine, desk)
    names = (WORD, desk.session_id.encode())
    assert {Path(name).suffix for name in holding(tmp_path, *names)} >= {".sqlite3", ".db-wal"}
    study = sitting(engine, desk.session_id).study_id
    assert go(engine, tmp_path, worker, desk).clean
    assert holding(tmp_path, *names) == []
    assert [mark.kind for mark in marks(engine, study)] == ["code_defined"], "the code is the coder's"
    assert [text for _, text, _ in index.nearest(other.block.scope, "sea", 5)] == ["A walrus near the sea."]
    assert index.nearest(desk.block.scope, "sea", 5) == []
    assert worker.record.of_step(desk.session_id, desk.block.place.step) == ()
    say(other, "And a harbour.")
    found = " ".join(text for _, text, _ in index.nearest(other.block.scope, "sea", 5))
    assert "walrus" in found and "harbour" in found


def test_a_reply_under_way_is_broken_off_and_nothing_is_written_any_more(
    engine: Engine, instant: Settings, index: Index, llm: OpenAIServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    worker = Worker(engine, settings, index)
    desk = sit_down(engine, worker, "retrieval", study_of(condition("retrieval")), "openai:test-model")
    llm.script(Says("One " * 400, delay=2), forever=True)
    desk.send([("message-1", SAID)])
    until(lambda: worker.busy(desk.session_id))
    until(lambda: log.events(engine, desk.session_id, ("reply_started",)))
    go(engine, tmp_path, worker, desk)
    worker.wait(desk.session_id)
    assert not every_session(engine)
    assert holding(tmp_path, WORD, desk.session_id.encode()) == []
    assert "Traceback" not in caplog.text and WORD.decode() not in caplog.text


def test_who_learns_in_another_process_takes_back_what_was_put_into_the_index(
    engine: Engine, worker: Worker, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = remembered(engine, worker)
    row = sitting(engine, desk.session_id)
    really = index.remember

    def late(scope: str, entries: list[tuple[str, str]]) -> None:
        """Erased by a process that knows nothing of this worker, just before the text comes to the index."""
        erase(engine, tmp_path, row, "Ada", lambda _session: None)
        really(scope, entries)
        assert index.sessions() == {desk.session_id}

    monkeypatch.setattr(index, "remember", late)
    desk.send([("message-1", SAID)])
    worker.wait(desk.session_id)
    until(lambda: not index.sessions())
    assert holding(tmp_path, WORD, desk.session_id.encode()) == []


def test_what_an_erasure_that_broke_off_left_in_the_index_goes_at_the_next_start(
    engine: Engine, worker: Worker, index: Index, tmp_path: Path
) -> None:
    desk = remembered(engine, worker)
    say(desk, SAID)
    erase(engine, tmp_path, sitting(engine, desk.session_id), "Ada", lambda _session: None)
    assert index.sessions() == {desk.session_id}
    heard: list[str] = []
    see_to(engine, index, heard.append)
    assert heard == ["Something of sessions that were erased was still in the index, and is deleted."]
    assert holding(tmp_path, WORD, desk.session_id.encode()) == []
    see_to(engine, index, heard.append)
    assert len(heard) == 1


def test_a_move_that_was_interrupted_leaves_no_old_folder(tmp_path: Path) -> None:
    first = Index(tmp_path / "index")
    first.remember("s:1", [("a", SAID)])
    first.close()
    (tmp_path / "index" / "store-2").mkdir()
    again = Index(tmp_path / "index")
    assert again.sessions() == set(), "made anew from the record at the start"
    assert holding(tmp_path, WORD) == []
    again.close()


@pytest.mark.slow
def test_on_a_server_nothing_of_them_is_found_any_more(
    engine: Engine, instant: Settings, server: Server, tmp_path: Path
) -> None:
    ours, elsewhere = Index(None, server.url), Index(None, server.url)
    worker = Worker(engine, instant, ours)
    desk, other = remembered(engine, worker), remembered(engine, worker)
    say(desk, SAID)
    say(other, "A walrus near the sea.")
    assert elsewhere.sessions() == {desk.session_id, other.session_id}
    go(engine, tmp_path / "data", worker, desk)
    assert elsewhere.sessions() == {other.session_id}
    assert elsewhere.nearest(desk.block.scope, "sea", 5) == []
    assert [text for _, text, _ in elsewhere.nearest(other.block.scope, "sea", 5)] == ["A walrus near the sea."]
