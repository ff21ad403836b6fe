"""An empty record, an index and settings for each test; the worker and the desks stand in `desks.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_server import Server
from openai_server import OpenAIServer
from sqlalchemy import Engine

from memory.index import Index
from study.database import open_database
from study.settings import Settings


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def shared_index() -> Iterator[Index]:
    """One for all tests: scopes hold session ids, which are never used twice."""
    made = Index(None)
    yield made
    made.close()


@pytest.fixture
def instant(tmp_path: Path) -> Settings:
    """Settings under which the built-in model answers at once."""
    return Settings(_env_file=None, data_dir=tmp_path, offline_delay=0)  # type: ignore[call-arg]


@pytest.fixture
def llm(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A language model's server that misbehaves on request."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789abcdef")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Server(tmp_path / "server")
    yield made
    made.stop()
