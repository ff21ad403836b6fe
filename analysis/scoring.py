"""Answers → scale scores, by the rules that stand in each instrument's file. Pure.

The rules are said in `study.scales.Scale`; whether the items of a scale go together, in
`analysis.item_checks`.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.frames import Frames
from analysis.frames.filled_in import KEYS
from study.instruments import Instrument, Item
from study.protocol import Protocol
from study.scales import Band, Scale


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
        for key, answers in frames.filled_in.get(instrument.id, {}).items():
            values = score(instrument, answers)
            rows += [(*key[:-1], scale_measure(instrument, scale), values[scale.id]) for scale in instrument.scoring]
    return tidy(pd.DataFrame(rows, columns=[*KEYS, "measure", "value"]))


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """A long frame with plain dtypes and exactly the columns every measure has, also when empty."""
    texts = ("session_id", "participant", "condition", "task", "measure")
    dtypes = {**dict.fromkeys(texts, "str"), "simulated": "bool", "block": "float64", "value": "float64"}
    return frame[[*KEYS, "measure", "value"]].astype(dtypes).reset_index(drop=True)


def bands(scale: Scale, value: float | None) -> list[Band]:
    """What published benchmarks call a score; one band for each benchmark the instrument's file holds."""
    return [] if value is None or math.isnan(value) else [band for band in scale.bands if band.holds(value)]


def _scale_score(instrument: Instrument, scale: Scale, answers: Mapping[str, Any]) -> float | None:
    weights = _weights(instrument, scale, answers)
    used = [(instrument.item(item), weights[item]) for item in scale.items if weights[item]]
    values = [(item, scored_value(item, answers.get(item.id)), weight) for item, weight in used]
    lacking = sum(value is None for _, value, _ in values)
    if lacking == len(values) or lacking > scale.max_missing:
        return None
    if scale.missing == "middle":
        values = [(item, _middle(item) if value is None else value, weight) for item, value, weight in values]
    answered = [(value, weight) for _, value, weight in values if value is not None]
    mean = sum(value * weight for value, weight in answered) / sum(weight for _, weight in answered)
    total = mean * len(values) if scale.method == "sum" else mean
    return round((total + scale.shift) * scale.factor + scale.offset, 10)


def _weights(instrument: Instrument, scale: Scale, answers: Mapping[str, Any]) -> Mapping[str, int]:
    """How much each item counts: once, or as often as it was chosen; nothing where a pair is unanswered."""
    if scale.method != "weighted":
        return dict.fromkeys(scale.items, 1)
    chosen = [answers.get(pair) for pair in scale.pairs]
    offered = [[o.value for o in instrument.item(pair).options] for pair in scale.pairs]
    if any(choice not in options for choice, options in zip(chosen, offered, strict=True)):
        return Counter()
    return Counter(item for choice in chosen for item in scale.weighed_by(choice))


def _middle(item: Item) -> float:
    return ((item.min or 0) + (item.max or 0)) / 2
