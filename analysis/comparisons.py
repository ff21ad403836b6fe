"""Conditions compared within participants: descriptives, paired differences, their intervals and tests.

Effect sizes name their denominator: `dz` divides the mean difference by the SD of the differences,
`d_av` by the mean of the two SDs (Cumming, 2012); `g_av` is d_av × Hedges' J with n − 1 df.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import exp, lgamma, nan, sqrt

import numpy as np
import pandas as pd
from scipy import optimize, stats

from analysis.inference.estimate import NotEstimable
from analysis.signed_rank import DIGITS, hodges_lehmann, signed_rank

METHOD = "paired t; exact Wilcoxon signed-rank (zeros dropped, mid-ranks); Holm over the Wilcoxon tests of this table"


@dataclass(frozen=True)
class Contrast:
    """One paired comparison, first minus second, over the n participants who have both.

    Differences and their 95 % interval are in the measure's own unit. NaN where a number does not
    exist (`note` says why), never in place of one that could not be trusted.
    """

    first: str
    second: str
    n: int
    n_missing: int
    mean_first: float
    mean_second: float
    difference: float
    low: float = nan
    high: float = nan
    t: float = nan
    df: int = 0
    p_t: float = nan
    dz: float = nan
    dz_low: float = nan
    dz_high: float = nan
    d_av: float = nan
    g_av: float = nan
    w_plus: float = nan
    p_wilcoxon: float = nan
    p_holm: float = nan
    rank_biserial: float = nan
    hodges_lehmann: float = nan
    method: str = METHOD
    note: str = ""


def describe(frame: pd.DataFrame, value: str, condition: str, participant: str) -> pd.DataFrame:
    """One row per condition: n, mean, sd, median, iqr and a within-subject half width for plots.

    `within_ci` is the Cousineau–Morey 95 % half width (Morey, 2008), from participants who have every
    condition. Raises NotEstimable for duplicate rows.
    """
    wide = _wide(frame, value, condition, participant)
    half = _within_half_width(wide.dropna())
    rows = []
    for name in wide.columns:
        held = wide[name].dropna()
        spread = held.quantile(0.75) - held.quantile(0.25)
        rows.append((name, len(held), held.mean(), held.std(ddof=1), held.median(), spread, half.get(name, nan)))
    return pd.DataFrame(rows, columns=["condition", "n", "mean", "sd", "median", "iqr", "within_ci"])


def paired_contrasts(
    frame: pd.DataFrame,
    value: str,
    condition: str,
    participant: str,
    pairs: Sequence[tuple[str, str]],
    alpha: float = 0.05,
) -> list[Contrast]:
    """Every pair (first, second) of conditions; Holm over the Wilcoxon p values of the list.

    Raises NotEstimable for duplicate rows or fewer than two participants with both conditions.
    """
    wide = _wide(frame, value, condition, participant)
    contrasts = [_contrast(wide, first, second, alpha) for first, second in pairs]
    adjusted = holm([contrast.p_wilcoxon for contrast in contrasts])
    return [replace(contrast, p_holm=p) for contrast, p in zip(contrasts, adjusted, strict=True)]


def contrast_table(contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """One row per contrast with everything that is reported about it."""
    return pd.DataFrame(
        [asdict(contrast) for contrast in contrasts], columns=[field.name for field in fields(Contrast)]
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment; NaN stays NaN and does not count."""
    known = sorted((p, index) for index, p in enumerate(p_values) if not np.isnan(p))
    adjusted, highest = list(p_values), 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[index] = highest
    return adjusted


def _contrast(wide: pd.DataFrame, first: str, second: str, alpha: float) -> Contrast:
    absent = [name for name in (first, second) if name not in wide.columns]
    if absent:
        raise NotEstimable(f"Nobody has a value in condition '{absent[0]}'.")
    both = wide[[first, second]].dropna()
    if len(both) < 2:
        raise NotEstimable(
            f"{first} − {second}: {len(both)} participant(s) have both conditions; at least 2 are needed."
        )
    differences = np.round((both[first] - both[second]).to_numpy(dtype=float), DIGITS)
    n, mean, sd = len(differences), float(differences.mean()), float(differences.std(ddof=1))
    plain = Contrast(
        first,
        second,
        n,
        len(wide[[first, second]].dropna(how="all")) - n,
        float(both[first].mean()),
        float(both[second].mean()),
        mean,
        hodges_lehmann=hodges_lehmann(differences),
    )
    average = (both[first].std(ddof=1) + both[second].std(ddof=1)) / 2
    d_av = mean / average if round(average, DIGITS) else nan
    plain = replace(_with_ranks(plain, differences), d_av=d_av, g_av=d_av * hedges_j(n - 1))
    if np.ptp(differences) == 0:  # not `sd == 0`: the SD of equal fractions is often a little more than zero
        return replace(plain, note=plain.note or "every participant has the same difference: no t, interval or dz")
    t = mean / (sd / sqrt(n))
    half = stats.t.ppf(1 - alpha / 2, n - 1) * sd / sqrt(n)
    low, high = _dz_interval(t, n, alpha)
    return replace(
        plain,
        low=mean - half,
        high=mean + half,
        t=t,
        df=n - 1,
        p_t=float(2 * stats.t.sf(abs(t), n - 1)),
        dz=mean / sd,
        dz_low=low,
        dz_high=high,
    )


def _with_ranks(plain: Contrast, differences: np.ndarray) -> Contrast:
    ranked = signed_rank(differences)
    if ranked is None:
        return replace(plain, note="every difference is zero: no test, interval or dz")
    return replace(plain, w_plus=ranked.w_plus, p_wilcoxon=ranked.p, rank_biserial=ranked.rank_biserial)


def hedges_j(df: int) -> float:
    """Hedges' exact small-sample correction for these degrees of freedom."""
    return exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2) if df > 1 else nan


def _dz_interval(t: float, n: int, alpha: float) -> tuple[float, float]:
    """The interval of dz by inverting the noncentral t distribution; bracketed around t, where it is stable."""

    def bound(share: float) -> float:
        return float(
            optimize.brentq(lambda nc: stats.nct.cdf(t, n - 1, nc) - share, t - 7 - abs(t) / 2, t + 7 + abs(t) / 2)
        )

    try:
        return bound(1 - alpha / 2) / sqrt(n), bound(alpha / 2) / sqrt(n)
    except ValueError:  # no sign change: t is so large that the distribution cannot be evaluated there
        return nan, nan


def _within_half_width(complete: pd.DataFrame) -> dict[str, float]:
    n, k = complete.shape
    if n < 2 or k < 2:
        return {}
    centred = complete.sub(complete.mean(axis=1), axis=0)
    scale = stats.t.ppf(0.975, n - 1) * sqrt(k / (k - 1)) / sqrt(n)
    return {str(name): float(centred[name].std(ddof=1) * scale) for name in complete.columns}


def _wide(frame: pd.DataFrame, value: str, condition: str, participant: str) -> pd.DataFrame:
    twice = frame[frame.duplicated([participant, condition], keep=False)]
    if len(twice):
        row = twice.iloc[0]
        raise NotEstimable(
            f"Participant {row[participant]} has more than one value in condition '{row[condition]}'. Aggregate them first."
        )
    return frame.pivot(index=participant, columns=condition, values=value).astype(float)
