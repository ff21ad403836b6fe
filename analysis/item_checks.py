"""Whether the items of a scale go together in the answers: what runs against it, what looks unreversed.

An item-rest correlation below zero is reported. Where even its 95 % confidence interval (Fisher's z) lies
below zero, chance does not explain it, and the item looks as if it had to be turned the other way. Weighted
scales are left out: their items need not measure one thing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.frames import Frames
from analysis.scoring import scored_value
from study.instruments import Instrument
from study.protocol import Protocol
from study.scales import Scale

MIN_ROWS = 5
"""Correlations are computed from at least so many complete rows."""
Z95 = 1.959964


@dataclass(frozen=True)
class ItemFinding:
    """One item that does not fit its scale: the correlation with its 95 % interval, and a sentence.

    `alpha` is Cronbach's alpha of the scale as it is, `alpha_turned` with this item turned round.
    """

    kind: Literal["against", "unreversed"]
    instrument: str
    scale: str
    item: str
    r: float
    low: float
    high: float
    n: int
    alpha: float
    alpha_turned: float
    sentence: str


def findings(frames: Frames, protocol: Protocol) -> list[ItemFinding]:
    """Every item of every scale that runs against the rest of it."""
    return [
        finding
        for instrument in protocol.instruments
        for scale in instrument.scoring
        if scale.method != "weighted"
        for finding in _findings(frames, instrument, scale)
    ]


def warnings(frames: Frames, protocol: Protocol) -> list[str]:
    """The findings as sentences."""
    return [finding.sentence for finding in findings(frames, protocol)]


def item_rest(frames: Frames, instrument: Instrument, scale: Scale) -> pd.DataFrame:
    """Correlation of each item (after reversal) with the sum of the scale's others, over complete rows.

    Columns item, r, low, high (95 % interval), n; no rows for scales of one item or with fewer than
    MIN_ROWS complete rows. Simulated answers count only where there are no others.
    """
    values = _values(frames, instrument, scale)
    rows = []
    for item in values:
        rest = values.drop(columns=item).sum(axis=1)
        varied = values[item].nunique() > 1 and rest.nunique() > 1
        r = values[item].corr(rest) if varied else math.nan
        rows.append((item, r, *_interval(r, len(values)), len(values)))
    return pd.DataFrame(rows, columns=["item", "r", "low", "high", "n"])


def cronbach_alpha(values: pd.DataFrame) -> float:
    """k/(k − 1) · (1 − Σ item variances / variance of the sum); NaN where the sum does not vary."""
    count, total = values.shape[1], values.sum(axis=1).var()
    return float(count / (count - 1) * (1 - values.var().sum() / total)) if count > 1 and total > 0 else math.nan


def _values(frames: Frames, instrument: Instrument, scale: Scale) -> pd.DataFrame:
    """Complete rows of a scale's items after reversal; no columns where there is too little."""
    items = [instrument.item(item) for item in scale.items]
    mine = frames.responses[frames.responses["instrument"] == instrument.id]
    mine = mine[mine["simulated"] == mine["simulated"].all()]
    wide = mine.pivot_table(index=["session_id", "event_id"], columns="item", values="value", aggfunc="first")
    columns = {i.id: wide[i.id].map(lambda x, i=i: scored_value(i, x)) for i in items if i.id in wide}
    values = pd.DataFrame(columns, dtype="float64").dropna()
    enough = len(columns) == len(items) > 1 and len(values) >= MIN_ROWS
    return values if enough else pd.DataFrame()


def _interval(r: float, n: int) -> tuple[float, float]:
    if math.isnan(r) or n <= 3:
        return math.nan, math.nan
    z, half = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, r))), Z95 / math.sqrt(n - 3)
    return math.tanh(z - half), math.tanh(z + half)


def _findings(frames: Frames, instrument: Instrument, scale: Scale) -> Iterator[ItemFinding]:
    values = _values(frames, instrument, scale)
    for row in item_rest(frames, instrument, scale).itertuples():
        if not row.r < 0:
            continue
        alphas = cronbach_alpha(values), cronbach_alpha(values.assign(**{row.item: -values[row.item]}))
        kind: Literal["against", "unreversed"] = "unreversed" if row.high < 0 else "against"
        sentence = (
            f"{instrument.id}: item '{row.item}' runs against the rest of '{scale.id}' "
            f"(r = {row.r:.2f}, n = {row.n}); check its wording and whether it is reversed."
        )
        if kind == "unreversed":
            now = "reversed" if instrument.item(row.item).reversed else "not reversed"
            sentence += (
                f" It is {now}, and looks as if it had to be the other way round: "
                f"alpha is {alphas[0]:.2f}, and {alphas[1]:.2f} with the item turned."
            )
        place = (instrument.id, scale.id, row.item)
        yield ItemFinding(kind, *place, row.r, row.low, row.high, row.n, *alphas, sentence)
