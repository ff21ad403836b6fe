"""Who would have which value where, if everybody stayed: the participants of a design, and every place where a measure is asked."""

from collections import Counter

import pandas as pd

from analysis.measures import ANSWERED_RIGHT, Measure, registry
from study.design import Cell, cells, choose, draw
from study.flow import Assignment, Step
from study.plan import plan
from study.protocol import Protocol

COLUMNS = ["who", "block", "condition", "task", "measure"]


def planned_measures(protocol: Protocol, names: list[str]) -> list[Measure]:
    """The measures of these names and those that the plan needs to say who is left out, in the registry's order."""
    plan_of = protocol.analysis
    needed = {*names, *(rule.measure for rule in plan_of.exclusions), *plan_of.moderators}
    return [measure for measure in registry(protocol) if measure.name in needed]


def layout(protocol: Protocol, n: int, measures: list[Measure], seed: int) -> pd.DataFrame:
    """One row per participant (`who`, from 0), block and measure, for `n` participants dealt to the cells as in a study.

    `block` is NaN, `condition` and `task` None, where a measure is asked outside every block.
    """
    table = cells(protocol)
    asked = {cell.index: places(protocol, cell, measures) for cell in table}
    dealt = _deal(protocol, table, n, seed)
    rows = [(who, *place) for who, cell in enumerate(dealt) for place in asked[cell]]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"block": float, "who": int})


def _deal(protocol: Protocol, table: tuple[Cell, ...], n: int, seed: int) -> list[int]:
    """The cells of n participants, one after the other."""
    filled: Counter[int] = Counter()
    dealt = []
    for index in range(n):
        is_random = protocol.design.orders == "random"
        cell = (draw(table, seed, index) if is_random else choose(table, filled, seed, index)).cell
        filled[cell] += 1
        dealt.append(cell)
    return dealt


def places(protocol: Protocol, cell: Cell, measures: list[Measure]) -> list[tuple[object, ...]]:
    """(block, condition, task, measure); asked several times in one place, the last time counts."""
    steps = plan(protocol, Assignment(cell.conditions, cell.tasks))
    tests = {i.id for i in protocol.instruments if any(item.right is not None for item in i.items)}
    found: dict[tuple[object, ...], str | None] = {}
    for measure in measures:
        for step in steps:
            if _is_asked(measure, step, tests):
                found[step.block, step.condition, measure.name] = step.task if step.block else None
    return [(block, condition, task, measure) for (block, condition, measure), task in found.items()]


def _is_asked(measure: Measure, step: Step, tests: set[str]) -> bool:
    if measure.instrument:
        return step.instrument == measure.instrument and measure.occasion in ("", step.occasion)
    if measure.name == ANSWERED_RIGHT.name:
        return step.instrument in tests
    return step.kind == "task" and step.block is not None
