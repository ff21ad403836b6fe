"""Minimisation: orders balanced within every level of a few facts known at the door, as pure functions.

Strata (say sex and age band) are balanced by their margins, not by their combinations, so that a small
study can balance several. Method: Pocock, S. J. & Simon, R. (1975). Sequential treatment assignment
with balancing for prognostic factors in the controlled clinical trial. Biometrics, 31(1), 103–115, with
the variance as measure of imbalance and equal weights. Then the order that leaves the least sum of
variances is the one that holds the fewest places of people like the newcomer, summed over strata, which
is the rule of Taves, D. R. (1974). Minimization: a new method of assigning patients to treatment and
control groups. Clinical Pharmacology and Therapeutics, 15(5), 443–453. That order is taken with
probability p (`design.minimisation_p`, .8), so that nobody can foretell the next one.

How even it is with p = 1, as long as nobody leaves: within a level, no order is ahead of another by more
than one place with one stratum, and by more than two with two strata of two levels (the tests go through
every state that can be reached, for 2 to 4 orders). More strata or levels, or a smaller p, give wider margins.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from study.design import Cell, Order


def scores(table: Sequence[Cell], places: Mapping[tuple[int, str], int], levels: Mapping[str, str]) -> dict[Order, int]:
    """Places that each order holds of people who share a level with the newcomer; the lowest is best.

    `places` counts by (cell, `as_text` of the levels of those who hold them). Somebody alike in two
    strata counts twice.
    """
    held: Counter[Order] = Counter()
    for (cell, text), count in places.items():
        theirs = json.loads(text)
        held[table[cell].conditions] += count * sum(theirs.get(name) == level for name, level in levels.items())
    return {cell.conditions: held[cell.conditions] for cell in table}


def as_text(levels: Mapping[str, str]) -> str:
    """Levels as one text, the same for the same levels, to be stored and counted by."""
    return json.dumps(dict(levels), sort_keys=True, ensure_ascii=False)
