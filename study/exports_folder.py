"""Where exports that a page had made lie: one for each study, for every copy of personal data is one too many."""

from pathlib import Path

from sqlalchemy import Engine

from study.act_log import LoggedAct, acts


def exports_folder(data_dir: Path, study_id: str) -> Path:
    """The folder of a study's exports; it may not be there yet."""
    return data_dir / "exports" / study_id


def find_export(engine: Engine, data_dir: Path, study_id: str) -> tuple[LoggedAct, Path] | None:
    """The newest export whose file is still there, and that file."""
    for one in reversed(acts(engine, study_id, "exported")):
        file = exports_folder(data_dir, study_id) / one.act.file
        if one.act.file and file.is_file():
            return one, file
    return None
