"""A tidy frame → the values that are compared: both conditions of each participant, or two groups of participants."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.inference.estimate import NotEstimable

Array = np.ndarray
DIGITS = 10
"""Values are rounded so far before ranking: means of items differ in the last bits where they are equal."""


@dataclass(frozen=True)
class Pair:
    """Two conditions of the same participants: `a` (n) in the first, `b` (n) in the second, same order.

    `missing` counts the participants who have a value in only one of the two.
    """

    first: str
    second: str
    a: Array
    b: Array
    missing: int = 0

    @property
    def n(self) -> int:
        """How many participants have both."""
        return len(self.a)

    @property
    def differences(self) -> Array:
        """First minus second, rounded so that equal differences are equal."""
        return settled(self.a - self.b)


@dataclass(frozen=True)
class Groups:
    """Two groups of different participants: `a` (n of the first group), `b` (n of the second)."""

    first: str
    second: str
    a: Array
    b: Array

    @property
    def n(self) -> int:
        """How many participants there are in both groups together."""
        return len(self.a) + len(self.b)

    @property
    def sizes(self) -> str:
        """How many there are in each, as a note beside a result."""
        return f"{len(self.a)} in '{self.first}', {len(self.b)} in '{self.second}'"


def settled(values: ArrayLike) -> Array:
    """The same numbers without what floating point adds to their last bits."""
    return np.round(np.asarray(values, dtype=float), DIGITS)


def distinct(values: ArrayLike) -> Array:
    """The different values in order, where those that differ only in their last bits are one."""
    ordered = np.sort(np.asarray(values, dtype=float), axis=None)
    return ordered[np.concatenate([[True], np.diff(ordered) > 10 ** (1 - DIGITS)])]


def wide(frame: pd.DataFrame, value: str, condition: str, participant: str) -> pd.DataFrame:
    """One row per participant, one column per condition, NaN where there is no value.

    Raises NotEstimable where a participant has two values in one condition, or one that is infinite.
    """
    _columns(frame, value, condition, participant)
    rows = frame.dropna(subset=[condition, participant])
    _once(rows, participant, condition)
    values = rows[value].astype(float)
    if np.isinf(values).any():
        raise NotEstimable(f"'{value}' of participant {rows[participant][np.isinf(values)].iloc[0]} is infinite.")
    return rows.assign(**{value: values}).pivot(index=participant, columns=condition, values=value)


def pair(frame: pd.DataFrame, value: str, condition: str, participant: str, first: str, second: str) -> Pair:
    """The participants who have both conditions. Raises NotEstimable where these are fewer than two."""
    return pair_of(wide(frame, value, condition, participant), first, second)


def pair_of(table: pd.DataFrame, first: str, second: str) -> Pair:
    """Two columns of a table that `wide` made."""
    if absent := [name for name in (first, second) if name not in table.columns]:
        raise NotEstimable(f"Nobody has a value in condition '{absent[0]}'.")
    a, b = table[first].to_numpy(float), table[second].to_numpy(float)
    both, one = ~np.isnan(a) & ~np.isnan(b), np.isnan(a) != np.isnan(b)
    if both.sum() < 2:
        raise NotEstimable(
            f"{first} − {second}: {both.sum()} participant(s) have both conditions; at least 2 are needed."
        )
    return Pair(str(first), str(second), a[both], b[both], int(one.sum()))


def complete(frame: pd.DataFrame, value: str, condition: str, participant: str) -> pd.DataFrame:
    """The rows of `wide` that have every condition; who lacks one is left out.

    Raises NotEstimable for fewer than two conditions or fewer than two such participants.
    """
    table = wide(frame, value, condition, participant).dropna(axis=1, how="all")
    if table.shape[1] < 2:
        raise NotEstimable(f"'{value}' has values in {table.shape[1]} condition(s); at least 2 are needed.")
    rows = table.dropna()
    if len(rows) < 2:
        raise NotEstimable(
            f"{len(rows)} participant(s) have '{value}' in all of {', '.join(map(str, table.columns))}; "
            "at least 2 are needed. Compare the conditions in pairs, or with a mixed model."
        )
    return rows


def two_groups(frame: pd.DataFrame, value: str, group: str, participant: str, first: str, second: str) -> Groups:
    """The values of two groups of participants, one value each; rows without a value are left out.

    Raises NotEstimable for duplicate rows, a participant in both groups, or fewer than two in a group.
    """
    _columns(frame, value, group, participant)
    rows = frame[frame[group].isin([first, second])].dropna(subset=[value, participant])
    _once(rows, participant)
    held = {name: rows[value][rows[group] == name].astype(float).to_numpy() for name in (first, second)}
    for name, values in held.items():
        if len(values) < 2:
            raise NotEstimable(
                f"Group '{name}' has {len(values)} participant(s) with '{value}'; at least 2 are needed."
            )
        if np.isinf(values).any():
            raise NotEstimable(f"'{value}' is infinite for somebody in group '{name}'.")
    return Groups(str(first), str(second), held[first], held[second])


def _columns(frame: pd.DataFrame, *names: str) -> None:
    if absent := [name for name in names if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}'.")


def _once(rows: pd.DataFrame, participant: str, condition: str | None = None) -> None:
    twice = rows[rows.duplicated([participant, condition] if condition else [participant], keep=False)]
    if len(twice):
        row = twice.iloc[0]
        where = f" in condition '{row[condition]}'" if condition else ""
        raise NotEstimable(f"Participant {row[participant]} has more than one value{where}. Aggregate them first.")
