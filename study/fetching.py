"""Who took away what was made of a study: noted at the doors, the first time that somebody fetches a file or reads it."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from study.act_log import LoggedAct, acts, acts_in, record_act_in
from study.acts import FileFetched
from study.database import reading, writing
from study.results_folder import tables_of


def note_fetched(engine: Engine, study_id: str, by: str, act: FileFetched) -> None:
    """Write the act, unless the same person has fetched this file so before."""
    with reading(engine) as db:
        if _is_noted(db, study_id, by, act):
            return
    with writing(engine) as db:
        if not _is_noted(db, study_id, by, act):
            record_act_in(db, study_id, by, act)


def taken_away(engine: Engine, study_id: str, since: datetime | None = None) -> list[LoggedAct]:
    """Exports that were made, and files that somebody fetched, in order; `since`: only what holds data of after that."""
    known = acts(engine, study_id, "exported", "report_made", "file_fetched")
    fresh = [one for one in known if since is None or one.at >= since]
    made = {one.act.file for one in fresh if one.kind != "file_fetched"}
    made |= {tables_of(one) for one in fresh if one.kind == "report_made"}
    fetched = {one.id for one in fresh if one.kind == "file_fetched" and not one.act.read and one.act.file in made}
    return [one for one in fresh if one.kind == "exported" or one.id in fetched]


def _is_noted(db: Session, study_id: str, by: str, act: FileFetched) -> bool:
    return any(one.by == by and one.act == act for one in acts_in(db, study_id, "file_fetched"))
