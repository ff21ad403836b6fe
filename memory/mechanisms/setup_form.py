"""What the person said in a form before the task is told to the assistant, word for word."""

from typing import ClassVar

from pydantic import BaseModel, Field

from memory.mechanism import Mechanism, Params, Tools, Turn
from study.events import Recalled
from study.text import Text


class SetupFormParams(Params):
    """`instruments`: the forms; `items`: only these of them (none: all); `says`: item → wording with `{answer}`."""

    instruments: tuple[str, ...] = Field(min_length=1)
    items: tuple[str, ...] = ()
    says: dict[str, Text] = Field(default_factory=dict)


class SetupForm(Mechanism):
    """Answers of earlier questionnaires as lines about the person.

    Kept from CloChat: the settings are made in a form before the conversation, group by group, and stay
    as they are. Changed: the form is an ordinary instrument of the protocol, so that its groups are data
    and its answers are measured; no picture of the persona. The same lines serve studies in which a
    conversation partner knows a person's background (Salvi et al.).
    """

    name: ClassVar[str] = "setup_form"
    paper: ClassVar[str] = (
        "CloChat: Understanding How People Customize, Interact, and Experience Personas in Large Language Models "
        "(CHI 2024, arXiv 2402.15265); On the conversational persuasiveness of GPT-4 (Salvi et al., 2025)"
    )
    Params: ClassVar[type[BaseModel]] = SetupFormParams
    params: SetupFormParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Every answer given in the forms, in their order."""
        return [
            Recalled(
                text=self.params.says.get(said.item, f"{said.question} {{answer}}").replace("{answer}", said.answer),
                mechanism=self.name,
                evidence=(said.event_id,),
            )
            for said in tools.said_before()
            if said.instrument in self.params.instruments and (not self.params.items or said.item in self.params.items)
        ]
