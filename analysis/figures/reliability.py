"""How consistently the items of each scale measure one thing."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.style import Figure, Look, empty, finished, listed, looks, number, styled, wrapped

COLUMNS = ("scale", "condition", "coefficient", "value", "low", "high", "n")
TITLE = "Reliability of the scales"
ROW, AROUND = 26, 44
"""Height of one condition, and what a scale needs around its conditions, in px."""


def reliability(rows: pd.DataFrame, conditions: Sequence[str], simulated: bool = False) -> Figure:
    """Coefficients of each scale and condition as dots with their intervals: the first filled, others open.

    `rows`, and the frame: scale, condition, coefficient (alpha, omega …), value, low, high, n; low and high NaN where a
    coefficient has no interval.
    """
    frame = rows[list(COLUMNS)].reset_index(drop=True)
    frame = frame[frame["condition"].isin(list(conditions))].dropna(subset=["value"]).reset_index(drop=True)
    if frame.empty:
        return empty(TITLE, frame, simulated)
    scales, kinds = list(dict.fromkeys(frame["scale"])), list(dict.fromkeys(frame["coefficient"]))
    known, height = looks(conditions), ROW * len(conditions)
    figure = make_subplots(
        rows=len(scales),
        cols=1,
        shared_xaxes=True,
        subplot_titles=[f"<b>{wrapped(scale, 90)}</b>" for scale in scales],
        vertical_spacing=AROUND / (len(scales) * (height + AROUND)),
    )
    for row, scale in enumerate(scales, start=1):
        for place, kind in enumerate(kinds):
            mine = frame[(frame["scale"] == scale) & (frame["coefficient"] == kind)]
            offset = 0.36 * (place - (len(kinds) - 1) / 2)
            for name in (name for name in conditions if name in set(mine["condition"])):
                at = list(conditions).index(name) + offset
                figure.add_trace(_dots(mine[mine["condition"] == name], at, known[name], place > 0), row=row, col=1)
    for place, kind in enumerate(kinds):
        figure.add_trace(_key(kind, place > 0), row=1, col=1)
    styled(figure, TITLE, len(scales) * (height + AROUND) + 120, simulated)
    lowest = min(0.0, frame["value"].min(), frame["low"].min())
    figure.update_layout(margin_t=figure.layout.margin.t + 16)
    figure.update_xaxes(range=[1.05 * lowest, 1.02], showgrid=True)
    figure.update_xaxes(title="coefficient (1 = no error of measurement)", row=len(scales), col=1)
    places = list(range(len(conditions)))
    figure.update_yaxes(tickvals=places, ticktext=list(conditions), range=[len(conditions) - 0.4, -0.6], showgrid=False)
    return finished(figure, frame, _sentence(frame))


def _dots(rows: pd.DataFrame, at: float, look: Look, second: bool) -> go.Scatter:
    return go.Scatter(
        x=list(rows["value"]),
        y=[at] * len(rows),
        mode="markers",
        name=str(rows["condition"].iloc[0]),
        showlegend=False,
        marker=look.mark(9, second),
        error_x={
            "array": list(rows["high"] - rows["value"]),
            "arrayminus": list(rows["value"] - rows["low"]),
            "thickness": 2,
            "width": 0,
            "color": look.colour,
        },
        customdata=list(rows["n"]),
        hovertemplate=str(rows["coefficient"].iloc[0]) + " %{x:.2f}, n = %{customdata}",
    )


def _key(kind: str, second: bool) -> go.Scatter:
    """An entry of the legend: what filled and open markers are."""
    marker = Look("#555555", "circle", "solid", "").mark(9, second)
    return go.Scatter(x=[None], y=[None], mode="markers", name=kind, marker=marker)


def _sentence(frame: pd.DataFrame) -> str:
    said = []
    for (scale, kind), rows in frame.groupby(["scale", "coefficient"], sort=False):
        span = [number(rows["value"].min()), number(rows["value"].max())]
        said.append(f"{kind} of {scale} is {' to '.join(dict.fromkeys(span))}")
    return f"Reliability by condition: {listed(said)}."
