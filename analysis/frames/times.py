"""The frames of time: steps and trials."""

from collections.abc import Iterable

from analysis.columns import LABEL, NUMBER, SPAN, TEXT, WHERE, WHO, Column, Table
from analysis.frames.one_session import OneSession, Row, span


def step_rows(one: OneSession) -> Iterable[Row]:
    """One row per step that was shown."""
    entered, finished = one.first("step_entered"), one.first("step_finished")
    for step in dict.fromkeys(e.step for e in one.of("step_entered", "step_finished")):
        known = one.steps.get(step)
        yield (
            entered.get(step) or finished[step],
            {
                "kind": known.kind if known else None,
                "instrument": known.instrument if known else None,
                **span(entered.get(step), finished.get(step), "seconds", 1),
            },
        )


STEPS = Table(
    "steps",
    ("step_entered", "step_finished"),
    (
        *WHO,
        *WHERE,
        Column("kind", TEXT, "", "kind of step", "derived: protocol"),
        Column("instrument", TEXT, "", "instrument of a questionnaire", "derived: protocol"),
        *SPAN,
        Column("seconds", NUMBER, "s", "first shown to finished, pauses included", "derived: both times"),
    ),
    step_rows,
)


def trial_rows(one: OneSession) -> Iterable[Row]:
    """One row per task that was begun."""
    finished = one.first("task_finished")
    for entry in one.first("task_started").values():
        end, step = finished.get(entry.step), one.steps.get(entry.step)
        yield (
            entry,
            {
                "round": step.round if step else None,
                "label": one.label(entry.block),
                "by": end.payload["by"] if end else None,
                **span(entry, end, "minutes", 60),
            },
        )


TRIALS = Table(
    "trials",
    ("task_started", "task_finished"),
    (
        *WHO,
        *WHERE,
        Column("round", NUMBER, "", "round of a repeat, from 1", "derived: timeline"),
        LABEL,
        *SPAN,
        Column("minutes", NUMBER, "min", "task shown to task finished, pauses included", "derived: both times"),
        Column("by", TEXT, "", "participant or time_limit", "derived: task_finished.by"),
    ),
    trial_rows,
)
