"""The design in words: who meets what in which order, what a session consists of, how cells are allocated."""

from collections.abc import Iterable

from analysis.power.grid import balanced
from analysis.power.grid import orders as count_orders
from analysis.preregistration.document import Block, Table
from study.checkup import checkup
from study.design import cells, groups
from study.factorial import fraction
from study.protocol import Protocol
from study.timeline import (
    AnyTimelineStep,
    BlockStep,
    NextSessionStep,
    QuestionnaireStep,
    RepeatStep,
    tasks_per_block,
)

ORDERS = {
    "all": "every permutation",
    "williams": "a Williams design, in which each condition follows each other equally often",
    "latin": "a cyclic Latin square, which balances periods but not carry-over",
    "fixed": "the one order that the protocol lists",
    "random": "drawn at random for each participant, balanced only on average",
}
SHOWN_CELLS = 24
SHOWN_STEPS = {
    "consent": "consent",
    "task": "task",
    "beliefs": "judging what the assistant held about them",
    "debrief": "debriefing",
}


def design(protocol: Protocol, n: int) -> list[Block]:
    """Design, cells, procedure, allocation."""
    return [_kind(protocol), _tasks(protocol), *_cells(protocol, n), _procedure(protocol), _allocation(protocol)]


def _kind(protocol: Protocol) -> str:
    met, count = groups(protocol), len(protocol.conditions)
    if protocol.design.kind == "between":
        said = f"Between participants: everybody meets one of the {count} conditions."
    elif protocol.design.kind == "mixed":
        said = (
            f"Mixed: `{protocol.design.between}` varies between participants, the rest within; everybody meets {len(met[0])} of the "
            f"{count} conditions."
        )
    else:
        every = "both conditions" if count == 2 else f"all {count} conditions"
        said = f"Within participants: everybody meets {every}, one after the other (periods 1 to {count})."
    if part := fraction(protocol):
        said += f" {part.sentence()[0].upper()}{part.sentence()[1:]}"
    if len(met[0]) > 1:
        shown = ", ".join(protocol.design.labels[: len(met[0])])
        said += f" Orders: {ORDERS[protocol.design.orders]}; {count_orders(protocol)} in all."
        if protocol.design.nested_in:
            said += f" Conditions with the same level of `{protocol.design.nested_in}` stay together."
        said += f" Participants know the versions as {shown} by position and are not told the conditions."
    return said


def _tasks(protocol: Protocol) -> str:
    each, names = (
        tasks_per_block(protocol.timeline),
        ", ".join(f"{task.title} (`{task.id}`)" for task in protocol.tasks),
    )
    if not each:
        return "There are no tasks."
    how = {
        "rotated": "rotated against the conditions",
        "cycled": "rotated against the conditions, and may come round again within a participant",
        "fixed": "in a fixed order",
    }[protocol.design.tasks]
    rule = protocol.task_rule
    least = f" and {rule.min_minutes:g} minutes" if rule.min_minutes else ""
    until = f"; at most {rule.max_minutes:g} minutes" if rule.max_minutes else ""
    return (
        f"Tasks: {names}; {each} under each condition, {how}. A task may be ended after {rule.min_turns} messages"
        f"{least}{until}."
    )


def _cells(protocol: Protocol, n: int) -> list[Block]:
    table = cells(protocol)
    state = balanced(protocol, n)
    even = f"{n} participants balance {state}" if state else f"{n} participants do not fill the orders evenly"
    said = f"Orders and rotations make {len(table)} cells; {even}."
    if len(table) > SHOWN_CELLS:
        return [said]
    rows = tuple((str(cell.index), " → ".join(cell.conditions), " → ".join(cell.tasks)) for cell in table)
    return [said, Table(("Cell", "Conditions", "Tasks"), rows)]


def _procedure(protocol: Protocol) -> str:
    parts = _parts(protocol, protocol.timeline)
    return f"Procedure ({checkup(protocol).length()}): {' → '.join(parts)}."


def _parts(protocol: Protocol, steps: Iterable[AnyTimelineStep]) -> list[str]:
    """What a participant does, one after the other; pages of text go without saying."""
    parts = []
    for step in steps:
        match step:
            case BlockStep():
                where = f"for each level of `{step.over}`" if step.over else "in each condition"
                parts.append(f"{where} ({' → '.join(_parts(protocol, step.steps))})")
            case RepeatStep():
                parts.append(f"{step.times} times ({' → '.join(_parts(protocol, step.steps))})")
            case QuestionnaireStep():
                parts.append(", ".join(protocol.instrument(name).title for name in step.instruments))
            case NextSessionStep():
                parts.append(f"a pause of at least {step.after_hours:g} hours")
            case _:
                parts += [SHOWN_STEPS[step.step]] if step.step in SHOWN_STEPS else []
    return parts


def _allocation(protocol: Protocol) -> str:
    rule = protocol.design
    if rule.orders == "random":
        said = "Each participant's cell is drawn at random."
    else:
        said = (
            "Each participant gets the order of conditions that is least filled when they arrive; ties are drawn. In it they get the least "
            "used rotation of tasks, in a fixed sequence that balances tasks with conditions and with periods as early as can be. "
            f"A place is held by who is complete and by who was active in the last {rule.reservation_minutes:g} "
            "minutes; drop-outs release theirs."
        )
    if rule.strata:
        names = ", ".join(f"`{name}`" for name in rule.strata)
        said += f" Balanced within {names} by minimisation (the best order with probability {rule.minimisation_p:g})."
    return (
        said
        + " Draws come from a generator seeded with the study's seed and the participant's number, so they can be checked."
    )
