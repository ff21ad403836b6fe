"""With how many participants an effect would be found."""

import pandas as pd
import plotly.graph_objects as go

from analysis.figures.style import INK, Figure, Look, empty, finished, listed, looks, percent, styled

COLUMNS = ("n", "effect", "power", "low", "high")
TITLE = "Power by simulation"


def power_curve(rows: pd.DataFrame, effect: str = "effect", wanted: float = 0.8, simulated: bool = False) -> Figure:
    """Power against the number of participants, a line with intervals of the simulation for each effect.

    `rows`, and the frame: n, effect (a number or name), power, low, high; `effect` says what an effect is and its unit.
    The dotted line is the power that is `wanted`.
    """
    frame = rows[list(COLUMNS)].sort_values(["effect", "n"]).reset_index(drop=True)
    if frame.empty:
        return empty(TITLE, frame, simulated)
    names = [f"{value:g}" if isinstance(value, int | float) else str(value) for value in frame["effect"]]
    figure = go.Figure()
    figure.add_hline(y=wanted, line={"color": INK, "dash": "dot", "width": 1.5}, layer="below")
    for name, look in looks(dict.fromkeys(names)).items():
        figure.add_trace(_curve(frame[pd.Series(names) == name], f"{effect} {name}", look))
    styled(figure, TITLE, 420, simulated)
    figure.update_xaxes(title="participants", tickvals=sorted(set(frame["n"])))
    figure.update_yaxes(title="power", range=[0, 1.03], tickformat=".0%")
    return finished(figure, frame, _sentence(frame, names, effect, wanted))


def _curve(rows: pd.DataFrame, name: str, look: Look) -> go.Scatter:
    return go.Scatter(
        x=list(rows["n"]),
        y=list(rows["power"]),
        mode="lines+markers",
        name=name,
        line=look.line(),
        marker=look.mark(9),
        error_y={
            "array": list(rows["high"] - rows["power"]),
            "arrayminus": list(rows["power"] - rows["low"]),
            "thickness": 1.5,
            "width": 3,
            "color": look.colour,
        },
        hovertemplate="N = %{x}: %{y:.0%}",
    )


def _sentence(frame: pd.DataFrame, names: list[str], effect: str, wanted: float) -> str:
    said = []
    for name, rows in frame.groupby(pd.Series(names), sort=False):
        enough = rows.loc[rows["power"] >= wanted, "n"]
        reached = f"from {enough.min()} participants" if len(enough) else f"with none of up to {rows['n'].max()}"
        said.append(f"{effect} {name} {reached}")
    return f"Power of {percent(wanted)} is reached for {listed(said)}."
