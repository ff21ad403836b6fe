"""What a researcher does to one session under way: free its place, give it time, write a note, finish its step.

Each act is one transaction: what it changes, an event in the record of the session, and an act in that of the study, both
with the researcher's name. None of them is an activity of the participant.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from study import acts
from study.act_log import record_act_in
from study.database import writing
from study.errors import AtelierError, NotFound
from study.events import MovedOn, NoteSent, PlaceFreed, RetryRequested, TaskFinished, TimeExtended
from study.extension import minutes_added
from study.flow import Step
from study.log import Entry, add_in, events_in, hold, is_stored, new_id, now, place_of
from study.progress import due_in, pass_over
from study.protocol import Protocol
from study.tables import Sitting, Study
from study.under_way import is_reserved

NOTE_LIMIT = 500
MOST_MINUTES = 600.0
Change = Callable[[Session, Sitting], tuple[acts.ActBase, Sequence[Entry]]]


def free_place(engine: Engine, study_id: str, participant: str, reason: str, by: str) -> None:
    """Give the place of somebody under way to others; they may go on, and count again once they are complete."""
    why = _needed(reason, "Freeing a place needs a reason; it is stored with the record.")

    def change(_db: Session, row: Sitting) -> tuple[acts.ActBase, Sequence[Entry]]:
        if row.freed_at is not None or not is_reserved(row, now()):
            raise AtelierError(f"{participant} holds no place any more; there is nothing to free.")
        row.freed_at = now()
        return acts.PlaceFreed(participant=participant, reason=why), [Entry(PlaceFreed(reason=why, by=by.strip()))]

    _act(engine, study_id, participant, by, change)


def extend_time(
    engine: Engine, protocol: Protocol, study_id: str, participant: str, minutes: float, by: str, whole: bool = False
) -> None:
    """Give more time for the step that is due, or with `whole` for it and every later one; the place is kept as long.

    Raises AtelierError for a step without a limit unless it is `whole`, and for minutes that are none.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise AtelierError(f"Time is extended by more than 0 and at most {MOST_MINUTES:g} minutes.")

    def change(db: Session, row: Sitting) -> tuple[acts.ActBase, Sequence[Entry]]:
        step = _due(db, protocol, row)
        if not whole and not is_limited(protocol, step):
            raise AtelierError(
                f"The step {participant} is at has no time limit. Extend the whole session to keep their place for longer."
            )
        old = minutes_added(events_in(db, row.id, ("time_extended",)), step.id)
        row.reserved_until = _kept_until(row) + timedelta(minutes=minutes)
        event = TimeExtended(minutes=minutes, whole=whole, old=old, new=old + minutes, by=by.strip())
        act = acts.TimeExtended(participant=participant, step=step.id, whole=whole, old=old, new=old + minutes)
        return act, [Entry(event, place_of(step))]

    _act(engine, study_id, participant, by, change)


def send_note(engine: Engine, study_id: str, participant: str, text: str, by: str) -> None:
    """Write to somebody under way; the note stands on their page, whichever it is, until they put it away."""
    said = _needed(text, "A note needs a text.")
    if len(said) > NOTE_LIMIT:
        raise AtelierError(f"A note has at most {NOTE_LIMIT} characters; this one has {len(said)}.")

    def change(_db: Session, _row: Sitting) -> tuple[acts.ActBase, Sequence[Entry]]:
        note = new_id()
        event = NoteSent(note_id=note, text=said, by=by.strip())
        return acts.NoteSent(participant=participant, note_id=note), [Entry(event)]

    _act(engine, study_id, participant, by, change)


def move_on(engine: Engine, protocol: Protocol, study_id: str, participant: str, reason: str, by: str) -> None:
    """Finish the step at which somebody is stuck, as their own button would.

    Only where nothing is asked: a questionnaire that was passed over would look like one that was answered with nothing, and
    nobody consents for somebody else. Raises AtelierError there.
    """
    why = _needed(reason, "Moving somebody on needs a reason; it is stored with the record.")

    def change(db: Session, row: Sitting) -> tuple[acts.ActBase, Sequence[Entry]]:
        step = _due(db, protocol, row)
        if not may_move_on(step):
            raise AtelierError(
                f"{participant} is at a step of the kind “{step.kind.replace('_', ' ')}”, which only they can finish. "
                "Send a note, or extend the time."
            )
        over = [TaskFinished(task=step.task or "", by="researcher")] if step.kind == "task" else []
        pass_over(db, protocol, row.id, step, MovedOn(reason=why, by=by.strip()), *over)
        return acts.MovedOn(participant=participant, step=step.id, reason=why), []

    _act(engine, study_id, participant, by, change)


def offer_reply(engine: Engine, study_id: str, participant: str, step: Step, failed: tuple[str, str], by: str) -> None:
    """Ask for a failed reply once more, as the participant's own button would; `failed`: message id and turn id."""
    message_id, turn_id = failed
    key = f"retry:{turn_id}"

    def change(db: Session, row: Sitting) -> tuple[acts.ActBase, Sequence[Entry]]:
        if is_stored(db, row.id, key):
            raise AtelierError("This reply is being tried again already.")
        event = RetryRequested(message_id=message_id, turn_id=turn_id, by=by.strip())
        return acts.ReplyOffered(participant=participant, step=step.id), [Entry(event, place_of(step), key)]

    _act(engine, study_id, participant, by, change)


def may_move_on(step: Step) -> bool:
    """Whether a step asks for nothing that only its participant can give."""
    return step.kind in ("welcome", "instructions", "break", "task")


def is_limited(protocol: Protocol, step: Step) -> bool:
    """Whether a participant sees a clock at this step, which more time would change."""
    of_task = step.kind == "task" and protocol.task_rule.max_minutes is not None
    return of_task or step.time_limit is not None or (step.hours is not None and step.hours[1] is not None)


def session_of(db: Session, study_id: str, participant: str) -> str:
    """The id of a participant's session. Raises NotFound."""
    query = select(Sitting.id).where(Sitting.study_id == study_id, col(Sitting.participant) == participant)
    found = db.exec(query).one_or_none()
    if found is None:
        raise NotFound(f"There is no participant '{participant}' in the study '{study_id}'.")
    return found


def _act(engine: Engine, study_id: str, participant: str, by: str, change: Change) -> None:
    """Hold the study, then the session, as at enrolment: two who wait for each other would wait for ever."""
    with writing(engine) as db:
        session_id = session_of(db, study_id, participant)
        db.exec(select(Study.id).where(Study.id == study_id).with_for_update()).one()
        row = hold(db, session_id)
        if row.status != "running":
            raise AtelierError(
                f"The session of {participant} is over ({row.status}); nothing can be done to it any more."
            )
        act, entries = change(db, row)
        record_act_in(db, study_id, by, act)
        add_in(db, session_id, entries)
        db.add(row)


def _due(db: Session, protocol: Protocol, row: Sitting) -> Step:
    step = due_in(db, protocol, row.id)
    if step is None:
        raise AtelierError(f"Nothing is due any more for {row.participant}.")
    return step


def _kept_until(row: Sitting) -> datetime:
    active_until = row.seen_at + timedelta(minutes=row.reservation_minutes)
    return max(now(), active_until, row.reserved_until or active_until)


def _needed(text: str, without: str) -> str:
    if not text.strip():
        raise AtelierError(without)
    return text.strip()
