"""The timeline of a protocol: which steps there are, for whom they are shown, and what is checked on the way."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from study.events import Frozen

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


def _no_truth_value(value: Any) -> Any:
    """An unquoted `no` reaches us as false, which would quietly count as 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number or a text")
    return value


Value = Annotated[int | float | str, BeforeValidator(_no_truth_value)]
"""What an answer is compared with."""


class When(Frozen):
    """Something that holds of an earlier answer; within a block, of the answer in the same block first."""

    instrument: Id
    item: Id
    equals: Value | None = None
    any_of: tuple[Value, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.equals is None and not self.any_of and self.at_least is None and self.at_most is None:
            raise ValueError("needs one of equals, any_of, at_least, at_most")
        return self


class Check(Frozen):
    """An attention or comprehension check: which answers are right, how often one may try, what failing does."""

    instrument: Id
    answers: dict[Id, tuple[Value, ...]] = Field(min_length=1)
    attempts: int = Field(default=1, ge=1, le=10)
    on_fail: Literal["end", "go_on"] = "end"
    text: str = "Some of these answers are not right. Please read the page before once more and try again."


class AnyStep(Frozen):
    """What every step may say: only for whom an earlier answer holds."""

    show_if: When | None = None


class TextStep(AnyStep):
    """A page with a text and a button."""

    step: Literal["welcome", "instructions", "break", "debrief"]
    title: str
    text: str


class ConsentStep(AnyStep):
    """The consent text, with a way to say no."""

    step: Literal["consent"]


class QuestionnaireStep(AnyStep):
    """One page per instrument, in this order. Whoever fits `screen_out` leaves with the ending of that name."""

    step: Literal["questionnaire"]
    instruments: tuple[str, ...] = Field(min_length=1)
    screen_out: tuple[When, ...] = ()
    checks: tuple[Check, ...] = ()


class TaskStep(AnyStep):
    """The task screen of the block's condition."""

    step: Literal["task"]


class BeliefsStep(AnyStep):
    """The participant judges what the assistant held about them in these conditions."""

    step: Literal["beliefs"]
    conditions: tuple[str, ...] = Field(min_length=1)


class BlockStep(AnyStep):
    """Steps that are run once for each condition, in the participant's own order."""

    step: Literal["block"]
    steps: tuple[Annotated[TextStep | QuestionnaireStep | TaskStep, Field(discriminator="step")], ...] = Field(
        min_length=1
    )


TimelineStep = Annotated[
    TextStep | ConsentStep | QuestionnaireStep | BeliefsStep | BlockStep, Field(discriminator="step")
]
