"""A condition at work: its mechanisms, and what they may use from outside."""

import copy
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from langchain_core.language_models import BaseChatModel

from memory import chat_model, names, privacy
from memory.index import Index
from memory.mechanism import Mechanism, Schema, Turn
from memory.mechanisms.registry import MECHANISMS
from study.answers import Said
from study.events import Message, ModelCalled
from study.protocol import Condition, Privacy

SIDE_SHARE = 1 / 3
"""Calls around a reply get this share of its time, so that none of them can use it up."""


@dataclass(frozen=True)
class Limits:
    """How long a model may take (seconds) and how often a call is tried again."""

    timeout: float
    retries: int = 2


class Arm:
    """A condition at work: its mechanisms, the model and the index. Implements `mechanism.Tools`.

    Model calls made through it are collected in `calls`, to be logged with what they led to. What it sends
    to a model is what the study's privacy settings let through.
    """

    def __init__(
        self,
        condition: Condition,
        model: BaseChatModel,
        index: Index,
        limits: Limits,
        said: Callable[[], Sequence[Said]] = tuple,
        private: Privacy | None = None,
    ) -> None:
        self.mechanisms = mechanisms_of(condition)
        self.model = model
        self.index = index
        self.limits = limits
        self.said_before = said
        self.private = private or Privacy()
        self.plans = condition.plan_panel == "shown"
        self.calls: list[ModelCalled] = []
        self.turn_id: str | None = None
        self.cancel = threading.Event()
        self.names: set[str] = set()

    def attend(self, turn: Turn, cancel: threading.Event | None = None) -> None:
        """The calls from now on are about this turn; `cancel` ends one that is under way."""
        self.turn_id = turn.id
        self.cancel = cancel or threading.Event()
        lines = (*turn.state.remembered, *turn.state.history)
        said = [turn.text, *(line.text for line in lines if line.role == "user")]
        self.names = {name for text in said for name in names.names_in(text)}

    def apart(self) -> Self:
        """The same with calls of its own, for work that is done at the same time as other work."""
        other = copy.copy(self)
        other.calls = []
        return other

    def ask(self, schema: type[Schema], messages: Sequence[Message], purpose: str) -> Schema | None:
        """One structured call; None when no usable answer came."""
        parsed, call = chat_model.structured(
            self.model,
            schema,
            self.let_through(messages),
            purpose=purpose,
            timeout=self.limits.timeout * SIDE_SHARE,
            cancel=self.cancel,
            retries=self.limits.retries,
        )
        self.note(call)
        return parsed  # type: ignore[return-value]

    def write(self, messages: Sequence[Message], on_text: Callable[[str], None]) -> chat_model.Call:
        """The call that writes a reply; `on_text` gets its pieces as they come."""
        call = chat_model.stream(
            self.model,
            self.let_through(messages),
            purpose="reply",
            timeout=self.limits.timeout,
            cancel=self.cancel,
            on_text=on_text,
            retries=self.limits.retries,
        )
        self.note(call)
        return call

    def let_through(self, messages: Sequence[Message]) -> list[Message]:
        """A prompt as the model gets it: without people's names, unless the protocol passes them."""
        if self.private.names == "passed":
            return list(messages)
        return names.without_names(messages, self.names)

    def refusal(self, text: str) -> str | None:
        """Why this may not be kept about the participant; None if it may."""
        return privacy.refusal(text, self.private)

    def discretion(self) -> str:
        """A sentence for the role of a call that notes or asks: what must be left out; "" if nothing."""
        return privacy.discretion(self.private)

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope."""
        self.index.remember(scope, entries)

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """The nearest entries of this scope, best first."""
        return self.index.nearest(scope, text, count)

    def note(self, call: chat_model.Call) -> None:
        """Keep a model call for the record."""
        self.calls.append(ModelCalled(**_fields(call), turn_id=self.turn_id))


def mechanisms_of(condition: Condition) -> list[Mechanism]:
    """The mechanisms of a condition, in the order in which the protocol names them."""
    made: list[Mechanism] = []
    for use in condition.mechanisms:
        mechanism = MECHANISMS[use.name]
        made.append(mechanism(mechanism.Params.model_validate(use.params)))
    return made


def _fields(call: chat_model.Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in ModelCalled.model_fields if name not in ("v", "kind", "turn_id")}
