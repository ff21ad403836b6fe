"""Reaching Chroma: a folder of this process alone, or a server. Damage, locks and telemetry are dealt with here."""

import ctypes
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from urllib.parse import urlparse

from study.errors import AtelierError, SettingsInvalid

logger = logging.getLogger(__name__)
M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 128 * 1024
"""In glibc: blocks from this size on (bytes) are the system's, whatever was learned from earlier ones."""
PORTS = {"http": 8000, "https": 443}


class Store:
    """A Chroma client that is opened at first use and opened anew when it fails.

    `path` is a folder of this process alone (None: a temporary one, gone with `close` or the process); with `url` a
    server is used instead. A folder that another process uses is refused at once (SettingsInvalid).
    """

    def __init__(self, path: Path | None, url: str = "") -> None:
        self._path, self._url = path, url
        self._lock = threading.RLock()
        self._client: Any = None
        self._number = 0
        self._temporary: TemporaryDirectory[str] | None = None
        self._lockfile = claim(path) if path is not None and not url else None

    def do(self, operation: Callable[[Any], Any]) -> Any:
        """One operation on the client, tried again on a fresh one. Raises AtelierError when that fails as well.

        A folder that cannot be read is started anew: it holds nothing that the record lacks. To a server
        the client connects anew, for it may have been restarted or its collections made anew.
        """
        with self._lock:
            try:
                return operation(self._opened())
            except AtelierError:
                raise
            except Exception as error:
                self._give_up(error)
            try:
                return operation(self._opened())
            except AtelierError:
                raise
            except Exception as error:
                raise AtelierError(self._advice(error)) from error

    @property
    def is_made(self) -> bool:
        """Whether there may be something in it: a server, or a folder that was used before."""
        return bool(self._url or self._number or (self._path and any(self._path.glob("store-*"))))

    def move(self, copy: Callable[[Any, Any], None]) -> None:
        """Go on in a new folder with what `copy` takes over from the old client to the new one; the old one is deleted.

        What Chroma deletes stays in its files for long; this is how it leaves the disk. A server's files are its own.
        """
        if self._url:
            return
        with self._lock:
            before, old = self._opened(), self._folder()
            number = self._number + 1
            after = open_folder(old.with_name(f"store-{number}"))
            copy(before, after)
            self._client, self._number = after, number
            shutil.rmtree(old)

    def close(self) -> None:
        """Let another process have the folder."""
        with self._lock:
            self._client = None
            if self._temporary:
                self._temporary.cleanup()
                self._temporary = self._path = None
            if self._lockfile:
                self._lockfile.close()
                self._lockfile = None

    def _opened(self) -> Any:
        if self._client is None:
            self._client = connect(self._url) if self._url else open_folder(self._folder())
        return self._client

    def _folder(self) -> Path:
        """The numbered folder that is in use: a new number after damage, for chromadb keeps an old path open."""
        if self._path is None:
            self._temporary = TemporaryDirectory(prefix="atelier-index-", ignore_cleanup_errors=True)
            self._path = Path(self._temporary.name)
        if not self._number:
            numbers = [folder.name.rpartition("-")[2] for folder in self._path.glob("store-*")]
            self._number = max((int(n) for n in numbers if n.isdigit()), default=1)
            for earlier in {int(n) for n in numbers if n.isdigit()} - {self._number}:
                shutil.rmtree(self._path / f"store-{earlier}", ignore_errors=True)  # a move that was interrupted
        return self._path / f"store-{self._number}"

    def _give_up(self, error: Exception) -> None:
        self._client = None
        if not self._url:
            logger.warning("The index in %s cannot be read and is started anew: %s", self._path, error)
            shutil.rmtree(self._folder(), ignore_errors=True)
            self._number += 1

    def _advice(self, error: Exception) -> str:
        if self._url:
            return f"The Chroma server at {self._url} failed ({error}). Start it, or unset CHROMA_URL."
        return f"The index in {self._path} cannot be used ({error}). Delete this folder and start again."


def open_folder(folder: Path) -> Any:
    """A client on a folder."""
    chromadb, quiet = _library()
    return chromadb.PersistentClient(str(folder), settings=quiet)


def connect(url: str) -> Any:
    """A client of a server. Raises SettingsInvalid when none answers there."""
    parts = urlparse(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise SettingsInvalid(f"CHROMA_URL is “{url}”, which is no address. Write http://host:8000, or unset it.")
    chromadb, quiet = _library()
    port = parts.port or PORTS[parts.scheme]
    try:
        return chromadb.HttpClient(host=parts.hostname, port=port, ssl=parts.scheme == "https", settings=quiet)
    except Exception as error:
        raise SettingsInvalid(f"The Chroma server at {url} does not answer. Start it, or unset CHROMA_URL.") from error


def claim(path: Path) -> IO[str]:
    """Two processes on one folder corrupt it, so the second one is refused. The claim ends with the file's close."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lockfile = (path.parent / f"{path.name}.lock").open("w")
    except OSError as error:
        raise SettingsInvalid(
            f"The index folder {path} cannot be used ({error.strerror}). Change its permissions or set ATELIER_DATA_DIR."
        ) from error
    try:
        import fcntl

        fcntl.flock(lockfile, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows: one process is what the README describes there
        pass
    except OSError as error:
        lockfile.close()
        raise SettingsInvalid(
            f"Another process uses the index in {path}. Stop it, or start a Chroma server and set CHROMA_URL for both."
        ) from error
    return lockfile


def _library() -> tuple[Any, Any]:
    """chromadb and settings under which it tells nobody anything, whatever the environment says."""
    os.environ["ANONYMIZED_TELEMETRY"] = "False"  # for what reads it before the settings are handed over
    # Present only where Jupyter is installed; building its grammar costs more than all of chromadb.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    _fresh_memory()
    import chromadb
    from chromadb.config import Settings

    return chromadb, Settings(
        anonymized_telemetry=False, chroma_otel_collection_endpoint="", chroma_otel_granularity=None
    )


def _fresh_memory() -> None:
    """Chroma writes the whole of its vectors' memory to disk, also what it never filled; that must be empty memory.

    Large blocks come from the system, which clears them, rather than from what this process used for texts before.
    Where the C library has no such setting, blocks are cleared or they are not, as it sees fit.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
