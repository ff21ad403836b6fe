"""Whether beliefs are as often right as their confidence says."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy import stats

from analysis.figures.style import GREY, SMALL, Figure, Look, empty, finished, listed, looks, percent, styled

COLUMNS = ("condition", "from", "to", "confidence", "n", "right", "share", "low", "high")
TITLE = "Calibration of beliefs"
EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
NUDGE = 0.014
"""How far the conditions stand apart, so that intervals at one confidence do not hide each other."""
SIDES = ("middle left", "middle right", "top right")
"""Where the n of each condition stands."""


def calibration(
    judged: pd.DataFrame, conditions: Sequence[str], simulated: bool = False, edges: Sequence[float] = EDGES
) -> Figure:
    """The share of beliefs judged right against their mean confidence, per condition, with binomial 95 % intervals.

    `judged`: condition, confidence (0 to 1), right (bool), a row per belief that was judged. A range of confidence holds its upper edge.
    Intervals are Wilson's, as if beliefs of one participant were independent. The frame has a row per condition and range
    with any belief: condition, from, to, confidence (mean), n, right, share, low, high. Beside each dot stands n.
    """
    frame = _binned(judged.dropna(subset=["confidence"]), conditions, edges)
    if frame.empty:
        return empty(TITLE, frame, simulated)
    figure = go.Figure()
    perfect = {"color": GREY, "dash": "dot", "width": 1.5}
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name="perfect calibration", line=perfect))
    shown = [name for name in conditions if name in set(frame["condition"])]
    for place, name in enumerate(shown):
        rows, nudge = frame[frame["condition"] == name], NUDGE * (place - (len(shown) - 1) / 2)
        figure.add_trace(_curve(rows, name, looks(conditions)[name], nudge, SIDES[place % len(SIDES)]))
    styled(figure, TITLE, 460, simulated)
    figure.update_xaxes(title="confidence of the belief (0 to 1)", range=[-0.03, 1.06])
    figure.update_yaxes(title="share judged right", range=[-0.03, 1.06], tickformat=".0%")
    return finished(figure, frame, _sentence(frame))


def _binned(judged: pd.DataFrame, conditions: Sequence[str], edges: Sequence[float]) -> pd.DataFrame:
    # rounded, as 0.8 may have been computed as 0.8000000000000001, and would be in the next range
    confidence = judged["confidence"].to_numpy(dtype=float).round(9)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, len(edges) - 2)
    rows = []
    for condition in conditions:
        for index, (low, high) in enumerate(pairwise(edges)):
            held = (judged["condition"] == condition).to_numpy(dtype=bool) & (place == index)
            n, right = int(held.sum()), int(judged["right"].to_numpy(dtype=bool)[held].sum())
            if n:
                interval = stats.binomtest(right, n).proportion_ci(method="wilson")
                rows.append((condition, low, high, confidence[held].mean(), n, right, right / n, *interval))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _curve(rows: pd.DataFrame, name: str, look: Look, nudge: float, side: str) -> go.Scatter:
    return go.Scatter(
        x=list(rows["confidence"] + nudge),
        y=list(rows["share"]),
        mode="lines+markers+text",
        name=name,
        text=[f" {n} " for n in rows["n"]],
        textposition=side,
        textfont={"size": SMALL},
        line=look.line(1.5),
        marker=look.mark(10),
        error_y={
            "array": list(rows["high"] - rows["share"]),
            "arrayminus": list(rows["share"] - rows["low"]),
            "thickness": 2,
            "width": 0,
            "color": look.colour,
        },
        hovertemplate="confidence %{x:.2f}: %{y:.0%} right of %{text}<extra>" + name + "</extra>",
    )


def _sentence(frame: pd.DataFrame) -> str:
    said = [
        f"{row['condition']} {percent(row['share'])} right of {row['n']} beliefs at confidence {row['confidence']:.2f}"
        for row in frame.to_dict("records")
    ]
    return f"Share of beliefs judged right by confidence: {listed(said)}."
