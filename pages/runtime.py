"""What one app process shares between all its sessions: settings, database, index, workers."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Engine

from study.database import open_database
from study.protocol import Protocol
from study.settings import ROOT, Settings, load_settings
from study.studies import get_study, protocol_of

PROTOCOLS: Path = ROOT / "protocols"
_lock = threading.Lock()


@dataclass(frozen=True)
class Runtime:
    """The long-lived things of a process. `runtime()` makes them once."""

    settings: Settings
    engine: Engine


@lru_cache(maxsize=1)
def _make() -> Runtime:
    settings = load_settings()
    return Runtime(settings, open_database(settings.database))


def runtime() -> Runtime:
    """This process's runtime. Raises SettingsInvalid with the way out."""
    with _lock:
        return _make()


@lru_cache(maxsize=64)
def _protocol(study_id: str, protocol_hash: str) -> Protocol:
    return protocol_of(get_study(runtime().engine, study_id))


def protocol_for(study_id: str, protocol_hash: str) -> Protocol:
    """A study's protocol, parsed once per process and content hash."""
    return _protocol(study_id, protocol_hash)
