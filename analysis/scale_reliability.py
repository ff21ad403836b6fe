"""Do the items of each scale go together? Alpha and omega of every scale, condition by condition."""

from collections.abc import Iterator

import pandas as pd

from analysis.figures.reliability import COLUMNS
from analysis.frames import Frames
from analysis.inference.estimate import NotEstimable
from analysis.inference.reliability import reliability, scored_items
from study.protocol import Protocol

NO_CONDITION = "–"
"""Stands for the condition of what was asked outside of blocks."""


def scale_reliability(data: Frames, protocol: Protocol) -> pd.DataFrame:
    """A row per scale, condition and coefficient (alpha with Feldt's interval, omega): scale … n as the figure draws them, and note.

    Of a scale that was filled in twice in one place the last time counts. Weighted scales are left out, for their items need not
    measure one thing; `note` says why there is no number.
    """
    return pd.DataFrame(list(_rows(data, protocol)), columns=[*COLUMNS, "note"])


def _rows(data: Frames, protocol: Protocol) -> Iterator[tuple[object, ...]]:
    answered = data.responses.assign(condition=data.responses["condition"].fillna(NO_CONDITION))
    last = answered.drop_duplicates(["participant", "block", "instrument", "item"], keep="last")
    nothing = (float("nan"),) * 3
    for instrument in protocol.instruments:
        for scale in (s for s in instrument.scoring if s.method != "weighted" and len(s.items) > 1):
            mine = last[last["instrument"] == instrument.id]
            for condition, rows in mine.groupby("condition", sort=False):
                try:
                    found = reliability(scored_items(rows, instrument, scale))
                except NotEstimable as error:
                    yield scale.name, condition, "alpha", *nothing, rows["participant"].nunique(), str(error)
                    continue
                yield (
                    scale.name,
                    condition,
                    "alpha",
                    found.alpha,
                    found.low,
                    found.high,
                    found.n,
                    " ".join(found.warnings),
                )
                yield scale.name, condition, "omega", found.omega, *nothing[:2], found.n, found.note
