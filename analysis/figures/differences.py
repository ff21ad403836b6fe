"""Paired differences of measures, straight from their comparisons."""

from collections.abc import Sequence

from analysis.comparisons import Contrast
from analysis.figures.estimation import estimation
from analysis.figures.panel import Panel
from analysis.figures.style import Figure
from analysis.inference.estimate import Estimate
from analysis.results import Comparison

DIFFERENCE_COLUMNS = ("measure", "title", "unit", "contrast", "difference", "low", "high", "n")


def differences(comparisons: Sequence[Comparison]) -> Figure:
    """Paired differences in raw units with 95 % CI, one panel per measure.

    The frame has a row per measure and contrast: measure, title, unit, contrast, difference, low, high, n.
    """
    shown = [c for c in comparisons if c.contrasts]
    simulated = any(c.selection.simulated for c in shown)
    panels = [Panel(c.measure.title, c.measure.unit, [_paired(x) for x in c.contrasts]) for c in shown]
    drawn = estimation(panels, simulated, "Paired differences with 95 % CI")
    measures = [c.measure.name for c in shown for _ in c.contrasts]
    frame = drawn.frame.assign(measure=measures).rename(columns={"estimate": "difference"})
    return Figure(drawn.figure, frame[list(DIFFERENCE_COLUMNS)], drawn.description)


def _paired(contrast: Contrast) -> Estimate:
    c = contrast
    return Estimate(c.first, c.second, c.n, c.difference, "paired t", low=c.low, high=c.high)
