"""Yes or no: proportions, success under two conditions (McNemar), under several (Cochran)."""

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
from scipy import optimize, stats

from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.samples import Array, Pair, complete

CONDITIONAL = "conditional odds ratio (first only : second only), exact Clopper–Pearson interval"


@dataclass(frozen=True)
class Proportion:
    """`successes` of `n`, with the exact (Clopper–Pearson) and the Wilson interval, and p against `null` (exact)."""

    successes: int
    n: int
    share: float
    exact_low: float
    exact_high: float
    wilson_low: float
    wilson_high: float
    null: float
    p: float


@dataclass(frozen=True)
class CochranQ:
    """Cochran's Q over `n` participants who have all conditions; `informative` of them did not always do the same.

    `shares`: condition → proportion of successes. p from chi2 with `df`.
    """

    n: int
    informative: int
    dropped: int
    q: float
    df: int
    p: float
    shares: dict[str, float]

    def table(self) -> pd.DataFrame:
        """One row per condition: condition, share, n."""
        rows = [(name, share, self.n) for name, share in self.shares.items()]
        return pd.DataFrame(rows, columns=["condition", "share", "n"])


def proportion(successes: int, n: int, null: float = 0.5, level: float = 0.95) -> Proportion:
    """A share with both usual intervals. R: `binom.test(x, n)`, `prop.test(x, n, correct = FALSE)`.

    Raises NotEstimable for counts that are none (no trials, more successes than trials).
    """
    if not 0 <= successes <= n or n == 0:
        raise NotEstimable(f"{successes} of {n} is no proportion: count at least one case, and no more successes.")
    test = stats.binomtest(int(successes), int(n), null)
    exact, wilson = (test.proportion_ci(level, method) for method in ("exact", "wilson"))
    return Proportion(
        int(successes),
        int(n),
        successes / n,
        float(exact.low),
        float(exact.high),
        float(wilson.low),
        float(wilson.high),
        null,
        float(test.pvalue),
    )


def mcnemar(pair: Pair, level: float = 0.95) -> Estimate:
    """The difference of two paired proportions: exact McNemar test, Tango's (1998) score interval.

    The test asks who changed: `value` counts those who succeeded only in the first condition. R:
    `binom.test(b, b + c)`. Where nobody changed there is an interval and no test. Raises NotEstimable for
    values other than 0 and 1.
    """
    _zero_or_one(np.concatenate([pair.a, pair.b]))
    n, only_first = pair.n, int((pair.a > pair.b).sum())
    only_second = int((pair.a < pair.b).sum())
    changed = only_first + only_second
    low, high = tango(only_first, only_second, n, level)
    p = odds = odds_low = odds_high = nan
    if changed:
        exact = proportion(only_first, changed, level=level)
        p = exact.p
        odds, odds_low, odds_high = map(_odds, (exact.share, exact.exact_low, exact.exact_high))
    return Estimate(
        pair.first,
        pair.second,
        n,
        (only_first - only_second) / n,
        "exact McNemar test; difference of paired proportions with Tango's score interval",
        level=level,
        low=low,
        high=high,
        statistic="only first",
        value=only_first,
        p=p,
        standardised=odds,
        standardised_low=odds_low,
        standardised_high=odds_high,
        denominator=CONDITIONAL,
        note=f"{only_first} only in '{pair.first}', {only_second} only in '{pair.second}'"
        if changed
        else "nobody changed between the two: no test",
    )


def tango(only_first: int, only_second: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a difference of paired proportions (Tango, 1998, Statistics in Medicine 17)."""
    b, c, z = only_first, only_second, float(stats.norm.ppf((1 + level) / 2))

    def score(delta: float) -> float:
        linear = (2 * n - b + c) * delta - b - c
        free = linear**2 + 8 * n * c * delta * (1 - delta)
        share = (sqrt(max(0.0, free)) - linear) / (4 * n)  # of 'only second', where the difference is delta
        variance = n * (2 * share + delta * (1 - delta))
        return (b - c - n * delta) / sqrt(variance) if variance > 0 else inf * np.sign(b - c - n * delta)

    seen, edge = (b - c) / n, 1e-12
    low = -1.0 if seen == -1 else optimize.brentq(lambda d: score(d) - z, -1 + edge, seen - edge, xtol=1e-14)
    high = 1.0 if seen == 1 else optimize.brentq(lambda d: score(d) + z, seen + edge, 1 - edge, xtol=1e-14)
    return float(low), float(high)


def cochran_q(frame: pd.DataFrame, value: str, condition: str, participant: str) -> CochranQ:
    """Do success rates differ between conditions? Complete cases only; `value` is 0 or 1.

    R: `coin::symmetry_test(value ~ condition | participant, teststat = "quadratic")`. Raises NotEstimable where
    nobody did differently in different conditions, and for the reasons of `samples.complete`.
    """
    table = complete(frame, value, condition, participant)
    values = table.to_numpy()
    _zero_or_one(values)
    n, k = values.shape
    of_person, of_condition = values.sum(axis=1), values.sum(axis=0)
    informative = int(((of_person > 0) & (of_person < k)).sum())
    if informative == 0:
        raise NotEstimable(
            f"Each of the {n} participants has the same value in all of {', '.join(map(str, table.columns))}: "
            "nothing tells the conditions apart."
        )
    q = (k - 1) * k * ((of_condition - of_condition.mean()) ** 2).sum() / (of_person * (k - of_person)).sum()
    people = frame.dropna(subset=[value])[participant].nunique()
    shares = {str(name): float(total / n) for name, total in zip(table.columns, of_condition, strict=True)}
    return CochranQ(n, informative, people - n, float(q), k - 1, float(stats.chi2.sf(q, k - 1)), shares)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else inf


def _zero_or_one(values: Array) -> None:
    if wrong := set(np.unique(values)) - {0, 1}:
        raise NotEstimable(f"A value of {min(wrong):g} is neither 0 nor 1: this analysis is of yes and no.")
