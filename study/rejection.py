"""A researcher does not count a participant: the record says who decided and why, and the place is free again."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from study.act_log import record_act_in
from study.acts import ParticipantRejected
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.events import SessionEnded, SessionRejected
from study.log import Entry, add_in, hold, now
from study.tables import Sitting

REJECTABLE = ("running", "complete")


def left_behind(engine: Engine, study_id: str, since: datetime) -> list[str]:
    """Simulated participants who are under way and did nothing since then: the process that moved them is gone."""
    query = select(Sitting.participant).where(
        Sitting.study_id == study_id,
        col(Sitting.simulated),
        Sitting.status == "running",
        Sitting.seen_at < since,
    )
    with reading(engine) as db:
        return list(db.exec(query))


def reject(engine: Engine, study_id: str, participant: str, reason: str, by: str) -> None:
    """Reject a participant who is under way or complete; nothing of what they did is removed.

    Raises NotFound, and AtelierError without reason or name or if the session holds no place any more.
    """
    if not (reason.strip() and by.strip()):
        raise AtelierError("A rejection needs a reason and the name of who decides; both are stored with the record.")
    with writing(engine) as db:
        query = select(Sitting.id).where(Sitting.study_id == study_id, col(Sitting.participant) == participant)
        session_id = db.exec(query).one_or_none()
        if session_id is None:
            raise NotFound(f"There is no participant '{participant}' in the study '{study_id}'.")
        # The study before the session, as at enrolment: two who wait for each other would wait for ever.
        record_act_in(db, study_id, by, ParticipantRejected(participant=participant, reason=reason.strip()))
        row = hold(db, session_id)
        if row.status not in REJECTABLE:
            raise AtelierError(f"{participant} holds no place any more ({row.status}); there is nothing to reject.")
        row.status, row.ended_at = "rejected", row.ended_at or now()
        ended = Entry(SessionEnded(ending="rejected"), once_key="session_ended")  # not of one who was complete
        add_in(db, session_id, [Entry(SessionRejected(reason=reason.strip(), by=by.strip())), ended])
