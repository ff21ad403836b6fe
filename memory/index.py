"""A disposable index over what participants wrote, in Chroma. The record is the truth, not this.

The scope is enforced here and nowhere else, so that no query can return another participant's words.
"""

import hashlib
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from study.errors import SettingsInvalid

DIMENSIONS = 384


def embed(text: str) -> list[float]:
    """A vector for a text without any download: hashed words and character 3- and 4-grams, signed.

    Deterministic on every machine. It finds shared words and word stems, not synonyms.
    """
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    words = re.findall(r"[^\W_]+", text.lower())
    padded = [f" {word} " for word in words]
    grams = [w[i : i + n] for w in padded for n in (3, 4) for i in range(len(w) - n + 1)]
    for token, weight in [*((w, 2.0) for w in words), *((g, 1.0) for g in grams)]:
        digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
        vector[int.from_bytes(digest[:4], "little") % DIMENSIONS] += weight if digest[4] & 1 else -weight
    length = float(np.linalg.norm(vector))
    return [float(x) for x in (vector / length if length else vector)]


class Index:
    """One collection for all studies of an installation; chromadb is imported at first use.

    `path` is a folder of this process alone (None: nothing is kept on disk); `url` a Chroma server
    that several processes share.
    """

    def __init__(self, path: Path | None, url: str = "") -> None:
        self._path, self._url = path, url
        self._lock = threading.RLock()
        self._held: Any = None
        self._lockfile: IO[str] | None = None

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope; the same id is replaced."""
        if not entries:
            return
        ids = [f"{scope}/{entry_id}" for entry_id, _ in entries]
        with self._lock:
            self._collection().upsert(
                ids=ids,
                documents=[text for _, text in entries],
                embeddings=[embed(text) for _, text in entries],
                metadatas=[{"scope": scope} for _ in entries],
            )

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """(id, text, similarity 0–1) of the nearest entries of this scope, best first."""
        with self._lock:
            found = self._collection().query(query_embeddings=[embed(text)], n_results=count, where={"scope": scope})
        rows = zip(found["ids"][0], found["documents"][0], found["distances"][0], strict=True)
        return [(row_id.rsplit("/", 1)[1], document, max(0.0, 1 - distance)) for row_id, document, distance in rows]

    def forget(self, scope: str) -> None:
        """Delete everything under this scope."""
        with self._lock:
            self._collection().delete(where={"scope": scope})

    def close(self) -> None:
        """Let another process have the folder."""
        with self._lock:
            self._held = None
            if self._lockfile:
                self._lockfile.close()
                self._lockfile = None

    def _collection(self) -> Any:
        if self._held is None:
            # Present only where Jupyter is installed; building its grammar costs more than all of chromadb.
            sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
            import chromadb
            from chromadb.config import Settings

            quiet = Settings(anonymized_telemetry=False)
            if self._url:
                self._held = self._make(_server(self._url, quiet))
            elif self._path is None:
                folder = tempfile.mkdtemp(prefix="atelier-index-")
                self._held = self._make(chromadb.PersistentClient(folder, settings=quiet))
            else:
                self._claim(self._path)
                self._held = self._embedded(self._path, quiet)
        return self._held

    def _embedded(self, path: Path, quiet: Any) -> Any:
        import chromadb

        try:
            collection = self._make(chromadb.PersistentClient(str(path), settings=quiet))
            collection.count()
        except Exception:  # whatever is wrong with it: it holds nothing that the record does not hold
            shutil.rmtree(path, ignore_errors=True)
            collection = self._make(chromadb.PersistentClient(str(path), settings=quiet))
        return collection

    @staticmethod
    def _make(client: Any) -> Any:
        return client.get_or_create_collection("atelier", embedding_function=None, metadata={"hnsw:space": "cosine"})

    def _claim(self, path: Path) -> None:
        """Two processes on one folder corrupt it, so the second one is refused."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lockfile = (path.parent / f"{path.name}.lock").open("w")
        try:
            import fcntl

            fcntl.flock(lockfile, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows: one process is what the README describes there
            pass
        except OSError as error:
            raise SettingsInvalid(
                f"Another process uses the index in {path}. Stop it, or start a Chroma server and set CHROMA_URL for both."
            ) from error
        self._lockfile = lockfile


def _server(url: str, quiet: Any) -> Any:
    from urllib.parse import urlparse

    import chromadb

    parts = urlparse(url)
    try:
        return chromadb.HttpClient(host=parts.hostname or "localhost", port=parts.port or 8000, ssl=parts.scheme == "https", settings=quiet)
    except Exception as error:
        raise SettingsInvalid(f"The Chroma server at {url} does not answer. Start it, or unset CHROMA_URL.") from error
