"""How far people came: for each step of a study how many reached it, and how many were lost there. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from study.flow import Step


class Reached(NamedTuple):
    """One person: their steps, the one they came to, and what became of them (`study.places.OUTCOMES`)."""

    steps: Sequence[Step]
    came_to: Step | None
    outcome: str


@dataclass(frozen=True)
class Station:
    """One step of the way: people who reached it (or passed by where it was not for them), are there, left there.

    `kind` and `block` are all of it that says nothing of a condition.
    """

    step: str
    title: str
    kind: str
    block: int | None = None
    reached: int = 0
    here: int = 0
    left: int = 0


def funnel(people: Iterable[Reached], way: Sequence[Step]) -> list[Station]:
    """A station for each step of `way`, in order; steps that only others have follow it."""
    known = {step.id: step for step in way}
    reached: dict[str, int] = dict.fromkeys(known, 0)
    here, left = dict(reached), dict(reached)
    for one in people:
        for step in one.steps if one.came_to else ():
            known.setdefault(step.id, step)
            reached[step.id] = reached.get(step.id, 0) + 1
            if step is one.came_to:
                break
        if one.came_to and one.outcome != "complete":
            lost = here if one.outcome == "running" else left
            lost[one.came_to.id] = lost.get(one.came_to.id, 0) + 1
    return [
        Station(
            name,
            title_of(step := known[name]),
            step.kind,
            step.block,
            reached[name],
            here.get(name, 0),
            left.get(name, 0),
        )
        for name in reached
    ]


def title_of(step: Step) -> str:
    """A step as a researcher knows it, the same whatever condition it is met in."""
    if step.kind == "questionnaire":
        name = step.instrument or ""
        name += f" ({step.occasion})" if step.occasion else ""
    else:
        name = step.title or step.kind.replace("_", " ")
    if step.kind == "task":
        name = "task"
    return f"{name}, block {step.block}" if step.block else name
