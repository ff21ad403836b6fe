"""Counterbalancing and allocation, as pure functions.

A cell is one order of conditions together with one rotation of the tasks. Orders are filled evenly
first; within an order the rotation moves on by one per participant, so that tasks are balanced
against conditions at every full set of orders (task = (rank within order + period) mod tasks).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from study.protocol import Protocol


@dataclass(frozen=True)
class Cell:
    """One order of conditions with the tasks they are met with, both in order of presentation."""

    index: int
    conditions: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """Which cell was drawn, out of which equally filled ones."""

    cell: int
    candidates: tuple[int, ...]


def cells(protocol: Protocol) -> tuple[Cell, ...]:
    """Every cell of the design: all orders of the conditions × all rotations of the tasks."""
    conditions = [condition.id for condition in protocol.conditions]
    tasks = [task.id for task in protocol.tasks]
    table: list[Cell] = []
    for order in permutations(conditions):
        for rotation in range(len(tasks)):
            shown = tuple(tasks[(rotation + period) % len(tasks)] for period in range(len(order)))
            table.append(Cell(len(table), order, shown))
    return tuple(table)


def choose(table: Sequence[Cell], taken: Sequence[int], seed: int, index: int) -> Choice:
    """The next participant's cell: least filled order, then the rotation least used within it.

    `taken` holds the cells of completed and of still running sessions. Ties between orders are drawn
    by PCG64 seeded from (study seed, allocation index), so that a choice can be checked afterwards.
    """
    orders = Counter(table[cell].conditions for cell in taken)
    used = Counter(taken)
    fewest = min(orders[cell.conditions] for cell in table)
    candidates = []
    for order in dict.fromkeys(cell.conditions for cell in table):
        if orders[order] == fewest:
            rotations = [cell for cell in table if cell.conditions == order]
            candidates.append(min(rotations, key=lambda cell: used[cell.index]).index)
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(index,))))
    return Choice(cell=int(generator.choice(candidates)), candidates=tuple(candidates))
