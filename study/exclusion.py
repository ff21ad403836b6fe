"""Marking a participant to be left out of the analysis, with a reason; the analysis says when that was decided."""

from sqlalchemy import Engine
from sqlmodel import Session

from study.act_log import acts_in, record_act_in
from study.acts import ExclusionMarked, ExclusionUnmarked
from study.database import writing
from study.errors import AtelierError
from study.sealing import outcomes_seen_in
from study.session_acts import session_of
from study.studies import held_study
from study.watched import exclusions

KINDS = ("exclusion_marked", "exclusion_unmarked")


def mark(engine: Engine, study_id: str, participant: str, reason: str, by: str) -> None:
    """Leave a participant out of the analysis; nothing changes for them, and nothing of theirs is removed."""
    if not reason.strip():
        raise AtelierError("An exclusion needs a reason; every report says it.")
    with writing(engine) as db:
        study = held_study(db, study_id)
        if participant in _marked(db, study_id, participant):
            raise AtelierError(f"{participant} is marked for exclusion already.")
        seen = outcomes_seen_in(db, study)
        record_act_in(db, study_id, by, ExclusionMarked(participant=participant, reason=reason.strip(), seen=seen))


def unmark(engine: Engine, study_id: str, participant: str, reason: str, by: str) -> None:
    """Analyse a participant after all."""
    if not reason.strip():
        raise AtelierError("Taking an exclusion back needs a reason; it is stored with the record.")
    with writing(engine) as db:
        study = held_study(db, study_id)
        old = _marked(db, study_id, participant).get(participant)
        if old is None:
            raise AtelierError(f"{participant} is not marked for exclusion; there is nothing to take back.")
        seen = outcomes_seen_in(db, study)
        act = ExclusionUnmarked(participant=participant, old=old, reason=reason.strip(), seen=seen)
        record_act_in(db, study_id, by, act)


def _marked(db: Session, study_id: str, participant: str) -> dict[str, str]:
    session_of(db, study_id, participant)
    return exclusions(acts_in(db, study_id, *KINDS))
