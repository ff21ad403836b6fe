"""What browsers notice: it comes on its own, beside what participants do, and maybe after the end."""

from collections.abc import Iterable

from sqlalchemy import Engine

from study.database import writing
from study.log import Entry, add_in, append_in, hold, now
from study.under_way import may_still_report


def store_reports(engine: Engine, session_id: str, entries: Iterable[Entry]) -> None:
    """Store reports of a tab, each once however often it is sent. Raises NotFound, and SessionOver (study/under_way.py)."""
    with writing(engine) as db:
        row = hold(db, session_id)
        if may_still_report(row, now()):
            add_in(db, session_id, entries)  # no activity any more
        else:
            append_in(db, session_id, entries)
