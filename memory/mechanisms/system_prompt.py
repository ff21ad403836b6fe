"""Fixed instructions to the assistant: the wording of the system prompt as an independent variable."""

from typing import ClassVar

from pydantic import BaseModel, Field

from memory.mechanism import NothingToOperate, Params, Tools, Turn
from study.events import EventBase, Recalled


class SystemPromptParams(Params):
    """`parts`: name of a part (such as identity, intent, behaviour) → its text, in this order."""

    parts: dict[str, str] = Field(min_length=1)


class SystemPrompt(NothingToOperate):
    """Adds its parts to the role of the assistant; everything else of the prompt stays the same.

    Each part may be the level of a factor, so that a protocol crosses identity, intent and behaviour.
    """

    name: ClassVar[str] = "system_prompt"
    paper: ClassVar[str] = "Factorial manipulation of system prompts; ours, no single paper."
    emits: ClassVar[frozenset[str]] = frozenset()

    Params: ClassVar[type[BaseModel]] = SystemPromptParams

    def __init__(self, params: SystemPromptParams) -> None:
        self.params = params

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """The parts, as instructions: nothing about the person."""
        return [
            Recalled(text=" ".join(text.split()), mechanism=self.name, kind="instruction", reason=part)
            for part, text in self.params.parts.items()
        ]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """Nothing."""
        return []
