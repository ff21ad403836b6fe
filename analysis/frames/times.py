"""The frames of time: steps, trials and blocks."""

from collections.abc import Iterable

from analysis.columns import COUNT, LABEL, NUMBER, SPAN, TEXT, TIME, WHERE, WHO, Column, Table
from analysis.frames.one_session import OneSession, Row, span
from study.log import Stored


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
        Column("by", TEXT, "", "participant, time_limit or researcher", "derived: task_finished.by"),
    ),
    trial_rows,
)


def block_rows(one: OneSession) -> Iterable[Row]:
    """One row per condition that the participant came to."""
    answered = {entry.payload["message_id"] for entry in one.of("reply_given")}
    by_block: dict[int, list[Stored]] = {}
    for entry in one.events:
        if entry.block:
            by_block.setdefault(entry.block, []).append(entry)
    for block, entries in sorted(by_block.items()):
        messages = [entry.payload["message_id"] for entry in entries if entry.kind == "message_sent"]
        begun = {entry.step: entry.task for entry in entries if entry.kind == "task_started"}
        yield (
            entries[0],
            {
                "previous": one.row.conditions[block - 2] if block > 1 else None,
                "label": one.label(block),
                "tasks": list(begun.values()),
                "tasks_finished": len({entry.step for entry in entries if entry.kind == "task_finished"}),
                "messages": len(messages),
                "turns": len(answered.intersection(messages)),
                **span(entries[0], entries[-1], "minutes", 60),
            },
        )


BLOCKS = Table(
    "blocks",
    (),
    (
        *WHO,
        Column("block", COUNT, "", "period, from 1", "place.block"),
        Column("condition", TEXT, "", "condition id", "place.condition"),
        Column("previous", TEXT, "", "condition of the period before; empty in the first", "derived: assignment"),
        LABEL,
        Column("tasks", TEXT, "JSON", "tasks begun, in order", "derived: task_started"),
        Column("tasks_finished", COUNT, "tasks", "tasks finished", "derived: task_finished"),
        Column("messages", COUNT, "messages", "messages sent", "derived: message_sent"),
        Column("turns", COUNT, "turns", "messages that got a reply", "derived: reply_given"),
        Column("started_at", TIME, "UTC", "first event of the block", "derived: first event"),
        Column("finished_at", TIME, "UTC", "last event of the block", "derived: last event"),
        Column(
            "minutes", NUMBER, "min", "first to last event, questionnaires and pauses included", "derived: both times"
        ),
    ),
    block_rows,
)
