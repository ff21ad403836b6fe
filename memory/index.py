"""A disposable index over what participants wrote, in Chroma. The record is the truth, not this.

The scope is enforced here and nowhere else, so that no query can return another participant's words.
"""

import hashlib
import logging
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import methodcaller
from pathlib import Path
from typing import IO, Any

import numpy as np

from study.errors import AtelierError, SettingsInvalid

logger = logging.getLogger(__name__)
DIMENSIONS = 384
BATCH = 500


def embed(text: str) -> list[float]:
    """A vector for a text without any download: hashed words and character 3- and 4-grams, signed.

    Deterministic on every machine. It finds shared words and word stems, not synonyms.
    """
    return [float(x) for x in vector_of(text)]


@lru_cache(maxsize=20_000)
def vector_of(text: str) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """`embed` as an array that is not to be written to; what was embedded lately is kept."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    words = re.findall(r"[^\W_]+", text.lower())
    padded = [f" {word} " for word in words]
    grams = [w[i : i + n] for w in padded for n in (3, 4) for i in range(len(w) - n + 1)]
    for token, weight in [*((w, 2.0) for w in words), *((g, 1.0) for g in grams)]:
        digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
        vector[int.from_bytes(digest[:4], "little") % DIMENSIONS] += weight if digest[4] & 1 else -weight
    length = float(np.linalg.norm(vector))
    unit: np.ndarray[Any, np.dtype[np.float32]] = vector / length if length else vector
    unit.setflags(write=False)
    return unit


class Index:
    """One collection for all studies of an installation; chromadb is imported at first use.

    `path` is a folder of this process alone (None: nothing is kept on disk); `url` a Chroma server
    that several processes share. A folder that another process uses is refused at once (SettingsInvalid).
    """

    def __init__(self, path: Path | None, url: str = "") -> None:
        self._path, self._url = path, url
        self._lock = threading.RLock()
        self._held: Any = None
        self._lockfile: IO[str] | None = None
        self._store = 0
        if path is not None and not url:
            self._claim(path)

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope; the same id is replaced."""
        self._put([(scope, entry_id, text) for entry_id, text in entries])

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """(id, text, similarity 0–1) of the nearest entries of this scope, best first."""
        asked = embed(text)
        if not any(asked) or count < 1:
            return []
        found = self._do(methodcaller("query", query_embeddings=[asked], n_results=count, where={"scope": scope}))
        rows = zip(found["ids"][0], found["documents"][0], found["distances"][0], strict=True)
        return [(i.removeprefix(f"{scope}/"), document, min(1.0, max(0.0, 1 - far))) for i, document, far in rows]

    def forget(self, scope: str) -> None:
        """Delete everything under this scope and the scopes within it (`session` holds `session:block`)."""
        inside = (f"{scope}/", f"{scope}:")
        self._drop([i for i in self._ids() if i.startswith(inside)])

    def rebuild(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """Start anew from (scope, id, text) as the record has them."""
        with self._lock:
            self._drop(self._ids())
            self._put(list(entries))

    def close(self) -> None:
        """Let another process have the folder."""
        with self._lock:
            self._held = None
            if self._lockfile:
                self._lockfile.close()
                self._lockfile = None

    def _put(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Texts without a letter or digit have no vector and are left out; of the same id the last one counts."""
        rows = {f"{scope}/{entry_id}": (scope, text, embed(text)) for scope, entry_id, text in entries}
        kept = [(i, *row) for i, row in rows.items() if any(row[2])]
        for start in range(0, len(kept), BATCH):
            ids, scopes, texts, vectors = zip(*kept[start : start + BATCH], strict=True)
            part = {"ids": list(ids), "documents": list(texts), "embeddings": list(vectors)}
            part["metadatas"] = [{"scope": scope} for scope in scopes]
            self._do(methodcaller("upsert", **part))

    def _ids(self) -> list[str]:
        return list(self._do(methodcaller("get", include=[]))["ids"])

    def _drop(self, ids: list[str]) -> None:
        for start in range(0, len(ids), BATCH):
            self._do(methodcaller("delete", ids=ids[start : start + BATCH]))

    def _do(self, operation: Callable[[Any], Any]) -> Any:
        """One operation. A folder that cannot be read is started anew: it holds nothing that the record lacks."""
        with self._lock:
            try:
                return operation(self._collection())
            except AtelierError:
                raise
            except Exception as error:
                if self._url:
                    text = f"The Chroma server at {self._url} failed ({error}). Start it, or unset CHROMA_URL."
                    raise AtelierError(text) from error
                logger.warning("the index in %s cannot be read and is started anew: %s", self._path, error)
            try:
                self._restart()
                return operation(self._collection())
            except Exception as error:
                text = f"The index in {self._path} cannot be used ({error}). Delete this folder and start again."
                raise AtelierError(text) from error

    def _collection(self) -> Any:
        if self._held is None:
            # Present only where Jupyter is installed; building its grammar costs more than all of chromadb.
            sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
            import chromadb
            from chromadb.config import Settings

            quiet = Settings(anonymized_telemetry=False)
            if self._url:
                self._held = self._make(_server(self._url, quiet))
            else:
                self._held = self._make(chromadb.PersistentClient(str(self._folder()), settings=quiet))
        return self._held

    def _folder(self) -> Path:
        """The numbered folder that is in use: a new number after damage, for chromadb keeps an old path open."""
        if self._path is None:
            self._path = Path(tempfile.mkdtemp(prefix="atelier-index-"))
        if not self._store:
            numbers = [folder.name.rpartition("-")[2] for folder in self._path.glob("store-*")]
            self._store = max((int(n) for n in numbers if n.isdigit()), default=1)
        return self._path / f"store-{self._store}"

    def _restart(self) -> None:
        self._held = None
        shutil.rmtree(self._folder(), ignore_errors=True)
        self._store += 1

    @staticmethod
    def _make(client: Any) -> Any:
        return client.get_or_create_collection("atelier", embedding_function=None, metadata={"hnsw:space": "cosine"})

    def _claim(self, path: Path) -> None:
        """Two processes on one folder corrupt it, so the second one is refused."""
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
        self._lockfile = lockfile


def _server(url: str, quiet: Any) -> Any:
    from urllib.parse import urlparse

    import chromadb

    parts = urlparse(url)
    try:
        return chromadb.HttpClient(
            host=parts.hostname or "localhost", port=parts.port or 8000, ssl=parts.scheme == "https", settings=quiet
        )
    except Exception as error:
        raise SettingsInvalid(f"The Chroma server at {url} does not answer. Start it, or unset CHROMA_URL.") from error
