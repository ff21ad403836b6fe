"""Conditions compared within participants: descriptives, paired differences, their intervals and tests.

Effect sizes name their denominator: `dz` divides the mean difference by the SD of the differences,
`d_av` by the mean of the two SDs (Cumming, 2012); `g_av` is d_av × Hedges' J with n − 1 df.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.effect_sizes import paired_effect_sizes
from analysis.inference.multiplicity import holm
from analysis.inference.paired import paired_t
from analysis.inference.samples import Pair, pair_of, wide
from analysis.inference.signed_rank import hodges_lehmann, signed_rank

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
    table = wide(frame, value, condition, participant)
    half = _within_half_width(table.dropna())
    rows = []
    for name in table.columns:
        held = table[name].dropna()
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
    table = wide(frame, value, condition, participant)
    contrasts = [_contrast(pair_of(table, first, second), alpha) for first, second in pairs]
    adjusted = holm([contrast.p_wilcoxon for contrast in contrasts])
    return [replace(contrast, p_holm=p) for contrast, p in zip(contrasts, adjusted, strict=True)]


def contrast_table(contrasts: Sequence[Contrast]) -> pd.DataFrame:
    """One row per contrast with everything that is reported about it."""
    return pd.DataFrame(
        [asdict(contrast) for contrast in contrasts], columns=[field.name for field in fields(Contrast)]
    )


def _contrast(both: Pair, alpha: float) -> Contrast:
    differences = both.differences
    sizes = paired_effect_sizes(both, 1 - alpha)
    plain = Contrast(
        both.first,
        both.second,
        both.n,
        both.missing,
        float(both.a.mean()),
        float(both.b.mean()),
        float(differences.mean()),
        hodges_lehmann=hodges_lehmann(differences),
        d_av=sizes["d_av"].value,
        g_av=sizes["g_av"].value,
    )
    ranked = signed_rank(differences)
    if ranked is None:
        return replace(plain, note="every difference is zero: no test, interval or dz")
    plain = replace(plain, w_plus=ranked.w_plus, p_wilcoxon=ranked.p, rank_biserial=ranked.rank_biserial)
    if np.ptp(differences) == 0:
        return replace(plain, note="every participant has the same difference: no t, interval or dz")
    found = paired_t(both, 1 - alpha)
    return replace(
        plain,
        low=found.low,
        high=found.high,
        t=found.value,
        df=both.n - 1,
        p_t=found.p,
        dz=found.standardised,
        dz_low=found.standardised_low,
        dz_high=found.standardised_high,
    )


def _within_half_width(complete: pd.DataFrame) -> dict[str, float]:
    n, k = complete.shape
    if n < 2 or k < 2:
        return {}
    centred = complete.sub(complete.mean(axis=1), axis=0)
    scale = stats.t.ppf(0.975, n - 1) * sqrt(k / (k - 1)) / sqrt(n)
    return {str(name): float(centred[name].std(ddof=1) * scale) for name in complete.columns}
