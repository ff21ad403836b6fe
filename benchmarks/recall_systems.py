"""The systems that the benchmark of recall compares, behind the same few operations.

`python -m benchmarks.recall_systems SYSTEM MODE SIZE URL` runs one of them in a process of its own, so that its memory and CPU
can be told, and prints what was measured as JSON. MODE is `times` (SIZE entries over 1,000 people) or `hits` (SIZE people).
"""

import hashlib
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from benchmarks.recall_data import Preference, preferences
from benchmarks.setting import megabytes
from memory import chat_model, profile_list
from memory.arm import Arm, Limits
from memory.belief import new_id, usable
from memory.index import Index, embed
from memory.mechanism import State, Turn
from memory.mechanisms.all_beliefs import AllBeliefs
from memory.mechanisms.inferred_profile import InferredProfile, ProfileParams
from memory.state import fold
from study.database import open_database, writing
from study.events import Belief, BeliefChanged, EventBase
from study.log import Entry, Place, Recent, append, now
from study.protocol import Condition, MechanismUse, Task
from study.studies import create_study
from study.tables import Sitting

PEOPLE, EACH, SEED, BATCH = 1_000, 20, 31, 500
OPERATIONS = 100
STEP = "task"
TASK = Task(id="anything", title="Anything", brief="Whatever is asked.", opening="Hello.", remarks=("Well.",))


class System(Protocol):
    """What every system can do. `find` gives the handle by which `update` changes an entry."""

    def fill(self, texts: Sequence[tuple[str, str]]) -> None:
        """Put (person, text) pairs in, as fast as the system can, without a model."""

    def add(self, person: str, text: str) -> None:
        """The person says this; the system finds what to keep of it, and what that means for what it holds."""

    def search(self, person: str, query: str, count: int) -> list[str]:
        """The texts that bear most on the query, best first."""

    def find(self, person: str, text: str) -> str:
        """The handle of this entry."""

    def update(self, person: str, handle: str, text: str) -> None:
        """Change an entry to this, without a model."""


class Atelier:
    """The record (SQLite), stated preferences by `all_beliefs`, recall as `inferred_profile` does it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.engine = open_database(f"sqlite:///{folder / 'record.db'}")
        self.record = Recent(self.engine, ("belief_changed",))
        model = chat_model.open_model("openai:stand-in", timeout=60, base_url=url)
        condition = Condition(id="one", mechanisms=(MechanismUse(name="all_beliefs"),))
        self.index = Index(folder / "index")
        self.arm = Arm(condition, model, self.index, Limits(60))
        self.writer = AllBeliefs(AllBeliefs.Params())
        self.reader = InferredProfile(ProfileParams(max_recalled=5, diversity=0))
        self.enrolled: set[str] = set()

    def fill(self, texts: Sequence[tuple[str, str]]) -> None:
        self._enrol([person for person, _ in texts])
        by_person: dict[str, list[EventBase]] = {}
        for person, text in texts:
            belief = Belief(id=new_id(), text=text, source="stated", evidence=(f"said-{len(by_person)}",))
            added = BeliefChanged(mechanism="all_beliefs", by="mechanism", action="added", belief=belief)
            by_person.setdefault(person, []).append(added)
        for person, events in by_person.items():
            self._log(person, events)

    def add(self, person: str, text: str) -> None:
        turn = Turn(uuid.uuid4().hex, uuid.uuid4().hex, text, self._state(person))
        self._log(person, self.writer.learn(turn, "", self.arm))

    def search(self, person: str, query: str, count: int) -> list[str]:
        pieces = self.reader.recall(Turn("t", "m", query, self._state(person)), self.arm)
        return [piece.text for piece in pieces if piece.used][:count]

    def find(self, person: str, text: str) -> str:
        return next(belief.id for belief in usable(self._state(person).beliefs) if belief.text == text)

    def update(self, person: str, handle: str, text: str) -> None:
        held, value = self._state(person).beliefs, {"id": handle, "text": text}
        self._log(person, profile_list.act("all_beliefs", "editable", held, "profile", "edit", value))

    def _state(self, person: str) -> State:
        return fold(person, TASK, self.record.of_step(person, STEP))

    def _log(self, person: str, events: Sequence[EventBase]) -> None:
        append(self.engine, person, [Entry(event, Place(step=STEP)) for event in events])

    def _enrol(self, people: Sequence[str]) -> None:
        from benchmarks.people import DEMO

        fresh = [person for person in dict.fromkeys(people) if person not in self.enrolled]
        self.enrolled |= set(fresh)
        study, at = create_study(self.engine, DEMO, seed=1), now()
        shared: dict[str, Any] = {"cell": 0, "conditions": [], "tasks": [], "seed": 1, "protocol_hash": "", "model": ""}
        with writing(self.engine) as db:
            for number, person in enumerate(fresh):
                sitting = Sitting(
                    id=person,
                    study_id=study.id,
                    participant=person,
                    allocation_index=number,
                    app_version="",
                    started_at=at,
                    seen_at=at,
                    **shared,
                )
                db.add(sitting)


class MessageIndex:
    """The index alone (Chroma), as retrieval over messages uses it; it decides nothing, so nothing contradicts."""

    def __init__(self, folder: Path, url: str) -> None:
        self.index = Index(folder / "index")

    def fill(self, texts: Sequence[tuple[str, str]]) -> None:
        self.index.rebuild((f"{person}:0", text, text) for person, text in texts)

    def add(self, person: str, text: str) -> None:
        self.index.remember(f"{person}:0", [(text, text)])

    def search(self, person: str, query: str, count: int) -> list[str]:
        return [text for _, text, _ in self.index.nearest(f"{person}:0", query, count)]

    def find(self, person: str, text: str) -> str:
        return text

    def update(self, person: str, handle: str, text: str) -> None:
        self.index.remember(f"{person}:0", [(handle, text)])


class Embedding:
    """Our embedding in the shape that mem0 asks for."""

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        """One text."""
        return embed(text)

    def embed_batch(self, texts: Sequence[str], memory_action: str | None = None) -> list[list[float]]:
        """Several texts."""
        return [embed(text) for text in texts]


class Mem0:
    """mem0 (PyPI `mem0ai`), open source part, with our embedding, the same stand-in model, Chroma on disk, no telemetry."""

    def __init__(self, folder: Path, url: str) -> None:
        os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(folder), "ANONYMIZED_TELEMETRY": "False"}
        from mem0 import Memory

        openai = {"api_key": "none", "openai_base_url": url}
        self.memory = Memory.from_config(
            {
                "vector_store": {
                    "provider": "chroma",
                    "config": {"collection_name": "preferences", "path": str(folder / "chroma")},
                },
                "llm": {"provider": "openai", "config": {"model": "stand-in", **openai}},
                "embedder": {"provider": "openai", "config": {"model": "stand-in", **openai}},
                "history_db_path": str(folder / "history.db"),
            }
        )
        self.memory.embedding_model = Embedding()

    def fill(self, texts: Sequence[tuple[str, str]]) -> None:
        """Into its store and its history, as its own `_create_memory` writes them, but many at a time."""
        for start in range(0, len(texts), BATCH):
            part = texts[start : start + BATCH]
            ids, at = [str(uuid.uuid4()) for _ in part], datetime.now(UTC).isoformat()
            payloads = [
                {
                    "user_id": person,
                    "data": text,
                    "hash": hashlib.md5(text.encode()).hexdigest(),
                    "created_at": at,
                    "updated_at": at,
                    "text_lemmatized": text,
                }
                for person, text in part
            ]
            self.memory.vector_store.insert(vectors=[embed(text) for _, text in part], ids=ids, payloads=payloads)
            history = {"old_memory": None, "event": "ADD", "created_at": at, "is_deleted": 0}
            rows = [{"memory_id": i, "new_memory": t, **history} for i, (_, t) in zip(ids, part, strict=True)]
            self.memory.db.batch_add_history(rows)

    def add(self, person: str, text: str) -> None:
        self.memory.add([{"role": "user", "content": text}], user_id=person)

    def search(self, person: str, query: str, count: int) -> list[str]:
        found = self.memory.search(query, top_k=count, filters={"user_id": person})
        return [row["memory"] for row in found["results"]]

    def find(self, person: str, text: str) -> str:
        rows = self.memory.get_all(filters={"user_id": person}, top_k=1_000)["results"]
        return next(str(row["id"]) for row in rows if row["memory"] == text)

    def update(self, person: str, handle: str, text: str) -> None:
        self.memory.update(handle, text=text)


SYSTEMS: dict[str, Callable[[Path, str], System]] = {"atelier": Atelier, "index": MessageIndex, "mem0": Mem0}


def times(system: System, size: int, operations: int) -> dict[str, Any]:
    """Milliseconds by the clock and of CPU for each operation, when the system holds `size` entries of 1,000 people.

    Of a contradiction also whether the old entry is still among the five that come up for a request it bears on.
    """
    before = megabytes(os.getpid())
    people = [f"person{n:04d}" for n in range(PEOPLE)]
    held = {person: preferences(n, size // PEOPLE, SEED) for n, person in enumerate(people)}
    system.fill([(person, p.text) for person in people for p in held[person]])
    found: dict[str, Any] = {op: [] for op in ("search", "update", "add", "contradiction")}
    stale = []
    for number in range(operations):
        person = people[number * 7 % PEOPLE]
        other = _unsaid(number, held[person])
        found["search"].append(_timed(lambda p=person, o=other: system.search(p, o.named, 5)))  # type: ignore[misc]
        found["add"].append(_timed(lambda p=person, o=other: system.add(p, o.text)))  # type: ignore[misc]
        system.search(person, other.named, 5)
        found["contradiction"].append(_timed(lambda p=person, o=other: system.add(p, o.taken_back)))  # type: ignore[misc]
        stale.append(other.text in system.search(person, other.named, 5))
        old = held[person][0]
        handle = system.find(person, old.text)
        found["update"].append(_timed(lambda p=person, h=handle, o=old: system.update(p, h, f"{o.text} Really.")))  # type: ignore[misc]
    return found | {"stale": sum(stale) / len(stale), "megabytes": megabytes(os.getpid()) - before}


def hits(system: System, people: int) -> dict[str, Any]:
    """For requests with the word of the preference and without it: its place among what came up (0: not among five)."""
    held = {f"person{n:04d}": preferences(n, EACH, SEED) for n in range(people)}
    system.fill([(person, p.text) for person, mine in held.items() for p in mine])
    return {
        kind: [place(p.text, system.search(who, getattr(p, kind), 5)) for who, mine in held.items() for p in mine]
        for kind in ("named", "unnamed")
    }


def place(text: str, found: Sequence[str]) -> int:
    """1 for the first, 0 for not found."""
    return found.index(text) + 1 if text in found else 0


def _unsaid(number: int, held: Sequence[Preference]) -> Preference:
    """A preference that this person has not stated yet."""
    known = {p.text for p in held}
    return next(p for p in preferences(number, 192, SEED + 1) if p.text not in known)


def _timed(act: Callable[[], Any]) -> tuple[float, float]:
    begun, computed = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - computed) * 1000


def main() -> None:
    """Run one system, print JSON."""
    name, mode, size, url = sys.argv[1:5]
    operations = int(sys.argv[5]) if len(sys.argv) > 5 else OPERATIONS
    system = SYSTEMS[name](Path(tempfile.mkdtemp(prefix=f"atelier-{name}-")), url)
    print(json.dumps(times(system, int(size), operations) if mode == "times" else hits(system, int(size))))


if __name__ == "__main__":
    main()
