"""What the first cell of a notebook needs: the study to look at, and whether its results may be seen."""

import os
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.asked import pairs
from analysis.frames import Frames, frames
from analysis.measures import measure_names, measures_by_version, registry
from analysis.results import SIMULATED_LABEL, condition_order
from analysis.sample import Sample, eligible, sample
from study.database import open_database
from study.errors import AtelierError
from study.protocol import Protocol
from study.records import Record, load_record
from study.sealing import seal_of_record, sentences
from study.settings import load_settings

DEFAULT_STUDY = "active_vs_passive"


class ResultsSealed(AtelierError):
    """Outcomes by condition may not be seen yet. A notebook stops here and shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]


@dataclass(frozen=True)
class Opened:
    """A study as a notebook looks at it: its record, its frames, and what follows from them."""

    record: Record
    data: Frames

    @property
    def protocol(self) -> Protocol:
        """The newest version."""
        return self.record.protocol

    @property
    def conditions(self) -> list[str]:
        """As the protocol orders them."""
        return condition_order(self.protocol)

    @property
    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """The pairs that the protocol compares, first minus second."""
        return pairs(self.protocol)

    @property
    def primary(self) -> list[str]:
        """The measures of the plan."""
        return measure_names(self.protocol, self.protocol.analysis.primary)

    @property
    def rankings(self) -> list[str]:
        """The measures whose values are places of conditions."""
        return [measure.name for measure in registry(self.protocol) if measure.unit == "rank"]

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure of every session, each by the version of the protocol that it ran on."""
        return measures_by_version(self.data, self.record.protocols)

    @cached_property
    def everybody(self) -> pd.DataFrame:
        """The rows of measures before anybody is excluded."""
        return eligible(self.measures, self.data)

    @cached_property
    def sample(self) -> Sample:
        """Those that are analysed."""
        return sample(self.measures, self.data, self.record.protocols, self.protocol)

    @cached_property
    def analysed(self) -> Frames:
        """The frames of the sessions that are analysed."""
        return self.data.of_sessions(set(self.sample.rows["session_id"]))

    @property
    def label(self) -> str:
        """What stands above every number: whose data these are."""
        return SIMULATED_LABEL if self.sample.simulated else "data of people"


def open_study(name: str | None = None) -> Opened:
    """The study `name`, else the one in ATELIER_STUDY, else the demo; says what it holds.

    Raises NotFound naming the known studies.
    """
    wanted = name or os.environ.get("ATELIER_STUDY") or DEFAULT_STUDY
    record = load_record(open_database(load_settings().database), wanted)
    print(summary(record))
    return Opened(record, frames(record))


def open_results(name: str | None = None) -> Opened:
    """The same, to look at outcomes by condition. Raises ResultsSealed while the study collects, and says every earlier look."""
    opened = open_study(name)
    seal = seal_of_record(opened.record)
    if seal.is_sealed:
        raise ResultsSealed(f"{sentences(seal)[0]} They open when the study is closed, or are unsealed with a reason.")
    print("\n".join(sentences(seal)))
    return opened


def summary(record: Record) -> str:
    """One sentence on how much there is to analyse."""
    real = [row for row in record.sessions if not row.simulated]
    complete = sum(row.status == "complete" for row in real)
    simulated = len(record.sessions) - len(real)
    if not record.sessions:
        return f"Study '{record.study.id}' has no sessions yet, so the tables and figures below are empty."
    people = f"{len(real)} sessions of people ({complete} complete)"
    text = f"Study '{record.study.id}': {people}, {simulated} simulated."
    return text if complete else f"{text} No person has completed it yet: comparisons use simulated data."
