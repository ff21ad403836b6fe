"""What is due next: `study.plan` makes the list of a participant's steps; the record says which are done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from study.events import BeliefSource, Ending
from study.instruments import Answer
from study.timeline import Check, TimeLimit, When

StepKind = Literal[
    "welcome", "consent", "instructions", "questionnaire", "task", "break", "beliefs", "next_session", "debrief"
]
Responses = Mapping[tuple[int | None, str, str], Answer]
"""(block, instrument, item) → answer, as far as given; block None: outside every block."""


@dataclass(frozen=True)
class Assignment:
    """A participant's conditions in order of presentation, and the tasks of all of them one after the other."""

    conditions: tuple[str, ...]
    tasks: tuple[str, ...]


class Earlier(NamedTuple):
    """A task step whose memory goes on in a later one."""

    step: str
    block: int | None
    session: int


@dataclass(frozen=True)
class Step:
    """Whatever occupies the screen.

    `block` (the how-manieth condition) and `round` (of a repeat) count from 1 and are None outside;
    `label` is what the participant knows the condition as, empty where there is only one. `after_task`: a
    questionnaire about a task just done, not one before it.
    `session` counts the sessions of a study over several days. Task steps with the same `memory` share
    what was learned; `remembers` are the earlier ones of them. `hours`: (wait, then open for), of a
    `next_session`. `sources`: where the beliefs come from that a page of verdicts asks about.
    """

    id: str
    kind: StepKind
    title: str = ""
    text: str = ""
    instrument: str | None = None
    block: int | None = None
    condition: str | None = None
    task: str | None = None
    label: str = ""
    conditions: tuple[str, ...] = ()
    sources: tuple[BeliefSource, ...] = ()
    show_if: tuple[When, ...] = ()
    screen_out: tuple[When, ...] = ()
    check: Check | None = None
    occasion: str | None = None
    after_task: bool = False
    round: int | None = None
    session: int = 1
    memory: str = ""
    remembers: tuple[Earlier, ...] = ()
    min_seconds: float = 0
    time_limit: TimeLimit | None = None
    hours: tuple[float, float | None] | None = None


@dataclass(frozen=True)
class Window:
    """From when until when a step can be done, and from when it should be; None: at any time."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    warns_at: datetime | None = None


ALWAYS = Window()


def window(step: Step, entered_at: datetime, since: datetime) -> Window:
    """When a step can be done: `entered_at` is its first showing, `since` the end of the step before."""
    if step.hours is not None:
        wait, open_for = step.hours
        opens = since + timedelta(hours=wait)
        return Window(opens, opens + timedelta(hours=open_for) if open_for is not None else None)
    opens_at = entered_at + timedelta(seconds=step.min_seconds) if step.min_seconds else None
    if step.time_limit is None:
        return Window(opens_at)
    over = entered_at + timedelta(minutes=step.time_limit.minutes)
    return Window(opens_at, None, over) if step.time_limit.then == "warn" else Window(opens_at, over, over)


def due_step(steps: Sequence[Step], finished: Collection[str], responses: Responses | None = None) -> Step | None:
    """The next step that is for this participant; None when the sitting is through."""
    return next(iter(still_to_come(steps, finished, responses or {})), None)


def still_to_come(steps: Sequence[Step], finished: Collection[str], responses: Responses) -> list[Step]:
    """The steps after the last finished one that are for this participant, as far as the answers so far tell.

    What was passed over stays behind: an item that is asked again must not lead anybody back.
    """
    done = set(finished)
    reached = max((number for number, step in enumerate(steps, start=1) if step.id in done), default=0)
    return [step for step in steps[reached:] if is_shown(step, responses)]


def is_shown(step: Step, responses: Responses) -> bool:
    """Whether everything a step depends on holds of the answers so far."""
    return all(holds(when, step.block, responses) for when in step.show_if)


def holds(when: When, block: int | None, responses: Responses) -> bool:
    """Whether something holds of an answer: the one of this block, else the one outside; of none it never holds."""
    inside = responses.get((block, when.instrument, when.item))
    value = inside if inside is not None else responses.get((None, when.instrument, when.item))
    if value is None:
        return False
    several = list(value) if isinstance(value, list | dict) else [value]
    wanted = [*when.any_of, *([] if when.equals is None else [when.equals])]
    if wanted and not any(one in wanted for one in several):
        return False
    numbers = [one for one in several if isinstance(one, int | float)]
    if when.at_least is not None and not any(n >= when.at_least for n in numbers):
        return False
    return when.at_most is None or any(n <= when.at_most for n in numbers)


def wrong_answers(step: Step, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers that a check of this step counts as wrong; of an item with several, all must be right."""
    right = step.check.answers if step.check else {}
    return {item: answers.get(item) for item, allowed in right.items() if not _is_right(answers.get(item), allowed)}


def ending_after(step: Step, answers: Mapping[str, Answer], failed: bool) -> Ending | None:
    """The ending that these answers lead to: a failed check first, then screening; None: the study goes on."""
    if failed and step.check is not None and step.check.on_fail == "end":
        return "failed_check"
    given = {(step.block, step.instrument or "", item): value for item, value in answers.items()}
    return "screened_out" if any(holds(when, step.block, given) for when in step.screen_out) else None


def _is_right(value: Answer, allowed: Collection[int | float | str]) -> bool:
    return all(one in allowed for one in value) if isinstance(value, list) and value else value in allowed
