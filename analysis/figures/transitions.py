"""What follows what in the record, per condition."""

from collections.abc import Sequence
from math import nan

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.style import PALE, SMALL, Figure, empty, finished, listed, styled

COLUMNS = ("condition", "kind", "next", "count", "share")
TITLE = "What follows what"
SHADES = [[0, "#FFFFFF"], [1, "#6BAED6"]]
"""From white to a blue upon which black can be read: darker is more also in print."""
CELL, AROUND = 34, 40
"""Height of a cell, and what a matrix needs around its cells, in px."""


def transition_matrices(counts: pd.DataFrame, conditions: Sequence[str], simulated: bool = False) -> Figure:
    """A matrix per condition: each row is a kind of event, each cell the share (and number) of what came next.

    `counts`: condition, kind, next, count. The frame has every pair of kinds that occur, for each condition with any:
    condition, kind, next, count, share (of the row; NaN where the kind was never followed by anything).
    """
    frame = _shares(counts, conditions)
    if frame.empty:
        return empty(TITLE, frame, simulated)
    shown, kinds = list(dict.fromkeys(frame["condition"])), list(dict.fromkeys(frame["kind"]))
    height = CELL * len(kinds)
    figure = make_subplots(
        rows=len(shown),
        cols=1,
        shared_xaxes=True,
        subplot_titles=[f"<b>{name}</b>" for name in shown],
        vertical_spacing=AROUND / (len(shown) * (height + AROUND)),
    )
    for row, name in enumerate(shown, start=1):
        figure.add_trace(_matrix(frame[frame["condition"] == name], kinds), row=row, col=1)
    styled(figure, f"{TITLE}: share (and number) of the next events", len(shown) * (height + AROUND) + 110, simulated)
    figure.update_layout(plot_bgcolor=PALE)  # seen between the cells
    figure.update_coloraxes(colorscale=SHADES, cmin=0, cmax=1, showscale=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, title="event")
    figure.update_xaxes(title="next event", row=len(shown), col=1)
    return finished(figure, frame, _sentence(frame))


def _shares(counts: pd.DataFrame, conditions: Sequence[str]) -> pd.DataFrame:
    known = counts[counts["condition"].isin(list(conditions)) & (counts["count"] > 0)]
    kinds = sorted({*known["kind"], *known["next"]})
    tallied = known.groupby(["condition", "kind", "next"])["count"].sum()
    rows = []
    for condition in (name for name in conditions if name in set(known["condition"])):
        for kind in kinds:
            held = [int(tallied.get((condition, kind, after), 0)) for after in kinds]
            rows += [
                (condition, kind, after, count, count / sum(held) if sum(held) else nan)
                for after, count in zip(kinds, held, strict=True)
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _matrix(rows: pd.DataFrame, kinds: Sequence[str]) -> go.Heatmap:
    shares = rows.pivot(index="kind", columns="next", values="share").reindex(index=kinds, columns=kinds)
    counts = rows.pivot(index="kind", columns="next", values="count").reindex(index=kinds, columns=kinds)
    said = [[_said(shares.at[kind, after], counts.at[kind, after]) for after in kinds] for kind in kinds]
    names = [kind.replace("_", " ") for kind in kinds]
    return go.Heatmap(
        x=[name.replace(" ", "<br>") for name in names],
        y=names,
        z=shares.fillna(0).to_numpy().tolist(),
        text=said,
        texttemplate="%{text}",
        textfont={"size": SMALL, "color": "black"},
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        hovertemplate="%{y} → %{x}: %{text}<extra></extra>",
    )


def _said(share: float, count: int) -> str:
    if not count:
        return ""
    return f"{share:.0%} ({count})" if share >= 0.005 else f"&lt;1% ({count})"


def _sentence(frame: pd.DataFrame) -> str:
    most = frame.loc[frame.groupby("condition", sort=False)["count"].idxmax()]
    said = [
        f"in {row['condition']} {row['kind']} → {row['next']} ({row['count']} times)" for row in most.to_dict("records")
    ]
    return f"Shares of what follows each kind of event; the most frequent pair is {listed(said)}."
