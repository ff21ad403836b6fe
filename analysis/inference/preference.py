"""Which condition people liked best: first choices, pairs, Friedman's test of the ranks, and worths with honest intervals.

One row per participant and condition with its rank (1 is best). The pairs that one ranking implies depend on each other,
so standard errors that take them for independent choices are too small: participants are drawn again instead (bootstrap).
Two conditions in one place are a tie: left out of the binomial test of their pair (as in a sign test), half a win for each
in Bradley–Terry, and in Plackett–Luce every order that the ties leave open, in equal parts.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, permutations, product
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.proportions import Proportion, proportion
from analysis.inference.worth import (
    Choices,
    Worths,
    bradley_terry,
    choices_of_orders,
    choices_of_pairs,
    fitted,
    log_worths,
)

Array = np.ndarray
Model = Literal["Bradley–Terry", "Plackett–Luce"]


@dataclass(frozen=True)
class RankTest:
    """Friedman's chi-squared over complete rankings; `w` is Kendall's coefficient of concordance (0 to 1)."""

    n: int
    chi2: float
    df: int
    p: float
    w: float


def rankings(frame: pd.DataFrame, rank: str, condition: str, participant: str) -> pd.DataFrame:
    """Participants × conditions, complete rankings only, ties as mean ranks. Raises NotEstimable: duplicates, nobody, one condition."""
    if absent := [name for name in (rank, condition, participant) if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}'.")
    rows = frame.dropna(subset=[rank, condition, participant])
    twice = rows[rows.duplicated([participant, condition])]
    if len(twice):
        raise NotEstimable(f"{twice.iloc[0][participant]} ranked '{twice.iloc[0][condition]}' more than once.")
    wide = rows.assign(**{rank: rows[rank].astype(float)}).pivot(index=participant, columns=condition, values=rank)
    wide.columns = [str(name) for name in wide.columns]
    if wide.shape[1] < 2:
        there = f"is only '{wide.columns[0]}'" if wide.shape[1] else "are none"
        raise NotEstimable(f"Rankings ('{rank}') compare conditions; there {there}.")
    wide = wide.dropna().rank(axis=1)
    if len(wide) < 2:
        raise NotEstimable(f"{len(wide)} participant(s) ranked every condition; at least 2 are needed.")
    return wide


def first_choices(wide: pd.DataFrame) -> pd.DataFrame:
    """How many put each condition first, against equal shares: one row per condition, as `Proportion` has them.

    Of those who put one alone first; who liked two best has no first choice.
    """
    names = list(wide.columns)
    alone = wide[wide.eq(wide.min(axis=1), axis=0).sum(axis=1) == 1]
    if alone.empty:
        raise NotEstimable("Nobody put one condition alone first in the ranking; there are no first choices to count.")
    chosen = alone.idxmin(axis=1)
    made = [proportion(int((chosen == name).sum()), len(alone), 1 / len(names)) for name in names]
    return pd.DataFrame([vars(one) for one in made]).assign(condition=names).set_index("condition").reset_index()


def pair(wide: pd.DataFrame, first: str, second: str) -> Proportion:
    """How many ranked the first condition before the second, of those who did not tie them; exact binomial test."""
    _known(wide, first, second)
    apart = wide[wide[first] != wide[second]]
    if apart.empty:
        raise NotEstimable(f"Everybody gave '{first}' and '{second}' the same place.")
    return proportion(int((apart[first] < apart[second]).sum()), len(apart))


def friedman(wide: pd.DataFrame) -> RankTest:
    """Do the mean ranks differ? At least three conditions. R: friedman.test(rank ~ condition | participant)."""
    if wide.shape[1] < 3:
        raise NotEstimable("Friedman's test needs three conditions; for two, use the binomial test of the pair.")
    if (wide.nunique(axis=1) == 1).all():
        raise NotEstimable("Everybody gave all conditions the same place in the ranking; there is nothing to compare.")
    tested = stats.friedmanchisquare(*(wide[name] for name in wide.columns))
    df = wide.shape[1] - 1
    return RankTest(
        len(wide), float(tested.statistic), df, float(tested.pvalue), float(tested.statistic) / (len(wide) * df)
    )


def worths(wide: pd.DataFrame, reference: str, model: Model = "Plackett–Luce") -> Worths:
    """Log worths against the reference; their own standard errors take implied pairs as independent (Bradley–Terry)."""
    names = list(wide.columns)
    if model == "Plackett–Luce":
        return fitted(_choices(wide.to_numpy(), model), tuple(names), reference)
    return bradley_terry(pd.DataFrame(_won(wide.to_numpy()), index=names, columns=names), reference)


def worth_difference(
    wide: pd.DataFrame, first: str, second: str, model: Model = "Plackett–Luce", draws: int = 1000, seed: int = 1,
    level: float = 0.95,
) -> Estimate:  # fmt: skip
    """Log odds of preferring first to second; SE and percentile interval by drawing whole participants again.

    The number of draws and the seed are in the method; draws in which a worth is infinite are left out and counted in
    the note. p is Wald's with the bootstrap SE.
    """
    _known(wide, first, second)
    if draws < 100:
        raise NotEstimable(f"{draws} draws cannot give an interval; use at least 100, better 1000.")
    names, ranks = tuple(wide.columns), wide.to_numpy()
    places = names.index(first), names.index(second)
    difference = _apart(ranks, names, places, model)
    chance = np.random.Generator(np.random.PCG64(seed))
    held = []
    for _ in range(draws):
        try:
            held.append(_apart(ranks[chance.integers(len(ranks), size=len(ranks))], names, places, model))
        except NotEstimable:
            continue
    if len(held) < draws / 2:
        raise NotEstimable(
            f"{first} − {second}: in {draws - len(held)} of {draws} draws a worth is infinite; report the counts."
        )
    low, high = np.quantile(held, [(1 - level) / 2, (1 + level) / 2])
    se = float(np.std(held, ddof=1))
    if se <= 1e-9:
        raise NotEstimable(
            f"{first} − {second}: every draw of the participants has the same worths; report the counts."
        )
    return Estimate(
        first=first, second=second, n=len(wide), difference=difference, scale="log odds", level=level, se=se,
        method=f"{model}, {draws} draws of participants (seed {seed}), percentile interval",
        low=float(low), high=float(high), statistic="z", value=difference / se,
        p=2 * float(stats.norm.sf(abs(difference / se))),
        note=f"{draws - len(held)} draws without a finite worth left out" if len(held) < draws else "",
    )  # fmt: skip


def _apart(ranks: np.ndarray, names: tuple[str, ...], places: tuple[int, int], model: Model) -> float:
    first, second = places
    return float(log_worths(_choices(ranks, model), names, second)[0][first])


def _choices(ranks: np.ndarray, model: Model) -> Choices:
    """`ranks`: participants × conditions, 1 is best."""
    if model == "Plackett–Luce":
        orders = [order for row in ranks for order in _orders(tuple(row))]
        return choices_of_orders([order for order, _ in orders], ranks.shape[1], [share for _, share in orders])
    return choices_of_pairs(_won(ranks))


def _won(ranks: np.ndarray) -> np.ndarray:
    """How often the row was ranked before the column; a tie is half a win for each."""
    row, column = ranks[:, :, None], ranks[:, None, :]
    return np.asarray((row < column).sum(0) + (row == column).sum(0) / 2)


@lru_cache(maxsize=4096)
def _orders(ranks: tuple[float, ...]) -> list[tuple[list[int], float]]:
    """Every order that these ranks leave open, best first, and its share."""
    tied = [[place for place, rank in enumerate(ranks) if rank == level] for level in sorted(set(ranks))]
    found = [list(chain(*parts)) for parts in product(*map(permutations, tied))]
    return [(order, 1 / len(found)) for order in found]


def _known(wide: pd.DataFrame, *names: str) -> None:
    if absent := [name for name in names if name not in wide.columns]:
        raise NotEstimable(f"Nobody ranked condition '{absent[0]}'.")
