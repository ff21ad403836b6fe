"""A formula of categories alone says one thing of each combination of levels: so it is read once for them, not for every row.

Reading a formula costs formulaic more than fitting the model costs us. A power simulation, a bootstrap or a report asks
the same formula about the same levels again and again.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec

Array = np.ndarray
CATEGORY = re.compile(r"(\w+)|C\((\w+)\)")
"""A column by its name, or marked as categorical."""
MANY = 2000
"""More combinations than this are more work than the rows."""


@dataclass(frozen=True)
class Cells:
    """Every combination of the `levels` of the formula's columns, coded: a row of `x` for each, the last column fastest."""

    levels: tuple[tuple[str, pd.Index], ...]
    x: Array
    spec: ModelSpec

    def coded(self, rows: pd.DataFrame) -> Array | None:
        """The design matrix of these rows; None where a row has a level that is not here."""
        place = np.zeros(len(rows), dtype=int)
        for name, known in self.levels:
            code = known.get_indexer(pd.Index(rows[name].to_numpy()))
            if (code < 0).any():
                return None
            place = place * len(known) + code
        return self.x[place]


@lru_cache(maxsize=256)
def parsed(formula: str) -> Formula:
    """The formula, read."""
    return Formula(formula)


def cells(formula: str, rows: pd.DataFrame) -> Cells | None:
    """What the right side of this formula makes of the levels in these rows (of numpy's own types, without gaps).

    None where it holds more than names and `C(name)` of categories: the formula must then be coded row by row.
    """
    terms = parsed(formula).rhs
    found = {str(factor): CATEGORY.fullmatch(str(factor)) for term in terms for factor in term.factors}
    held: dict[str, tuple[Hashable, ...]] = {}
    for factor, match in found.items():
        if factor in ("0", "1"):
            continue
        known = _levels(rows, match[1] or match[2], marked=match[1] is None) if match else None
        if known is None:
            return None
        held[match[1] or match[2]] = known
    if not held or prod(map(len, held.values())) > MANY:
        return None
    return coded_levels(formula, tuple(sorted(held.items())))


def _levels(rows: pd.DataFrame, name: str, marked: bool) -> tuple[Hashable, ...] | None:
    """The levels of a category in their order; None for anything else. Numbers are one only where they are marked."""
    column = rows[name]
    if pd.api.types.is_float_dtype(column.dtype):
        return tuple(np.unique(column.to_numpy()).tolist()) if marked else None
    known = column.array.categories if isinstance(column.dtype, pd.CategoricalDtype) else pd.unique(column)
    if not all(isinstance(level, str) for level in known):
        return None  # 1 and 1.0 and True are equal, but are not called the same
    return tuple(known) if isinstance(column.dtype, pd.CategoricalDtype) else tuple(sorted(known))


@lru_cache(maxsize=256)
def coded_levels(formula: str, levels: tuple[tuple[str, tuple[Hashable, ...]], ...]) -> Cells:
    """Every combination of these levels (column, its levels in order), read by formulaic."""
    names = [name for name, _ in levels]
    every = pd.DataFrame(list(product(*[known for _, known in levels])), columns=names)
    for name, known in levels:
        every[name] = pd.Categorical(every[name], categories=list(known))
    made = parsed(formula).rhs.get_model_matrix(every, output="numpy")
    x = np.asarray(made, dtype=float)
    x.flags.writeable = False
    return Cells(tuple((name, pd.Index(known)) for name, known in levels), x, made.model_spec)
