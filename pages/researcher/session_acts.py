"""What the buttons of the monitor do: each asks once more whether the researcher may, for the page may be old."""

from memory.conversation import Desk
from pages.researcher import acts, who
from pages.runtime import protocol_in, runtime, tell_changed, worker
from pages.shared import visit
from study import exclusion, progress, rejection, session_acts
from study.errors import AtelierError
from study.protocol import Protocol
from study.tables import Sitting

SET = {
    "open": "The study is open.",
    "paused": "The study is paused: nobody new comes in, and who has begun can finish.",
    "closed": "The study is closed.",
}
DONE, ROUND = "watch-done", "watch-round"


def set_status(study_id: str, status: str, reason_key: str = "") -> None:
    """Open, pause or close the study."""
    acts.set_status(study_id, status, reason_key)
    _done(SET[status])


def send_note(row: Sitting, text_key: str) -> None:
    """Write to a participant; it stands on their page at once."""
    by = who.may(row.study_id, "act_on_sessions")
    session_acts.send_note(runtime().engine, row.study_id, row.participant, _text(text_key), by)
    _told(row, f"The note stands on the page of {row.participant}.")


def extend_time(row: Sitting, minutes_key: str, whole_key: str) -> None:
    """More time for the step, or for the whole session."""
    by, minutes = who.may(row.study_id, "act_on_sessions"), float(visit.value_of(minutes_key) or 0)
    whole = bool(visit.value_of(whole_key))
    session_acts.extend_time(runtime().engine, _protocol(row), row.study_id, row.participant, minutes, by, whole)
    _told(row, f"{row.participant} has {minutes:g} more minutes.")


def free_place(row: Sitting, reason_key: str) -> None:
    """Their place goes to others."""
    by = who.may(row.study_id, "act_on_sessions")
    session_acts.free_place(runtime().engine, row.study_id, row.participant, _text(reason_key), by)
    _done(f"The place of {row.participant} is free.")


def reject(row: Sitting, reason_key: str) -> None:
    """Not counted, and out of the study."""
    by = who.may(row.study_id, "act_on_sessions")
    rejection.reject(runtime().engine, row.study_id, row.participant, _text(reason_key), by)
    _told(row, f"{row.participant} is rejected; the place is free.")


def move_on(row: Sitting, reason_key: str) -> None:
    """Their step is finished for them."""
    by = who.may(row.study_id, "act_on_sessions")
    session_acts.move_on(runtime().engine, _protocol(row), row.study_id, row.participant, _text(reason_key), by)
    _told(row, f"{row.participant} is at the next step.")


def offer_again(row: Sitting) -> None:
    """Their failed reply is tried once more."""
    by, protocol = who.may(row.study_id, "act_on_sessions"), _protocol(row)
    step = progress.position(runtime().engine, protocol, row.id).step
    if step is None or step.kind != "task":
        raise AtelierError(f"{row.participant} is at no task, so no reply can be tried again.")
    Desk(runtime().engine, worker(), protocol, row.id, step, None).offer_again(row.participant, by)
    _told(row, f"The reply to {row.participant} is being tried again.")


def mark(row: Sitting, reason_key: str) -> None:
    """Leave out of the analysis."""
    by = who.may(row.study_id, "act_on_sessions")
    exclusion.mark(runtime().engine, row.study_id, row.participant, _text(reason_key), by)
    _done(f"{row.participant} is marked for exclusion.")


def unmark(row: Sitting, reason_key: str) -> None:
    """Analyse after all."""
    by = who.may(row.study_id, "act_on_sessions")
    exclusion.unmark(runtime().engine, row.study_id, row.participant, _text(reason_key), by)
    _done(f"{row.participant} is to be analysed again.")


def said() -> str:
    """What was done last, once."""
    done = str(visit.value_of(DONE) or "")
    if done:
        visit.keep(DONE, "")
    return done


def rounds() -> int:
    """How many acts were done in this tab: part of every field's key, so that a form that was used is empty again."""
    return int(visit.value_of(ROUND) or 0)


def _protocol(row: Sitting) -> Protocol:
    return protocol_in(row.study_id, row.study_version, row.language)


def _text(key: str) -> str:
    return str(visit.value_of(key) or "")


def _told(row: Sitting, sentence: str) -> None:
    tell_changed(row.id)
    _done(sentence)


def _done(sentence: str) -> None:
    visit.keep(ROUND, rounds() + 1)
    visit.keep(DONE, sentence)
