"""Answers → scale scores, by the rules that stand in each instrument's file. Pure.

A score is the mean (or sum) of its items after reversal (min + max − x), plus the scale's `shift`.
Up to `max_missing` items may lack an answer: the mean is then over the answered ones, and a sum is
that mean times the number of items. With more missing there is no score.
"""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.frames import Frames
from study.instruments import Instrument, Item, Scale
from study.protocol import Protocol

KEYS = ["session_id", "participant", "simulated", "block", "condition", "task"]
"""What a derived number belongs to."""
MIN_ROWS = 5
"""Item-rest correlations are computed from at least so many complete rows."""


def score(instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, float | None]:
    """Every scale of an instrument from raw answers (item id → number); None where not scorable."""
    return {scale.id: _scale_score(instrument, scale, answers) for scale in instrument.scoring}


def scored_value(item: Item, answer: Any) -> float | None:
    """An answer as it enters a score: reversed where the item says so; None if there is no number."""
    if isinstance(answer, bool) or not isinstance(answer, int | float) or math.isnan(answer):
        return None
    if not item.reversed:
        return float(answer)
    return float((item.min or 0) + (item.max or 0) - answer)


def scale_measure(instrument: Instrument, scale: Scale) -> str:
    """The name of a scale's measure: its id, after the instrument's where it does not begin with that."""
    return scale.id if scale.id.startswith(instrument.id) else f"{instrument.id}.{scale.id}"


def scores(frames: Frames, protocol: Protocol) -> pd.DataFrame:
    """Every scale of every answered instrument, one row each: keys, measure, value (NaN: not scorable)."""
    rows = []
    for instrument in protocol.instruments:
        mine = frames.responses[frames.responses["instrument"] == instrument.id]
        for key, answered in mine.groupby([*KEYS, "occasion"], dropna=False, sort=False):
            values = score(instrument, dict(zip(answered["item"], answered["value"], strict=True)))
            for scale in instrument.scoring:
                rows.append((*key[:-1], scale_measure(instrument, scale), values[scale.id]))
    return tidy(pd.DataFrame(rows, columns=[*KEYS, "measure", "value"]))


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """A long frame with plain dtypes and exactly the columns every measure has, also when empty."""
    texts = ("session_id", "participant", "condition", "task", "measure")
    dtypes = {**dict.fromkeys(texts, "str"), "simulated": "bool", "block": "float64", "value": "float64"}
    return frame[[*KEYS, "measure", "value"]].astype(dtypes).reset_index(drop=True)


def item_rest(frames: Frames, instrument: Instrument, scale: Scale) -> pd.DataFrame:
    """Correlation of each item (after reversal) with the sum of the scale's others, over complete rows.

    Columns item, r, n; no rows for scales of one item or with fewer than MIN_ROWS complete rows.
    Simulated answers count only where there are no others.
    """
    items = [instrument.item(item) for item in scale.items]
    mine = frames.responses[frames.responses["instrument"] == instrument.id]
    mine = mine[mine["simulated"] == mine["simulated"].all()]
    wide = mine.pivot_table(index=["session_id", "event_id"], columns="item", values="value", aggfunc="first")
    columns = {i.id: wide[i.id].map(lambda x, i=i: scored_value(i, x)) for i in items if i.id in wide}
    values = pd.DataFrame(columns, dtype="float64").dropna()
    rows = []
    if len(columns) == len(items) > 1 and len(values) >= MIN_ROWS:
        for item in columns:
            rest = values.drop(columns=item).sum(axis=1)
            varied = values[item].nunique() > 1 and rest.nunique() > 1
            rows.append((item, values[item].corr(rest) if varied else math.nan, len(values)))
    return pd.DataFrame(rows, columns=["item", "r", "n"])


def warnings(frames: Frames, protocol: Protocol) -> list[str]:
    """One sentence per item that runs against the rest of its scale: often a reversal gone wrong."""
    return [
        f"{instrument.id}: item '{row.item}' runs against the rest of '{scale.id}' "
        f"(r = {row.r:.2f}, n = {row.n}); check its wording and whether it is reversed."
        for instrument in protocol.instruments
        for scale in instrument.scoring
        for row in item_rest(frames, instrument, scale).itertuples()
        if row.r < 0
    ]


def _scale_score(instrument: Instrument, scale: Scale, answers: Mapping[str, Any]) -> float | None:
    values = [scored_value(instrument.item(item), answers.get(item)) for item in scale.items]
    answered = [value for value in values if value is not None]
    if not answered or len(values) - len(answered) > scale.max_missing:
        return None
    mean = sum(answered) / len(answered)
    total = mean if scale.method == "mean" else mean * len(values)
    return round(total + scale.shift, 10)
