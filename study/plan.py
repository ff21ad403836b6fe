"""From a protocol and an assignment to the list of one participant's steps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from study.flow import Assignment, Earlier, Step
from study.protocol import Protocol
from study.timeline import (
    AnyStep,
    AnyTimelineStep,
    BeliefsStep,
    BlockStep,
    ConsentStep,
    NextSessionStep,
    PageStep,
    QuestionnaireStep,
    RepeatStep,
    TaskStep,
    TextStep,
    tasks_per_block,
)

Leaf = TextStep | ConsentStep | TaskStep | BeliefsStep | NextSessionStep


def plan(protocol: Protocol, assignment: Assignment) -> tuple[Step, ...]:
    """Every step of one participant, in order. Ids are unique and stable.

    Each look at a participant asks for it, so the latest plans are kept.
    """
    return _plan(_Itself(protocol), assignment)


def label_of(protocol: Protocol, assignment: Assignment, condition: str) -> str:
    """What this participant knows a condition as, e.g. "A" for the first one they met."""
    return protocol.design.labels[assignment.conditions.index(condition)]


class _Itself:
    """A protocol as the key of a plan: only the same object is the same, as a copy may have other steps or texts.

    Comparing contents would cost more than planning; an object that is a key stays, so nothing takes its id.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.protocol is other.protocol

    def __hash__(self) -> int:
        return id(self.protocol)


@lru_cache(maxsize=256)
def _plan(itself: _Itself, assignment: Assignment) -> tuple[Step, ...]:
    planner = _Planner(itself.protocol, assignment)
    planner.add_all("", itself.protocol.timeline, Step("", "welcome"))
    return tuple(planner.steps)


@dataclass(frozen=True)
class _Met:
    """A condition as this participant meets it."""

    number: int
    condition: str
    tasks: tuple[str, ...]
    label: str


class _Planner:
    """Walks down the timeline; each step is made from `here`, what holds where it stands."""

    def __init__(self, protocol: Protocol, assignment: Assignment) -> None:
        self.protocol = protocol
        self.steps: list[Step] = []
        self.met = _met(protocol, assignment)
        self._conditions = set(assignment.conditions)
        self._tasks: tuple[str, ...] = ()
        self._done = 0
        self._session = 1

    def add_all(self, prefix: str, entries: Iterable[AnyTimelineStep], here: Step) -> None:
        for number, entry in enumerate(entries):
            within = replace(here, show_if=(*here.show_if, entry.show_if)) if entry.show_if else here
            self.add(f"{prefix}{number}", entry, within)

    def add(self, prefix: str, entry: AnyTimelineStep, here: Step) -> None:
        """One entry of the timeline: its own step or steps, or those of what it holds."""
        match entry:
            case PageStep() if not self._is_for(entry, here):
                pass  # for other conditions or tasks
            case BlockStep(over=None):
                for index, met in enumerate(self.met, 1):
                    self._block(f"{prefix}.{index}.", entry, met, here)
            case BlockStep():
                self._outer_block(prefix, entry, here)
            case RepeatStep():
                for turn in range(1, entry.times + 1):
                    kept = here.memory if entry.carry_over else f"{prefix}.{turn}"
                    self.add_all(f"{prefix}.{turn}.", entry.steps, replace(here, memory=kept, round=turn))
            case QuestionnaireStep():
                self.steps += [self._questionnaire(f"{prefix}.{i}", entry, i, here) for i in entry.instruments]
            case BeliefsStep() if not self._conditions & set(entry.conditions):
                pass  # a between-subject participant who met none of them
            case _:
                self._leaf(f"{prefix}.{entry.step}", entry, here)

    def _block(self, prefix: str, entry: BlockStep, met: _Met, here: Step) -> None:
        self._tasks, self._done = met.tasks, 0
        kept = here.memory or "all" if entry.carry_over else str(met.number)
        here = replace(here, block=met.number, condition=met.condition, label=met.label, memory=kept)
        self.add_all(prefix, entry.steps, here)

    def _outer_block(self, prefix: str, entry: BlockStep, here: Step) -> None:
        """A block over the levels of a factor: the inner one sees only the conditions with that level, and their memory."""
        everything = self.met
        levels = {c.id: c.levels.get(entry.over or "", "") for c in self.protocol.conditions}
        for index, (_, group) in enumerate(groupby(everything, key=lambda met: levels[met.condition]), 1):
            self.met = list(group)
            kept = here.memory if entry.carry_over else f"{prefix}.{index}"
            self.add_all(f"{prefix}.{index}.", entry.steps, replace(here, memory=kept))
        self.met = everything

    def _questionnaire(self, step_id: str, entry: QuestionnaireStep, instrument: str, here: Step) -> Step:
        return replace(
            here,
            id=step_id,
            kind="questionnaire",
            instrument=instrument,
            task=self._task_of(entry) if here.block else None,
            after_task=bool(here.block and self._done),
            occasion=entry.occasion,
            session=self._session,
            screen_out=tuple(when for when in entry.screen_out if when.instrument == instrument),
            check=next((check for check in entry.checks if check.instrument == instrument), None),
            time_limit=entry.time_limit,
        )

    def _leaf(self, step_id: str, entry: Leaf, here: Step) -> None:
        own: dict[str, Any] = {"kind": entry.step, "session": self._session, "time_limit": entry.time_limit}
        if here.block:
            own["task"] = self._task_of(entry)
        if isinstance(entry, TextStep):
            own |= {"title": entry.title, "text": entry.text, "min_seconds": entry.min_seconds}
        elif isinstance(entry, BeliefsStep):
            own |= {"conditions": entry.conditions, "sources": entry.sources}
        elif isinstance(entry, NextSessionStep):
            own |= {"title": entry.title, "text": entry.text, "hours": (entry.after_hours, entry.within_hours)}
            self._session += 1
        elif isinstance(entry, TaskStep):
            same = (step for step in self.steps if step.kind == "task" and step.memory == here.memory)
            own["remembers"] = tuple(Earlier(step.id, step.block, step.session) for step in same)
            self._done += 1
        self.steps.append(replace(here, id=step_id, **own))

    def _is_for(self, entry: PageStep, here: Step) -> bool:
        in_condition = not entry.for_conditions or here.condition in entry.for_conditions
        return in_condition and (not entry.for_tasks or (self._task_of(entry) or "") in entry.for_tasks)

    def _task_of(self, entry: AnyStep) -> str | None:
        """A questionnaire is about the task just done, anything else belongs to the coming one."""
        return self._task(max(self._done - 1, 0) if isinstance(entry, QuestionnaireStep) else self._done)

    def _task(self, number: int) -> str | None:
        """The next of the block's tasks; after the last one still that."""
        return self._tasks[min(number, len(self._tasks) - 1)] if self._tasks else None


def _met(protocol: Protocol, assignment: Assignment) -> list[_Met]:
    count, several = tasks_per_block(protocol.timeline), len(assignment.conditions) > 1
    return [
        _Met(
            index + 1,
            condition,
            assignment.tasks[index * count : (index + 1) * count],
            label_of(protocol, assignment, condition) if several else "",
        )
        for index, condition in enumerate(assignment.conditions)
    ]
