"""What was answered, item by item."""

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.style import GREY, SMALL, Figure, empty, finished, percent, styled, wrapped
from analysis.frames import Frames
from analysis.results import condition_order, select
from study.instruments import RATED, Instrument, Item
from study.protocol import Protocol

COLUMNS = ("item", "text", "condition", "value", "answer", "count", "share", "start", "place")
ENDS = ((230, 130, 60), (240, 240, 240), (86, 160, 211))
"""Vermilion – grey – blue: the lowest, middle and highest answer, light enough for black numbers upon them."""
MOST_POINTS = 11
"""An item with more points than this (a slider) is shown in five ranges of its scale."""
WIDER = {0: (), 1: (2,), 2: (1, 3), 3: (1, 2, 3), 4: (0, 1, 3, 4)}
"""Which of five ranges get one point more, by how many are left over: so that they stay symmetric."""
LEGIBLE = 0.06
"""The least share whose number fits into its part of a bar."""


def answer_distribution(data: Frames, protocol: Protocol, instrument_id: str) -> Figure:
    """Share of each answer to every rating item of an instrument: one bar per condition, centred on the middle of the scale.

    The frame has a row per item, condition and answer: item, text, condition, value (the lowest of a range), answer (its
    name), count, share, and start: where its part of the bar begins if the middle of the scale is 0.
    """
    instrument = protocol.instrument(instrument_id)
    complete = data.sessions.loc[data.sessions["complete"], "session_id"]
    mine = data.responses[data.responses["instrument"] == instrument_id]
    chosen = select(mine.assign(complete=mine["session_id"].isin(complete)))
    frame, title = _distribution(chosen.rows, protocol, instrument), f"{instrument.title}: answers"
    if frame.empty:
        return empty(title, frame, chosen.simulated)
    bars = _bars(frame)
    figure = go.Figure([_part(frame, bars, answer) for answer in dict.fromkeys(frame.sort_values("value")["answer"])])
    for text, height in bars.groupby("text", sort=False)["height"].min().items():
        figure.add_annotation(
            text=wrapped(str(text), 110),
            xref="paper",
            x=0,
            y=height - 0.9,
            showarrow=False,
            xanchor="left",
            bgcolor="white",
        )
    styled(figure, title, 90 + 25 * round(bars["height"].max() + 1), chosen.simulated)
    reach = 1.04 * max(-frame["start"].min(), (frame["start"] + frame["share"]).max())
    figure.add_vline(x=0, line={"color": GREY, "width": 1, "dash": "dot"}, layer="below")
    figure.update_layout(barmode="overlay", bargap=0.12, legend={"title": {"text": "answer "}})
    marks = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]
    title_below = "share of answers, to the left and right of the middle of the scale"
    figure.update_xaxes(
        title=title_below, range=[-reach, reach], tickvals=marks, ticktext=[f"{abs(m):.0%}" for m in marks]
    )
    figure.update_yaxes(
        tickvals=list(bars["height"]),
        ticktext=list(bars["condition"]),
        range=[bars["height"].max() + 0.6, -0.6],
        showgrid=False,
    )
    return finished(figure, frame, _sentence(frame, instrument))


def _bars(frame: pd.DataFrame) -> pd.DataFrame:
    """Where each bar stands: a row per item and condition, room for the text of an item above its first."""
    bars = frame[["item", "text", "condition"]].drop_duplicates().reset_index(drop=True)
    above = (~bars.duplicated("item")).cumsum()
    return bars.assign(height=bars.index + 1.1 * above - 0.1)


def _part(frame: pd.DataFrame, bars: pd.DataFrame, answer: str) -> go.Bar:
    """One answer in every bar; nothing of it where an item does not offer it."""
    mine = bars.merge(frame[frame["answer"] == answer], on=["item", "text", "condition"], how="left")
    mine = mine.fillna({"share": 0.0, "start": 0.0, "count": 0, "place": 0.5})
    shades = [_shade(place) for place in mine["place"]]
    return go.Bar(
        x=list(mine["share"]),
        base=list(mine["start"]),
        y=list(mine["height"]),
        orientation="h",
        name=answer,
        marker={"color": shades[0] if len(set(shades)) == 1 else shades, "line": {"color": "white", "width": 1}},
        text=[answer if share >= LEGIBLE else "" for share in mine["share"]],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"size": SMALL, "color": "black"},
        constraintext="none",
        customdata=mine[["condition", "count", "share"]].to_numpy().tolist(),
        hovertemplate="%{customdata[0]}: answer "
        + answer
        + ", %{customdata[1]} times (%{customdata[2]:.0%})<extra></extra>",
    )


def _distribution(rows: pd.DataFrame, protocol: Protocol, instrument: Instrument) -> pd.DataFrame:
    """Every answer that an item offers, for every condition with answers: also those nobody gave there."""
    found = []
    for item in (item for item in instrument.items if item.type in RATED):
        for condition in condition_order(protocol):
            values = rows.loc[(rows["item"] == item.id) & (rows["condition"] == condition), "value"].dropna()
            if len(values):
                found.append(_shares(item, condition, values))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def _shares(item: Item, condition: str, values: pd.Series) -> pd.DataFrame:
    ranges = _ranges(item)
    counts = [int(values.between(low, high).sum()) for low, high in ranges]
    shares = pd.Series(counts) / len(values)
    below, middle = divmod(len(ranges), 2)
    left = shares.iloc[:below].sum() + (shares.iloc[below] / 2 if middle else 0)
    return pd.DataFrame(
        {
            "item": item.id,
            "text": item.text,
            "condition": condition,
            "value": [float(low) for low, _ in ranges],
            "answer": [f"{low:g}" if low == high else f"{low:g}–{high:g}" for low, high in ranges],
            "count": counts,
            "share": shares,
            "start": shares.cumsum() - shares - left,
            "place": [index / max(len(ranges) - 1, 1) for index in range(len(ranges))],
        }
    )


def _ranges(item: Item) -> list[tuple[float, float]]:
    """(lowest, highest) point of every part of a bar."""
    points = item.scale()
    if len(points) <= MOST_POINTS:
        return [(point, point) for point in points]
    each, over = divmod(len(points), 5)
    found, start = [], 0
    for index in range(5):
        end = start + each + (index in WIDER[over])
        found.append((points[start], points[end - 1]))
        start = end
    return found


def _shade(place: float) -> str:
    """A colour between the ends, by where an answer stands on its scale (0 to 1)."""
    low, high = (ENDS[0], ENDS[1]) if place <= 0.5 else (ENDS[1], ENDS[2])
    part = 2 * place if place <= 0.5 else 2 * place - 1
    return "rgb({},{},{})".format(*(round(a + (b - a) * part) for a, b in zip(low, high, strict=True)))


def _sentence(frame: pd.DataFrame, instrument: Instrument) -> str:
    items, conditions = frame["item"].nunique(), frame["condition"].nunique()
    most = frame.loc[frame["share"].idxmax()]
    return (
        f"Answers to the {items} rated items of {instrument.title} in {conditions} conditions; the most frequent one is "
        f"{most['answer']} to “{most['text']}” in {most['condition']} ({percent(most['share'])})."
    )
