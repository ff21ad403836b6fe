"""The two sides of a contrast as they are, before any model: how many participants, their mean, SD and median."""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd

from analysis.asked import LEVEL, VALUE, WHO, Asked
from study.analysis_plan import Interaction


@dataclass(frozen=True)
class Described:
    """One level as it is: `n` participants, their mean (over conditions of the same level), SD and median.

    One side of an interaction: the difference between the means of two cells, which has neither SD nor median.
    """

    level: str
    n: int
    mean: float
    sd: float
    median: float


def described_sides(of: Asked, contrast: tuple[str, str]) -> tuple[Described, Described]:
    """The first and the second side, in the unit of the measure also where its logarithms are tested."""
    amounts = replace(of, rows=of.rows.assign(**{VALUE: np.exp(of.rows[VALUE])})) if of.logged else of
    if of.crossed:
        return _gaps(amounts.rows, contrast, of.crossed)
    first, second = (_level(amounts.per_level, level) for level in contrast)
    return first, second


def _level(means: pd.DataFrame, level: str) -> Described:
    held = means.loc[means[LEVEL] == level, VALUE]
    return Described(level, len(held), float(held.mean()), float(held.std(ddof=1)), float(held.median()))


def _gaps(rows: pd.DataFrame, contrast: tuple[str, str], crossed: Interaction) -> tuple[Described, Described]:
    found = []
    for name, level in zip(crossed.sides(contrast), crossed.contrast, strict=True):
        here = rows[rows[crossed.factor] == level]
        first, second = (here.loc[here[LEVEL] == side] for side in contrast)
        people = len({*first[WHO], *second[WHO]})
        found.append(Described(name, people, float(first[VALUE].mean() - second[VALUE].mean()), nan, nan))
    return found[0], found[1]
