"""The frames of what the assistant held and made: beliefs, verdicts on them, controls, versions of the solution."""

from collections.abc import Iterable

from analysis.belief_states import memories, validity
from analysis.columns import COUNT, MEMORY, NUMBER, PLACE, TEXT, WHEN, WHO, YES_NO, Column, Table
from analysis.frames.one_session import OneSession, Row
from study.log import Stored


def belief_rows(one: OneSession) -> Iterable[Row]:
    """One row per change of a belief, with how long it stood."""
    for entry, until in validity(one.of("belief_changed"), memories(one.steps)):
        yield entry, {**one.memory(entry.step), "until_seq": until}


BELIEFS = Table(
    "beliefs",
    ("belief_changed",),
    (
        *PLACE,
        *MEMORY,
        Column("until_seq", NUMBER, "", "number of the event from which it no longer stood", "derived: later changes"),
        Column("mechanism", TEXT, "", "mechanism that holds it", "event.mechanism"),
        Column("by", TEXT, "", "who changed it: person or mechanism", "event.by"),
        Column("action", TEXT, "", "added, revised, confirmed, declined, retracted, moved …", "event.action"),
        Column("turn_id", TEXT, "", "turn that led to it", "event.turn_id"),
        Column("belief_id", TEXT, "", "belief", "event.belief.id"),
        Column("text", TEXT, "", "what is held from now on", "event.belief.text"),
        Column("kind", TEXT, "", "need, preference, fact, style or constraint", "event.belief.kind"),
        Column("source", TEXT, "", "stated, inferred, edited or asked", "event.belief.source"),
        Column("status", TEXT, "", "open, held, declined, retracted or outdated", "event.belief.status"),
        Column("confidence", NUMBER, "0–1", "1: stated by the person", "event.belief.confidence"),
        Column(
            "importance",
            NUMBER,
            "0–1",
            "weight when recalled; of needs above 0.5: their order",
            "event.belief.importance",
        ),
        Column("durability", NUMBER, "0–1", "1: never fades", "event.belief.durability"),
        Column("scope", TEXT, "", "trial, block, session or study", "event.belief.scope"),
        Column("topic", TEXT, "", "what it is about", "event.belief.topic"),
        Column("area", TEXT, "", "part of the task it was asked about with", "event.belief.area"),
        Column("reasoning", TEXT, "", "why it was inferred", "event.belief.reasoning"),
        Column("answers", TEXT, "JSON", "default answers of an open question", "event.belief.answers"),
        Column("evidence", TEXT, "JSON", "ids of the events it rests on", "event.belief.evidence"),
        Column("supersedes", TEXT, "", "belief it replaces", "event.belief.supersedes"),
    ),
    belief_rows,
)


def judgement_rows(one: OneSession) -> Iterable[Row]:
    """One row per verdict, in the block where the belief arose."""
    first: dict[str, Stored] = {}
    for entry in one.of("belief_changed"):
        first.setdefault(entry.payload["belief"]["id"], entry)
    for entry in one.of("belief_judged"):
        origin = first.get(entry.payload["belief_id"])
        place = origin or entry
        mechanism = origin.payload["mechanism"] if origin else None
        where = {"block": place.block, "condition": place.condition, "task": place.task}
        yield entry, {**where, "mechanism": mechanism}


JUDGEMENTS = Table(
    "judgements",
    ("belief_judged",),
    (
        *WHO,
        *WHEN,
        Column("step", TEXT, "", "step that occupied the screen", "place.step"),
        Column("block", NUMBER, "", "block in which the belief arose", "derived: belief_changed"),
        Column("condition", TEXT, "", "condition in which the belief arose", "derived: belief_changed"),
        Column("task", TEXT, "", "task in which the belief arose", "derived: belief_changed"),
        Column("mechanism", TEXT, "", "mechanism that held it", "derived: belief_changed"),
        Column("belief_id", TEXT, "", "belief", "event.belief_id"),
        Column("belief_text", TEXT, "", "text the participant judged", "event.belief_text"),
        Column(
            "verdict",
            TEXT,
            "",
            "right or wrong; not_comfortable in records from when that was a verdict",
            "event.verdict",
        ),
        Column(
            "comfortable",
            YES_NO,
            "",
            "was comfortable with it being noted; empty where that was not asked beside the verdict",
            "event.comfortable",
        ),
    ),
    judgement_rows,
)

CONTROLS = Table(
    "controls",
    ("control_changed",),
    (
        *PLACE,
        Column("mechanism", TEXT, "", "mechanism that offers the control", "event.mechanism"),
        Column("control", TEXT, "", "control id", "event.control"),
        Column(
            "action",
            TEXT,
            "",
            "set; in a list add, edit, confirm, decline, delete, hide, move; under a reply set_aside, use_again",
            "event.action",
        ),
        Column("old", TEXT, "JSON", "value before", "event.old"),
        Column("new", TEXT, "JSON", "value after", "event.new"),
    ),
)


def solution_rows(one: OneSession) -> Iterable[Row]:
    """One row per version of the solution."""
    for entry in one.of("solution_updated"):
        yield entry, {"options": sum(len(section["option_ids"]) for section in entry.payload["sections"])}


SOLUTIONS = Table(
    "solutions",
    ("solution_updated",),
    (
        *PLACE,
        Column("version", COUNT, "", "version of the solution", "event.version"),
        Column("cause", TEXT, "", "what led to it", "event.cause"),
        Column("options", COUNT, "options", "chosen options in all sections", "derived: sections"),
        Column("sections", TEXT, "JSON", "the solution", "event.sections"),
    ),
    solution_rows,
)
