"""What the sections of a report that may show outcomes are made of, computed once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.findings import Finding, confirm, explore
from analysis.frames import Frames
from analysis.inference.estimate import NotEstimable
from analysis.measures import Measure, measures_by_version, registry
from analysis.report.document import Block, Note
from analysis.results import SIMULATED_LABEL, Comparison, compare, condition_order
from analysis.sample import Sample, eligible, sample
from study.design import groups
from study.protocol import Protocol
from study.records import Record
from study.sealing import Seal

MANIPULATION = "manipulation"
"""The family whose hypotheses ask whether the conditions were noticed; they are reported before any outcome."""


@dataclass(frozen=True)
class Outcomes:
    """A study with its measures, whom the plan keeps, and what came of the plan.

    `everybody`: rows of measures before exclusions, `sample` those after them.
    """

    record: Record
    data: Frames
    seal: Seal
    everybody: pd.DataFrame
    sample: Sample
    confirmed: tuple[Finding, ...]
    explored: tuple[Finding, ...]

    @property
    def protocol(self) -> Protocol:
        """The newest version: its plan is the one that is run."""
        return self.record.protocol

    @property
    def label(self) -> str:
        """What every title adds."""
        return SIMULATED_LABEL if self.sample.simulated else ""

    @property
    def conditions(self) -> list[str]:
        """In the order of the protocol."""
        return condition_order(self.protocol)

    @property
    def is_crossover(self) -> bool:
        """Whether a participant meets several conditions."""
        return any(len(group) > 1 for group in groups(self.protocol))

    @cached_property
    def known(self) -> dict[str, Measure]:
        """Every measure by its name."""
        return {measure.name: measure for measure in registry(self.protocol)}

    @cached_property
    def analysed(self) -> Frames:
        """The frames of those who are analysed."""
        return self.data.of_sessions(set(self.sample.rows["session_id"]))

    @cached_property
    def outcomes(self) -> list[str]:
        """Measures of the plan's hypotheses, manipulation checks left out, that some condition has values of.

        Censored times have a section of their own.
        """
        told = [one for one in self.confirmed if not one.measure.censored]
        asked = [one.hypothesis.measure for one in told if one.hypothesis.family != MANIPULATION]
        return [name for name in dict.fromkeys(asked) if name in self.known and len(self.rows(name))]

    def rows(self, measure: str) -> pd.DataFrame:
        """The values of a measure under a condition, one per participant and block."""
        rows = self.sample.rows
        return rows[rows["measure"] == measure].dropna(subset=["value", "condition"])

    def comparison(self, measure: str) -> Comparison:
        """The measure as figures take it. Raises NotEstimable."""
        return compare(self.sample.rows, self.protocol, measure, complete_only=False)


def outcomes_of(record: Record, data: Frames, seal: Seal, advance: Callable[[str], None]) -> Outcomes:
    """Measures, sample, and every hypothesis of the plan run; `advance` is told what is being done."""
    advance("computing the measures")
    measured = measures_by_version(data, record.protocols)
    protocol = record.protocol
    chosen = sample(measured, data, record.protocols, protocol)
    advance("testing the plan's hypotheses")
    confirmed = confirm(chosen, protocol)
    advance("exploring every other measure")
    explored = explore(chosen, protocol)
    everybody = eligible(measured, data)
    return Outcomes(record, data, seal, everybody, chosen, tuple(confirmed), tuple(explored))


def or_why(make: Callable[[], list[Block]], of: str = "") -> list[Block]:
    """What `make` gives, or one sentence on why the data do not allow it. Only a refusal is caught, never a bug."""
    try:
        return make()
    except NotEstimable as error:
        return [Note(f"{of}: {error}" if of else str(error))]
