"""The frame of answers to questionnaires."""

from collections.abc import Iterable

from analysis.columns import COUNT, LABEL, NUMBER, PLACE, TEXT, YES_NO, Column, Table
from analysis.frames.making import as_json
from analysis.frames.one_session import OneSession, Row


def response_rows(one: OneSession) -> Iterable[Row]:
    """One row per item that was shown."""
    seen: dict[tuple[str, int | None], int] = {}
    for entry in one.of("questionnaire_answered"):
        key = (entry.payload["instrument"], entry.block)
        seen[key] = seen.get(key, 0) + 1
        order, step = entry.payload["shown_order"], one.steps.get(entry.step)
        for item, answer in entry.payload["answers"].items():
            number = isinstance(answer, int | float)
            yield (
                entry,
                {
                    "label": one.label(entry.block),
                    "nth": seen[key],
                    "round": step.round if step else None,
                    "session_number": step.session if step else None,
                    "item": item,
                    "position": order.index(item) + 1 if item in order else None,
                    "value": answer if number else None,
                    "text": as_json(answer) if isinstance(answer, list | dict) else None if number else answer,
                    "missing": answer is None,
                },
            )


RESPONSES = Table(
    "responses",
    ("questionnaire_answered",),
    (
        *PLACE,
        LABEL,
        Column("instrument", TEXT, "", "instrument id", "event.instrument"),
        Column("instrument_version", TEXT, "", "its version", "event.instrument_version"),
        Column("occasion", TEXT, "", "which asking, as the protocol names it (say before)", "event.occasion"),
        Column("nth", COUNT, "", "how often it was answered in this block so far", "derived: order"),
        Column("round", NUMBER, "", "round of a repeat, from 1", "derived: timeline"),
        Column("session_number", NUMBER, "", "session of a study over several days, from 1", "derived: timeline"),
        Column("item", TEXT, "", "item id", "derived: answers"),
        Column("position", NUMBER, "", "place on the page, from 1", "derived: shown_order"),
        Column("value", NUMBER, "scale", "raw answer of a rating or number, not reversed", "derived: answers"),
        Column(
            "text", TEXT, "", "answer of a choice or text; a list, and places in a ranking, as JSON", "derived: answers"
        ),
        Column("missing", YES_NO, "", "item was shown and skipped", "derived: answers"),
    ),
    response_rows,
)
