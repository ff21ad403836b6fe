"""Fixed instructions to the assistant: the wording of the system prompt as an independent variable."""

from typing import ClassVar

from pydantic import BaseModel, Field

from memory.mechanism import Mechanism, Params, Tools, Turn
from study.events import Recalled


class SystemPromptParams(Params):
    """`parts`: name of a part (such as identity, intent, behaviour) → its text, in this order."""

    parts: dict[str, str] = Field(min_length=1)


class SystemPrompt(Mechanism):
    """Adds its parts to the role of the assistant; everything else of the prompt stays the same.

    Each part may be the level of a factor, so that a protocol crosses identity, intent and behaviour.
    """

    name: ClassVar[str] = "system_prompt"
    paper: ClassVar[str] = "Factorial manipulation of system prompts; ours, no single paper."
    Params: ClassVar[type[BaseModel]] = SystemPromptParams
    params: SystemPromptParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """The parts, as instructions: nothing about the person."""
        return [
            Recalled(text=" ".join(text.split()), mechanism=self.name, kind="instruction", reason=part)
            for part, text in self.params.parts.items()
        ]
