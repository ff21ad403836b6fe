"""How much each condition is worth, from who preferred what: Bradley–Terry for pairs, Plackett–Luce for rankings.

Worths are logarithms, the reference has 0: exp(a − b) are the odds that a is preferred to b. Both are models of a choice
in proportion to worth (Bradley & Terry, 1952; Plackett, 1975); for two conditions they are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, log_expit

from analysis.inference.estimate import NotEstimable
from analysis.inference.maximise import Maximum, maximise
from analysis.inference.wald import wald_table

Array = np.ndarray


@dataclass(frozen=True)
class Worths:
    """Log worths of `names` (k) against `reference` (whose is 0), with their covariance (k × k) for independent choices."""

    names: tuple[str, ...]
    reference: str
    values: Array
    covariance: Array
    log_likelihood: float
    deviance: float
    df: int

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per condition other than the reference, with the odds of being preferred to it."""
        others = [place for place, name in enumerate(self.names) if name != self.reference]
        shown = wald_table(
            [self.names[k] for k in others],
            self.values[others],
            self.covariance[np.ix_(others, others)],
            "log odds",
            level,
        )
        return shown.rename(columns={"term": "condition"})


def bradley_terry(wins: pd.DataFrame, reference: str) -> Worths:
    """`wins` is square: how often the row was preferred to the column; the diagonal does not count.

    Deviance and df are those of the fit to the pairs. Raises NotEstimable where the worths are infinite or not linked.
    R: glm(cbind(wins, losses) ~ −1 + X, binomial), or BradleyTerry2::BTm.
    """
    names = tuple(map(str, wins.index))
    if set(names) != set(map(str, wins.columns)):
        raise NotEstimable("Rows and columns of the table of wins must be the same conditions.")
    won = wins[list(wins.index)].to_numpy(dtype=float)
    place = _place(names, reference)
    pairs = [(i, j) for i in range(len(names)) for j in range(i) if won[i, j] + won[j, i] > 0]
    _linked(won, names)
    first, second = np.array(pairs).T
    up, down = won[first, second], won[second, first]
    x = np.eye(len(names))[first] - np.eye(len(names))[second]

    def likelihood(parameters: Array) -> tuple[float, Array]:
        apart = x @ np.insert(parameters, place, 0.0)
        value = float((up * log_expit(apart) + down * log_expit(-apart)).sum())
        return value, np.delete((up - (up + down) * expit(apart)) @ x, place)

    best = maximise(likelihood, np.zeros(len(names) - 1))
    share = up / (up + down)
    saturated = float(np.sum(up * np.log(np.where(up > 0, share, 1)) + down * np.log(np.where(down > 0, 1 - share, 1))))
    return _worths(names, reference, best, 2 * (saturated - best.value), len(pairs) - len(names) + 1)


def plackett_luce(orders: Sequence[Sequence[str]], names: Sequence[str], reference: str) -> Worths:
    """`orders`: each participant's conditions, best first; one who did not rank all gave only the top of their list.

    Raises NotEstimable as Bradley–Terry does. R: survival::coxph(Surv(rank, rep(1, n)) ~ condition + strata(participant)).
    """
    held, place = tuple(names), _place(tuple(names), reference)
    left, chosen, times = _choices(orders, held)
    won = np.zeros((len(held), len(held)))
    np.add.at(won, chosen, left * times[:, None])
    _linked(won, held)
    picked = np.bincount(chosen, weights=times, minlength=len(held))

    def likelihood(parameters: Array) -> tuple[float, Array]:
        worth = np.insert(parameters, place, 0.0)
        weights = left * np.exp(worth)
        total = weights.sum(1)
        value = float(picked @ worth - times @ np.log(total))
        return value, np.delete(picked - (times / total) @ weights, place)

    best = maximise(likelihood, np.zeros(len(held) - 1))
    return _worths(held, reference, best, float("nan"), 0)


def _choices(orders: Sequence[Sequence[str]], names: tuple[str, ...]) -> tuple[Array, Array, Array]:
    """Each distinct choice once: what was left to choose from (m × k), what was chosen (m), and how often (m)."""
    rows = []
    for order in orders:
        left = [1] * len(names)
        for name in order[: len(names) - 1]:
            place = names.index(name)
            rows.append([*left, place])
            left[place] = 0
    distinct, times = np.unique(np.array(rows), axis=0, return_counts=True)
    return distinct[:, :-1], distinct[:, -1], times.astype(float)


def _worths(names: tuple[str, ...], reference: str, best: Maximum, deviance: float, df: int) -> Worths:
    place = _place(names, reference)
    covariance = np.insert(np.insert(best.covariance, place, 0.0, axis=0), place, 0.0, axis=1)
    return Worths(names, reference, np.insert(best.parameters, place, 0.0), covariance, best.value, deviance, df)


def _place(names: tuple[str, ...], reference: str) -> int:
    if len(names) < 2:
        raise NotEstimable(f"Worths are compared between conditions; there is only '{', '.join(names)}'.")
    if reference not in names:
        raise NotEstimable(f"'{reference}' is none of the conditions {', '.join(names)}.")
    return names.index(reference)


def _linked(won: Array, names: tuple[str, ...]) -> None:
    """Ford's (1957) condition: split in any two groups, somebody prefers one of the first to one of the second."""
    reach = (won > 0) | np.eye(len(names), dtype=bool)
    for _ in names:
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    if not reach.all():
        low, high = next((names[i], names[j]) for i, j in zip(*np.nonzero(~reach), strict=True))
        raise NotEstimable(
            f"Nobody ever preferred '{low}', directly or by way of others, to '{high}': their worths are infinitely far "
            "apart. Report the counts."
        )
