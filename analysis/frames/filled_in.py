"""The answers of each time that an instrument was filled in, from the frame of answers."""

from typing import Any

import pandas as pd
import pyarrow as pa

KEYS = ["session_id", "participant", "simulated", "block", "condition", "task"]
"""What a derived number belongs to."""

FilledIn = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
"""Instrument → KEYS and how-manieth time → item → number or text."""


def filled_in(responses: pd.DataFrame) -> FilledIn:
    """Every time an instrument was filled in, in order.

    In plain Python: a frame for each of thousands of them would take most of the time of an analysis.
    """
    times = zip(*(plain(responses[name]) for name in (*KEYS, "nth")), strict=True)
    answers = (plain(responses[name]) for name in ("instrument", "item", "value", "text"))
    found: FilledIn = {}
    for time, instrument, item, number, text in zip(times, *answers, strict=True):
        found.setdefault(instrument, {}).setdefault(time, {})[item] = text if number is None else number
    return found


def plain(column: pd.Series) -> list[Any]:
    """The values of a column as plain Python ones, None where there is none; much faster than pandas gives them."""
    return pa.array(column, from_pandas=True).to_pylist()  # type: ignore[no-any-return]
