"""Counterbalancing and allocation, as pure functions.

A cell is one order of conditions together with one rotation of the tasks. Within a group of
participants (everybody, or one level of a between-subject factor) orders are filled evenly first;
within an order every rotation is used before one comes again (task = (rotation + place) mod tasks), in a
sequence by which tasks are balanced against conditions and periods as early as can be (study/rotations.py),
and exactly at every full set of cells. With `orders: random` every participant's cell is drawn out of all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise, permutations, product

import numpy as np

from study.protocol import Orders, Protocol
from study.rotations import Pair, sequences
from study.timeline import tasks_per_block

Order = tuple[str, ...]
"""Conditions in order of presentation."""


@dataclass(frozen=True)
class Cell:
    """One order of conditions, and the tasks of all of them one after the other."""

    index: int
    conditions: tuple[str, ...]
    tasks: tuple[str, ...]

    def tasks_of(self, place: int) -> tuple[str, ...]:
        """The tasks of the condition at this place of the order, from 0."""
        each = len(self.tasks) // len(self.conditions)
        return self.tasks[place * each : (place + 1) * each]


@dataclass(frozen=True)
class Choice:
    """Which cell was drawn, out of which equally good ones; `scores` by cell, where a minimisation made them."""

    cell: int
    candidates: tuple[int, ...]
    scores: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Balance:
    """How often, over every cell once: (condition, period), (condition, the next one), (condition, task)."""

    positions: Counter[tuple[str, int]]
    follows: Counter[tuple[str, str]]
    tasks: Counter[tuple[str, str]]


def cells(protocol: Protocol) -> tuple[Cell, ...]:
    """Every cell of the design: groups × orders of their conditions × rotations of the tasks."""
    tasks, each = [task.id for task in protocol.tasks], tasks_per_block(protocol.timeline)
    rotations = range(1 if protocol.design.tasks == "fixed" else len(tasks))
    table: list[Cell] = []
    for group in groups(protocol):
        for order in orders_of(protocol, group):
            for rotation in rotations if each else (0,):
                shown = tuple(tasks[(rotation + place) % len(tasks)] for place in range(each * len(order)))
                table.append(Cell(len(table), order, shown))
    return tuple(table)


def groups(protocol: Protocol) -> list[tuple[str, ...]]:
    """The conditions that one participant meets, for every group of participants."""
    conditions = tuple(condition.id for condition in protocol.conditions)
    if protocol.design.kind == "within":
        return [conditions]
    if protocol.design.kind == "between":
        return [(condition,) for condition in conditions]
    levels = {c.id: c.levels.get(protocol.design.between or "", "") for c in protocol.conditions}
    return [tuple(c for c in conditions if levels[c] == level) for level in dict.fromkeys(levels.values())]


def orders_of(protocol: Protocol, group: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The orders of a group's conditions; nested in a factor, those with the same level stay together."""
    rule, outer = protocol.design.orders, protocol.design.nested_in
    if outer is None:
        return orders(group, rule)
    by_level: dict[str, list[str]] = {}
    for condition in group:
        by_level.setdefault(protocol.condition(condition).levels[outer], []).append(condition)
    return tuple(
        tuple(chain.from_iterable(inner))
        for levels in orders(list(by_level), rule)
        for inner in product(*(orders(by_level[level], rule) for level in levels))
    )


def orders(conditions: Sequence[str], rule: Orders) -> tuple[tuple[str, ...], ...]:
    """The orders that a rule allows.

    `all` and `random`: every permutation; `williams`: each condition follows each other equally often
    (Williams, 1949; two squares for an odd number); `latin`: cyclic, balances positions only; `fixed`:
    as the protocol lists them.
    """
    names = tuple(conditions)
    if rule == "fixed":
        return (names,)
    if rule == "latin":
        return tuple(names[shift:] + names[:shift] for shift in range(len(names)))
    if rule == "williams":
        return _williams(names)
    return tuple(permutations(names))


def draw(table: Sequence[Cell], seed: int, index: int) -> Choice:
    """A cell at random, whatever the others were given; the generator is that of `choose`."""
    candidates = tuple(cell.index for cell in table)
    return Choice(cell=int(_generator(seed, index).choice(candidates)), candidates=candidates)


def choose(
    table: Sequence[Cell],
    filled: Mapping[int, int],
    seed: int,
    index: int,
    scores: Mapping[Order, int] | None = None,
    p: float = 1,
) -> Choice:
    """The next participant's cell: least filled order, then the rotation least used within it.

    `filled` counts the places held in each cell, so that one that was left is filled again; of rotations used
    equally often the first in the order's sequence is taken. `scores`, if given, narrow the orders to those
    with the lowest score first (see `minimisation`), with probability `p`; else one of the others is drawn.
    Draws and ties between orders are by PCG64 seeded from (study seed, allocation index), so that a choice can
    be checked afterwards.
    """
    rotations: dict[Order, list[Cell]] = {}
    for cell in table:
        rotations.setdefault(cell.conditions, []).append(cell)
    used, turns = Counter(filled), _turns(tuple(table))
    next_of = {
        order: min(same, key=lambda cell: (used[cell.index], turns[cell.index])).index
        for order, same in rotations.items()
    }
    load = {
        order: ((scores or {}).get(order, 0), sum(used[cell.index] for cell in same))
        for order, same in rotations.items()
    }
    lowest = min(load.values())
    candidates = [next_of[order] for order in rotations if load[order] == lowest]
    others = [next_of[order] for order in rotations if load[order] != lowest]
    generator = _generator(seed, index)
    if scores and others and generator.random() >= p:
        candidates = others
    return Choice(
        cell=int(generator.choice(candidates)),
        candidates=tuple(candidates),
        scores={next_of[order]: score for order, score in (scores or {}).items()},
    )


def cells_met(table: Sequence[Cell], met: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[int]:
    """The cells of this table for (conditions, tasks) that people were given, maybe by an earlier version.

    Where only the order of conditions still exists, its cells are counted in turn; where not even that
    does, the session counts for none.
    """
    same = {(cell.conditions, cell.tasks): cell.index for cell in table}
    of_order: dict[tuple[str, ...], list[int]] = {}
    for cell in table:
        of_order.setdefault(cell.conditions, []).append(cell.index)
    found, turns = [], Counter[tuple[str, ...]]()
    for conditions, tasks in met:
        if (conditions, tasks) in same:
            found.append(same[conditions, tasks])
        elif rotations := of_order.get(conditions):
            found.append(rotations[turns[conditions] % len(rotations)])
            turns[conditions] += 1
    return found


def balance(table: Sequence[Cell]) -> Balance:
    """What a full set of participants, one per cell, meets how often."""
    return Balance(
        positions=Counter((c, period) for cell in table for period, c in enumerate(cell.conditions, 1)),
        follows=Counter(pair for cell in table for pair in pairwise(cell.conditions)),
        tasks=Counter((c, t) for cell in table for n, c in enumerate(cell.conditions) for t in cell.tasks_of(n)),
    )


def _generator(seed: int, index: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(index,))))


@lru_cache(maxsize=64)
def _turns(table: tuple[Cell, ...]) -> dict[int, int]:
    """Cell → the how-manieth of its order to be used, from 0."""
    of_order: dict[Order, list[Cell]] = {}
    for cell in table:
        of_order.setdefault(cell.conditions, []).append(cell)
    turns = sequences([[_pairs(cell) for cell in same] for same in of_order.values()])
    return {
        same[rotation].index: turn
        for same, sequence in zip(of_order.values(), turns, strict=True)
        for turn, rotation in enumerate(sequence)
    }


def _pairs(cell: Cell) -> list[Pair]:
    """Which task each condition meets, and which stands at each place."""
    met = [(condition, task) for place, condition in enumerate(cell.conditions) for task in cell.tasks_of(place)]
    return [*met, *enumerate(cell.tasks)]


def _williams(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """First row 0, 1, n-1, 2, n-2, …; every further row one step on; for odd n also each row backwards."""
    count = len(names)
    first = [0]
    for step in range(1, count):
        first.append((first[-1] + (step if step % 2 else -step)) % count)
    square = [tuple(names[(place + shift) % count] for place in first) for shift in range(count)]
    backwards = [row[::-1] for row in square] if count % 2 and count > 1 else []
    return tuple(dict.fromkeys([*square, *backwards]))
