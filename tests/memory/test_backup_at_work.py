"""A backup of everything while the assistant talks and learns: what goes back is whole, also what is remembered."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import condition, say, sit_down, study_of, until
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.reindex import see_to
from memory.worker import Worker
from study.backup import back_up, restore
from study.database import open_database
from study.enrolment import every_session
from study.log import events
from study.settings import Settings

WORDS = ("zebrafish", "walrus", "harbour")


def none(*_told: object) -> None:
    """No bar."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def worker(any_engine: Engine, instant: Settings, data: Path) -> Iterator[Worker]:
    index = Index(data / "index")
    yield Worker(any_engine, instant, index)
    index.close()


def test_a_backup_while_people_talk_goes_back_whole_and_they_can_go_on(
    any_engine: Engine, worker: Worker, instant: Settings, data: Path, tmp_path: Path
) -> None:
    desks = {
        word: sit_down(any_engine, worker, "retrieval", study_of(condition("retrieval"), id=f"study_{word}"))
        for word in WORDS
    }
    for word, desk in desks.items():
        say(desk, f"A {word} near the sea, please.")
    stop, said = threading.Event(), dict.fromkeys(WORDS, 0)

    def talk(word: str) -> None:
        while not stop.is_set():
            say(desks[word], f"And the {word} number {said[word]}.")
            said[word] += 1

    threads = [threading.Thread(target=talk, args=(word,)) for word in WORDS]
    for thread in threads:
        thread.start()
    until(lambda: min(said.values()) >= 2)
    before = dict(said)
    back_up(any_engine, data, tmp_path / "b.zip", none)
    stop.set()
    for thread in threads:
        thread.join()

    (tmp_path / "new").mkdir()
    other = open_database(f"sqlite:///{tmp_path / 'new' / 'atelier.db'}")
    restore(other, tmp_path / "new", tmp_path / "b.zip", none)
    assert every_session(other) == every_session(any_engine)
    index = Index(tmp_path / "new" / "index")
    see_to(other, index, none)
    assert index.sessions() == every_session(other)
    again = Worker(other, instant, index)
    for word, desk in desks.items():
        kept, really = events(other, desk.session_id), events(any_engine, desk.session_id)
        assert kept == really[: len(kept)], "a beginning of what happened, and nothing in between is missing"
        assert sum(entry.kind == "message_sent" for entry in kept) > before[word]
        found = index.nearest(desk.block.scope, f"the {word} by the sea", 50)
        assert found and all(word in text.lower() for _, text, _ in found), "their own, and of nobody else"
        goes_on = Desk(other, again, desk.protocol, desk.session_id, desk.block.step, None)
        goes_on.open()
        again.wait(desk.session_id)  # what was unanswered at that moment is answered now
        assert say(goes_on, f"Back to the {word}.", "back-again").outcome == "answered"
    index.close()
    other.dispose()
