"""Opening the database and its two kinds of transaction: one that reads, one that writes.

SQLite takes its write lock at the start of a writing transaction (`BEGIN IMMEDIATE`); a plain BEGIN
that reads first would fail at once when another writer came between. Readers never lock.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Column, Engine, ExceptionContext, Table, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session, col, select

from study.errors import SettingsInvalid
from study.tables import Base, Sitting

logger = logging.getLogger(__name__)
BUSY_MS = 15_000
"""How long a connection to SQLite waits for a writer of another process."""
TRIES, PAUSE_SECONDS = 5, 0.2
"""How often wiping is tried at a time: most readers are gone by then, and nobody waits for the others."""
AT_ONCE_BYTES, QUIET_MINUTES = 100_000_000, 2
"""A larger file takes seconds to rewrite, in which nobody can write: it waits until nobody takes part."""


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


def owe_wiping(db: Session) -> None:
    """In a transaction that deletes: the file is to be wiped, also if this process does not live to see it.

    SQLite keeps a number for its application (`user_version`): here, how often that was so since the last time.
    """
    if (connection := db.connection()).dialect.name == "sqlite":
        owed = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version={owed + 1}")


def is_unclean(engine: Engine) -> bool:
    """Whether SQLite's files may still hold something that was deleted. A server's database sees to that by itself."""
    if engine.dialect.name != "sqlite":
        return False
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def clean(engine: Engine) -> bool:
    """See to it that SQLite's files hold nothing that was deleted; whether they are rid of it already.

    They are not as long as somebody reads what was before, and a large file is not while people take part: nobody is
    kept waiting for this. The app tries again until it is done (`keep_clean`).
    """
    for left in reversed(range(TRIES)):
        if not is_unclean(engine) or _wiped(engine):
            return True
        if left:
            time.sleep(PAUSE_SECONDS)  # outside of the turn: others write meanwhile
    return False


def keep_clean(engine: Engine, stopping: threading.Event, seconds: float) -> None:
    """Wipe whatever is owed, now and every so many seconds, until told to stop."""
    while True:
        try:
            clean(engine)
        except (sqlite3.Error, DBAPIError) as error:
            logger.error("what was deleted could not be wiped from the file of the database yet: %s", error)
        if stopping.wait(seconds):
            return


def _wiped(engine: Engine) -> bool:
    """One try, in which nobody is waited for: every writer of this process queues up behind it."""
    quiet = _is_quiet(engine)
    with _turn(engine), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            (owed,) = cursor.execute("PRAGMA user_version").fetchone()
            if not (_log_emptied(cursor) and (quiet or _is_small(cursor))):
                return False
            cursor.execute("VACUUM")  # what was moved from page to page, or overwritten by who did not wipe yet
            return _log_emptied(cursor) and _settled(cursor, owed)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
                raise
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _log_emptied(cursor: Any) -> bool:
    """Whether all that was written is in the file and the log is empty, which no reader of what was before allows."""
    busy, _frames, _moved = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _settled(cursor: Any, owed: int) -> bool:
    """Nothing is owed any more, unless another process deleted something meanwhile."""
    cursor.execute("BEGIN IMMEDIATE")
    same: bool = cursor.execute("PRAGMA user_version").fetchone() == (owed,)
    if same:
        cursor.execute("PRAGMA user_version=0")
    cursor.execute("COMMIT")
    return same


def _is_small(cursor: Any) -> bool:
    pages, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return bool(pages * size <= AT_ONCE_BYTES)


def _is_quiet(engine: Engine) -> bool:
    """Whether nobody takes part at the moment."""
    since = datetime.now(UTC) - timedelta(minutes=QUIET_MINUTES)
    here = select(Sitting.id).where(Sitting.status == "running", col(Sitting.seen_at) > since)
    with reading(engine) as db:
        return db.exec(here).first() is None


def _turn(engine: Engine) -> AbstractContextManager[Any]:
    """SQLite has one writer at a time: threads of this process queue up rather than poll the file for it."""
    return _queue(str(engine.url)) if engine.dialect.name == "sqlite" else nullcontext()


@lru_cache(maxsize=64)
def _queue(_url: str) -> AbstractContextManager[Any]:
    return threading.RLock()


_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
"""JSON as exports show it, so that what is stored need not be written anew for them."""


def _engine(url: str) -> Engine:
    of_both = {"pool_size": 20, "max_overflow": 40, "json_serializer": _json, "hide_parameters": True}
    if not url.startswith("sqlite"):
        server = create_engine(url, pool_pre_ping=True, **of_both)
        event.listen(server, "handle_error", _without_values)
        return server
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, **of_both)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says when to BEGIN
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"busy_timeout={BUSY_MS}",
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


def _without_values(failed: ExceptionContext) -> None:
    """A server says in the second line of an error which values it was about: no log is to hold them."""
    for error in (failed.original_exception, failed.sqlalchemy_exception):
        if error is not None and error.args:
            said = str(error.args[0]).strip()
            error.args = (said.splitlines()[0] if said else said, *error.args[1:])
