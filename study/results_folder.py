"""Where what was computed about a study is kept, and which reports of it there are."""

from pathlib import Path

from sqlalchemy import Engine

from study.act_log import LoggedAct, acts


def results_folder(data_dir: Path, study_id: str) -> Path:
    """The folder of a study's results; it may not be there yet."""
    return data_dir / "results" / study_id


def reports(engine: Engine, study_id: str) -> list[LoggedAct]:
    """Every report that was made, newest first: by whom, when, with how many complete, in which file."""
    return acts(engine, study_id, "report_made")[::-1]
