"""Always-visible preference controls that the protocol declares."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator

from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from study.errors import AnswerRefused
from study.events import ControlChanged, EventBase, Recalled
from study.sentence import Sentence
from study.text import Text

TEXT_LIMIT = 300


class ControlParams(Params):
    """One control. `says` gives the words for a value where the label and the value alone would not do."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: Literal["slider", "choice", "toggle", "text"]
    label: Text
    help: Text = ""
    low: Text = ""
    high: Text = ""
    min: int = 0
    max: int = 4
    step: int = Field(default=1, ge=1)
    options: dict[str, Text] = Field(default_factory=dict)
    says: dict[str, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type == "choice" and not self.options:
            raise ValueError(f"control '{self.id}' (choice) needs options")
        if self.min >= self.max:
            raise ValueError(f"control '{self.id}' needs min < max")
        return self


class PreferenceParams(Params):
    """The controls, in the order in which they are shown."""

    controls: tuple[ControlParams, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        if len({control.id for control in self.controls}) != len(self.controls):
            raise ValueError("ids of controls must be unique")
        return self


class PreferenceControls(Mechanism):
    """The participant sets preferences; the assistant is told them word for word.

    After the preference box of ExploreLLM (Ma et al., 2023) and custom instructions. Kept: always
    visible, recalled verbatim. Changed: besides free text there are sliders, choices and toggles.
    Nothing is preset; every change is an event with old and new value.
    """

    name: ClassVar[str] = "preference_controls"
    paper: ClassVar[str] = "ExploreLLM (arXiv 2312.00763)"
    emits: ClassVar[frozenset[str]] = frozenset({"control_changed"})
    Params: ClassVar[type[BaseModel]] = PreferenceParams
    params: PreferenceParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Every control that is set, as words."""
        recalled = []
        for control in self.params.controls:
            value = turn.state.controls.get(f"{self.name}.{control.id}")
            if _is_set(value):
                text = f"{control.label}: {_words(control, value)}"
                recalled.append(Recalled(text=text, mechanism=self.name, evidence=(f"control:{control.id}",)))
        return recalled

    def controls(self, state: State) -> list[Control]:
        """Every declared control with its present value (None until it was set)."""
        return [
            Control(
                id=c.id,
                mechanism=self.name,
                type=c.type,
                label=c.label,
                help=c.help,
                low=c.low,
                high=c.high,
                min=c.min,
                max=c.max,
                step=c.step,
                options=tuple(c.options.items()),
                value=state.controls.get(f"{self.name}.{c.id}"),
                replans=True,
            )
            for c in self.params.controls
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Set one control, if that changes it; the value is checked against what the protocol declares."""
        declared = {c.id: c for c in self.params.controls}
        if control not in declared or action != "set" or not _allowed(declared[control], value):
            raise AnswerRefused(Sentence("This value is not one of those offered."))
        old = state.controls.get(f"{self.name}.{control}")
        if value == old or not (_is_set(value) or _is_set(old)):
            return []
        return [ControlChanged(mechanism=self.name, control=control, action="set", old=old, new=value)]


def _is_set(value: Any) -> bool:
    """Whether a control was set: 0 is a value; a toggle that is off and a blank text are none."""
    return value is not None and value is not False and not (isinstance(value, str) and not value.strip())


def _allowed(control: ControlParams, value: Any) -> bool:
    if value is None:
        return control.type in ("slider", "choice")
    if control.type == "slider":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and value in range(control.min, control.max + 1, control.step)
    if control.type == "choice":
        return isinstance(value, str) and value in control.options
    if control.type == "toggle":
        return isinstance(value, bool)
    return isinstance(value, str) and len(value) <= TEXT_LIMIT


def _words(control: ControlParams, value: Any) -> str:
    if said := control.says.get(str(value).lower() if control.type == "toggle" else str(value)):
        return said
    if control.type == "slider":
        ends = {control.min: control.low, control.max: control.high}
        scale = " to ".join(f"{end} ({label})" if label else f"{end}" for end, label in ends.items())
        return ends.get(value) or f"{value} on a scale from {scale}"
    if control.type == "toggle":
        return "yes"
    return str(control.options.get(value, value)).strip()
