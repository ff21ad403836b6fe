"""The extension point: a mechanism is what realises a condition.

To add one: a new file in `memory/mechanisms/` and one line in its registry. A mechanism says what it
is called, which parameters it takes, which paper it comes from and which kinds of event it may emit. Of
the stages of a turn it takes part in those it has something to do for:

    recall   what the assistant is told about the participant
    review   keep, drop or explain what all mechanisms recalled
    ask      ask something instead of answering
    revise   change the draft of a reply before it is shown
    learn    what the turn taught, after the reply is on screen

Every stage is done for all mechanisms of a condition before the next one begins, within a stage in the
order in which the protocol names them: each review sees what the one before it left, the first mechanism
that asks is heard, each revision sees the one before. An add-on is a mechanism without `recall`; it wraps
whatever else the condition has. Controls are offered as data, so that no page needs to know which
condition it is drawing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from study.answers import Said
from study.errors import AnswerRefused
from study.events import Belief, EventBase, Message, Question, Recalled, Section
from study.languages import ENGLISH
from study.protocol import Task
from study.sentence import Sentence

Schema = TypeVar("Schema", bound=BaseModel)


class Params(BaseModel):
    """Base of every mechanism's parameters: unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Line:
    """One message of the conversation so far; `id` is that of the message, or of the turn for a reply.

    `step` is the task it was said in. `asked`: the reply was a question, which the next message may answer.
    `recalled`: what came up for the reply, by `piece_id`.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    _: KW_ONLY
    step: str = ""
    asked: Question | None = None
    recalled: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """What is true in a task right now: a fold over its events, the only thing mechanisms look at.

    `scope` names whose memory this is: nothing outside it may be recalled. `remembered` is what was said
    in earlier tasks of the same memory. `controls`: value by `mechanism.control`. `noted` are the events of
    all other kinds that mechanisms emit, in order, for those who emitted them. `language`: that of the
    session. `replaced`: by the id of a belief, the one whose place it took. `stale`: ids of what beliefs
    rested on that no longer hold (study/beliefs.py).
    """

    scope: str
    task: Task
    history: tuple[Line, ...] = ()
    beliefs: tuple[Belief, ...] = ()
    controls: dict[str, Any] = field(default_factory=dict)
    solution: tuple[Section, ...] = ()
    solution_version: int = 0
    remembered: tuple[Line, ...] = ()
    noted: tuple[Any, ...] = ()
    language: str = ENGLISH
    replaced: Mapping[str, Belief] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Turn:
    """A message to be answered, in the state it was sent in. `history` in `state` ends before it.

    `purpose`: whether what is recalled is for the reply, or for the plan that is drafted after it.
    """

    id: str
    message_id: str
    text: str
    state: State
    purpose: Literal["reply", "plan"] = "reply"

    @property
    def answers(self) -> Question | None:
        """The question of the assistant that this message follows, if it follows one."""
        return self.state.history[-1].asked if self.state.history else None


class Tools(Protocol):
    """What a mechanism may use from outside: structured model calls and the index."""

    def ask(self, schema: type[Schema], messages: Sequence[Message], purpose: str) -> Schema | None:
        """One structured call, logged; None when no usable answer came (that is logged too)."""

    def refusal(self, text: str) -> str | None:
        """Why this may not be kept about the participant (memory/privacy.py); None if it may."""

    def discretion(self) -> str:
        """A sentence for the role of a call that notes or asks: what must be left out; "" if nothing."""

    def said_before(self) -> Sequence[Said]:
        """What the person answered in questionnaires before this task, in words."""

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope; the same id is replaced."""

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """(id, text, similarity 0–1) of the nearest entries of this scope, best first."""


ControlType = Literal["needs", "profile", "slider", "choice", "toggle", "text", "page", "opt_in", "explanation"]
VALUE_ACTIONS = ("set", "set_aside", "use_again")
"""Acts whose new value is the value of the control from then on; other acts change beliefs."""


@dataclass(frozen=True)
class Control:
    """Something the participant can operate, as data.

    `actions` are what `act` accepts: of a list (`needs`, `profile`) some of add, edit, confirm, decline,
    delete, hide, move; of an `explanation` set_aside and use_again (ids of pieces); else `set`. `beliefs`
    are the entries of a list; an `opt_in` adds what each would change (`details`: id → text). `required`:
    a slider or choice that always has a value. `replans`: an act makes the plan anew.
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
    details: dict[str, str] = field(default_factory=dict)
    required: bool = False
    replans: bool = False


class Mechanism:
    """What every mechanism offers; those of its stages that it leaves out do nothing.

    It keeps no state of its own: all of it is in the record. `emits` are the kinds of event that `learn`
    and `act` may return. A mechanism is made from its checked parameters.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    emits: ClassVar[frozenset[str]] = frozenset()
    Params: ClassVar[type[BaseModel]] = Params

    def __init__(self, params: Any) -> None:
        self.params = params

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """What the assistant is told about the participant for this turn, each with its evidence."""
        return []

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        """The same pieces, some of them dropped (`used` false) with the reason. None is added or lost."""
        return recalled

    def ask(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> Question | None:
        """What to ask instead of answering; None to let the reply be made."""
        return None

    def revise(self, turn: Turn, recalled: list[Recalled], draft: str, tools: Tools) -> str:
        """The reply to be shown instead of this draft, or the draft."""
        return draft

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """What this turn taught; runs after the reply is on screen."""
        return []

    def entries(self, state: State, refusal: Callable[[str], str | None]) -> list[tuple[str, str]]:
        """The (id, text) pairs that the index should hold of this state, so that a lost index is made anew.

        `refusal` says why a text may not be kept (`Tools.refusal`).
        """
        return []

    def controls(self, state: State) -> list[Control]:
        """What the participant can see and operate now."""
        return []

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Events for one act of the participant: a ControlChanged with old and new value first.

        Raises AnswerRefused when the control, the action or the value is not one it offered.
        """
        raise AnswerRefused(Sentence("There is nothing to change here."))

    @classmethod
    def does(cls, stage: str) -> bool:
        """Whether it has something to do in this stage of a turn."""
        return getattr(cls, stage) is not getattr(Mechanism, stage)


def dropped(piece: Recalled, reason: str) -> Recalled:
    """A piece that the assistant is not told, and why; one that was dropped before keeps its reason."""
    return piece.model_copy(update={"used": False, "reason": reason}) if piece.used else piece


def piece_id(piece: Recalled) -> str:
    """What a recalled piece is known by from one turn to the next: its belief, or what it rests on."""
    return piece.belief_id or f"{piece.mechanism}:{'+'.join(piece.evidence)}"
