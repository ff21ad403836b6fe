"""What the tests of mechanisms share: scripted tools, a task, and a block that is folded from its events."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from memory import privacy
from memory.belief import succession
from memory.index import embed
from memory.mechanism import VALUE_ACTIONS, Line, Mechanism, State, Turn
from study.beliefs import fold
from study.events import BeliefChanged, ControlChanged, EventBase, Message
from study.protocol import Privacy, Task

TASK_FILE = Path(__file__).parents[2] / "protocols" / "tasks" / "weekend_trip.yaml"
TASK = Task.model_validate(yaml.safe_load(TASK_FILE.read_text(encoding="utf-8")))


class FakeTools:
    """Answers each structured call with the next scripted answer of its schema (None when there is none left)."""

    def __init__(self, *answers: BaseModel) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.entries: dict[tuple[str, str], str] = {}

    def ask(self, schema: type[Any], messages: Sequence[Message], purpose: str) -> Any:
        self.asked.append((purpose, messages[0].content))
        found = next((a for a in self.answers if isinstance(a, schema)), None)
        if found is not None:
            self.answers.remove(found)
        return found

    def refusal(self, text: str) -> str | None:
        return privacy.refusal(text, Privacy())

    def discretion(self) -> str:
        return privacy.discretion(Privacy())

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        self.entries |= {(scope, entry_id): text for entry_id, text in entries}

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        asked = embed(text)
        rows = [
            (entry_id, said, max(0.0, sum(a * b for a, b in zip(asked, embed(said), strict=True))))
            for (its_scope, entry_id), said in self.entries.items()
            if its_scope == scope
        ]
        return sorted(rows, key=lambda row: -row[2])[:count]


@dataclass
class Block:
    """One mechanism at work in one block; the state is always a fold over what it emitted."""

    mechanism: Mechanism
    scope: str = "s1:0"
    events: list[EventBase] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def state(self) -> State:
        set_to = [e for e in self.events if isinstance(e, ControlChanged) and e.action in VALUE_ACTIONS]
        return State(
            self.scope,
            TASK,
            tuple(self.lines),
            fold(e for e in self.events if isinstance(e, BeliefChanged)),
            {f"{e.mechanism}.{e.control}": e.new for e in set_to},
            noted=tuple(e for e in self.events if not isinstance(e, BeliefChanged | ControlChanged)),
            replaced=succession(e.belief for e in self.events if isinstance(e, BeliefChanged)),
        )

    def turn(self, text: str) -> Turn:
        number = len(self.lines) // 2
        return Turn(f"turn{number}", f"message{number}", text, self.state)

    def says(self, text: str, *answers: BaseModel) -> FakeTools:
        """The participant writes; the model's structured answers are scripted."""
        tools, turn = FakeTools(*answers), self.turn(text)
        self.events += self.mechanism.learn(turn, "A reply.", tools)
        self.lines += [Line(turn.message_id, "user", text), Line(turn.id, "assistant", "A reply.")]
        return tools

    def acts(self, control: str, action: str, value: Any) -> list[EventBase]:
        events = self.mechanism.act(self.state, control, action, value)
        self.events += events
        return events

    def recalled(self, text: str = "What now?") -> list[str]:
        return [piece.text for piece in self.mechanism.recall(self.turn(text), FakeTools()) if piece.used]

    def held(self) -> list[str]:
        return [belief.text for belief in self.state.beliefs if belief.status == "held"]

    def with_status(self, status: str) -> list[str]:
        return [belief.text for belief in self.state.beliefs if belief.status == status]

    def elsewhere(self) -> "Block":
        return replace(self, scope="s1:1", events=[], lines=[])
