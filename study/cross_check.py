"""References inside a protocol that lead nowhere, and designs that do not fit their conditions."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from study.timeline import BeliefsStep, BlockStep, QuestionnaireStep

if TYPE_CHECKING:
    from study.protocol import Protocol

MOST_FOR_ALL_ORDERS = 5


def cross_check(protocol: "Protocol") -> list[str]:
    """Every reference inside a protocol that leads nowhere, one sentence each."""
    conditions = [condition.id for condition in protocol.conditions]
    instruments = {instrument.id for instrument in protocol.instruments}
    wrong = [
        f"{name}: ids must be unique"
        for name, ids in {
            "conditions": conditions,
            "tasks": [task.id for task in protocol.tasks],
        }.items()
        if len(set(ids)) != len(ids)
    ]
    wrong += _design_problems(protocol)
    for step in _all_steps(protocol):
        if isinstance(step, QuestionnaireStep):
            wrong += [f"timeline: instrument '{i}' is not loaded" for i in step.instruments if i not in instruments]
        if isinstance(step, BeliefsStep):
            wrong += [f"timeline: unknown condition '{c}'" for c in step.conditions if c not in conditions]
        if isinstance(step, QuestionnaireStep):
            wrong += _check_problems(protocol, step)
    wrong += _branch_problems(protocol)
    if sum(isinstance(step, BlockStep) for step in protocol.timeline) > 1:
        wrong.append("timeline: at most one block")
    for pair in protocol.analysis.contrasts:
        wrong += [f"analysis.contrasts: unknown condition '{c}'" for c in pair if c not in conditions]
    return wrong


def _check_problems(protocol: "Protocol", step: QuestionnaireStep) -> list[str]:
    """Checks and screening that speak of what this step does not ask."""
    wrong = []
    for check in step.checks:
        if check.instrument not in step.instruments:
            wrong.append(f"timeline: a check names '{check.instrument}', which this step does not ask")
        else:
            wrong += [w for item in check.answers for w in _item_problems(protocol, check.instrument, item)]
    for when in step.screen_out:
        if when.instrument not in step.instruments:
            wrong.append(f"timeline: screen_out names '{when.instrument}', which this step does not ask")
    return wrong


def _branch_problems(protocol: "Protocol") -> list[str]:
    """Conditions on answers that nobody has given by then, or could never give."""
    wrong: list[str] = []
    asked: set[str] = set()

    def look(step: Any) -> None:
        whens = [step.show_if] if step.show_if else []
        for when in whens:
            if when.instrument not in asked:
                wrong.append(f"timeline: show_if speaks of '{when.instrument}' before it is asked")
        if isinstance(step, QuestionnaireStep):
            asked.update(step.instruments)
            whens = [*whens, *step.screen_out]
        for when in whens:
            wrong.extend(_item_problems(protocol, when.instrument, when.item))
        for inner in step.steps if isinstance(step, BlockStep) else ():
            look(inner)

    for step in protocol.timeline:
        look(step)
    return wrong


def _item_problems(protocol: "Protocol", instrument: str, item: str) -> list[str]:
    known = {i.id: {item.id for item in i.items} for i in protocol.instruments}
    if instrument in known and item not in known[instrument]:
        return [f"timeline: '{instrument}' has no item '{item}'"]
    return []


def _design_problems(protocol: "Protocol") -> list[str]:
    """What does not fit between conditions, factors, orders, labels and tasks."""
    design, wrong = protocol.design, []
    factors = {factor.id: factor.levels for factor in protocol.factors}
    for n, condition in enumerate(protocol.conditions):
        for factor, level in condition.levels.items():
            if level not in factors.get(factor, ()):
                wrong.append(f"conditions[{n}].levels: '{factor}: {level}' is not declared in factors")
        if missing := [f for f in factors if f not in condition.levels]:
            wrong.append(f"conditions[{n}].levels: says nothing about {', '.join(missing)}")
    if design.between is not None and design.between not in factors:
        return [*wrong, f"design.between: there is no factor '{design.between}'"]
    wrong += _strata_problems(protocol)
    shares = Counter(c.levels.get(design.between or "") for c in protocol.conditions)
    met = {"within": len(protocol.conditions), "between": 1, "mixed": max(shares.values())}[design.kind]
    if len(design.labels) < met:
        wrong.append(f"design.labels: {met} conditions need as many labels")
    if len(protocol.tasks) < met:
        wrong.append(f"tasks: {met} conditions need at least as many tasks")
    if met > MOST_FOR_ALL_ORDERS and design.orders in ("all", "random"):
        wrong.append(f"design.orders: {met} conditions have too many orders; choose williams or latin")
    return wrong


def _strata_problems(protocol: "Protocol") -> list[str]:
    """Strata that nothing can be balanced by, or that would name people."""
    strata, wrong = protocol.design.strata, []
    if strata and protocol.design.orders == "random":
        wrong.append("design.strata: random orders are balanced in nothing; choose all or williams")
    if len(set(strata)) != len(strata):
        wrong.append("design.strata: names must be unique")
    identifying = protocol.recruitment.id_parameters
    wrong += [f"design.strata: '{name}' names a single participant" for name in strata if name in identifying]
    return wrong


def _all_steps(protocol: "Protocol") -> list[Any]:
    inner = [step for block in protocol.timeline if isinstance(block, BlockStep) for step in block.steps]
    return [*protocol.timeline, *inner]
