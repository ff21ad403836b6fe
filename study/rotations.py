"""In which sequence each order of conditions goes through the rotations of the tasks, as a pure function.

Every order uses all of its rotations before it begins again (study/design.py). Which one comes first decides what the
first participants meet: were it the same in every order, each task would have a period of its own; were it one further
from order to order, conditions would meet some tasks more than others. So one pass over the orders after the other is laid
out such that in all passes so far each condition meets each task, and each period holds each task, as equally often as can
be found: the least sum of squared counts, conditions before periods, by changing one order at a time from several starts.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

Pair = tuple[Hashable, str]
"""(a condition or a period, the task that it meets)."""
Options = Sequence[Sequence[Sequence[Pair]]]
"""For each order, for each of its rotations: every pair that somebody meets in it."""
STARTS = 60
"""From how many layouts the search sets out; it stops at the first that is as even as numbers allow."""


def sequences(options: Options) -> list[list[int]]:
    """For each order its rotations by number, in the sequence in which they are to be used; always the same for the same."""
    used: list[list[int]] = [[] for _ in options]
    met: Counter[Pair] = Counter()
    for _ in range(max(map(len, options), default=0)):
        turns = _best_pass(options, used, met)
        for order, turn in enumerate(turns):
            if turn is not None:
                used[order].append(turn)
                met.update(options[order][turn])
    return used


def _best_pass(options: Options, used: list[list[int]], met: Counter[Pair]) -> list[int | None]:
    """One rotation more for each order, out of those it has left (None: it has none)."""
    left = [[turn for turn in range(len(one)) if turn not in done] for one, done in zip(options, used, strict=True)]
    generator = np.random.Generator(np.random.PCG64(0))
    found: list[tuple[tuple[int, int], list[int | None]]] = []
    for start in range(STARTS):
        draws = generator.random(len(left)) if start else None
        turns = [
            None if not free else free[int(draws[n] * len(free))] if draws is not None else _next(used[n], free)
            for n, free in enumerate(left)
        ]
        counts = _improved(options, left, turns, met)
        found.append((_unevenness(counts), turns))
        if found[-1][0][0] == _least(options, counts):
            break
    return min(found, key=lambda one: one[0])[1]


def _next(done: list[int], free: list[int]) -> int:
    """The rotation after the last one: a pass that is even stays so when everything moves on by one."""
    after = done[-1] + 1 if done else 0
    return next((turn for turn in free if turn >= after), free[0])


def _improved(options: Options, left: list[list[int]], turns: list[int | None], met: Counter[Pair]) -> Counter[Pair]:
    """Change `turns`, one order at a time, as long as that makes the counts more even; the counts with all of them."""
    counts = met.copy()
    for order, turn in enumerate(turns):
        counts.update(options[order][turn] if turn is not None else ())
    moved = True
    while moved:
        moved = False
        for order, turn in enumerate(turns):
            if turn is None:
                continue
            counts.subtract(options[order][turn])
            cost = {free: sum(counts[pair] for pair in options[order][free]) for free in left[order]}
            best = min(left[order], key=lambda free: (cost[free], free != turn))
            moved = moved or best != turn
            turns[order] = best
            counts.update(options[order][best])
    return counts


def _unevenness(counts: Counter[Pair]) -> tuple[int, int]:
    """Sum of squared counts of everything, then of conditions alone: what is confounded with them does most harm."""
    squares = [(row, count * count) for (row, _task), count in counts.items()]
    return sum(square for _, square in squares), sum(square for row, square in squares if isinstance(row, str))


def _least(options: Options, counts: Counter[Pair]) -> int:
    """The least sum of squares that there could be with as many pairs."""
    tasks = {pair[1] for one in options for rotation in one for pair in rotation}
    totals: Counter[Hashable] = Counter()
    for (row, _task), count in counts.items():
        totals[row] += count
    shares = [divmod(total, len(tasks)) for total in totals.values()]
    return sum(more * (each + 1) ** 2 + (len(tasks) - more) * each**2 for each, more in shares)
