"""No personalisation: the baseline that every arm is compared with."""

from typing import ClassVar

from pydantic import BaseModel

from memory.mechanism import NothingToOperate, Params, Tools, Turn
from study.events import EventBase, Recalled


class NoParams(Params):
    """There are none."""


class NoPersonalisation(NothingToOperate):
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
