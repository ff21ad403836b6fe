"""What is due next: a protocol and an assignment make a list of steps; the record says which are done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from study.events import Ending
from study.instruments import Answer
from study.protocol import Protocol
from study.timeline import BeliefsStep, BlockStep, Check, ConsentStep, QuestionnaireStep, TaskStep, TextStep, When

StepKind = Literal["welcome", "consent", "instructions", "questionnaire", "task", "break", "beliefs", "debrief"]
Responses = Mapping[tuple[int | None, str, str], Answer]
"""(block, instrument, item) → answer, as far as given; block None: outside every block."""


@dataclass(frozen=True)
class Assignment:
    """A participant's conditions and tasks, in order of presentation."""

    conditions: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """Whatever occupies the screen. `block` counts from 1; outside a block it is None."""

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
    show_if: tuple[When, ...] = ()
    screen_out: tuple[When, ...] = ()
    check: Check | None = None


def plan(protocol: Protocol, assignment: Assignment) -> tuple[Step, ...]:
    """Every step of one participant's sitting, in order. Ids are unique and stable."""
    steps: list[Step] = []
    for number, entry in enumerate(protocol.timeline):
        if isinstance(entry, BlockStep):
            for index, (condition, task) in enumerate(zip(assignment.conditions, assignment.tasks, strict=True)):
                place = (index + 1, condition, task, protocol.design.labels[index])
                for inner, part in enumerate(entry.steps):
                    own = _expand(f"{number}.{index + 1}.{inner}", part, place)
                    outer = entry.show_if
                    steps += [replace(step, show_if=(outer, *step.show_if)) for step in own] if outer else own
        elif not isinstance(entry, BeliefsStep) or set(entry.conditions) & set(assignment.conditions):
            steps += _expand(str(number), entry, (None, None, None, ""))
    return tuple(steps)


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
    several = value if isinstance(value, list) else [value]
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


def label_of(protocol: Protocol, assignment: Assignment, condition: str) -> str:
    """What this participant knows a condition as, e.g. "A" for the first one they met."""
    return protocol.design.labels[assignment.conditions.index(condition)]


def _expand(
    prefix: str,
    entry: TextStep | ConsentStep | QuestionnaireStep | TaskStep | BeliefsStep,
    place: tuple[int | None, str | None, str | None, str],
) -> list[Step]:
    block, condition, task, label = place
    shown = (entry.show_if,) if entry.show_if else ()
    if isinstance(entry, QuestionnaireStep):
        checks = {check.instrument: check for check in entry.checks}
        return [
            Step(
                f"{prefix}.{name}",
                "questionnaire",
                instrument=name,
                block=block,
                condition=condition,
                task=task,
                label=label,
                show_if=shown,
                screen_out=tuple(when for when in entry.screen_out if when.instrument == name),
                check=checks.get(name),
            )
            for name in entry.instruments
        ]
    title, text = (entry.title, entry.text) if isinstance(entry, TextStep) else ("", "")
    conditions = entry.conditions if isinstance(entry, BeliefsStep) else ()
    name = f"{prefix}.{entry.step}"
    return [Step(name, entry.step, title, text, None, block, condition, task, label, conditions, shown)]
