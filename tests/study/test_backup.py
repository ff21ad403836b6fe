"""A backup is the record of one moment, also while many write; it goes back as it was, into either database, or not at all."""

import hashlib
import json
import stat
import threading
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sittings import arrive, opened, walk
from sqlalchemy import Engine, select

from study.archive import ArchiveInvalid, reading_archive, writing_archive
from study.backup import KIND, back_up, restore
from study.database import open_database
from study.enrolment import Arrival, by_token, enrol, every_session
from study.errors import AtelierError
from study.events import MessageSent
from study.log import Entry, append, events
from study.protocol import Protocol
from study.records import load_record
from study.tables import Base


def none(*_told: object) -> None:
    """No bar."""


def content(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table, by its key."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "new").mkdir()
    made = open_database(f"sqlite:///{tmp_path / 'new' / 'atelier.db'}")
    yield made
    made.dispose()


def test_what_is_put_back_is_what_was_there_in_either_database(
    any_engine: Engine, empty: Engine, small: Protocol, tmp_path: Path
) -> None:
    study, data = opened(any_engine, small), tmp_path / "data"
    row, token = enrol(any_engine, study, Arrival({"PROLIFIC_PID": "pid-ö"}))
    walk(any_engine, small, arrive(any_engine, study))
    made = ("results/small/a.html", "power/small/0123456789ab/power.csv")
    others = ("index/store-1/x", "exports/small/a.zip", "jobs/small/o.txt", "index.lock", "notes.txt", "results/.draft")
    for name in (*made, *others):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text("ö")
    (data / "results" / "link").symlink_to("/etc/passwd")
    target = data / "backups" / "now.zip"
    rows = back_up(any_engine, data, target, none)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600, "it holds everybody's data"
    with zipfile.ZipFile(target) as archive:
        assert {name for name in archive.namelist() if name.startswith("files/")} == {f"files/{name}" for name in made}
    assert restore(empty, tmp_path / "new", target, none) == rows
    assert content(empty) == content(any_engine)
    assert (tmp_path / "new/results/small/a.html").read_text() == "ö"
    known = by_token(empty, token)
    assert known is not None and known.id == row.id, "links lead where they led"
    assert load_record(empty, study).size == load_record(any_engine, study).size
    assert arrive(empty, study).participant == "P003", "the study goes on"


@pytest.mark.slow
def test_a_backup_of_sqlite_goes_into_postgresql(
    engine: Engine, any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    walk(engine, small, arrive(engine, opened(engine, small)))
    back_up(engine, tmp_path / "data", tmp_path / "b.zip", none)
    if any_engine.url != engine.url:
        restore(any_engine, tmp_path / "new", tmp_path / "b.zip", none)
        assert content(any_engine) == content(engine)


def test_while_many_write_nothing_is_half_and_nothing_from_before_is_lost(
    any_engine: Engine, empty: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    rows = [arrive(any_engine, study) for _ in range(4)]
    stop, written = threading.Event(), [0, 0, 0, 0]

    def write(number: int) -> None:
        """Two messages in each transaction: half of one would be an odd number. New people arrive as well."""
        while not stop.is_set():
            pair = [Entry(MessageSent(message_id=f"{written[number]}-{half}", text="x" * 200)) for half in "ab"]
            append(any_engine, rows[number].id, pair)
            written[number] += 1
            if written[number] % 20 == 0:
                enrol(any_engine, study, Arrival({}))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while min(written) < 10:
        stop.wait(0.01)
    before, people = list(written), every_session(any_engine)
    back_up(any_engine, tmp_path / "data", tmp_path / "b.zip", none)
    stop.set()
    for thread in threads:
        thread.join()
    restore(empty, tmp_path / "new", tmp_path / "b.zip", none)
    assert people <= every_session(empty) <= every_session(any_engine)
    for number, row in enumerate(rows):
        kept = [entry.event.message_id for entry in events(empty, row.id, ("message_sent",))]
        really = [entry.event.message_id for entry in events(any_engine, row.id, ("message_sent",))]
        assert len(kept) % 2 == 0 and kept == really[: len(kept)] and len(kept) >= 2 * before[number]
    for session in every_session(empty):
        assert [entry.kind for entry in events(empty, session)][:1] == ["session_started"]


def test_a_backup_holds_no_earlier_one_wherever_that_lies(engine: Engine, small: Protocol, tmp_path: Path) -> None:
    """Who was erased since would be in it for ever."""
    data = tmp_path / "data"
    opened(engine, small)
    for name in ("monday", "tuesday", "results/wednesday"):
        back_up(engine, data, data / f"{name}.zip", none)
    with zipfile.ZipFile(data / "tuesday.zip") as archive:
        assert not any(name.startswith("files/") for name in archive.namelist())


def test_a_file_that_an_erasure_removes_meanwhile_is_not_there(
    engine: Engine, empty: Engine, small: Protocol, tmp_path: Path
) -> None:
    opened(engine, small)
    reports = [tmp_path / "data" / "results" / "small" / f"{name}.html" for name in "abc"]
    reports[0].parent.mkdir(parents=True)
    for report in reports:
        report.write_text(report.stem)

    def erase(_done: int, _total: int, what: str) -> None:
        if what == "the table event":
            reports[1].unlink()

    back_up(engine, tmp_path / "data", tmp_path / "b.zip", erase)
    restore(empty, tmp_path / "new", tmp_path / "b.zip", none)
    assert sorted(file.name for file in (tmp_path / "new/results/small").iterdir()) == ["a.html", "c.html"]
    assert content(empty) == content(engine)


def test_a_backup_of_before_with_other_files_in_it_is_still_put_back(
    engine: Engine, empty: Engine, small: Protocol, tmp_path: Path
) -> None:
    opened(engine, small)
    back_up(engine, tmp_path / "data", tmp_path / "new.zip", none)
    with reading_archive(tmp_path / "new.zip", KIND, 10**9) as archive:
        held, tables = {name: archive.bytes(name) for name in archive.names}, archive.about["tables"]
    with writing_archive(tmp_path / "old.zip", KIND, tables=tables) as old:
        for name, data in {**held, "files/monday.zip": b"an earlier one"}.items():
            old.add(name, [data])
    restore(empty, tmp_path / "new", tmp_path / "old.zip", none)
    assert (tmp_path / "new/monday.zip").read_bytes() == b"an earlier one"
    assert content(empty) == content(engine)


def test_it_goes_only_into_an_empty_installation(
    engine: Engine, empty: Engine, small: Protocol, tmp_path: Path
) -> None:
    (tmp_path / "data/results").mkdir(parents=True)
    (tmp_path / "data/results/a.html").write_text("new")
    opened(engine, small)
    back_up(engine, tmp_path / "data", tmp_path / "b.zip", none)
    before = content(engine)
    with pytest.raises(AtelierError, match="There are data here already"):
        restore(engine, tmp_path / "elsewhere", tmp_path / "b.zip", none)
    assert content(engine) == before
    (tmp_path / "new/results").mkdir()
    (tmp_path / "new/results/a.html").write_text("mine")
    with pytest.raises(AtelierError, match="is in the folder"):
        restore(empty, tmp_path / "new", tmp_path / "b.zip", none)
    assert (tmp_path / "new/results/a.html").read_text() == "mine"
    assert not any(content(empty).values())


def test_a_restore_that_fails_in_the_middle_leaves_nothing(
    engine: Engine, empty: Engine, small: Protocol, tmp_path: Path
) -> None:
    (tmp_path / "data/results").mkdir(parents=True)
    for name in "ab":
        (tmp_path / "data/results" / name).write_text(name)
    opened(engine, small)
    back_up(engine, tmp_path / "data", tmp_path / "b.zip", none)

    def interrupt(_done: int, _total: int, what: str) -> None:
        if what == "files/results/a":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(empty, tmp_path / "new", tmp_path / "b.zip", interrupt)
    assert not any(content(empty).values())
    assert not [file for file in (tmp_path / "new/results").rglob("*") if file.is_file()]
    assert restore(empty, tmp_path / "new", tmp_path / "b.zip", none) > 0


# --- files that mean harm -------------------------------------------------------------------------


def archive_of(target: Path, members: dict[str, bytes]) -> Path:
    """An archive with a true manifest, whatever is in it."""
    with writing_archive(target, KIND, tables={}) as made:
        for name, data in members.items():
            made.add(name, [data])
    return target


@pytest.mark.parametrize(
    "name",
    ["../evil", "files/../../evil", "/etc/evil", "files/a/../../../evil", "C:\\evil", "files\\evil", "files//evil"],
)
def test_a_name_that_leads_out_is_refused(empty: Engine, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveInvalid, match="no plain file|differ|no readable"):
        restore(empty, tmp_path / "new" / "x", archive_of(tmp_path / "b.zip", {name: b"x"}), none)
    assert not list(tmp_path.rglob("*evil*"))


def test_links_bombs_twins_and_strangers_are_refused(empty: Engine, tmp_path: Path) -> None:
    def spoiled(
        number: int, entry: str | zipfile.ZipInfo, data: bytes = b"/etc/passwd", kind: int = zipfile.ZIP_DEFLATED
    ) -> Path:
        target = archive_of(tmp_path / f"{number}.zip", {"files/a": b"x"})
        with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(target, "a") as archive:
            archive.writestr(entry, data, kind)
        return target

    link = zipfile.ZipInfo("files/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for target, said in (
        (spoiled(1, link), "no plain file"),
        (spoiled(2, "files/extra"), "differ"),
        (spoiled(3, "files/a"), "two members of the same name"),
    ):
        with pytest.raises(ArchiveInvalid, match=said):
            restore(empty, tmp_path / "new" / "x", target, none)
    bomb = archive_of(tmp_path / "bomb.zip", {"files/zeros": b"\0" * 20_000_000})
    assert bomb.stat().st_size < 100_000
    with pytest.raises(ArchiveInvalid, match="more than 1 MB"), reading_archive(bomb, KIND, 1_000_000):
        pass


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_archive_is_said_to_be_none(empty: Engine, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(ArchiveInvalid, match="no archive of Atelier"):
        restore(empty, tmp_path / "new", tmp_path / "b.zip", none)
    with pytest.raises(ArchiveInvalid, match="no file"):
        restore(empty, tmp_path / "new", tmp_path / "missing.zip", none)


def test_what_was_changed_is_noticed(engine: Engine, empty: Engine, small: Protocol, tmp_path: Path) -> None:
    opened(engine, small)
    back_up(engine, tmp_path / "data", tmp_path / "b.zip", none)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(held["manifest.json"])

    def remade(name: str, data: bytes) -> Path:
        target = tmp_path / f"{hashlib.sha256(data).hexdigest()}.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for member, bytes_of in (held | {name: data}).items():
                archive.writestr(member, bytes_of)
        return target

    def manifest(**changed: object) -> Path:
        return remade("manifest.json", json.dumps(about | changed).encode())

    larger = held["tables/study.jsonl"].replace(b"small", b"large")
    for target, said in (
        (remade("tables/study.jsonl", larger), "not what was put there"),
        (manifest(format=2), "newer version"),
        (manifest(kind="study"), "is no backup"),
        (remade("manifest.json", b"[1]"), "no readable manifest"),
        (remade("manifest.json", b"[" * 100_000), "no readable manifest"),
        (manifest(tables={}), "not as many as it should"),
    ):
        with pytest.raises(ArchiveInvalid, match=said):
            restore(empty, tmp_path / "new", target, none)
        assert not any(content(empty).values())
