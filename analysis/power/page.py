"""The power of a protocol on one page: what was assumed, a curve for each hypothesis, the table."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from analysis.figures import Figure, power_curve
from analysis.power.draw import planned
from study.protocol import Protocol

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;font-size:.85em}"
    "td,th{padding:.15rem .5rem;text-align:right;border-bottom:1px solid #ddd}"
)


def curves(protocol: Protocol, table: pd.DataFrame) -> dict[str, Figure]:
    """For each hypothesis: power against the number of participants, a line for each difference.

    No difference at all is drawn only where it is what is to be found.
    """
    same = {one.id for one in planned(protocol) if one.direction == "equivalent"}
    drawn = table[(table["effect"] != 0) | table["hypothesis"].isin(same)]
    return {str(name): power_curve(rows, "difference") for name, rows in drawn.groupby("hypothesis", sort=False)}


def heading(name: str, table: pd.DataFrame) -> str:
    """A hypothesis with its measure, its contrast and the unit of its differences."""
    first = table[table["hypothesis"] == name].iloc[0]
    return f"{name}: {first['measure']}, {first['contrast']} ({first['unit']})"


def power_page(protocol: Protocol, table: pd.DataFrame, said: Sequence[str]) -> str:
    """A page that needs nothing else."""
    title = escape(f"Power of “{protocol.title}”")
    parts = [f"<h1>{title}</h1><ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in said)}</ul>"]
    for number, (name, curve) in enumerate(curves(protocol, table).items()):
        drawn = curve.figure.to_html(full_html=False, include_plotlyjs=number == 0)
        parts.append(f"<h2>{escape(heading(name, table))}</h2>{drawn}<p>{escape(curve.description)}</p>")
    numbers = table.to_html(index=False, border=0, float_format=lambda value: f"{value:.3g}", na_rep="–")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"{''.join(parts)}{numbers}</html>"
    )
