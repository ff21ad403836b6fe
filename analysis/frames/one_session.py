"""A session as its frames are made from it: its row, its events by kind, its plan of steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from study.flow import Step
from study.log import Stored
from study.protocol import Protocol
from study.tables import Sitting

Row = tuple[Stored | None, dict[str, Any]]
"""The event a row is read from, and the values of its derived columns."""


@dataclass(frozen=True)
class OneSession:
    """A session with its events and its plan of steps; `identifiers`: whether frames may say who it was."""

    row: Sitting
    events: Sequence[Stored]
    protocol: Protocol
    identifiers: bool = False
    steps: Mapping[str, Step] = field(default_factory=dict)

    @cached_property
    def by_kind(self) -> dict[str, list[Stored]]:
        """Its events of each kind, in order."""
        found: dict[str, list[Stored]] = {}
        for entry in self.events:
            found.setdefault(entry.kind, []).append(entry)
        return found

    def of(self, *kinds: str) -> Sequence[Stored]:
        """Its events of these kinds, in order; all of them if none is named."""
        if len(kinds) == 1:
            return self.by_kind.get(kinds[0], [])
        return [entry for entry in self.events if entry.kind in kinds] if kinds else self.events

    def first(self, kind: str) -> dict[str, Stored]:
        """The first event of a kind on each step, in order."""
        found: dict[str, Stored] = {}
        for entry in self.of(kind):
            found.setdefault(entry.step, entry)
        return found

    def label(self, block: int | None) -> str | None:
        """What the participant knows the condition of a block as."""
        return self.protocol.design.labels[block - 1] if block else None

    def memory(self, step_id: str) -> dict[str, Any]:
        """The memory that the task of a step works in, and the session of a study over several days."""
        step = self.steps.get(step_id)
        return {"memory": step.memory if step else step_id, "session_number": step.session if step else None}


def span(start: Stored | None, end: Stored | None, name: str, seconds: float) -> dict[str, Any]:
    """From when until when, and how long in units of so many seconds."""
    length = (end.at - start.at).total_seconds() / seconds if start and end else None
    return {"started_at": start.at if start else None, "finished_at": end.at if end else None, name: length}
