"""Timelines that lead nowhere: steps that name what there is not, blocks that do not fit, branches on later answers."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from study.timeline import BeliefsStep, BlockStep, PageStep, QuestionnaireStep, TaskStep, TextStep, walk

if TYPE_CHECKING:
    from study.protocol import Protocol

CAN_SUBMIT = (TextStep, QuestionnaireStep)


def timeline_problems(protocol: "Protocol") -> list[str]:
    """Everything wrong with a timeline, one sentence each, with its place."""
    return [*_step_problems(protocol), *_block_problems(protocol), *_branch_problems(protocol)]


def _step_problems(protocol: "Protocol") -> list[str]:
    """Steps that name what there is not, or stand where they cannot."""
    conditions = [condition.id for condition in protocol.conditions]
    instruments = {instrument.id for instrument in protocol.instruments}
    wrong: list[str] = []
    for place, step, above in walk(protocol.timeline):
        if isinstance(step, QuestionnaireStep):
            wrong += [f"{place}: instrument '{i}' is not loaded" for i in step.instruments if i not in instruments]
            wrong += _check_problems(protocol, place, step)
        if isinstance(step, BeliefsStep):
            wrong += [f"{place}.conditions: unknown condition '{c}'" for c in step.conditions if c not in conditions]
        if isinstance(step, PageStep):
            wrong += _page_problems(protocol, place, step, above)
        if isinstance(step, TaskStep) and "block" not in above:
            wrong.append(f"{place}: a task needs a condition, so it stands inside a block")
        if step.time_limit and step.time_limit.then == "submit" and not isinstance(step, CAN_SUBMIT):
            way = "; the limit of a task is task_rule.max_minutes" if isinstance(step, TaskStep) else ""
            wrong.append(f"{place}.time_limit: a {step.step} step has nothing to submit when its time is over{way}")
    if all(isinstance(step, BeliefsStep) for step in protocol.timeline):  # whoever met other conditions has no step
        wrong.append("timeline: needs a step that everybody takes")
    return wrong


def _page_problems(protocol: "Protocol", place: str, step: PageStep, above: tuple[str, ...]) -> list[str]:
    """Pages for conditions or tasks that are not there, or that no block leads to."""
    conditions, tasks = ({one.id for one in known} for known in (protocol.conditions, protocol.tasks))
    strange = [c for c in step.for_conditions if c not in conditions]
    wrong = [f"{place}.for_conditions: unknown condition '{c}'" for c in strange]
    wrong += [f"{place}.for_tasks: unknown task '{t}'" for t in step.for_tasks if t not in tasks]
    if (step.for_conditions or step.for_tasks) and "block" not in above:
        wrong.append(f"{place}: a page for some conditions or tasks stands inside a block")
    return wrong


def _block_problems(protocol: "Protocol") -> list[str]:
    """Blocks that are not one of conditions, alone or in one over the levels of the factor it is nested in."""
    found = [(step.over, above) for _, step, above in walk(protocol.timeline) if isinstance(step, BlockStep)]
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

    for place, step, _above in walk(protocol.timeline):
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


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
