"""Protocols to load, and databases to write into: SQLite for every test, PostgreSQL for those that ask for both."""

from collections.abc import Iterator
from pathlib import Path

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
