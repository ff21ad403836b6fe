"""What the first cell of a notebook needs: the study to look at."""

import os

from study.database import open_database
from study.records import Record, load_record
from study.settings import load_settings

DEFAULT_STUDY = "active_vs_passive"


def open_study(name: str | None = None) -> Record:
    """The study `name`, else the one in ATELIER_STUDY, else the demo; says what it holds.

    Raises NotFound naming the known studies.
    """
    record = load_record(
        open_database(load_settings().database), name or os.environ.get("ATELIER_STUDY") or DEFAULT_STUDY
    )
    print(summary(record))
    return record


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
