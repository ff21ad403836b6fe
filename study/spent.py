"""What model calls of a study's finished sessions used up."""

from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, func, select

from study.database import reading
from study.expected import Spent
from study.tables import EventRow, Sitting


def spent(engine: Engine, study_id: str) -> Spent | None:
    """The mean over people who finished, or where nobody did over simulated participants; None where nobody did either.

    Of several models the one with most sessions counts.
    """
    fields = [EventRow.payload[name].as_integer() for name in ("input_tokens", "output_tokens")]  # type: ignore[index]
    sums = [func.coalesce(func.sum(field), 0) for field in fields]
    sessions = func.count(func.distinct(Sitting.id))
    query = (
        select(Sitting.simulated, Sitting.model, sessions, *sums)
        .join(EventRow, (col(EventRow.session_id) == col(Sitting.id)) & (col(EventRow.kind) == "model_called"))
        .where(Sitting.study_id == study_id, Sitting.status == "complete", col(Sitting.preview).is_(False))
        .group_by(col(Sitting.simulated), col(Sitting.model))
        .order_by(col(Sitting.simulated), sessions.desc())
    )
    with reading(engine) as db:
        row: Any = db.exec(query).first()  # type: ignore[call-overload]
    if row is None:
        return None
    simulated, model, count, read, written = row
    return Spent(count, bool(simulated), model, read / count, written / count)
