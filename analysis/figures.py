"""The figures of a study, each with the data frame behind it.

Colours are Okabe-Ito, one per condition in the order of the protocol.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from analysis.frames import Frames
from analysis.measures import RATINGS
from analysis.results import Comparison, condition_order, select
from study.instruments import Instrument, Item
from study.protocol import Protocol

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
ENDS = ((213, 94, 0), (230, 230, 230), (0, 114, 178))
"""Vermilion – grey – blue: the lowest, middle and highest answer of a rating."""
DIFFERENCE_COLUMNS = ("measure", "title", "unit", "contrast", "difference", "low", "high", "n")
NO_DATA = "There are no data to draw yet."


@dataclass(frozen=True)
class Figure:
    """A figure and the data frame it draws."""

    figure: go.Figure
    frame: pd.DataFrame


def measure_lines(comparison: Comparison) -> Figure:
    """One thin line per participant, and the mean of each condition with its within-subject 95 % CI.

    The frame is the comparison's description: a row per condition.
    """
    figure = _figure(_title(comparison.measure.title, comparison.selection.label), 440)
    order = list(comparison.conditions)
    for person, rows in comparison.rows.groupby("participant"):
        ordered = rows.set_index("condition")["value"].reindex(order).dropna()
        figure.add_trace(
            go.Scatter(
                x=list(ordered.index),
                y=list(ordered),
                mode="lines+markers",
                name=str(person),
                showlegend=False,
                line={"color": "rgba(120,120,120,0.35)", "width": 1},
                marker={"size": 4},
                hoverinfo="name+y",
            )
        )
    for row in comparison.description.to_dict("records"):
        colour = _colour(order.index(row["condition"]))
        figure.add_trace(
            go.Scatter(
                x=[row["condition"]],
                y=[row["mean"]],
                mode="markers",
                name=str(row["condition"]),
                marker={"color": colour, "size": 12},
                error_y={"array": [row["within_ci"]], "thickness": 2.5, "width": 0, "color": colour},
            )
        )
    figure.update_xaxes(categoryorder="array", categoryarray=order)
    figure.update_yaxes(title=f"{comparison.measure.title} ({comparison.measure.unit})")
    return _finished(figure, comparison.description)


def differences(comparisons: Sequence[Comparison]) -> Figure:
    """Paired differences in raw units with 95 % CI, one panel per measure (estimation plot).

    The frame has a row per measure and contrast: measure, title, unit, contrast, difference, low, high, n.
    """
    shown = [c for c in comparisons if c.contrasts]
    label = shown[0].selection.label if shown else ""
    figure = _figure(_title("Paired differences with 95 % CI", label), 150 + 130 * max(len(shown), 1))
    if shown:
        titles = [f"{c.measure.title} ({c.measure.unit})" for c in shown]
        figure.set_subplots(rows=len(shown), cols=1, subplot_titles=titles)
    rows = [row for comparison in shown for row in _difference_rows(comparison)]
    frame = pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))
    for panel, comparison in enumerate(shown, start=1):
        mine = frame[frame["measure"] == comparison.measure.name][::-1]
        middle = mine["difference"]
        figure.add_trace(
            go.Scatter(
                x=list(middle),
                y=list(mine["contrast"]),
                mode="markers",
                showlegend=False,
                marker={"color": OKABE_ITO[0], "size": 10},
                error_x={
                    "array": list(mine["high"] - middle),
                    "arrayminus": list(middle - mine["low"]),
                    "thickness": 2.5,
                    "width": 0,
                },
            ),
            row=panel,
            col=1,
        )
        figure.add_vline(x=0, line={"color": "#888888", "dash": "dot", "width": 1}, row=panel, col=1)
    return _finished(figure, frame)


def answer_distribution(data: Frames, protocol: Protocol, instrument_id: str) -> Figure:
    """Share of each answer to every rating item of an instrument, one stacked bar per condition.

    The frame has a row per item, condition and answer: item, text, condition, value, count, share.
    """
    instrument = protocol.instrument(instrument_id)
    complete = data.sessions.loc[data.sessions["complete"], "session_id"]
    mine = data.responses[data.responses["instrument"] == instrument_id]
    chosen = select(mine.assign(complete=mine["session_id"].isin(complete)))
    frame = _distribution(chosen.rows, protocol, instrument)
    figure = _figure(_title(f"{instrument.title}: answers", chosen.label), 120 + 26 * max(_bars(frame), 6))
    points = sorted(set(frame["value"]))
    for value in points:
        rows = frame[frame["value"] == value]
        figure.add_trace(
            go.Bar(
                x=list(rows["share"]),
                y=[list(rows["text"]), list(rows["condition"])],
                orientation="h",
                name=f"{value:g}",
                marker={"color": _shade(points, value)},
                customdata=list(rows["count"]),
                hovertemplate="%{y}: answer " + f"{value:g}, " + "%{customdata} times (%{x:.0%})<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack", legend={"traceorder": "normal", "title": "answer"})
    figure.update_xaxes(tickformat=".0%", title="share of answers")
    figure.update_yaxes(autorange="reversed")
    return _finished(figure, frame)


def _difference_rows(comparison: Comparison) -> list[tuple[object, ...]]:
    about = (comparison.measure.name, comparison.measure.title, comparison.measure.unit)
    return [(*about, f"{c.first} − {c.second}", c.difference, c.low, c.high, c.n) for c in comparison.contrasts]


def _distribution(rows: pd.DataFrame, protocol: Protocol, instrument: Instrument) -> pd.DataFrame:
    """Every answer that occurs, for every item and condition: also those nobody gave there."""
    found = []
    items = [item for item in instrument.items if item.type in RATINGS]
    rated = rows[rows["item"].isin([item.id for item in items]) & rows["condition"].notna()]
    points = sorted(set(rated["value"].dropna()))
    for item in items:
        for condition in condition_order(protocol):
            here = (rated["item"] == item.id) & (rated["condition"] == condition)
            counts = rated.loc[here, "value"].value_counts().reindex(points, fill_value=0)
            for value, count in counts.items() if counts.sum() else ():
                share = count / counts.sum()
                found.append((item.id, _item_text(item), condition, float(value), int(count), share))
    return pd.DataFrame(found, columns=["item", "text", "condition", "value", "count", "share"])


def _item_text(item: Item) -> str:
    return item.text if len(item.text) <= 60 else item.text[:59] + "…"


def _bars(frame: pd.DataFrame) -> int:
    return len(frame[["item", "condition"]].drop_duplicates())


def _shade(points: Sequence[float], value: float) -> str:
    """A colour between the ends, by where a value stands among the answers."""
    place = 2 * (value - points[0]) / ((points[-1] - points[0]) or 1)
    low, high = (ENDS[0], ENDS[1]) if place <= 1 else (ENDS[1], ENDS[2])
    part = place if place <= 1 else place - 1
    mixed = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return "rgb({},{},{})".format(*mixed)


def _colour(index: int) -> str:
    return OKABE_ITO[index % len(OKABE_ITO)]


def _title(text: str, label: str) -> str:
    return f"{text} — {label}" if label else text


def _figure(title: str, height: int) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(title=title, height=height, template="simple_white", font={"size": 13})
    return figure


def _finished(figure: go.Figure, frame: pd.DataFrame) -> Figure:
    if frame.empty:
        figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
        figure.add_annotation(text=NO_DATA, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    return Figure(figure, frame)
