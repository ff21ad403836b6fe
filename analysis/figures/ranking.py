"""Which condition was preferred."""

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.style import SMALL, Figure, empty, finished, listed, percent, styled
from analysis.results import Comparison

COLUMNS = ("condition", "place", "count", "share")
DARK, LIGHT = (0, 73, 120), (222, 235, 247)
"""First and last place: darker is better, also in print."""


def preference_ranking(comparison: Comparison) -> Figure:
    """Shares of the places that each condition was given, first on the left. `comparison`: of a measure whose values are places.

    The frame has a row per condition and place, also those never given: condition, place (1 = first), count, share.
    """
    frame = _places(comparison)
    if frame.empty:
        return empty(comparison.measure.title, frame, comparison.selection.simulated)
    figure, last = go.Figure(), int(frame["place"].max())
    for place, rows in frame.groupby("place", sort=True):
        figure.add_trace(_part(rows, int(str(place)), last))
    shown = list(dict.fromkeys(frame["condition"]))
    styled(figure, comparison.measure.title, 100 + 54 * len(shown), comparison.selection.simulated)
    figure.update_layout(barmode="stack", bargap=0.25)
    figure.update_xaxes(title="share of participants", tickformat=".0%", range=[0, 1])
    figure.update_yaxes(categoryorder="array", categoryarray=shown[::-1], showgrid=False)
    return finished(figure, frame, _sentence(frame))


def _places(comparison: Comparison) -> pd.DataFrame:
    rows, found = comparison.rows.dropna(subset=["value"]), []
    places = range(1, int(rows["value"].max()) + 1) if len(rows) else ()
    for condition in comparison.conditions:
        held = rows.loc[rows["condition"] == condition, "value"]
        for place in places if len(held) else ():
            count = int((held == place).sum())
            found.append((condition, place, count, count / len(held)))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _part(rows: pd.DataFrame, place: int, last: int) -> go.Bar:
    part = (place - 1) / max(last - 1, 1)
    shade = tuple(round(dark + (light - dark) * part) for dark, light in zip(DARK, LIGHT, strict=True))
    return go.Bar(
        x=list(rows["share"]),
        y=list(rows["condition"]),
        orientation="h",
        name=_ordinal(place),
        marker={"color": f"rgb{shade}", "line": {"color": "white", "width": 1}},
        text=[
            f"{share:.0%} ({count})" if count else "" for share, count in zip(rows["share"], rows["count"], strict=True)
        ],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"size": SMALL, "color": "white" if part < 0.5 else "black"},
        constraintext="none",
        hovertemplate="%{y}: %{text}<extra>" + _ordinal(place) + "</extra>",
    )


def _ordinal(place: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(place, f"{place}th") + " place"


def _sentence(frame: pd.DataFrame) -> str:
    first = frame[frame["place"] == 1]
    said = [f"{row['condition']} by {row['count']} ({percent(row['share'])})" for row in first.to_dict("records")]
    return f"Ranking of the conditions; put first: {listed(said)}."
