"""Measures as they are, condition by condition."""

from collections.abc import Sequence

import pandas as pd

from analysis.comparisons import describe
from analysis.measures import registry
from study.protocol import Protocol

COLUMNS = ("measure", "title", "unit", "condition", "n", "mean", "sd", "median")


def described(rows: pd.DataFrame, protocol: Protocol, names: Sequence[str]) -> pd.DataFrame:
    """A row per measure and condition with a value, in the order of `names` and of the protocol: COLUMNS."""
    told, found = {measure.name: measure for measure in registry(protocol)}, []
    for name in names:
        mine = rows[rows["measure"] == name].dropna(subset=["value", "condition"])
        if mine.empty or name not in told or told[name].censored:
            continue
        summary = describe(mine, "value", "condition", "participant").set_index("condition")
        for condition in (c.id for c in protocol.conditions if c.id in summary.index):
            n, mean, sd, median = summary.loc[condition, ["n", "mean", "sd", "median"]]
            found.append((name, told[name].title, told[name].unit, condition, int(n), mean, sd, median))
    return pd.DataFrame(found, columns=list(COLUMNS))
