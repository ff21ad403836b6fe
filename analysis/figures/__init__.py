"""The figures of a study, each with the data frame behind it and a sentence that says what is to be seen.

Colours are Okabe-Ito, one per condition in the order of the protocol; what a colour says, a marker, dash, pattern or place says too.
"""

from analysis.figures.answers import answer_distribution
from analysis.figures.calibration import calibration
from analysis.figures.differences import DIFFERENCE_COLUMNS, differences
from analysis.figures.estimation import estimation
from analysis.figures.flow import participant_flow
from analysis.figures.flow_counts import flow_counts
from analysis.figures.lines import measure_lines
from analysis.figures.order import order_effects
from analysis.figures.panel import Panel, panels
from analysis.figures.power import power_curve
from analysis.figures.ranking import preference_ranking
from analysis.figures.reliability import reliability
from analysis.figures.style import NO_DATA, OKABE_ITO, Figure
from analysis.figures.time_to_event import time_to_event
from analysis.figures.timeline import session_timeline
from analysis.figures.transitions import transition_matrices

__all__ = [
    "DIFFERENCE_COLUMNS",
    "NO_DATA",
    "OKABE_ITO",
    "Figure",
    "Panel",
    "answer_distribution",
    "calibration",
    "differences",
    "estimation",
    "flow_counts",
    "measure_lines",
    "order_effects",
    "panels",
    "participant_flow",
    "power_curve",
    "preference_ranking",
    "reliability",
    "session_timeline",
    "time_to_event",
    "transition_matrices",
]
