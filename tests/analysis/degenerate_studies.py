"""The ways in which a study can be too little."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from all_analyses import OUTCOMES, Study

DEGENERATE: dict[str, Callable[[Study], Study]] = {
    "one participant": lambda rows: rows[rows["participant"] == "P00"],
    "two participants": lambda rows: rows[rows["participant"].isin(["P00", "P01"])],
    "constant ratings": lambda rows: rows.assign(
        item=4.0, score=4.0, success=1.0, count=3.0, edits=3.0, seconds=5.0, rank=1.0
    ),
    "one condition": lambda rows: rows[rows["condition"] == "active"],
    "all censored": lambda rows: rows.assign(happened=0.0),
    "duplicate rows": lambda rows: pd.concat([rows, rows], ignore_index=True),
    "no values": lambda rows: rows.assign(**dict.fromkeys((*OUTCOMES, "rank"), np.nan)),
    "an empty study": lambda rows: rows.iloc[:0],
    "the same values in every condition": lambda rows: rows.assign(
        **{name: rows.groupby("participant")[name].transform("first") for name in (*OUTCOMES, "rank")}
    ),
}
