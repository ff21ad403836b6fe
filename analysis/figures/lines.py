"""Values of every participant across the conditions."""

import plotly.graph_objects as go

from analysis.figures.style import Figure, Look, empty, finished, in_words, listed, looks, number, styled, wrapped
from analysis.results import Comparison


def measure_lines(comparison: Comparison) -> Figure:
    """One thin line per participant, and the mean of each condition with its within-subject 95 % CI.

    The frame is the comparison's description: a row per condition.
    """
    measure, described = comparison.measure, comparison.description
    if described.empty:
        return empty(measure.title, described, comparison.selection.simulated)
    figure, order = go.Figure(), list(comparison.conditions)
    for person, rows in comparison.rows.groupby("participant"):
        values = rows.set_index("condition")["value"].reindex(order).dropna()
        figure.add_trace(_person(str(person), list(values.index), list(values)))
    for row in described.to_dict("records"):
        figure.add_trace(_mean(row["condition"], row["mean"], row["within_ci"], looks(order)[row["condition"]]))
    styled(figure, measure.title, 400, comparison.selection.simulated)
    shown = [name for name in order if name in set(described["condition"])]
    figure.update_xaxes(title="condition", categoryorder="array", categoryarray=shown)
    figure.update_yaxes(title=wrapped(f"{measure.title} ({in_words(measure.unit)})", 52))
    return finished(figure, described, _sentence(comparison))


def _person(name: str, conditions: list[str], values: list[float]) -> go.Scatter:
    return go.Scatter(
        x=conditions,
        y=values,
        mode="lines+markers",
        name=name,
        showlegend=False,
        line={"color": "rgba(120,120,120,0.4)", "width": 1},
        marker={"size": 4},
        hoverinfo="name+y",
    )


def _mean(condition: str, mean: float, half: float, look: Look) -> go.Scatter:
    return go.Scatter(
        x=[condition],
        y=[mean],
        mode="markers",
        name=condition,
        showlegend=False,
        marker=look.mark(9),
        error_y={"array": [half], "thickness": 3, "width": 5, "color": look.colour},
    )


def _sentence(comparison: Comparison) -> str:
    means = [f"{number(row['mean'])} in {row['condition']}" for row in comparison.description.to_dict("records")]
    people = comparison.rows["participant"].nunique()
    return (
        f"{comparison.measure.title} ({in_words(comparison.measure.unit)}), one line for each of {people} participants; "
        f"the mean is {listed(means)}."
    )
