"""Boxes, words and arrows on a sheet, in px from its upper left: what a flow diagram is made of."""

from collections.abc import Sequence

import plotly.graph_objects as go

from analysis.figures.style import INK, SMALL, WIDTH, styled

LINE = 15
"""Height of a line of text, in px."""


class Sheet:
    """A drawing that grows downwards; `y` is how far it has come."""

    def __init__(self) -> None:
        self.figure, self.y = go.Figure(), 4.0

    def box(self, x: tuple[float, float], lines: Sequence[str], height: float = 0, left: bool = False) -> float:
        """A box at `y` over this span of x with these lines, centred or from the `left`; gives its lower edge."""
        bottom = self.y + max(height, LINE * len(lines) + 12)
        self.figure.add_shape(
            type="rect",
            x0=x[0],
            x1=x[1],
            y0=self.y,
            y1=bottom,
            line={"color": INK, "width": 1},
            fillcolor="#F4F4F4" if left else "white",
            layer="below",
        )
        self.words(lines, x[0] + 7 if left else sum(x) / 2, (self.y + bottom) / 2, "left" if left else "center")
        return bottom

    def words(self, lines: Sequence[str], x: float, y: float, anchor: str = "center") -> None:
        """Lines of text around a point."""
        text, font = "<br>".join(lines), {"size": SMALL, "color": INK}
        self.figure.add_annotation(text=text, x=x, y=y, xanchor=anchor, align=anchor, showarrow=False, font=font)

    def arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From here to there."""
        self.figure.add_annotation(
            x=end[0],
            y=end[1],
            ax=start[0],
            ay=start[1],
            axref="x",
            ayref="y",
            text="",
            showarrow=True,
            arrowhead=2,
            arrowwidth=1.2,
            arrowcolor=INK,
        )

    def titled(self, title: str, simulated: bool) -> go.Figure:
        """The whole drawing with its title."""
        figure = styled(self.figure, title, round(self.y), simulated)
        top = figure.layout.margin.t - 20
        figure.update_layout(margin={"l": 0, "r": 0, "t": top, "b": 8}, height=top + self.y + 8)
        figure.update_xaxes(visible=False, range=[0, WIDTH])
        figure.update_yaxes(visible=False, range=[self.y + 2, 0])
        return figure
