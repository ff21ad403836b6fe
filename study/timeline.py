"""The timeline of a protocol: which steps there are, for whom they are shown, and what is checked on the way."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from study.events import BeliefSource, Frozen
from study.sentence import Sentence
from study.text import Text

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
    text: Text = str(  # as plain as a schema needs it
        Sentence("Some of these answers are not right. Please read the page before once more and try again.")
    )


class TimeLimit(Frozen):
    """How long a page may take, in minutes, and what happens then.

    `warn`: the page says that the time is over; `submit`: what is there is taken and the study goes on;
    `end`: the study ends with the ending `timed_out`. The time runs from the first showing of the page.
    """

    minutes: float = Field(gt=0, le=600)
    then: Literal["warn", "submit", "end"] = "warn"


class AnyStep(Frozen):
    """What every step may say: for whom it is, and how long it may take."""

    show_if: When | None = None
    time_limit: TimeLimit | None = None


class PageStep(AnyStep):
    """A page that may be for some conditions or tasks of a block only; it then stands in the block."""

    for_conditions: tuple[Id, ...] = ()
    for_tasks: tuple[Id, ...] = ()


class TextStep(PageStep):
    """A page with a text and a button, which works after `min_seconds`."""

    step: Literal["welcome", "instructions", "break", "debrief"]
    title: Text
    text: Text
    min_seconds: float = Field(default=0, ge=0, le=3600)


class ConsentStep(AnyStep):
    """The consent text, with a way to say no."""

    step: Literal["consent"]


class QuestionnaireStep(PageStep):
    """One page per instrument, in this order. Whoever fits `screen_out` leaves with the ending of that name.

    `occasion` tells apart the same instrument asked several times, such as before and after a task.
    """

    step: Literal["questionnaire"]
    instruments: tuple[str, ...] = Field(min_length=1)
    occasion: Id | None = None
    screen_out: tuple[When, ...] = ()
    checks: tuple[Check, ...] = ()


class TaskStep(AnyStep):
    """The task screen of the block's condition, with the next of the block's tasks."""

    step: Literal["task"]


class BeliefsStep(AnyStep):
    """The participant judges what the assistant held about them in these conditions.

    `sources`: which of its beliefs, by where they come from; needs, which are no notes but a list of wishes, are never
    among them. All four where what was said outright is noted, too.
    """

    step: Literal["beliefs"]
    conditions: tuple[str, ...] = Field(min_length=1)
    sources: tuple[BeliefSource, ...] = Field(default=("inferred", "edited"), min_length=1)


class NextSessionStep(AnyStep):
    """All for today: the study goes on by the same link after `after_hours`.

    It has to be taken up within `within_hours` from then (none: whenever), or the study ends with `timed_out`.
    """

    step: Literal["next_session"]
    title: Text = str(Sentence("That is all for today"))
    text: Text
    after_hours: float = Field(gt=0, le=24 * 90)
    within_hours: float | None = Field(default=None, gt=0, le=24 * 90)


class RepeatStep(AnyStep):
    """The same steps several times; within a block each task in them is the next of the block's tasks.

    Memory is kept from one round to the next only with `carry_over`.
    """

    step: Literal["repeat"]
    times: int = Field(ge=1, le=60)
    carry_over: bool = False
    steps: tuple[Annotated["InnerStep", Field(discriminator="step")], ...] = Field(min_length=1)


class BlockStep(AnyStep):
    """Steps that are run once for each condition, in the participant's own order.

    With `over` they are run once for each level of that factor instead, and hold the block of the conditions
    with this level. What the assistant learns in a block is forgotten after it, except with `carry_over`: from
    level to level only where the block over the factor says so too.
    """

    step: Literal["block"]
    over: Id | None = None
    carry_over: bool = False
    steps: tuple[Annotated["InnerStep", Field(discriminator="step")], ...] = Field(min_length=1)


InnerStep = TextStep | QuestionnaireStep | TaskStep | NextSessionStep | RepeatStep | BlockStep
TimelineStep = Annotated[
    TextStep | ConsentStep | QuestionnaireStep | BeliefsStep | NextSessionStep | RepeatStep | BlockStep,
    Field(discriminator="step"),
]
AnyTimelineStep = InnerStep | ConsentStep | BeliefsStep
RepeatStep.model_rebuild()
BlockStep.model_rebuild()


def walk(
    steps: Iterable[AnyTimelineStep], place: str = "timeline", above: tuple[str, ...] = ()
) -> Iterator[tuple[str, AnyTimelineStep, tuple[str, ...]]]:
    """(place in the file, step, kinds of what stands around it, outer ones first) of every step, in order."""
    for number, step in enumerate(steps):
        here = f"{place}[{number}]"
        yield here, step, above
        if isinstance(step, BlockStep | RepeatStep):
            yield from walk(step.steps, f"{here}.steps", (*above, step.step))


def tasks_per_block(timeline: Iterable[AnyTimelineStep]) -> int:
    """How many tasks a participant meets under each condition."""
    blocks = [step for _, step, _ in walk(timeline) if isinstance(step, BlockStep) and not _holds_block(step)]
    return max((_tasks_in(block.steps) for block in blocks), default=0)


def _tasks_in(steps: Iterable[AnyTimelineStep]) -> int:
    return sum(
        step.times * _tasks_in(step.steps) if isinstance(step, RepeatStep) else isinstance(step, TaskStep)
        for step in steps
    )


def _holds_block(block: BlockStep) -> bool:
    return any(isinstance(step, BlockStep) for _, step, _ in walk(block.steps))
