"""Three or more conditions of the same participants, by ranks: Friedman's test and what may follow it."""

from dataclasses import dataclass
from itertools import combinations
from math import inf, nan, sqrt
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.multiplicity import holm
from analysis.inference.paired import wilcoxon
from analysis.inference.samples import Array, Pair, complete, pair_of, settled

PostHoc = Literal["wilcoxon", "nemenyi", "conover"]
METHODS: dict[PostHoc, str] = {
    "wilcoxon": "exact Wilcoxon signed-rank, Holm",
    "nemenyi": "Nemenyi",
    "conover": "Conover, Holm",
}


@dataclass(frozen=True)
class Friedman:
    """Friedman's test of `n` participants who have all `k` conditions; `dropped` lack one.

    `chi2` is corrected for ties; `kendall_w` = chi2 / (n(k − 1)), from 0 to 1, is the effect size. `f`, with
    `df1` and `df2`, is Iman and Davenport's (1980), less conservative. `mean_ranks`: condition → mean rank, 1 = lowest.
    """

    n: int
    k: int
    dropped: int
    chi2: float
    df: int
    p: float
    kendall_w: float
    f: float
    df1: int
    df2: int
    p_f: float
    mean_ranks: dict[str, float]
    note: str = ""

    def table(self) -> pd.DataFrame:
        """One row per condition: condition, mean_rank, n."""
        return pd.DataFrame(
            [(name, rank, self.n) for name, rank in self.mean_ranks.items()], columns=["condition", "mean_rank", "n"]
        )


@dataclass(frozen=True)
class Pairwise:
    """All pairs of conditions after Friedman: columns first, second, rank_difference, statistic, p, p_adjusted.

    `estimates` are the contrasts behind the Wilcoxon tests: shift, interval and rank-biserial correlation.
    """

    method: str
    rows: pd.DataFrame
    estimates: tuple[Estimate, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per pair."""
        return self.rows


def friedman(frame: pd.DataFrame, value: str, condition: str, participant: str) -> Friedman:
    """Do the conditions differ in the ranks participants give them? Complete cases only.

    R: `friedman.test(as.matrix(wide))`; W: `effectsize::kendalls_w`. Raises NotEstimable where nobody tells the
    conditions apart, and for the reasons of `samples.complete`.
    """
    table = complete(frame, value, condition, participant)
    people = frame.dropna(subset=[value])[participant].nunique()
    n, k = table.shape
    ranks = _ranks(table)
    chi2 = _chi2(ranks)
    rest = n * (k - 1) - chi2
    agreed = rest < 1e-9 * n * (k - 1)  # all participants rank alike: F divides by nothing
    f = inf if agreed else (n - 1) * chi2 / rest
    df1, df2 = k - 1, (k - 1) * (n - 1)
    return Friedman(
        n=n,
        k=k,
        dropped=people - n,
        chi2=chi2,
        df=k - 1,
        p=float(stats.chi2.sf(chi2, k - 1)),
        kendall_w=chi2 / (n * (k - 1)),
        f=f,
        df1=df1,
        df2=df2,
        p_f=nan if agreed else float(stats.f.sf(f, df1, df2)),
        mean_ranks={str(name): float(rank) for name, rank in zip(table.columns, ranks.mean(axis=0), strict=True)},
        note="every participant ranks the conditions alike: Iman and Davenport's F is infinite" if agreed else "",
    )


def after_friedman(
    frame: pd.DataFrame, value: str, condition: str, participant: str, method: PostHoc = "wilcoxon"
) -> Pairwise:
    """Every pair of conditions, over the same participants as `friedman`.

    Wilcoxon's exact test of each pair with Holm; or from the ranks of all conditions Nemenyi (1963; conservative, its p is
    adjusted by itself) or Conover (1999; liberal, with Holm). A pair between which nobody differs has no Wilcoxon
    test (NaN) and does not count. R: PMCMRplus `frdAllPairsNemenyiTest`, `frdAllPairsConoverTest`.
    """
    table = complete(frame, value, condition, participant)
    ranks = _ranks(table)
    names, means = list(table.columns), ranks.mean(axis=0)
    pairs = list(combinations(range(len(names)), 2))
    gaps = [float(means[i] - means[j]) for i, j in pairs]
    estimates: list[Estimate | None] = []
    if method == "wilcoxon":
        estimates = [_wilcoxon(pair_of(table, names[i], names[j])) for i, j in pairs]
        statistics, p = ([getattr(e, name) if e else nan for e in estimates] for name in ("value", "p"))
    else:
        statistics, p = (_nemenyi if method == "nemenyi" else _conover)(ranks, gaps)
    rows = pd.DataFrame(
        {
            "first": [str(names[i]) for i, _ in pairs],
            "second": [str(names[j]) for _, j in pairs],
            "rank_difference": gaps,
            "statistic": statistics,
            "p": p,
            "p_adjusted": p if method == "nemenyi" else holm(p),
        }
    )
    return Pairwise(METHODS[method], rows, tuple(e for e in estimates if e))


def _wilcoxon(pair: Pair) -> Estimate | None:
    return wilcoxon(pair) if np.any(pair.differences) else None


def _ranks(table: pd.DataFrame) -> Array:
    ranks = np.asarray(stats.rankdata(settled(table), axis=1))
    if np.ptp(ranks) == 0:
        raise NotEstimable(
            f"Each of the {len(table)} participants has the same value in all of {', '.join(map(str, table.columns))}: "
            "there are no ranks to compare."
        )
    return ranks


def _chi2(ranks: Array) -> float:
    n, k = ranks.shape
    between = n * ((ranks.mean(axis=0) - (k + 1) / 2) ** 2).sum()
    within = ((ranks - (k + 1) / 2) ** 2).sum() / (n * (k - 1))
    return float(between / within)


def _nemenyi(ranks: Array, gaps: list[float]) -> tuple[list[float], list[float]]:
    n, k = ranks.shape
    q = [abs(gap) / sqrt(k * (k + 1) / (12 * n)) for gap in gaps]
    return q, [float(stats.studentized_range.sf(value, k, inf)) for value in q]


def _conover(ranks: Array, gaps: list[float]) -> tuple[list[float], list[float]]:
    n, k = ranks.shape
    df = (n - 1) * (k - 1)
    spread = (ranks**2).sum() - n * k * (k + 1) ** 2 / 4
    variance = 2 * spread / (n * df) * (1 - _chi2(ranks) / (n * (k - 1)))
    if variance <= 1e-12:
        raise NotEstimable("Every participant ranks the conditions alike: Conover's test has nothing to divide by.")
    t = [gap / sqrt(variance) for gap in gaps]
    return t, [float(2 * stats.t.sf(abs(value), df)) for value in t]
