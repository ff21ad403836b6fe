"""How long it took until something happened, where for some it had not happened when the session ended."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.style import SMALL, Figure, Look, empty, finished, listed, looks, round_steps, styled

COLUMNS = ("condition", "time", "at_risk", "events", "censored", "without")


def time_to_event(
    rows: pd.DataFrame, event: str, unit: str, conditions: Sequence[str], simulated: bool = False
) -> Figure:
    """The share for whom the event has not happened yet, per condition (Kaplan–Meier), with numbers at risk below.

    `rows`: condition, time (in `unit`), observed (bool; if not, the time is when watching ended: a tick on the curve). The
    frame has a row per condition and distinct time, from 0: condition, time, at_risk (just before), events, censored, without
    (the share after that time).
    """
    known = rows.dropna(subset=["time"])
    frame, title = _curves(known, conditions), f"Time to {event}"
    if frame.empty:
        return empty(title, frame, simulated)
    shown = {name: look for name, look in looks(conditions).items() if name in set(frame["condition"])}
    heights = [330, 24 * len(shown) + 12]
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=64 / (sum(heights) + 64)
    )
    ticks = round_steps(0, float(frame["time"].max()) or 1.0)
    for name, look in shown.items():
        mine = frame[frame["condition"] == name]
        figure.add_trace(_steps(mine, name, look), row=1, col=1)
        figure.add_trace(_censored(mine, name, look), row=1, col=1)
        figure.add_trace(_at_risk(known, name, ticks), row=2, col=1)
    styled(figure, title, sum(heights) + 64 + 90, simulated)
    figure.update_yaxes(title="share without it so far", range=[-0.02, 1.04], tickformat=".0%", row=1, col=1)
    figure.update_xaxes(
        title=f"time ({unit})",
        tickvals=ticks,
        showticklabels=True,
        range=[-0.03 * ticks[-1], 1.03 * ticks[-1]],
        row=1,
        col=1,
    )
    figure.update_xaxes(visible=False, row=2, col=1)
    figure.update_yaxes(
        categoryorder="array", categoryarray=list(shown)[::-1], showgrid=False, showline=False, ticks="",
        title="at risk", range=[-0.6, len(shown) - 0.4], row=2, col=1,
    )  # fmt: skip
    return finished(figure, frame, _sentence(frame, event, unit))


def _curves(rows: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    found: list[tuple[object, ...]] = []
    for condition in conditions:
        mine = rows[rows["condition"] == condition]
        times, observed = mine["time"].to_numpy(dtype=float), mine["observed"].to_numpy(dtype=bool)
        without = 1.0
        for time in np.union1d(times, [0.0]) if len(mine) else ():
            at_risk, here = int((times >= time).sum()), times == time
            events, censored = int((here & observed).sum()), int((here & ~observed).sum())
            without *= 1 - events / at_risk
            found.append((condition, float(time), at_risk, events, censored, without))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _steps(rows: pd.DataFrame, name: str, look: Look) -> go.Scatter:
    return go.Scatter(
        x=list(rows["time"]),
        y=list(rows["without"]),
        mode="lines",
        name=name,
        line={**look.line(2.5), "shape": "hv"},
        hovertemplate="%{x:.1f}: %{y:.0%}",
    )


def _censored(rows: pd.DataFrame, name: str, look: Look) -> go.Scatter:
    """A tick where somebody's watching ended before the event."""
    ended = rows[rows["censored"] > 0]
    return go.Scatter(
        x=list(ended["time"]),
        y=list(ended["without"]),
        mode="markers",
        name=name,
        showlegend=False,
        marker={"symbol": "line-ns", "size": 12, "line": {"color": look.colour, "width": 2}},
        customdata=list(ended["censored"]),
        hovertemplate="%{customdata} not seen beyond %{x:.1f}",
    )


def _at_risk(rows: pd.DataFrame, name: str, ticks: Sequence[float]) -> go.Scatter:
    times = rows.loc[rows["condition"] == name, "time"].to_numpy(dtype=float)
    return go.Scatter(
        x=list(ticks),
        y=[name] * len(ticks),
        mode="text",
        name=name,
        showlegend=False,
        text=[str(int((times >= tick).sum())) for tick in ticks],
        textfont={"size": SMALL},
        hoverinfo="skip",
    )


def _sentence(frame: pd.DataFrame, event: str, unit: str) -> str:
    said = []
    for condition, rows in frame.groupby("condition", sort=False):
        happened, everybody, last = rows["events"].sum(), rows["at_risk"].iloc[0], rows.iloc[-1]
        said.append(f"in {condition} it happened for {happened} of {everybody} within {last['time']:.1f} {unit}")
    return f"Time to {event}: {listed(said)}."
