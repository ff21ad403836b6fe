"""Order effects: what comes of the period in which a condition was met, and of the order in which all were."""

import json

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.style import (
    Figure,
    Look,
    empty,
    finished,
    in_words,
    listed,
    looks,
    number,
    styled,
    wrapped,
)
from analysis.results import Comparison

COLUMNS = ("by", "group", "condition", "n", "mean", "sd")
PERIOD, SEQUENCE = "period", "sequence"
SPREAD = 0.16
"""How far conditions stand apart within a period, in periods."""


def order_effects(comparison: Comparison, sessions: pd.DataFrame) -> Figure:
    """Means by period and condition above (with everybody's values, pale), and by sequence and condition below.

    `sessions` says in which order each participant was to meet the conditions (frame `sessions`). The frame has a row per
    period or sequence (`by`, `group`) and condition: n, mean, sd. Descriptive: the model estimates the effects.
    """
    measure, title = comparison.measure, f"{comparison.measure.title} by period and by sequence"
    rows = comparison.rows.dropna(subset=["block"]).assign(
        sequence=lambda r: r["participant"].map(_sequences(sessions))
    )
    frame = pd.concat([_means(rows.astype({"block": "int64"}), "block", PERIOD), _means(rows, "sequence", SEQUENCE)])
    frame = frame.reset_index(drop=True)
    if frame.empty:
        return empty(title, frame, comparison.selection.simulated)
    sequences = list(dict.fromkeys(frame.loc[frame["by"] == SEQUENCE, "group"]))
    heights = [300, 40 + 34 * len(sequences)]
    figure = make_subplots(rows=2, cols=1, row_heights=heights, vertical_spacing=90 / (sum(heights) + 90))
    for place, (name, look) in enumerate(looks(comparison.conditions).items()):
        mine = rows[rows["condition"] == name]
        offset = SPREAD * (place - (len(comparison.conditions) - 1) / 2)
        if len(mine):
            figure.add_trace(_everybody(mine, look, offset), row=1, col=1)
            figure.add_trace(_by_period(frame, name, look, offset), row=1, col=1)
            figure.add_trace(_by_sequence(frame, name, look, sequences, offset), row=2, col=1)
    styled(figure, title, sum(heights) + 190, comparison.selection.simulated)
    unit = wrapped(f"{measure.title} ({in_words(measure.unit)})", 46)
    figure.update_xaxes(title="period", dtick=1, row=1, col=1)
    figure.update_yaxes(title=unit, row=1, col=1)
    figure.update_xaxes(title=f"mean of {wrapped(f'{measure.title} ({in_words(measure.unit)})', 90)}", row=2, col=1)
    places = list(range(len(sequences)))
    figure.update_yaxes(tickvals=places, ticktext=sequences, range=[len(places) - 0.4, -0.6], row=2, col=1)
    return finished(figure, frame, _sentence(frame, measure.title))


def _sequences(sessions: pd.DataFrame) -> dict[str, str]:
    orders = sessions.set_index("participant")["conditions"]
    return {str(person): " → ".join(json.loads(order)) for person, order in orders.items()}


def _means(rows: pd.DataFrame, group: str, by: str) -> pd.DataFrame:
    grouped = rows.groupby([group, "condition"])["value"]
    means = grouped.agg(n="size", mean="mean", sd="std").reset_index().rename(columns={group: "group"})
    return means.assign(by=by, group=means["group"].astype("str"))[list(COLUMNS)]


def _everybody(rows: pd.DataFrame, look: Look, offset: float) -> go.Scatter:
    return go.Scatter(
        x=[block + offset for block in rows["block"]],
        y=list(rows["value"]),
        mode="markers",
        showlegend=False,
        opacity=0.35,
        marker={**look.mark(5), "line": {"width": 0}},
        hoverinfo="skip",
    )


def _by_period(frame: pd.DataFrame, condition: str, look: Look, offset: float) -> go.Scatter:
    rows = frame[(frame["by"] == PERIOD) & (frame["condition"] == condition)]
    return go.Scatter(
        x=[int(group) + offset for group in rows["group"]],
        y=list(rows["mean"]),
        mode="lines+markers",
        name=condition,
        line=look.line(2.5),
        marker=look.mark(11),
        customdata=list(rows["n"]),
        hovertemplate="%{y:.2f}, n = %{customdata}",
    )


def _by_sequence(frame: pd.DataFrame, condition: str, look: Look, sequences: list[str], offset: float) -> go.Scatter:
    rows = frame[(frame["by"] == SEQUENCE) & (frame["condition"] == condition)]
    return go.Scatter(
        x=list(rows["mean"]),
        y=[sequences.index(group) + offset for group in rows["group"]],
        mode="markers",
        name=condition,
        showlegend=False,
        marker=look.mark(11),
        customdata=rows[["group", "n"]].to_numpy().tolist(),
        hovertemplate="%{customdata[0]}: %{x:.2f}, n = %{customdata[1]}",
    )


def _sentence(frame: pd.DataFrame, title: str) -> str:
    periods = frame[frame["by"] == PERIOD]
    said = [
        f"{name} from {number(rows['mean'].iloc[0])} in period {rows['group'].iloc[0]} to "
        f"{number(rows['mean'].iloc[-1])} in period {rows['group'].iloc[-1]}"
        for name, rows in periods.groupby("condition", sort=False)
    ]
    return f"Mean {title} by period: {listed(said)}; and the same by sequence of conditions."
