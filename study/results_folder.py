"""Where what was computed about a study is kept, and which reports of it there are."""

from pathlib import Path

from sqlalchemy import Engine

from study.act_log import LoggedAct, acts
from study.sealing import Seal

TABLES = ".zip"
"""How the archive of a report's tables ends; before that it is called like the report."""


def results_folder(data_dir: Path, study_id: str) -> Path:
    """The folder of a study's results; it may not be there yet."""
    return data_dir / "results" / study_id


def reports(engine: Engine, study_id: str) -> list[LoggedAct]:
    """Every report that was made, newest first: by whom, when, with how many complete, in which file."""
    return acts(engine, study_id, "report_made")[::-1]


def tables_of(report: LoggedAct) -> str:
    """The name of the archive with the tables of a report; it lies beside it."""
    return str(Path(report.act.file).with_suffix(TABLES))


def is_readable(report: LoggedAct, seal: Seal) -> bool:
    """Whether a report may be shown now: not one with outcomes of people, made while they could be seen, under a seal."""
    return not seal.is_sealed or report.act.sealed or report.act.simulated
