"""The extension point: a mechanism is what realises a condition.

To add one: a new file in `memory/mechanisms/` and one line in its registry. A mechanism says what it
is called, which parameters it takes, which paper it comes from and which kinds of event it may emit;
it recalls before a reply, learns after it, and offers controls as data, so that no page needs to
know which condition it is drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict

from study.answers import Said
from study.errors import AnswerRefused
from study.events import Belief, EventBase, Message, Recalled, Section
from study.protocol import Task

Schema = TypeVar("Schema", bound=BaseModel)


class Params(BaseModel):
    """Base of every mechanism's parameters: unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Line:
    """One message of the conversation so far; `id` is the event it stands in the record as.

    `step` is the task it was said in.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    step: str = ""


@dataclass(frozen=True)
class State:
    """What is true in a task right now: a fold over its events, the only thing mechanisms look at.

    `scope` names whose memory this is: nothing outside it may be recalled. `remembered` is what was said
    in earlier tasks of the same memory.
    """

    scope: str
    task: Task
    history: tuple[Line, ...] = ()
    beliefs: tuple[Belief, ...] = ()
    controls: dict[str, Any] = field(default_factory=dict)
    solution: tuple[Section, ...] = ()
    solution_version: int = 0
    remembered: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A message to be answered, in the state it was sent in. `history` in `state` ends before it."""

    id: str
    message_id: str
    text: str
    state: State


class Tools(Protocol):
    """What a mechanism may use from outside: structured model calls and the index."""

    def ask(self, schema: type[Schema], messages: Sequence[Message], purpose: str) -> Schema | None:
        """One structured call, logged; None when no usable answer came (that is logged too)."""

    def said_before(self) -> Sequence[Said]:
        """What the person answered in questionnaires before this task, in words."""

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope; the same id is replaced."""

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """(id, text, similarity 0–1) of the nearest entries of this scope, best first."""


@runtime_checkable
class Indexed(Protocol):
    """What a mechanism offers that keeps something in the index, so that a lost index is made anew."""

    def entries(self, state: State) -> list[tuple[str, str]]:
        """The (id, text) pairs that the index should hold of this state."""


ControlType = Literal["needs", "profile", "slider", "choice", "toggle", "text"]


@dataclass(frozen=True)
class Control:
    """Something the participant can operate, as data.

    `actions` are what `act` accepts: for `needs` and `profile` some of add, edit, confirm, decline,
    delete; for the others `set`. `beliefs` are the entries of a list; `questions` what the
    assistant would like to know (topic, question, suggested answers).
    """

    id: str
    mechanism: str
    type: ControlType
    label: str
    value: Any = None
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    min: float = 0
    max: float = 1
    step: float = 1
    low: str = ""
    high: str = ""
    actions: tuple[str, ...] = ("set",)
    beliefs: tuple[Belief, ...] = ()
    replans: bool = False


class Mechanism(Protocol):
    """What every mechanism offers. It keeps no state of its own: all of it is in the record."""

    name: ClassVar[str]
    paper: ClassVar[str]
    emits: ClassVar[frozenset[str]]
    Params: ClassVar[type[BaseModel]]

    def __init__(self, params: Any) -> None: ...

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """What the assistant is told about the participant for this turn, each with its evidence."""

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """What this turn taught; runs after the reply is on screen."""

    def controls(self, state: State) -> list[Control]:
        """What the participant can see and operate now."""

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Events for one act of the participant: a ControlChanged with old and new value first.

        Raises AnswerRefused when the control, the action or the value is not one it offered.
        """


class NothingToOperate:
    """For mechanisms that work unseen: no controls, and so no acts."""

    def controls(self, state: State) -> list[Control]:
        """Nothing to operate."""
        return []

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """There is nothing to operate."""
        raise AnswerRefused("There is nothing to change here.")
