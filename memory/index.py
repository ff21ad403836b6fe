"""A disposable index over what participants wrote, in Chroma. The record is the truth, not this.

The scope is enforced here and nowhere else, so that no query can return another participant's words.
Each embedding has a collection of its own, which says of itself what it was made with and whether its
last rebuild was finished; folder and server are treated alike.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar

from memory.chroma import Store
from memory.embedding import BuiltIn, Embedding, Vector, open_embedding
from memory.embedding import embed as embed
from memory.embedding import vector_of as vector_of
from memory.words import has_words
from study.log import UNSTORABLE
from study.settings import Settings

PREFIX = "atelier-"
BATCH = 500
Entry = tuple[str, str, str]
"""(scope, id, text)."""
Thing = TypeVar("Thing")


def open_index(settings: Settings, shared: bool = True) -> "Index":
    """The index that the settings name; not `shared`: one for this process alone, gone with it."""
    embedding = open_embedding(settings.embedding, settings.embedding_base_url or settings.model_base_url)
    if not shared:
        return Index(None, embedding=embedding)
    return Index(settings.data_dir / "index", settings.chroma_url, embedding)


class Index:
    """What was said, by scope, found by likeness; chromadb is imported at first use.

    `path` is a folder of this process alone (None: nothing is kept on disk); `url` a Chroma server
    that several processes share. A folder that another process uses is refused at once (SettingsInvalid).
    """

    def __init__(self, path: Path | None, url: str = "", embedding: Embedding | None = None) -> None:
        self._store = Store(path, url)
        self._embedding = embedding or BuiltIn()
        self._asked = lru_cache(maxsize=256)(lambda text: self._embedding.vectors([text])[0])
        self._length = lru_cache(maxsize=1)(lambda: len(self._asked("a text, to see how long its vector is")))
        self._held: tuple[Any, Any] = (None, None)

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope; the same id is replaced."""
        self._put([(scope, entry_id, text) for entry_id, text in entries])

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """(id, text, similarity 0–1) of the nearest entries of this scope, best first."""
        if not has_words(text) or count < 1:
            return []
        asked: Vector = self._asked(_storable(text))
        where = {"scope": json.dumps(scope)}
        found = self._do(lambda c: c.query(query_embeddings=[asked], n_results=count, where=where))
        rows = zip(found["ids"][0], found["documents"][0], found["distances"][0], strict=True)
        return [(json.loads(i)[1], document, min(1.0, max(0.0, 1 - far))) for i, document, far in rows]

    def forget(self, *scopes: str) -> None:
        """Delete everything under these scopes and the scopes within them (`session` holds `session:block`), for good.

        A folder is made anew from what is left. From a server it is deleted, too, but when that takes it off its disk
        is the server's affair (`chroma vacuum`).
        """
        self._asked.cache_clear()
        if not (scopes and self._store.is_made):
            return
        if self._store.do(lambda client: sum(_forget(client, scope) for scope in scopes)):
            self._store.move(_copy)

    def sessions(self) -> set[str]:
        """Every session that has something here."""
        return self._store.do(_sessions) if self._store.is_made else set()

    def rebuild(self, entries: Iterable[Entry], put: Callable[[int], None] = lambda count: None) -> None:
        """Start anew from what the record has; `put` is called with the size of each part that is in.

        Until it is through, the index says of itself that it is unfinished, and `flaw` sees that. What was
        made with other embeddings is deleted.
        """
        name, about = self._name(), self._about()
        self._store.do(lambda client: _renew(client, name, about | {"unfinished": True}))
        self._held = (None, None)
        for part in _batches(entries):
            self._put(part)
            put(len(part))
        self._do(lambda collection: collection.modify(metadata=about | {"unfinished": False}))
        self._store.do(
            lambda client: [client.delete_collection(c.name) for c in _collections(client) if c.name != name]
        )

    def flaw(self, expected: int) -> str:
        """Why this index has to be made anew, in words; empty when it can be used.

        `expected`: how many texts with words the record has for it, at least.
        """
        about, count = self._do(lambda collection: (collection.metadata or {}, int(collection.count())))
        others = [c.metadata or {} for c in self._store.do(_collections) if c.name != self._name()]
        if about.get("unfinished"):
            return "its last rebuild was interrupted"
        if not count and others:
            before = " and ".join(f"{o.get('embedding')} ({o.get('dimension')} numbers)" for o in others)
            return f"it was made with {before}, and now {self._embedding.name} ({self._length()} numbers) is set"
        return f"it holds {count} of {expected} messages" if count < expected else ""

    def close(self) -> None:
        """Let another process have the folder."""
        self._store.close()

    def _put(self, entries: Sequence[Entry]) -> None:
        """Texts without a letter or digit say nothing and are left out; of the same id the last one counts."""
        rows = {json.dumps([scope, i]): (scope, _storable(text)) for scope, i, text in entries if has_words(text)}
        for ids in _batches(rows):
            texts = [rows[i][1] for i in ids]
            scopes = [rows[i][0] for i in ids]
            part: dict[str, Any] = {"ids": ids, "documents": texts, "embeddings": self._embedding.vectors(texts)}
            part["metadatas"] = [{"scope": json.dumps(s), "session": json.dumps(_session(s))} for s in scopes]
            self._do(methodcaller("upsert", **part))

    def _do(self, operation: Callable[[Any], Any]) -> Any:
        """One operation on this embedding's collection, which is made where there is none."""
        name, about = self._name(), self._about()

        def on(client: Any) -> Any:
            if self._held[0] is not client:
                self._held = (client, _collection(client, name, about | {"unfinished": False}))
            return operation(self._held[1])

        return self._store.do(on)

    def _name(self) -> str:
        """Vectors of another embedding, or of another length, never meet in one collection."""
        made_with = f"{self._embedding.name}\n{self._length()}"
        return PREFIX + hashlib.sha256(made_with.encode()).hexdigest()[:16]

    def _about(self) -> dict[str, Any]:
        return {"embedding": self._embedding.name, "dimension": self._length()}


def _session(scope: str) -> str:
    """The outermost scope, as which a whole participant is found at once."""
    return scope.partition(":")[0]


def _storable(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text)


def _collections(client: Any) -> list[Any]:
    return [collection for collection in client.list_collections() if collection.name.startswith(PREFIX)]


def _collection(client: Any, name: str, about: dict[str, Any]) -> Any:
    if name in (collection.name for collection in _collections(client)):
        return client.get_collection(name, embedding_function=None)
    space = {"hnsw": {"space": "cosine"}}
    return client.get_or_create_collection(name, embedding_function=None, metadata=about, configuration=space)


def _renew(client: Any, name: str, about: dict[str, Any]) -> None:
    if name in (collection.name for collection in _collections(client)):
        client.delete_collection(name)
    _collection(client, name, about)


def _forget(client: Any, scope: str) -> int:
    """How much of it there was."""
    count = 0
    for collection in _collections(client):
        found = collection.get(where={"session": json.dumps(_session(scope))}, include=["metadatas"])
        scopes = [json.loads(metadata["scope"]) for metadata in found["metadatas"]]
        gone = [i for i, its in zip(found["ids"], scopes, strict=True) if its == scope or its.startswith(f"{scope}:")]
        for ids in _batches(gone):
            collection.delete(ids=ids)
            count += len(ids)
    return count


def _copy(old: Any, new: Any) -> None:
    """Every collection as it is, vectors and all; each says that it is unfinished until it is whole."""
    for collection in _collections(old):
        about = collection.metadata or {}
        made = _collection(new, collection.name, about | {"unfinished": True})
        for ids in _batches(collection.get(include=[])["ids"]):
            part = collection.get(ids=ids, include=["documents", "metadatas", "embeddings"])
            made.upsert(**{name: part[name] for name in ("ids", "documents", "metadatas", "embeddings")})
        made.modify(metadata=about)


def _sessions(client: Any) -> set[str]:
    found = [collection.get(include=["metadatas"])["metadatas"] for collection in _collections(client)]
    return {_session(json.loads(metadata["scope"])) for part in found for metadata in part}


def _batches(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    left = iter(things)
    while part := list(islice(left, BATCH)):
        yield part
