"""What happened in one session, on one axis of time."""

import json
from collections.abc import Callable, Iterator

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.style import SMALL, Figure, Look, empty, finished, looks, styled, wrapped
from analysis.frames import Frames

COLUMNS = ("lane", "what", "condition", "start", "end")
LANES = ("steps", "messages", "replies", "beliefs", "controls", "model calls", "away")
AWAY, BACK = ("blur", "hidden", "leave"), ("focus", "visible")
"""What a browser reports when its page loses the participant's attention, and has it again."""
LONG = 300
"""From so many seconds on, time is shown in minutes."""
SEEN, NAMED = 0.006, 0.11
"""The least part of the session that is drawn as a bar, not as a mark, and that has room for a name."""
Rows = Iterator[tuple[str, str | None, pd.Timestamp, pd.Timestamp]]


def session_timeline(data: Frames, session_id: str, conditions: tuple[str, ...]) -> Figure:
    """Steps as bars; messages, replies, beliefs, controls, model calls and times away from the page in lanes below.

    The frame has a row per bar or mark: lane, what, condition, start, end in seconds since the session started.
    """
    session = data.sessions[data.sessions["session_id"] == session_id]
    frame = _frame(data, session, session_id)
    simulated = bool(session["simulated"].any())
    title = f"Session of {session['participant'].iloc[0]}" if len(session) else "Session"
    if frame.empty:
        return empty(title, frame, simulated)
    figure, span = go.Figure(), frame["end"].max()
    unit = 60 if span > LONG else 1
    known = looks(conditions)
    shown = [name for name in LANES if name in set(frame["lane"])]
    for condition in [*conditions, ""]:
        rows = frame[frame["condition"] == condition]
        look = known.get(condition, Look("#BBBBBB", "circle", "solid", ""))
        if len(rows):
            lasting = (rows["lane"] == "steps") | (rows["end"] - rows["start"] > SEEN * span)
            figure.add_trace(_bars(rows[lasting], condition, look, unit))
            figure.add_trace(_marks(rows[~lasting], condition, look, unit))
    for row in frame[(frame["lane"] == "steps") & (frame["end"] - frame["start"] > NAMED * span)].to_dict("records"):
        named = f"{row['condition']}: {row['what']}" if row["condition"] else row["what"]
        middle = (row["start"] + row["end"]) / 2 / unit
        label = {"bgcolor": "white", "font": {"size": SMALL}, "borderpad": 1}
        figure.add_annotation(text=wrapped(named), x=middle, y=shown[::-1].index("steps"), showarrow=False, **label)
    styled(figure, title, 70 + 46 * len(shown), simulated)
    figure.update_layout(barmode="overlay", bargap=0.35)
    figure.update_xaxes(title=f"time since the session started ({'min' if unit == 60 else 's'})", rangemode="tozero")
    figure.update_yaxes(categoryorder="array", categoryarray=shown[::-1], range=[-0.6, len(shown) - 0.4])
    return finished(figure, frame, _sentence(frame, title))


def _frame(data: Frames, session: pd.DataFrame, session_id: str) -> pd.DataFrame:
    if session.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    zero, end = session["started_at"].iloc[0], _last(data, session_id)
    rows = []
    for lane, read in READ.items():
        frame, make = read
        mine = getattr(data, frame)
        for what, condition, start, stop in make(mine[mine["session_id"] == session_id], end):
            seconds = ((moment - zero).total_seconds() for moment in (start, stop))
            rows.append((lane, what, condition if isinstance(condition, str) else "", *seconds))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _last(data: Frames, session_id: str) -> pd.Timestamp:
    return data.events.loc[data.events["session_id"] == session_id, "at"].max()


def _steps(rows: pd.DataFrame, end: pd.Timestamp) -> Rows:
    for row in rows.dropna(subset=["started_at"]).to_dict("records"):
        finished_at = row["finished_at"]
        named = row["instrument"] if isinstance(row["instrument"], str) else row["kind"]
        yield str(named), row["condition"], row["started_at"], end if pd.isna(finished_at) else finished_at


def _moments(column: str) -> Callable[[pd.DataFrame, pd.Timestamp], Rows]:
    def read(rows: pd.DataFrame, end: pd.Timestamp) -> Rows:
        for row in rows.to_dict("records"):
            yield str(row[column]), row["condition"], row["at"], row["at"]

    return read


def _calls(rows: pd.DataFrame, end: pd.Timestamp) -> Rows:
    """A call is written down when it has ended."""
    for row in rows.to_dict("records"):
        lasted = 0.0 if pd.isna(row["duration_ms"]) else row["duration_ms"]
        yield str(row["purpose"]), row["condition"], row["at"] - pd.Timedelta(milliseconds=lasted), row["at"]


def _away(rows: pd.DataFrame, end: pd.Timestamp) -> Rows:
    """From losing the focus to having it again, or to the end."""
    since: tuple[pd.Timestamp, str | None] | None = None
    for row in rows[rows["kind"] == "client_reported"].sort_values("seq").to_dict("records"):
        what = json.loads(row["payload"])["what"]
        if what in AWAY and since is None:
            since = row["at"], row["condition"]
        elif what in BACK and since is not None:
            yield "away", since[1], since[0], row["at"]
            since = None
    if since is not None:
        yield "away", since[1], since[0], end


READ: dict[str, tuple[str, Callable[[pd.DataFrame, pd.Timestamp], Rows]]] = {
    "steps": ("steps", _steps),
    "messages": ("messages", _moments("message_id")),
    "replies": ("replies", _moments("outcome")),
    "beliefs": ("beliefs", _moments("action")),
    "controls": ("controls", _moments("control")),
    "model calls": ("model_calls", _calls),
    "away": ("events", _away),
}
"""Lane → the frame it is read from, and how."""


def _bars(rows: pd.DataFrame, condition: str, look: Look, unit: int) -> go.Bar:
    return go.Bar(
        x=list((rows["end"] - rows["start"]) / unit),
        base=list(rows["start"] / unit),
        y=list(rows["lane"]),
        orientation="h",
        name=condition or "outside the conditions",
        marker={
            "color": look.colour,
            "line": {"width": 0},
            "pattern": {"shape": look.pattern, "fgcolor": "white", "size": 7, "solidity": 0.25},
        },
        customdata=list(rows["what"]),
        hovertemplate="%{customdata}, from %{base:.2f}<extra></extra>",
    )


def _marks(rows: pd.DataFrame, condition: str, look: Look, unit: int) -> go.Scatter:
    return go.Scatter(
        x=list(rows["start"] / unit),
        y=list(rows["lane"]),
        mode="markers",
        name=condition or "outside the conditions",
        showlegend=False,
        marker=look.mark(8),
        text=list(rows["what"]),
        hovertemplate="%{text}, %{x:.2f}<extra></extra>",
    )


def _sentence(frame: pd.DataFrame, title: str) -> str:
    counts = frame["lane"].value_counts()
    said = ", ".join(f"{counts[lane]} {lane}" for lane in LANES if lane in counts)
    return f"{title} over {frame['end'].max() / 60:.1f} minutes: {said}."
