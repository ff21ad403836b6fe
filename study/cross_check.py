"""References inside a protocol that lead nowhere, and designs that do not fit their conditions."""

from collections import Counter
from typing import TYPE_CHECKING

from study.timeline import (
    BeliefsStep,
    BlockStep,
    PageStep,
    QuestionnaireStep,
    TaskStep,
    TextStep,
    tasks_per_block,
    walk,
)

if TYPE_CHECKING:
    from study.protocol import Protocol

MOST_FOR_ALL_ORDERS = 5
CAN_SUBMIT = (TextStep, QuestionnaireStep)


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
    for step, above in walk(protocol.timeline):
        if isinstance(step, QuestionnaireStep):
            wrong += [f"timeline: instrument '{i}' is not loaded" for i in step.instruments if i not in instruments]
            wrong += _check_problems(protocol, step)
        if isinstance(step, BeliefsStep):
            wrong += [f"timeline: unknown condition '{c}'" for c in step.conditions if c not in conditions]
        if isinstance(step, PageStep):
            wrong += _page_problems(protocol, step, above)
        if isinstance(step, TaskStep) and "block" not in above:
            wrong.append("timeline: a task needs a condition, so it stands inside a block")
        if step.time_limit and step.time_limit.then == "submit" and not isinstance(step, CAN_SUBMIT):
            way = "; the limit of a task is task_rule.max_minutes" if isinstance(step, TaskStep) else ""
            wrong.append(f"timeline: a step of kind {step.step} has nothing to submit when its time is over{way}")
    wrong += _block_problems(protocol)
    wrong += _branch_problems(protocol)
    return wrong + _plan_problems(protocol)


def _page_problems(protocol: "Protocol", step: PageStep, above: tuple[str, ...]) -> list[str]:
    """Pages for conditions or tasks that are not there, or that no block leads to."""
    conditions, tasks = ({one.id for one in known} for known in (protocol.conditions, protocol.tasks))
    wrong = [
        f"timeline: for_conditions names the unknown condition '{c}'"
        for c in step.for_conditions
        if c not in conditions
    ]
    wrong += [f"timeline: for_tasks names the unknown task '{t}'" for t in step.for_tasks if t not in tasks]
    if (step.for_conditions or step.for_tasks) and "block" not in above:
        wrong.append("timeline: a page for some conditions or tasks stands inside a block")
    return wrong


def _plan_problems(protocol: "Protocol") -> list[str]:
    """An analysis plan that compares what is not there."""
    conditions = [condition.id for condition in protocol.conditions]
    levels = {factor.id: factor.levels for factor in protocol.factors}
    wrong = [
        f"analysis.contrasts: unknown condition '{c}'"
        for pair in protocol.analysis.contrasts
        for c in pair
        if c not in conditions
    ]
    for n, hypothesis in enumerate(protocol.analysis.hypotheses):
        place, factor = f"analysis.hypotheses[{n}]", hypothesis.factor
        if factor is not None and factor not in levels:
            wrong.append(f"{place}.factor: there is no factor '{factor}'")
            continue
        known, what = (levels[factor], f"level of '{factor}'") if factor is not None else (conditions, "condition")
        wrong += [f"{place}.contrast: unknown {what} '{c}'" for c in hypothesis.contrast if c not in known]
    ids = [hypothesis.id for hypothesis in protocol.analysis.hypotheses]
    if len(set(ids)) != len(ids):
        wrong.append("analysis.hypotheses: ids must be unique")
    return wrong


def _block_problems(protocol: "Protocol") -> list[str]:
    """Blocks that are not one of conditions, alone or in one over the levels of the factor it is nested in."""
    found = [(step.over, above) for step, above in walk(protocol.timeline) if isinstance(step, BlockStep)]
    outer, inner = [over for over, _ in found if over], [above for over, above in found if not over]
    wrong = []
    if len(inner) > 1 or len(outer) > 1:
        wrong.append("timeline: at most one block of conditions, and one over a factor around it")
    if any("repeat" in above for _, above in found):
        wrong.append("timeline: a block cannot be repeated; put the repeat into the block")
    if outer and not any("block" in above for above in inner):
        wrong.append(f"timeline: the block over '{outer[0]}' needs a block of conditions in it")
    if not outer and any("block" in above for above in inner):
        wrong.append("timeline: a block in a block: the outer one needs `over`, the factor it goes over")
    nested = protocol.design.nested_in
    if outer and outer[0] != nested:
        wrong.append(f"design.nested_in: must be '{outer[0]}', as the timeline has a block over it")
    if nested is not None and nested not in {factor.id for factor in protocol.factors}:
        wrong.append(f"design.nested_in: there is no factor '{nested}'")
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

    for step, _above in walk(protocol.timeline):
        whens = [step.show_if] if step.show_if else []
        for when in whens:
            if when.instrument not in asked:
                wrong.append(f"timeline: show_if speaks of '{when.instrument}' before it is asked")
        if isinstance(step, QuestionnaireStep):
            asked.update(step.instruments)
            whens = [*whens, *step.screen_out]
        for when in whens:
            wrong.extend(_item_problems(protocol, when.instrument, when.item))
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
    shares = Counter(c.levels.get(design.between or "") for c in protocol.conditions)
    met = {"within": len(protocol.conditions), "between": 1, "mixed": max(shares.values())}[design.kind]
    if len(design.labels) < met:
        wrong.append(f"design.labels: {met} conditions need as many labels")
    each = tasks_per_block(protocol.timeline)
    if len(protocol.tasks) < met * each and design.tasks != "cycled":
        more = f" {each} times over" if each > 1 else ""
        wrong.append(f"tasks: {met} conditions need at least as many tasks{more} (or design.tasks: cycled)")
    if met > MOST_FOR_ALL_ORDERS and design.orders in ("all", "random"):
        wrong.append(f"design.orders: {met} conditions have too many orders; choose williams or latin")
    return wrong
