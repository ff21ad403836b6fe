"""How every figure looks: one template, one colour, marker, dash and pattern per condition, words where there is nothing yet.

A figure is drawn 800 px wide. Printed across a page of two columns (7 inches) its smallest text, 11 px, is 7 pt; what colour says,
a marker, a dash, a pattern or a place says too, so that nothing is lost in black and white.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from analysis.results import SIMULATED_LABEL

WIDTH = 800
SMALL, TEXT, TITLE = 11, 13, 16
"""Sizes of text in px; nothing is smaller than SMALL."""
LEGEND = 34
"""Height of the line between the title and what is drawn, where a legend stands, in px."""
PLOTLY_TITLE = 16
"""The size that Plotly gives the titles of panels."""
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Yellow last: it is faint on white."""
MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down", "x")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", ".", "x", "\\", "-", "|", "+")
INK, GREY, PALE = "#222222", "#777777", "#E6E6E6"
NO_DATA = "There are no data to draw yet."


@dataclass(frozen=True)
class Figure:
    """A figure, the data frame it draws, and one sentence that says what is to be seen for those who cannot see it."""

    figure: go.Figure
    frame: pd.DataFrame
    description: str = ""


@dataclass(frozen=True)
class Look:
    """What stands for one condition (or series) in every figure."""

    colour: str
    marker: str
    dash: str
    pattern: str

    def line(self, width: float = 2) -> dict[str, object]:
        """A line of this look, as Plotly takes it."""
        return {"color": self.colour, "dash": self.dash, "width": width}

    def mark(self, size: float = 9, open: bool = False) -> dict[str, object]:
        """A marker of this look; `open` for the second of two things said about the same condition."""
        symbol = f"{self.marker}-open" if open else self.marker
        return {
            "color": self.colour,
            "symbol": symbol,
            "size": size,
            "line": {"color": self.colour if open else INK, "width": 2 if open else 0.5},
        }


def looks(names: Iterable[str]) -> dict[str, Look]:
    """A look for each name by its place: give conditions in the order of the protocol, and each looks the same everywhere."""
    return {
        name: Look(
            OKABE_ITO[place % len(OKABE_ITO)],
            MARKERS[place % len(MARKERS)],
            DASHES[place % len(DASHES)],
            PATTERNS[place % len(PATTERNS)],
        )
        for place, name in enumerate(names)
    }


def styled(figure: go.Figure, title: str, height: int, simulated: bool = False) -> go.Figure:
    """The figure with its title (which says so where data are simulated), size and the template of all figures."""
    lines = wrapped(f"{title} — {SIMULATED_LABEL}" if simulated else title)
    more = (TITLE + 6) * lines.count("<br>")
    below = 40 + more
    figure.update_layout(
        template=TEMPLATE,
        title={"text": lines, "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 14 + more / 2}},
        width=WIDTH,
        height=height + below + LEGEND,
        margin={"t": below + LEGEND, "l": 70, "r": 24, "b": 60},
        legend={"y": 1 - below / (height + below + LEGEND), "yref": "container", "yanchor": "top"},
        meta={"simulated": simulated},
    )
    figure.update_annotations(font_size=TEXT, selector={"font": {"size": PLOTLY_TITLE}})
    return figure


def finished(figure: go.Figure, frame: pd.DataFrame, sentence: str) -> Figure:
    """A drawn figure with its description."""
    return Figure(figure, frame, _said(sentence, figure.layout.meta["simulated"]))


def empty(title: str, frame: pd.DataFrame, simulated: bool = False) -> Figure:
    """What stands in the place of a figure without data; the frame has its columns and no rows."""
    figure = styled(go.Figure(), title, 160, simulated)
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    figure.add_annotation(text=NO_DATA, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    return Figure(figure, frame, _said(f"{title}: there are no data to draw yet.", simulated))


def wrapped(text: str, width: int = 100) -> str:
    """Text of a protocol as Plotly shows it: broken into lines of at most `width` letters, and never read as markup."""
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(text, width)) or ""


def in_words(unit: str) -> str:
    """A unit as an axis names it: the range of a scale ("1 to 7") is called one."""
    return f"scale {unit}" if unit[:1].isdigit() or unit[:1] in "-−" else unit


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def number(value: float, digits: int = 2) -> str:
    """A number in a sentence; a gap or something endless is called so."""
    return f"{value:.{digits}f}".replace("-", "−") if isfinite(value) else "not known"


def percent(share: float) -> str:
    """A share in a sentence."""
    return f"{100 * share:.0f} %"


def round_steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) that cover from low to high, about `most` of them."""
    rough = (high - low) / most or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [round(index * step, 9) for index in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def _said(sentence: str, simulated: bool) -> str:
    return f"{SIMULATED_LABEL.capitalize()}: {sentence}" if simulated else sentence


def _template() -> go.layout.Template:
    made = go.layout.Template(pio.templates["simple_white"])
    axis = {
        "tickfont": {"size": 12},
        "title": {"font": {"size": TEXT}},
        "automargin": True,
        "gridcolor": PALE,
        "zeroline": False,
    }
    made.layout.update(
        font={"family": "Arial, Helvetica, sans-serif", "size": TEXT, "color": INK},
        title={"font": {"size": TITLE}, "x": 0.01, "xanchor": "left"},
        paper_bgcolor="white",
        plot_bgcolor="white",
        colorway=list(OKABE_ITO),
        legend={"font": {"size": 12}, "orientation": "h", "x": 0, "xanchor": "left", "traceorder": "normal"},
        shapedefaults={"opacity": 1},
        xaxis=axis,
        yaxis={**axis, "showgrid": True},
        annotationdefaults={"font": {"size": 12}},
    )
    return made


TEMPLATE = _template()
