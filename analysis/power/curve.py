"""The curve of power: one panel per hypothesis, one line per number of participants."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures import OKABE_ITO
from analysis.power.table import WANTED
from study.protocol import Protocol

PANEL, ACROSS = 260, 2
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;font-size:.85em}td,th{padding:.15rem .5rem;text-align:right;border-bottom:1px solid #ddd}"
)


def power_curve(table: pd.DataFrame) -> go.Figure:
    """Power against the planted effect with Wilson intervals, from `power.table.power_table`."""
    names = list(dict.fromkeys(table["hypothesis"]))
    down = -(-len(names) // ACROSS)
    titles = [_title(table[table["hypothesis"] == name]) for name in names]
    figure = make_subplots(down, ACROSS, subplot_titles=titles, vertical_spacing=0.35 / down)
    for place, name in enumerate(names):
        row, column = place // ACROSS + 1, place % ACROSS + 1
        of_name = table[table["hypothesis"] == name]
        for number, (n, rows) in enumerate(of_name.groupby("n")):
            ordered = rows.sort_values("effect")
            trace = go.Scatter(
                x=ordered["effect"],
                y=ordered["power"],
                error_y={"array": ordered["high"] - ordered["power"], "arrayminus": ordered["power"] - ordered["low"]},
                mode="lines+markers",
                name=f"{n} participants",
                legendgroup=str(n),
                showlegend=place == 0,
                marker={"color": OKABE_ITO[number % len(OKABE_ITO)], "symbol": number},
            )
            figure.add_trace(trace, row, column)
        figure.add_hline(WANTED, line={"dash": "dot", "color": "#777"}, row=row, col=column)
        figure.update_xaxes(title=f"difference ({of_name['unit'].iloc[0]})", row=row, col=column)
    figure.update_yaxes(range=[0, 1.02], title="power")
    figure.update_layout(
        template="plotly_white", height=PANEL * down + 120, margin={"t": 60}, legend={"orientation": "h"}
    )
    return figure


def power_page(protocol: Protocol, table: pd.DataFrame, said: list[str]) -> str:
    """One self-contained HTML page: what was assumed, the curve, the table."""
    drawn = power_curve(table).to_html(full_html=False, include_plotlyjs=True)
    listed = "".join(f"<li>{escape(sentence)}</li>" for sentence in said)
    numbers = table.to_html(index=False, border=0, float_format=lambda value: f"{value:.3g}", na_rep="–")
    title = escape(f"Power of “{protocol.title}”")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><ul>{listed}</ul>{drawn}{numbers}</html>"
    )


def _title(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    return f"{first['hypothesis']}: {first['measure']}, {first['contrast']}"
