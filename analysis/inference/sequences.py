"""What follows what in the log: transitions between kinds of events, compared between conditions.

Events are ordered within each participant and condition. A chi-squared test of transitions counts every step as
independent and so is far too sure; here condition labels are permuted within participants instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.inference.estimate import NotEstimable

Array = np.ndarray


@dataclass(frozen=True)
class Transitions:
    """Of one condition: `counts` (k × k), rows from, columns to, in the order of `kinds`.

    `shares` are row proportions (NaN where nothing left a kind); `z` says by how many SDs a transition is more or less
    frequent than if what comes next did not depend on what was before (NaN where it could not have differed).
    """

    condition: str
    participants: int
    kinds: tuple[str, ...]
    counts: Array
    shares: Array
    z: Array

    def table(self) -> pd.DataFrame:
        """One row per pair of kinds: from, to, count, share, z."""
        rows = [
            (self.condition, before, after, int(self.counts[i, j]), self.shares[i, j], self.z[i, j])
            for i, before in enumerate(self.kinds)
            for j, after in enumerate(self.kinds)
        ]
        return pd.DataFrame(rows, columns=["condition", "from", "to", "count", "share", "z"])


@dataclass(frozen=True)
class Homogeneity:
    """Do transitions differ between conditions? `chi2` of the data, its place among those of permuted labels.

    p = (1 + permutations at least as large) / (1 + permutations); `seed` makes it the same again.
    """

    conditions: tuple[str, ...]
    participants: int
    chi2: float
    permutations: int
    seed: int
    p: float


def transitions(frame: pd.DataFrame, kind: str, at: str, condition: str, participant: str) -> list[Transitions]:
    """One matrix per condition; z is Allison and Liker's (1982) for lag 1, with the margins of the transitions.

    `at` orders the events of a participant in a condition; two at one time are refused. Raises NotEstimable.
    R: table(from, to) and chisq.test(...)$stdres.
    """
    steps, kinds = _steps(frame, kind, at, condition, participant)
    found = []
    for name, held in steps.groupby(condition, sort=True):
        counts = _counts(held, len(kinds))
        leaving = counts.sum(1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = counts / leaving
        found.append(Transitions(str(name), held[participant].nunique(), kinds, counts, shares, lag_one_z(counts)))
    return found


def lag_one_z(counts: Array) -> Array:
    """(observed − expected) / √(expected × (1 − share of the row) × (1 − share of the column)) for a table (k × k)."""
    total = counts.sum()
    row, column = counts.sum(1, keepdims=True) / total, counts.sum(0, keepdims=True) / total
    expected = total * row * column
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (counts - expected) / np.sqrt(expected * (1 - row) * (1 - column))
    return np.where(np.isfinite(z), z, np.nan)


def homogeneity(
    frame: pd.DataFrame, kind: str, at: str, condition: str, participant: str, permutations: int = 2000, seed: int = 1
) -> Homogeneity:
    """Permutes which of a participant's sequences belongs to which of their conditions (Good, 2005).

    The statistic is Pearson's chi-squared of condition × next kind, summed over the kinds before. Participants with one
    condition take part in the statistic but are never permuted. Raises NotEstimable.
    """
    steps, kinds = _steps(frame, kind, at, condition, participant)
    names = sorted(steps[condition].unique())
    if len(names) < 2:
        raise NotEstimable(f"Transitions are compared between conditions; there is only '{names[0]}'.")
    people = [
        (np.array([names.index(name) for name, _ in held]), np.array([counts for _, counts in held]))
        for held in _per_participant(steps, condition, participant, len(kinds))
    ]
    if not any(len(labels) > 1 for labels, _ in people):
        raise NotEstimable(
            "No participant has transitions in two conditions: labels cannot be permuted within anybody."
        )
    observed = _chi_squared(people, [labels for labels, _ in people], len(names))
    chance = np.random.Generator(np.random.PCG64(seed))
    drawn = (
        _chi_squared(people, [chance.permutation(labels) for labels, _ in people], len(names))
        for _ in range(permutations)
    )
    reached = sum(value >= observed * (1 - 1e-12) for value in drawn)
    p = (1 + reached) / (1 + permutations)
    return Homogeneity(tuple(map(str, names)), len(people), observed, permutations, seed, p)


def dwell(frame: pd.DataFrame, kind: str, at: str, condition: str, participant: str) -> pd.DataFrame:
    """How long each kind lasts until the next event: one row per condition and kind.

    First the median of each participant, then mean, SD and number of these, so that who clicks more does not count more;
    `spells` is how many there were. The last event of a sequence has no end and is left out.
    """
    rows = _ordered(frame, kind, at, condition, participant)
    rows["seconds"] = rows.groupby([participant, condition])[at].shift(-1) - rows[at]
    rows = rows.dropna(subset=["seconds"])
    each = rows.groupby([condition, kind, participant])["seconds"].agg(["median", "size"]).reset_index()
    shown = each.groupby([condition, kind]).agg(
        participants=("median", "size"), spells=("size", "sum"), mean=("median", "mean"), sd=("median", "std")
    )
    return shown.reset_index()


def _ordered(frame: pd.DataFrame, kind: str, at: str, condition: str, participant: str) -> pd.DataFrame:
    names = [participant, condition, kind, at]
    if absent := [name for name in names if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}'.")
    rows = frame[names].dropna().astype({participant: object, condition: object, kind: object})
    if rows[participant].nunique() < 2:
        raise NotEstimable(f"Sequences need at least 2 participants; there are {rows[participant].nunique()}.")
    twice = rows[rows.duplicated([participant, condition, at])]
    if len(twice):
        who, where = twice.iloc[0][participant], twice.iloc[0][condition]
        raise NotEstimable(f"{who} has two events at one time in '{where}': give a column that orders them.")
    return rows.sort_values([participant, condition, at], kind="stable").reset_index(drop=True)


def _steps(
    frame: pd.DataFrame, kind: str, at: str, condition: str, participant: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row per transition, kinds as places 0 … k − 1 in `before` and `after`; and the kinds."""
    rows = _ordered(frame, kind, at, condition, participant)
    kinds = sorted(rows[kind].unique())
    if len(kinds) < 2:
        raise NotEstimable(f"Every event is '{kinds[0]}': there are no transitions to tell apart.")
    rows["before"] = rows[kind].map(kinds.index)
    rows["after"] = rows.groupby([participant, condition])["before"].shift(-1)
    steps = rows.dropna(subset=["after"]).astype({"before": int, "after": int})
    if steps.empty:
        raise NotEstimable("No participant has two events in one condition: there is no transition.")
    return steps, tuple(map(str, kinds))


def _counts(steps: pd.DataFrame, kinds: int) -> Array:
    made = np.zeros((kinds, kinds))
    np.add.at(made, (steps["before"].to_numpy(), steps["after"].to_numpy()), 1)
    return made


def _per_participant(
    steps: pd.DataFrame, condition: str, participant: str, kinds: int
) -> list[list[tuple[str, Array]]]:
    return [
        [(name, _counts(sequence, kinds)) for name, sequence in held.groupby(condition, sort=True)]
        for _, held in steps.groupby(participant, sort=True)
    ]


def _chi_squared(people: Sequence[tuple[Array, Array]], labels: Sequence[Array], conditions: int) -> float:
    """Of the tables condition × next kind, one for each kind before; cells that cannot have a count do not count."""
    counts = np.zeros((conditions, *people[0][1].shape[1:]))
    for (_, held), names in zip(people, labels, strict=True):
        np.add.at(counts, names, held)
    leaving, arriving, total = counts.sum(2)[:, :, None], counts.sum(0)[None], counts.sum((0, 2))[None, :, None]
    expected = leaving * arriving / np.maximum(total, 1)
    return float(np.sum((counts - expected) ** 2 / np.where(expected > 0, expected, 1)))
