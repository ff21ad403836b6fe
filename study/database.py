"""Opening the database and its two kinds of transaction: one that reads, one that writes.

SQLite takes its write lock at the start of a writing transaction (`BEGIN IMMEDIATE`); a plain BEGIN
that reads first would fail at once when another writer came between. Readers never lock.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Column, Engine, Table, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session

from study.errors import SettingsInvalid
from study.tables import Base


def open_database(url: str) -> Engine:
    """An engine with every table in place. Raises SettingsInvalid with the way out."""
    try:
        engine = _engine(url)
    except (ArgumentError, ModuleNotFoundError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsInvalid(
            f"DATABASE_URL is not a database address ({reason}). Use sqlite:///path/file.db or postgresql://user@host/name."
        ) from error
    try:
        Base.metadata.create_all(engine)
    except DBAPIError as error:
        shown = url.split("@")[-1]
        raise SettingsInvalid(
            f"The database {shown} cannot be used ({str(error.orig).strip().splitlines()[0]}). "
            "If the file is damaged, restore it from a backup or move it away to start afresh; "
            "if it is a server, check that it runs and that DATABASE_URL is right."
        ) from error
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A transaction that only reads."""
    with Session(engine, expire_on_commit=False) as db:
        yield db


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A transaction that reads everything as it was at its first query, whatever is written meanwhile.

    In SQLite every reading transaction is so; a server has to be asked for it.
    """
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with Session(engine.execution_options(**options), expire_on_commit=False) as db:
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A transaction that writes; committed at the end, rolled back on any error."""
    options = engine.execution_options(write=True)
    with _turn(engine), Session(options, expire_on_commit=False) as db, db.begin():
        yield db


def stored(table: Table) -> list[Column[Any]]:
    """The columns that are written; what the database takes out of these by itself is not among them."""
    return [column for column in table.columns if column.computed is None]


def clean(engine: Engine) -> bool:
    """See to it that SQLite's files hold nothing that was deleted; whether they are rid of it already.

    They are not as long as somebody reads what was before; then it leaves them when that has ended and the next
    writes are in the file, at the latest when the app stops. A server's database does such things by itself.
    """
    if engine.dialect.name != "sqlite":
        return True
    with _turn(engine), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")  # what was overwritten by a database that did not wipe yet
        busy, _frames, _moved = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


def _turn(engine: Engine) -> AbstractContextManager[Any]:
    """SQLite has one writer at a time: threads of this process queue up rather than poll the file for it."""
    return _queue(str(engine.url)) if engine.dialect.name == "sqlite" else nullcontext()


@lru_cache(maxsize=64)
def _queue(_url: str) -> AbstractContextManager[Any]:
    return threading.RLock()


_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
"""JSON as exports show it, so that what is stored need not be written anew for them."""


def _engine(url: str) -> Engine:
    of_both = {"pool_size": 20, "max_overflow": 40, "json_serializer": _json}
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, **of_both)
    engine = create_engine(url, connect_args={"timeout": 15}, **of_both)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says when to BEGIN
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=15000",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
