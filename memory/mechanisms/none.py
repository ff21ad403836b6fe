"""No personalisation: the baseline that every arm is compared with."""

from typing import Any, ClassVar

from pydantic import BaseModel

from memory.mechanism import Control, Params, State, Tools, Turn
from study.errors import AnswerRefused
from study.events import EventBase, Recalled


class NoParams(Params):
    """There are none."""


class NoPersonalisation:
    """Remembers nothing and offers nothing; the prompt has the same frame without personal lines."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = "Baseline; no paper."
    emits: ClassVar[frozenset[str]] = frozenset()

    Params: ClassVar[type[BaseModel]] = NoParams

    def __init__(self, params: NoParams) -> None:
        self.params = params

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Nothing."""
        return []

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """Nothing."""
        return []

    def controls(self, state: State) -> list[Control]:
        """Nothing."""
        return []

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """There is nothing to operate."""
        raise AnswerRefused("There is nothing to change here.")
