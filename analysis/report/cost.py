"""What a condition cost and how long its replies took: reported, never tested and never adjusted for."""

from collections.abc import Iterator

from analysis.report.described import columns, descriptive_table
from analysis.report.document import Block, Table
from analysis.report.outcomes import Outcomes

NOT_TESTED = (
    "Latency, tokens and cost come with how a condition is built. They are reported; they are not tested, and no model "
    "adjusts for them, since that would take away part of what the condition does."
)


def cost(of: Outcomes) -> Iterator[Block]:
    """Measures that may not be covariates, by condition."""
    yield NOT_TESTED
    frame = descriptive_table(of)
    frame = frame[[not of.known[name].covariate for name in frame["name"]]].reset_index(drop=True)
    if frame.empty:
        yield "No provider has reported any of them."
        return
    yield Table("cost", "Cost and latency by condition", frame, columns(frame), grouped=2)
