"""What a measure is, and the steps that most measures share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.frames import Frames
from analysis.frames.filled_in import KEYS
from study.protocol import Protocol

Compute = Callable[[Frames, Protocol], pd.DataFrame]
TRIAL = ["session_id", "block"]
"""What a value belongs to: one condition of one sitting."""


@dataclass(frozen=True)
class Measure:
    """A derived number: what it is called, its unit, which direction is good, how it is computed.

    `compute` gives the columns session_id … task (KEYS) and `value`, one row per trial or sitting. `occasion`: of an
    instrument asked several times, the one that this is from. `covariate`: whether a model may adjust for it. What
    comes with how a condition is built, such as latency, is reported only: adjusting for it would take away part of
    what the condition does. `censored`: a time to something that does not always come; a mean of the times that were
    observed leaves out the longest, so it is described and compared by survival only.
    """

    name: str
    title: str
    unit: str
    direction: Literal["lower", "higher", "none"]
    source: str
    compute: Compute
    instrument: str = ""
    occasion: str = ""
    covariate: bool = True
    censored: bool = False


def trials(data: Frames) -> pd.DataFrame:
    """One row per block; of a block with several tasks the last one is named."""
    return data.trials.drop_duplicates(TRIAL, keep="last")[KEYS]


def per_trial(data: Frames, values: pd.Series, empty: float | None = None) -> pd.DataFrame:
    """One row per block, from values by session and block; `empty` where a block has none."""
    long = values.rename("value").astype("float64").reset_index()
    joined = trials(data).merge(long, on=TRIAL, how="left")
    return joined if empty is None else joined.fillna({"value": empty})


def count(data: Frames, rows: pd.DataFrame) -> pd.DataFrame:
    """How many of these rows each block has."""
    return per_trial(data, rows.groupby(TRIAL).size(), empty=0)


def share(data: Frames, rows: pd.DataFrame, those: pd.Series) -> pd.DataFrame:
    """The share of these rows for which something holds; empty where a block has no such rows."""
    return per_trial(data, rows.assign(holds=those).groupby(TRIAL)["holds"].mean())
