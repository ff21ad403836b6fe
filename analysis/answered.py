"""Measures from questionnaires: scales, rated items that stand alone, rankings, questions answered right."""

import json
from collections.abc import Iterable

import pandas as pd

from analysis.frames import Frames
from analysis.frames.filled_in import KEYS
from analysis.measure import Measure, trials
from analysis.scoring import scale_measure, scores
from study.instruments import RATED, Instrument, Item, Scale
from study.protocol import Protocol

FEW_POINTS = 11
"""Up to so many answers an item is ordinal."""
RANK = "rank"
"""The unit of places in a ranking, 1 = first."""


def asked(instrument: Instrument) -> list[Measure]:
    """What one instrument gives: scales, rated items that stand alone, rankings of the conditions."""
    scored = {item for scale in instrument.scoring for item in scale.items}
    found = [_scale(instrument, scale) for scale in instrument.scoring]
    for item in instrument.items:
        if item.type in RATED and item.id not in scored:
            found.append(_single_item(instrument, item))
        if item.type == "ranking" and item.options == "conditions":
            found.append(_ranking(instrument, item))
    return found


def is_single_item(protocol: Protocol, measure: str) -> bool:
    """Whether a measure is one rated item with few points, alone or as the only one of its scale, on whatever occasion.

    Its answers have an order and no distances. A slider with many points is taken for a number.
    """
    names: list[str] = []
    for instrument in protocol.instruments:
        few = [item.id for item in instrument.items if item.type in RATED and len(item.scale()) <= FEW_POINTS]
        names += [f"{instrument.id}.{item}" for item in few]
        names += [scale_measure(instrument, s) for s in instrument.scoring if len(s.items) == 1 and s.items[0] in few]
    scales = {scale_measure(i, s) for i in protocol.instruments for s in i.scoring if len(s.items) > 1}
    return measure not in scales and any(measure == name or measure.startswith(f"{name}.") for name in names)


def _scale(instrument: Instrument, scale: Scale) -> Measure:
    name = scale_measure(instrument, scale)
    unit = f"{scale.range[0]:g} to {scale.range[1]:g}"
    only = instrument.model_copy(update={"scoring": (scale,)})

    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        return scores(data, protocol.model_copy(update={"instruments": (only,)}))

    source = f"responses: {scale.method} of {', '.join(scale.items)}"
    return Measure(name, scale.name, unit, scale.direction, source, compute, instrument.id)


def _single_item(instrument: Instrument, item: Item) -> Measure:
    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        rows = data.responses
        return rows.loc[(rows["instrument"] == instrument.id) & (rows["item"] == item.id), [*KEYS, "value"]]

    unit = f"{item.min:g} to {item.max:g}"
    name = f"{instrument.id}.{item.id}"
    return Measure(name, item.text, unit, "none", "responses: one item, as answered", compute, instrument.id)


def _ranking(instrument: Instrument, item: Item) -> Measure:
    def compute(data: Frames, protocol: Protocol) -> pd.DataFrame:
        rows = data.responses
        mine = rows[(rows["instrument"] == instrument.id) & (rows["item"] == item.id)]
        ranked = mine.dropna(subset=["text"])
        given = zip(ranked["session_id"], ranked["text"], strict=True)
        found = [(session, *one) for session, text in given for one in _places(text)]
        places = pd.DataFrame(found, columns=["session_id", "condition", "value"]).astype({"value": "float64"})
        return trials(data).merge(places, on=["session_id", "condition"])

    source = "responses: place of the condition in the ranking, 1 = first; equal places are ties"
    name = f"{instrument.id}.{item.id}"
    return Measure(name, item.text, RANK, "lower", source, compute, instrument.id)


def _places(text: str) -> Iterable[tuple[str, int]]:
    """condition, place; earlier records have the conditions in order."""
    told = json.loads(text)
    return told.items() if isinstance(told, dict) else ((condition, n) for n, condition in enumerate(told, start=1))


def _answered_right(data: Frames, protocol: Protocol) -> pd.DataFrame:
    keys = {(i.id, item.id): item.right for i in protocol.instruments for item in i.items if item.right is not None}
    asked = data.responses[
        [pair in keys for pair in zip(data.responses["instrument"], data.responses["item"], strict=True)]
    ]
    wanted = [keys[pair] for pair in zip(asked["instrument"], asked["item"], strict=True)]
    shares = asked.assign(value=asked["text"].eq(wanted).fillna(False).astype("float64"))
    return shares.groupby(KEYS, dropna=False)["value"].mean().reset_index()


ANSWERED_RIGHT = Measure(
    "answered_right",
    "Questions answered right",
    "share",
    "higher",
    "responses: right / all items with a right answer; one left open counts as not right",
    _answered_right,
)
