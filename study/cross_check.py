"""References inside a protocol that lead nowhere, and designs that do not fit their conditions."""

from collections import Counter
from collections.abc import Sequence
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
            "factors": [factor.id for factor in protocol.factors],
        }.items()
        if len(set(ids)) != len(ids)
    ]
    wrong += _design_problems(protocol)
    for place, step in _all_steps(protocol):
        if isinstance(step, QuestionnaireStep):
            wrong += [f"{place}: instrument '{i}' is not loaded" for i in step.instruments if i not in instruments]
        if isinstance(step, BeliefsStep):
            wrong += [f"{place}.conditions: unknown condition '{c}'" for c in step.conditions if c not in conditions]
        if isinstance(step, QuestionnaireStep):
            wrong += _check_problems(protocol, place, step)
    wrong += _branch_problems(protocol)
    if sum(isinstance(step, BlockStep) for step in protocol.timeline) > 1:
        wrong.append("timeline: at most one block")
    if all(isinstance(step, BeliefsStep) for step in protocol.timeline):  # whoever met other conditions has no step
        wrong.append("timeline: needs a step that everybody takes")
    for n, pair in enumerate(protocol.analysis.contrasts):
        wrong += [f"analysis.contrasts[{n}]: unknown condition '{c}'" for c in pair if c not in conditions]
    return wrong


def _check_problems(protocol: "Protocol", place: str, step: QuestionnaireStep) -> list[str]:
    """Checks and screening that speak of what this step does not ask, and what it says twice."""
    wrong = [f"{place}.instruments: asks '{name}' twice" for name in _twice(step.instruments)]
    wrong += [f"{place}.checks: checks '{name}' twice" for name in _twice([c.instrument for c in step.checks])]
    for n, check in enumerate(step.checks):
        if check.instrument not in step.instruments:
            wrong.append(f"{place}.checks[{n}]: a check names '{check.instrument}', which this step does not ask")
        for item, right in check.answers.items():
            wrong += _value_problems(protocol, f"{place}.checks[{n}]", check.instrument, item, right)
    for n, when in enumerate(step.screen_out):
        if when.instrument not in step.instruments:
            wrong.append(f"{place}.screen_out[{n}]: names '{when.instrument}', which this step does not ask")
    return wrong


def _branch_problems(protocol: "Protocol") -> list[str]:
    """Conditions on answers that nobody has given by then, or could never give."""
    wrong: list[str] = []
    asked: set[str] = set()

    for place, step in _all_steps(protocol):
        whens = {f"{place}.show_if": step.show_if} if step.show_if else {}
        for at, when in whens.items():
            if when.instrument not in asked:
                wrong.append(f"{at}: speaks of '{when.instrument}' before it is asked")
        if isinstance(step, QuestionnaireStep):
            asked.update(step.instruments)
            whens |= {f"{place}.screen_out[{n}]": when for n, when in enumerate(step.screen_out)}
        for at, when in whens.items():
            named = [*when.any_of, *([] if when.equals is None else [when.equals])]
            wrong += _value_problems(protocol, at, when.instrument, when.item, named)
    return wrong


def _value_problems(
    protocol: "Protocol", place: str, instrument: str, item: str, values: Sequence[int | float | str]
) -> list[str]:
    """Items that there are not, and answers that nobody can give to them."""
    items = {i.id: {item.id: item for item in i.items} for i in protocol.instruments}.get(instrument)
    if items is None:
        return []
    if item not in items:
        return [f"{place}: '{instrument}' has no item '{item}'"]
    offered = items[item].offers()
    if offered is None:
        return []
    return [f"{place}: nobody can answer {value!r} to '{item}'" for value in values if value not in offered]


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
    shares = Counter(c.levels.get(design.between or "") for c in protocol.conditions)
    met = {"within": len(protocol.conditions), "between": 1, "mixed": max(shares.values())}[design.kind]
    if len(set(design.labels)) != len(design.labels):
        wrong.append("design.labels: must differ from each other")
    if len(design.labels) < met:
        wrong.append(f"design.labels: {met} conditions need as many labels")
    if len(protocol.tasks) < met:
        wrong.append(f"tasks: {met} conditions need at least as many tasks")
    if met > MOST_FOR_ALL_ORDERS and design.orders in ("all", "random"):
        wrong.append(f"design.orders: {met} conditions have too many orders; choose williams or latin")
    return wrong


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _all_steps(protocol: "Protocol") -> list[tuple[str, Any]]:
    """Every step, those of a block after it, each with its place in the file."""
    found: list[tuple[str, Any]] = []
    for n, step in enumerate(protocol.timeline):
        found.append((f"timeline[{n}]", step))
        inner = step.steps if isinstance(step, BlockStep) else ()
        found += [(f"timeline[{n}].steps[{i}]", part) for i, part in enumerate(inner)]
    return found
