"""What the index ought to hold, by the record; and at the start it is made anew when it does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import condition, say, sit_down, study_of
from sqlalchemy import Engine

from memory.index import Index
from memory.reindex import entries, see_to
from memory.worker import Worker
from study.settings import Settings

SAID = ("Somewhere cheap near the sea, please.", "?!", "And my dog comes along.")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    made = Index(tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def worker(engine: Engine, instant: Settings, index: Index) -> Worker:
    return Worker(engine, instant, index)


def test_the_record_knows_every_message_that_a_mechanism_put_into_the_index(
    engine: Engine, worker: Worker, index: Index
) -> None:
    protocol = study_of(condition("retrieval"), condition("none"))
    desks = [sit_down(engine, worker, name, protocol) for name in ("retrieval", "none", "retrieval")]
    for number, desk in enumerate(desks):
        for n, text in enumerate(SAID):
            say(desk, text, f"message-{number}-{n}")
    wanted = entries(engine)
    scopes = [desk.block.scope for desk in desks]
    assert {(scope, name) for scope, name, _ in wanted} == {
        (scopes[number], f"message-{number}-{n}") for number in (0, 2) for n in (0, 2)
    }
    assert index.flaw(len(wanted)) == ""
    found = {text for scope in scopes for _, text, _ in index.nearest(scope, "cheap sea dog", 9)}
    assert found == {text for _, _, text in wanted}


def test_at_the_start_nothing_is_said_of_an_index_in_order_and_a_lost_one_is_made_anew(
    engine: Engine, worker: Worker, index: Index, tmp_path: Path
) -> None:
    heard: list[str] = []
    see_to(engine, index, heard.append)
    desk = sit_down(engine, worker, "retrieval", study_of(condition("retrieval")))
    say(desk, SAID[0])
    see_to(engine, index, heard.append)
    assert heard == []
    index.forget(desk.session_id)
    see_to(engine, index, heard.append)
    assert heard[0] == "The index is made anew from the record, for it holds 0 of 1 messages."
    assert [text for _, text, _ in index.nearest(desk.block.scope, "sea", 5)] == [SAID[0]]
    index.close()
    for file in (tmp_path / "index").glob("store-*/*.sqlite3"):
        file.write_bytes(b"no database" * 1000)
    damaged = Index(tmp_path / "index")
    see_to(engine, damaged, heard.append)
    assert [text for _, text, _ in damaged.nearest(desk.block.scope, "sea", 5)] == [SAID[0]]
    damaged.close()
    assert heard[-1] == "The index is ready. Messages: 1."


def test_a_message_that_nothing_was_learned_from_yet_is_not_missed(
    engine: Engine, worker: Worker, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sit_down(engine, worker, "retrieval", study_of(condition("retrieval")))
    monkeypatch.setattr(worker, "ensure", lambda block: None)
    desk.send([("message-1", SAID[0])])
    assert entries(engine) == []
