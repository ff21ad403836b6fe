"""What is due next: a protocol and an assignment make a list of steps; the record says which are done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from study.protocol import BeliefsStep, BlockStep, ConsentStep, Protocol, QuestionnaireStep, TaskStep, TextStep

StepKind = Literal["welcome", "consent", "instructions", "questionnaire", "task", "beliefs", "debrief"]


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


def plan(protocol: Protocol, assignment: Assignment) -> tuple[Step, ...]:
    """Every step of one participant's sitting, in order. Ids are unique and stable."""
    steps: list[Step] = []
    for number, entry in enumerate(protocol.timeline):
        if isinstance(entry, BlockStep):
            for index, (condition, task) in enumerate(zip(assignment.conditions, assignment.tasks, strict=True)):
                place = (index + 1, condition, task, protocol.design.labels[index])
                for inner, part in enumerate(entry.steps):
                    steps += _expand(f"{number}.{index + 1}.{inner}", part, place)
        elif not isinstance(entry, BeliefsStep) or set(entry.conditions) & set(assignment.conditions):
            steps += _expand(str(number), entry, (None, None, None, ""))
    return tuple(steps)


def due_step(steps: Sequence[Step], finished: Iterable[str]) -> Step | None:
    """The first step that is not finished; None when the sitting is through."""
    done = set(finished)
    return next((step for step in steps if step.id not in done), None)


def label_of(protocol: Protocol, assignment: Assignment, condition: str) -> str:
    """What this participant knows a condition as, e.g. "A" for the first one they met."""
    return protocol.design.labels[assignment.conditions.index(condition)]


def _expand(
    prefix: str,
    entry: TextStep | ConsentStep | QuestionnaireStep | TaskStep | BeliefsStep,
    place: tuple[int | None, str | None, str | None, str],
) -> list[Step]:
    block, condition, task, label = place
    if isinstance(entry, QuestionnaireStep):
        return [
            Step(
                f"{prefix}.{name}",
                "questionnaire",
                instrument=name,
                block=block,
                condition=condition,
                task=task,
                label=label,
            )
            for name in entry.instruments
        ]
    title, text = (entry.title, entry.text) if isinstance(entry, TextStep) else ("", "")
    conditions = entry.conditions if isinstance(entry, BeliefsStep) else ()
    return [Step(f"{prefix}.{entry.step}", entry.step, title, text, None, block, condition, task, label, conditions)]
