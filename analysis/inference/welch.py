"""Welch's test (1951): are the means of several groups equal, when their variances may differ. R: oneway.test(value ~ group)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.design_matrix import plain
from analysis.inference.estimate import NotEstimable


@dataclass(frozen=True)
class WelchTest:
    """Welch's F of equal means in several groups, over `n` participants."""

    n: int
    f: float
    df1: int
    df2: float
    p: float
    method: str = "Welch's F, variances may differ"


def welch_test(frame: pd.DataFrame, value: str, group: str, participant: str = "participant") -> WelchTest:
    """Are the means of all groups equal. Raises NotEstimable for one group, or a group without two people or variance."""
    values = _groups(frame, value, group, participant)
    if len(values) < 2:
        raise NotEstimable(f"'{group}' has {len(values)} group(s) with values of '{value}'; Welch's test needs two.")
    for name, own in values.items():
        if len(own) < 2 or np.ptp(own) == 0:
            raise NotEstimable(
                f"Group '{name}' has no variance in '{value}', which Welch's test divides by. Leave it out."
            )
    n = np.array([len(own) for own in values.values()])
    mean = np.array([own.mean() for own in values.values()])
    weight = n / np.array([own.var(ddof=1) for own in values.values()])
    k, total = len(n), weight.sum()
    spread = float(np.sum((1 - weight / total) ** 2 / (n - 1))) / (k**2 - 1)
    between = float(np.sum(weight * (mean - (weight @ mean) / total) ** 2)) / (k - 1)
    f, df2 = between / (1 + 2 * (k - 2) * spread), 1 / (3 * spread)
    return WelchTest(int(n.sum()), f, k - 1, df2, float(stats.f.sf(f, k - 1, df2)))


def _groups(frame: pd.DataFrame, value: str, group: str, participant: str) -> dict[str, np.ndarray]:
    rows = plain(frame[[participant, group, value]].dropna())
    if len(twice := rows[rows.duplicated(participant)]):
        raise NotEstimable(
            f"Participant {twice.iloc[0][participant]} has several rows; Welch's tests take independent values. "
            "Compare within participants instead, or aggregate to one row each."
        )
    return {str(name): own[value].to_numpy(dtype=float) for name, own in rows.groupby(group, observed=True)}
