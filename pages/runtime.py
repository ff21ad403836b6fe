"""What one app process shares between all its sessions: settings, database, worker, protocols."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from streamlit import config

from study.database import open_database
from study.log import Recent
from study.protocol import Protocol
from study.settings import ROOT, Settings, load_settings
from study.translation import in_language
from study.versions import protocol_of_version

if TYPE_CHECKING:
    from memory.side_by_side import Comparisons
    from memory.worker import Worker

PROTOCOLS: Path = ROOT / "protocols"
_lock = threading.RLock()


@dataclass(frozen=True)
class Runtime:
    """The long-lived things of a process. `runtime()` makes them once."""

    settings: Settings
    engine: Engine


@lru_cache(maxsize=1)
def _make() -> Runtime:
    settings = load_settings()
    return Runtime(settings, open_database(settings.database))


@lru_cache(maxsize=1)
def _make_worker() -> "Worker":
    from memory.index import open_index
    from memory.worker import Worker

    ready = runtime()
    return Worker(ready.engine, ready.settings, open_index(ready.settings))


def runtime() -> Runtime:
    """This process's runtime. Raises SettingsInvalid with the way out."""
    with _lock:
        return _make()


@lru_cache(maxsize=1)
def whole_sessions() -> Recent:
    """The events of the sessions that researchers replay, each read once."""
    return Recent(runtime().engine, (), sessions=20)


def host_url() -> str:
    """Where participants reach this installation, without a slash at the end."""
    return (runtime().settings.host_url or f"http://localhost:{config.get_option('server.port')}").rstrip("/")


def worker() -> "Worker":
    """The worker that makes replies; its libraries are imported at the first call, not before."""
    with _lock:
        return _make_worker()


@lru_cache(maxsize=1)
def comparisons() -> "Comparisons":
    """The conditions that researchers have set side by side."""
    from memory.side_by_side import Comparisons

    return Comparisons()


def tell_moved(session_id: str, lease: str) -> None:
    """Tell the other open pages of a session that it goes on in the tab with this lease."""
    if _make_worker.cache_info().currsize:
        worker().live.moved(session_id, lease)


def tell_changed(session_id: str) -> None:
    """Have the open pages of a session drawn again, for somebody else changed what they show."""
    if _make_worker.cache_info().currsize:
        worker().live.changed(session_id, "page")


def listening() -> frozenset[str]:
    """The sessions of which a page is open at this process."""
    return worker().live.listening() if _make_worker.cache_info().currsize else frozenset()


def forget(session_id: str) -> None:
    """A participant is being erased: this process holds nothing of them any more, and the index neither."""
    worker().forget(session_id)
    whole_sessions().drop(session_id)


def close_live() -> None:
    """Let go of every page that listens, if a worker was ever needed."""
    if _make_worker.cache_info().currsize:
        worker().live.close()


def stop_worker(seconds: float) -> None:
    """Wait for replies under way, if a worker was ever needed."""
    with _lock:
        made = _make_worker() if _make_worker.cache_info().currsize else None
    if made:
        made.drain(seconds)


@lru_cache(maxsize=64)
def protocol_for(study_id: str, version: int) -> Protocol:
    """One version of a study's protocol, which never changes: parsed once per process."""
    return protocol_of_version(runtime().engine, study_id, version)


@lru_cache(maxsize=64)
def protocol_in(study_id: str, version: int, language: str) -> Protocol:
    """The same as participants of one language meet it."""
    from memory.mechanisms.registry import parameter_models

    own = protocol_for(study_id, version)
    return in_language(own, language or own.language, parameter_models())
