"""A database that can be used is opened with its tables; any other is refused with the way out."""

import threading
import time
import traceback
from pathlib import Path

import pytest
from sittings import arrive, opened, walk
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from study import database
from study.database import BUSY_MS, clean, is_unclean, keep_clean, open_database, owe_wiping, reading, writing
from study.errors import SettingsInvalid
from study.log import now
from study.protocol import Protocol
from study.tables import Base, Researcher


def researcher(name: str) -> Researcher:
    return Researcher(name=name, password_hash="x", created_at=now())


def names(engine: Engine) -> list[str]:
    with reading(engine) as db:
        return list(db.exec(select(Researcher.name).order_by(Researcher.name)))


def refused(url: str) -> str:
    with pytest.raises(SettingsInvalid) as error:
        open_database(url)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_every_table_is_made_and_opening_again_keeps_what_is_there(any_engine: Engine) -> None:
    assert set(inspect(any_engine).get_table_names()) == set(Base.metadata.tables)
    with writing(any_engine) as db:
        db.add(researcher("ada"))
    again = open_database(any_engine.url.render_as_string(hide_password=False))
    assert names(again) == ["ada"]
    again.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "://",
        "sqlite://",
        "sqlite:///:memory:",
        "postgres://ada:secret@host/lab",
        "postgresql://ada:secret@host:port/lab",
        "postgresql+psycopg9://ada:secret@host/lab",
        "mysql://ada:secret@host/lab",
        "oracle://ada:secret@host/lab",
    ],
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    said = refused(url)
    assert said.startswith("DATABASE_URL is not a database address (")
    assert "Use sqlite:///path/file.db or postgresql://" in said
    assert "secret" not in said


@pytest.mark.parametrize("content", [b"this is a letter and no database " * 50, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.db"
    file.write_bytes(content)
    said = refused(f"sqlite:///{file}")
    assert f"{file} cannot be used" in said
    assert "restore it from a backup or move it away" in said
    assert file.read_bytes() == content


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "unable to open database file" in refused(f"sqlite:///{tmp_path / 'nowhere' / 'record.db'}")
    assert "unable to open database file" in refused(f"sqlite:///{tmp_path}")


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    said = refused("postgresql+psycopg://ada:secret@127.0.0.1:1/lab")
    assert "The database 127.0.0.1:1/lab cannot be used" in said
    assert "check that it runs" in said
    assert "secret" not in said


def test_an_error_rolls_everything_back(any_engine: Engine) -> None:
    with writing(any_engine) as db:
        db.add(researcher("ada"))

    def break_in_the_middle() -> None:
        with writing(any_engine) as db:
            db.add(researcher("grace"))
            db.flush()
            raise RuntimeError("the process broke")

    with pytest.raises(RuntimeError):
        break_in_the_middle()
    assert names(any_engine) == ["ada"]


def test_what_is_changed_while_only_reading_is_not_stored(any_engine: Engine) -> None:
    with reading(any_engine) as db:
        db.add(researcher("ada"))
        db.flush()
    assert names(any_engine) == []


def test_readers_do_not_wait_for_a_writer_and_see_only_what_is_committed(any_engine: Engine) -> None:
    with writing(any_engine) as db:
        db.add(researcher("ada"))
        db.flush()
        assert names(any_engine) == []
    assert names(any_engine) == ["ada"]


@pytest.mark.parametrize("processes", [1, 5])
def test_writers_that_read_first_wait_for_each_other_and_none_fails(tmp_path: Path, processes: int) -> None:
    """A plain BEGIN that reads and then writes fails at once in SQLite when another writer came between.

    Every spelling of the address stands for a process of its own, which knows nothing of the other ones' threads.
    """
    engines = [open_database(f"sqlite:///{tmp_path}{'/.' * n}/record.db") for n in range(processes)]
    errors: list[Exception] = []

    def work(engine: Engine) -> None:
        try:
            with writing(engine) as db:
                before = len(list(db.exec(select(Researcher))))
                time.sleep(0.01)
                db.add(researcher(f"{before:03d}"))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(engines[n % processes],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert names(engines[0]) == [f"{n:03d}" for n in range(20)]
    for engine in engines:
        engine.dispose()


def test_sqlite_keeps_a_journal_that_survives_a_killed_process_and_checks_references(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys")}
    assert found == {"journal_mode": "wal", "foreign_keys": 1}


def test_times_come_back_in_utc_to_the_microsecond(any_engine: Engine) -> None:
    row = researcher("ada")
    at = row.created_at
    with writing(any_engine) as db:
        db.add(row)
    with reading(any_engine) as db:
        again = db.get_one(Researcher, "ada").created_at
    assert again == at
    assert again.tzinfo is not None and again.utcoffset() == at.utcoffset()


def test_an_error_names_no_value_of_what_was_to_be_written(any_engine: Engine) -> None:
    """The server logs what failed: it must not hold an id that leads to somebody, nor what they wrote."""
    with writing(any_engine) as db:
        db.add(researcher("5f3a-prolific-person"))
    with pytest.raises(IntegrityError) as failed, writing(any_engine) as db:
        db.add(researcher("5f3a-prolific-person"))
    told = "".join(traceback.format_exception(failed.value))
    assert "UNIQUE" in told.upper() and "researcher" in told
    assert "5f3a" not in told


def test_what_is_owed_is_wiped_later_and_nobody_waits_for_it(engine: Engine) -> None:
    assert clean(engine) and not is_unclean(engine), "nothing is owed"
    with writing(engine) as db:
        db.add(researcher("ada"))
        owe_wiping(db)
    with reading(engine) as reader:
        reader.exec(select(Researcher)).all()
        began = time.monotonic()
        assert not clean(engine)
        assert time.monotonic() - began < BUSY_MS / 2_000, "no reader is waited for"
        again = open_database(str(engine.url))
        assert is_unclean(again), "another process knows it as well"
        again.dispose()
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == BUSY_MS, "others wait as before"
    stopping = threading.Event()
    thread = threading.Thread(target=keep_clean, args=(engine, stopping, 0.01))
    thread.start()
    for _ in range(500):
        if not is_unclean(engine):
            break
        time.sleep(0.02)
    stopping.set()
    thread.join(20)
    assert not is_unclean(engine) and not thread.is_alive()


def test_a_deletion_that_is_rolled_back_owes_nothing(engine: Engine) -> None:
    def break_in_the_middle() -> None:
        with writing(engine) as db:
            owe_wiping(db)
            raise RuntimeError("the process broke")

    with pytest.raises(RuntimeError):
        break_in_the_middle()
    assert not is_unclean(engine)


def test_a_large_file_is_not_rewritten_while_somebody_takes_part(
    engine: Engine, small: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    with writing(engine) as db:
        owe_wiping(db)
    monkeypatch.setattr(database, "AT_ONCE_BYTES", 1_000)
    assert not clean(engine)
    walk(engine, small, row)
    assert clean(engine), "nobody is under way"
