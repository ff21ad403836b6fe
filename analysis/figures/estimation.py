"""Estimates of differences with their intervals (estimation plots): no stars, the width of an interval is the message."""

from collections.abc import Sequence
from math import ceil, floor, log10

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.panel import ESTIMATE_COLUMNS, Panel
from analysis.figures.style import (
    GREY,
    OKABE_ITO,
    SMALL,
    Figure,
    empty,
    finished,
    in_words,
    listed,
    number,
    percent,
    round_steps,
    styled,
    wrapped,
)

ROW, AROUND, LINE = 34, 90, 18
"""Height of one contrast, what a panel needs around its contrasts, and each further line of text there, in px."""
TITLE_LETTERS, METHOD_LETTERS = 60, 42
"""Letters in a line of a panel's title and of the name of a method."""
WIDE = 3
"""Orders of magnitude beyond which only powers of ten are named."""
OPEN = {
    (False, False): "",
    (True, False): "no lower bound",
    (False, True): "no upper bound",
    (True, True): "no interval",
}
"""What is said where (lower, upper) bounds are missing."""
TOLD = 4
"""How many differences a description tells one by one."""


def estimation(
    panels: Sequence[Panel], simulated: bool = False, title: str = "Differences with their intervals"
) -> Figure:
    """Each contrast, first minus second, as a dot with its interval; its twin beside it.

    Differences of logarithms are shown as ratios (odds, rate, hazard) on a logarithmic axis, where 1 is no difference.
    The frame has a row per panel and estimate: ESTIMATE_COLUMNS.
    Raises ValueError where the estimates of a panel are on several scales.
    """
    shown = [panel for panel in panels if panel.estimates]
    parts = {(row, 1): panel.rows() for row, panel in enumerate(shown, start=1)}
    parts |= {(row, 2): panel.rows(twin=True) for row, panel in enumerate(shown, start=1) if panel.twins}
    ordered = [parts[place] for place in sorted(parts)]
    if not ordered:
        return empty(title, pd.DataFrame(columns=list(ESTIMATE_COLUMNS)), simulated)
    columns = max(column for _, column in parts)
    around = AROUND + LINE * _more_lines(shown, columns)
    figure = _panels(shown, columns, around)
    for (row, column), rows in parts.items():
        twin = parts.get((row, 3 - column), rows)
        together = _scale(twin) == _scale(rows)
        _draw(figure, rows, pd.concat([rows, twin]) if together else rows, row, column)
        if columns == 2:
            _add_method(figure, shown[row - 1], row, column)
    styled(figure, title, sum(ROW * len(panel.estimates) + around for panel in shown), simulated)
    figure.update_layout(margin={"b": around - 30})
    frame = pd.concat(ordered, ignore_index=True)
    return finished(figure, frame, _sentence(frame))


def _scale(rows: pd.DataFrame) -> str:
    return str(rows["scale"].iloc[0])


def _more_lines(shown: Sequence[Panel], columns: int) -> int:
    """How many lines the titles and methods of a panel need beyond one title, at most."""
    titles = max(wrapped(panel.title, TITLE_LETTERS).count("<br>") for panel in shown)
    methods = [wrapped(panel.method(twin), METHOD_LETTERS) for panel in shown for twin in (False, True)]
    return titles + (1 + max(method.count("<br>") for method in methods) if columns == 2 else 0)


def _panels(shown: Sequence[Panel], columns: int, around: int) -> go.Figure:
    heights = [ROW * len(panel.estimates) for panel in shown]
    titles = [
        text
        for panel in shown
        for text in (f"<b>{wrapped(panel.title, TITLE_LETTERS)}</b>", panel.beside if panel.twins else "")
    ]
    return make_subplots(
        rows=len(shown),
        cols=columns,
        row_heights=heights,
        vertical_spacing=around / (sum(heights) + around * (len(shown) - 1)) if len(shown) > 1 else 0,
        horizontal_spacing=0.05,
        column_widths=[0.56, 0.44] if columns == 2 else None,
        subplot_titles=titles if columns == 2 else titles[::2],
    )


def _draw(figure: go.Figure, rows: pd.DataFrame, spanned: pd.DataFrame, row: int, column: int) -> None:
    """One panel; `spanned` are the rows that the axis must hold, those of a twin on the same scale too."""
    place, ratio = {"row": row, "col": column}, _scale(rows) != "raw"
    figure.add_trace(_dots(rows), **place)
    figure.add_vline(x=1 if ratio else 0, line={"color": GREY, "dash": "dot", "width": 1.5}, **place)
    unit = str(rows["unit"].iloc[0])
    title = f"{_scale(rows)} (log axis)" if ratio else f"{rows['effect'].iloc[0]} ({in_words(unit)})"
    low, high = _range(spanned, ratio)
    figure.update_xaxes(title={"text": title, "standoff": 4}, range=[low, high], **place)
    if ratio:
        figure.update_xaxes(type="log", tickvals=_ratio_marks(low, high), tickformat="~g", **place)
    labels = [f"{c}  (n = {n})" for c, n in zip(rows["contrast"], rows["n"], strict=True)] if column == 1 else []
    marks = list(range(len(rows)))
    figure.update_yaxes(tickvals=marks, ticktext=labels or [""] * len(rows), **place)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], showgrid=False, **place)


def _dots(rows: pd.DataFrame) -> go.Scatter:
    twin, colour = bool(rows["twin"].iloc[0]), OKABE_ITO[0]
    return go.Scatter(
        x=list(rows["estimate"]),
        y=list(range(len(rows))),
        mode="markers+text",
        text=[OPEN[low, high] for low, high in zip(rows["low"].isna(), rows["high"].isna(), strict=True)],
        textposition="top center",
        textfont={"size": SMALL},
        showlegend=False,
        marker={
            "color": colour,
            "symbol": "square-open" if twin else "circle",
            "size": 10,
            "line": {"width": 2 if twin else 0, "color": colour},
        },
        error_x={
            "array": list(rows["high"] - rows["estimate"]),
            "arrayminus": list(rows["estimate"] - rows["low"]),
            "thickness": 2.5,
            "width": 0,
            "color": colour,
        },
        customdata=rows[["contrast", "low", "high", "n"]].to_numpy().tolist(),
        hovertemplate="%{customdata[0]}: %{x:.2f} [%{customdata[1]:.2f}, %{customdata[2]:.2f}], "
        "n = %{customdata[3]}<extra></extra>",
    )


def _add_method(figure: go.Figure, panel: Panel, row: int, column: int) -> None:
    axis = next(figure.select_xaxes(row=row, col=column))
    said = wrapped(panel.method(column == 2), METHOD_LETTERS)
    axis.title.text = f"{axis.title.text}<br><span style='font-size:{SMALL}px'>{said}</span>"


def _range(rows: pd.DataFrame, ratio: bool) -> tuple[float, float]:
    """From the lowest to the highest bound and "no difference", with some room; of a ratio as Plotly wants it, in log10."""
    values = rows[["estimate", "low", "high"]].to_numpy(dtype=float).ravel()
    values = np.append(values[np.isfinite(values)], 1.0 if ratio else 0.0)
    low, high = (log10(v) if ratio else float(v) for v in (values.min(), values.max()))
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room


def _ratio_marks(low: float, high: float) -> list[float]:
    """Round ratios between two logarithms: 1, 2 and 5 of each power of ten, or evenly where there is little between."""
    if high - low < log10(6):
        return [mark for mark in round_steps(10**low, 10**high) if 10**low <= mark <= 10**high]
    powers = range(floor(low), ceil(high) + 1)
    each = (1, 2, 5) if high - low < WIDE else (1,)
    return [factor * 10.0**power for power in powers for factor in each if low <= log10(factor) + power <= high]


def _sentence(frame: pd.DataFrame) -> str:
    main = frame[~frame["twin"]]
    told = [
        f"{row['contrast']} in {row['title']} {number(row['estimate'])} [{number(row['low'])}, {number(row['high'])}]"
        for row in main.head(TOLD).to_dict("records")
    ]
    more = [f"{len(main) - TOLD} more"] if len(main) > TOLD else []
    level = " or ".join(percent(level) for level in sorted(set(main["level"])))
    return f"Differences with {level} intervals: {listed([*told, *more])}."
