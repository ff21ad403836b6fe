"""How much each condition is worth, from who preferred what: Bradley–Terry for pairs, Plackett–Luce for rankings.

Worths are logarithms, the reference has 0: exp(a − b) are the odds that a is preferred to b. Both are models of a choice
in proportion to worth (Bradley & Terry, 1952; Plackett, 1975); for two conditions they are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.inference.estimate import NotEstimable
from analysis.inference.wald import wald_table

Array = np.ndarray
STEPS, ENOUGH = 100, 1e-12
"""Newton's steps at most; and the gain in log-likelihood below which the next step is the last."""


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
    fit = fitted(choices_of_pairs(won), names, reference)
    up, met = won[~np.eye(len(won), dtype=bool)], (won + won.T)[~np.eye(len(won), dtype=bool)]
    saturated = float(np.sum(up[up > 0] * np.log(up[up > 0] / met[up > 0])))
    pairs = int((met > 0).sum()) // 2
    return replace(fit, deviance=2 * (saturated - fit.log_likelihood), df=pairs - len(names) + 1)


def plackett_luce(orders: Sequence[Sequence[str]], names: Sequence[str], reference: str) -> Worths:
    """`orders`: each participant's conditions, best first; one who did not rank all gave only the top of their list.

    Raises NotEstimable as Bradley–Terry does. R: survival::coxph(Surv(rank, rep(1, n)) ~ condition + strata(participant)).
    """
    held = tuple(names)
    return fitted(
        choices_of_orders([[held.index(name) for name in order] for order in orders], len(held)), held, reference
    )


@dataclass(frozen=True)
class Choices:
    """Each distinct choice once: what there was to choose from (m × k, 0 or 1), what was chosen (m), how often (m)."""

    left: Array
    chosen: Array
    times: Array


def choices_of_pairs(won: Array) -> Choices:
    """Of a square table (k × k) that says how often the row was preferred to the column."""
    first, second = np.nonzero((won > 0) & ~np.eye(len(won), dtype=bool))
    left = (np.eye(len(won))[first] + np.eye(len(won))[second]).reshape(-1, len(won))
    return Choices(left, first, won[first, second].astype(float))


def choices_of_orders(orders: Sequence[Sequence[int]], k: int, shares: Sequence[float] = ()) -> Choices:
    """Of lists that begin with the best: each place of a list was chosen from those that came after it.

    `shares`: how much each list counts (1, unless told).
    """
    rows, counts = [], []
    for order, share in zip(orders, shares or [1.0] * len(orders), strict=True):
        left = [1] * k
        for place in order[: k - 1]:
            rows.append([*left, place])
            counts.append(share)
            left[place] = 0
    distinct, which = np.unique(np.array(rows), axis=0, return_inverse=True)
    return Choices(distinct[:, :-1].astype(float), distinct[:, -1], np.bincount(which.ravel(), weights=counts))


def log_worths(choices: Choices, names: tuple[str, ...], place: int) -> tuple[Array, Array, float]:
    """The most likely log worths (k; 0 at `place`), their information without `place`, and the log-likelihood.

    Newton's method on a concave function. Raises NotEstimable where worths are infinite.
    """
    _linked(choices, names)
    free = np.arange(len(names)) != place
    worth = np.zeros(len(names))
    value, slope, bend = _likelihood(choices, worth)
    for _ in range(STEPS):
        step = np.zeros(len(names))
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        near = slope @ step < ENOUGH
        while True:
            found = _likelihood(choices, worth + step)
            if near or found[0] >= value:
                break
            step /= 2
        worth, (value, slope, bend) = worth + step, found
        if near:
            break
    return worth, bend[np.ix_(free, free)], value


def _likelihood(choices: Choices, worth: Array) -> tuple[float, Array, Array]:
    """Its logarithm, the slope (k) and the information (k × k)."""
    weights = choices.left * np.exp(worth - worth.max())
    total = weights.sum(1)
    share = weights / total[:, None]
    picked = np.bincount(choices.chosen, weights=choices.times, minlength=len(worth))
    value = float(picked @ (worth - worth.max()) - choices.times @ np.log(total))
    expected = choices.times[:, None] * share
    return value, picked - expected.sum(0), np.diag(expected.sum(0)) - expected.T @ share


def fitted(choices: Choices, names: tuple[str, ...], reference: str) -> Worths:
    """The worths that these choices make most likely, against the reference; deviance and df are not told."""
    place = _place(names, reference)
    worth, information, value = log_worths(choices, names, place)
    covariance = np.insert(np.insert(np.linalg.inv(information), place, 0.0, axis=0), place, 0.0, axis=1)
    return Worths(names, reference, worth, covariance, value, float("nan"), 0)


def _place(names: tuple[str, ...], reference: str) -> int:
    if len(names) < 2:
        raise NotEstimable(f"Worths are compared between conditions; there is only '{', '.join(names)}'.")
    if reference not in names:
        raise NotEstimable(f"'{reference}' is none of the conditions {', '.join(names)}.")
    return names.index(reference)


def _linked(choices: Choices, names: tuple[str, ...]) -> None:
    """Ford's (1957) condition: split in any two groups, somebody prefers one of the first to one of the second."""
    won = np.zeros((len(names), len(names)))
    np.add.at(won, choices.chosen, choices.left)
    reach = (won > 0) | np.eye(len(names), dtype=bool)
    for _ in names:
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    if not reach.all():
        low, high = next((names[i], names[j]) for i, j in zip(*np.nonzero(~reach), strict=True))
        raise NotEstimable(
            f"Nobody ever preferred '{low}', directly or by way of others, to '{high}': their worths are infinitely far "
            "apart. Report the counts."
        )
