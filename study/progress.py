"""One participant's way through a sitting: which step is due, and finishing it.

Every function checks what a browser sent against the plan: a step that is not due is not finished,
whatever was clicked, and finishing it twice writes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session

from study.beliefs import current
from study.database import reading, writing
from study.enrolment import assignment_of
from study.errors import AnswerRefused
from study.events import (
    BeliefJudged,
    CheckFailed,
    ConsentGiven,
    ConsentRefused,
    Ending,
    EventBase,
    QuestionnaireAnswered,
    SessionEnded,
    StepEntered,
    StepFinished,
    Verdict,
)
from study.flow import Step, ending_after, wrong_answers
from study.instruments import Answer, Instrument, check_answers, tables
from study.log import Entry, Logged, add_in, append_in, events_in, marks_in, now, place_of
from study.plan import label_of
from study.position import MARKS, SAID, Position, position_after
from study.protocol import Protocol
from study.sentence import Sentence
from study.tables import Sitting

GRACE_SECONDS = 10.0
"""A page sends what is there when its time is over; until then the server waits for it."""
ASKED: tuple[Verdict, ...] = ("right", "wrong")
"""What the page of verdicts asks of each belief."""
NOT_COMFORTABLE = "not_comfortable"
"""What may be ticked beside that, whatever the verdict."""
KEPT_DAYS = 14
"""How long the place of somebody is kept whose next session has no end."""


def position(engine: Engine, protocol: Protocol, session_id: str) -> Position:
    """The step that is due now, from the record alone."""
    with reading(engine) as db:
        return _position(db, protocol, session_id)


def due_in(db: Session, protocol: Protocol, session_id: str) -> Step | None:
    """The step that is due, inside a transaction that holds the session."""
    return _position(db, protocol, session_id).step


def pass_over(db: Session, protocol: Protocol, session_id: str, step: Step, *extra: EventBase) -> None:
    """Finish the due step for its participant, inside a transaction that holds the session."""
    place = place_of(step)
    entries = [Entry(event, place, f"{event.kind}:{step.id}:{n}") for n, event in enumerate(extra)]  # type: ignore[attr-defined]
    add_in(db, session_id, [*entries, Entry(StepFinished(by="researcher"), place, f"finish:{step.id}")])
    _go_on(db, protocol, session_id)


def enter(engine: Engine, session_id: str, step: Step, lease: str) -> None:
    """Record, once, that a step was shown."""
    with writing(engine) as db:
        append_in(db, session_id, [Entry(StepEntered(), place_of(step), f"enter:{step.id}")], lease)


def finish(
    engine: Engine, protocol: Protocol, session_id: str, step_id: str, lease: str | None, *extra: EventBase
) -> None:
    """Finish the due step with its events, in one transaction; anything but the due step is ignored."""
    with writing(engine) as db:
        at = _position(db, protocol, session_id, alone=True)
        if at.step is None or at.step.id != step_id:
            return
        if at.seconds_to_wait() > 0:
            raise AnswerRefused(Sentence("It is not yet time to go on."))
        _finish(db, protocol, at, lease, extra)


def agree(engine: Engine, protocol: Protocol, session_id: str, step_id: str, lease: str | None) -> None:
    """The participant consents; the version of the text is stored."""
    finish(engine, protocol, session_id, step_id, lease, ConsentGiven(version=protocol.consent.version))


def refuse(engine: Engine, protocol: Protocol, session_id: str, step_id: str, lease: str | None) -> None:
    """The participant does not consent; the sitting ends and its cell is free again."""
    with writing(engine) as db:
        at = _position(db, protocol, session_id, alone=True)
        if at.step is None or at.step.id != step_id:
            return
        event = ConsentRefused(version=protocol.consent.version)
        append_in(db, session_id, [Entry(event, place_of(at.step), "consent_refused")], lease)
        _end(db, session_id, "refused_consent")


def withdraw(engine: Engine, session_id: str, lease: str | None) -> None:
    """The participant leaves for good; what was recorded stays until the researcher erases it."""
    with writing(engine) as db:
        row = db.get(Sitting, session_id, with_for_update=True)
        if row is not None and row.status == "running":
            append_in(db, session_id, [], lease)
            _end(db, session_id, "withdrawn")


def expire(engine: Engine, protocol: Protocol, session_id: str, lease: str | None) -> None:
    """If the time of the due step is over: end the study, or go on with what is there, as the protocol says."""
    with writing(engine) as db:
        at = _position(db, protocol, session_id, alone=True)
        left = at.seconds_left()
        if at.step is None or left is None or left > -GRACE_SECONDS:
            return
        if at.step.time_limit is None or at.step.time_limit.then == "end":
            append_in(db, session_id, [], lease)
            _end(db, session_id, "timed_out")
        elif at.step.instrument is None:
            _finish(db, protocol, at, lease, ())
        else:
            _finish(db, protocol, at, lease, (_answered(protocol, at, at.step, {}),))


def answer(
    engine: Engine, protocol: Protocol, session_id: str, step: Step, answers: Mapping[str, Any], lease: str | None
) -> None:
    """Store the answers to the due questionnaire, and what follows from them: on, once more, or the end.

    Required answers may be missing only when the time of the page is over. Raises AnswerRefused naming
    what does not fit, or with the protocol's text when a check was failed and may be tried again.
    """
    if step.instrument is None:
        raise AnswerRefused(Sentence("There is nothing to answer here; please reload the page."))
    instrument = protocol.instrument(step.instrument)
    with writing(engine) as db:
        at = _position(db, protocol, session_id, alone=True)
        if at.step is None or at.step.id != step.id:
            return
        left = at.seconds_left()
        over = left is not None and left < GRACE_SECONDS
        checked = check_answers(instrument, answers, list(at.sitting.conditions), complete=not over)
        wrong = wrong_answers(at.step, checked)
        again = bool(wrong) and _check_failed(db, at, at.step, wrong, lease)
        if not again:
            event = _answered(protocol, at, at.step, checked)
            _finish(db, protocol, at, lease, (event,), ending_after(at.step, checked, bool(wrong)))
    if again and step.check is not None:  # after the transaction: the failure is in the record
        raise AnswerRefused(step.check.text)


def judge_all(
    engine: Engine, protocol: Protocol, session_id: str, step: Step, given: Sequence[tuple[Any, Any]], lease: str | None
) -> None:
    """Store a verdict for each belief held, in the order of `beliefs_held`, and finish the step.

    `given`: for each whether it is right or wrong, and what was ticked below it (nothing, or `NOT_COMFORTABLE`).
    """
    with reading(engine) as db:
        held = beliefs_held(events_in(db, session_id, ("belief_changed",)), step)
    fits = all(verdict in ASKED and ticked in (None, [], [NOT_COMFORTABLE]) for verdict, ticked in given)
    if len(given) != len(held) or not fits:
        raise AnswerRefused(Sentence("Please give one answer for each note."))
    judged = [
        BeliefJudged(belief_id=belief, belief_text=text, verdict=verdict, comfortable=not ticked)
        for (belief, text), (verdict, ticked) in zip(held, given, strict=True)
    ]
    finish(engine, protocol, session_id, step.id, lease, *judged)


def shown_order(instrument: Instrument, row: Sitting, step: Step) -> list[str]:
    """Item ids in the order this participant sees them: the same on every reload; a table stays together."""
    if instrument.order == "fixed":
        return [item.id for item in instrument.items]
    key = (row.seed, row.allocation_index, sum(step.id.encode()))
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
    grouped = tables(instrument.items)
    shuffled = [grouped[index] for index in generator.permutation(len(grouped))]
    return [table[index].id for table in shuffled for index in generator.permutation(len(table))]


def version_labels(protocol: Protocol, row: Sitting) -> list[tuple[str, str]]:
    """(condition id, label) of the versions this participant met, in that order."""
    assignment = assignment_of(row)
    return [(condition, label_of(protocol, assignment, condition)) for condition in assignment.conditions]


def beliefs_held(logged: Sequence[Logged], step: Step) -> list[tuple[str, str]]:
    """(id, text) of every belief but needs that was held at the end of the step's conditions, of the sources it names."""
    changes = [e for e in logged if e.kind == "belief_changed" and e.place.condition in step.conditions]
    standing = current(entry.event.belief for entry in changes)
    return [(b.id, b.text) for b in standing if b.status == "held" and b.kind != "need" and b.source in step.sources]


def _answered(protocol: Protocol, at: Position, step: Step, answers: Mapping[str, Answer]) -> QuestionnaireAnswered:
    """The answers to a questionnaire as they are stored; those that were not given are None."""
    instrument = protocol.instrument(step.instrument or "")
    return QuestionnaireAnswered(
        instrument=instrument.id,
        instrument_version=instrument.version,
        occasion=step.occasion,
        shown_order=tuple(shown_order(instrument, at.sitting, step)),
        answers={item.id: answers.get(item.id) for item in instrument.items},
    )


def _finish(
    db: Session,
    protocol: Protocol,
    at: Position,
    lease: str | None,
    extra: Sequence[EventBase],
    ending: Ending | None = None,
) -> None:
    """The due step is done; the sitting ends with it if nothing is due any more, or as `ending` says."""
    if at.step is None:
        return
    place, step_id = place_of(at.step), at.step.id
    entries = [Entry(event, place, f"{event.kind}:{step_id}:{n}") for n, event in enumerate(extra)]  # type: ignore[attr-defined]
    left = at.seconds_left()
    by: Literal["participant", "time_limit"] = "time_limit" if left is not None and left <= 0 else "participant"
    entries.append(Entry(StepFinished(by=by), place, f"finish:{step_id}"))
    append_in(db, at.sitting.id, entries, lease)
    _go_on(db, protocol, at.sitting.id, ending)


def _go_on(db: Session, protocol: Protocol, session_id: str, ending: Ending | None = None) -> None:
    """After a step: the end if nothing is due any more or `ending` says so, else the place is kept for what comes."""
    coming = _position(db, protocol, session_id)
    if ending is None and coming.step is None:
        ending = "complete"
    if ending is not None:
        _end(db, session_id, ending)
    elif (
        coming.step is not None and coming.step.hours and coming.window.opens_at
    ):  # the place is kept over the days until the next session
        kept = coming.window.closes_at or coming.window.opens_at + timedelta(days=KEPT_DAYS)
        coming.sitting.reserved_until = kept
        db.add(coming.sitting)


def _check_failed(db: Session, at: Position, step: Step, wrong: dict[str, Answer], lease: str | None) -> bool:
    """Record a failed check; whether it may be tried again."""
    failed = [e for e in events_in(db, at.sitting.id, ("check_failed",)) if e.place.step == step.id]
    attempt = len(failed) + 1
    event = CheckFailed(instrument=step.instrument or "", attempt=attempt, answers=wrong)
    append_in(db, at.sitting.id, [Entry(event, place_of(step), f"check:{step.id}:{attempt}")], lease)
    return step.check is not None and attempt < step.check.attempts


def _position(db: Session, protocol: Protocol, session_id: str, alone: bool = False) -> Position:
    """Where the participant is; `alone` holds the session until the end of the transaction."""
    row = db.get(Sitting, session_id, with_for_update=alone)
    if row is None:
        raise AnswerRefused(Sentence("This session is no longer in the record."))
    marks, said = marks_in(db, session_id, MARKS), events_in(db, session_id, SAID)
    return position_after(protocol, row, marks, said, now())


def _end(db: Session, session_id: str, ending: Ending) -> None:
    append_in(db, session_id, [Entry(SessionEnded(ending=ending), once_key="session_ended")])
    row = db.get(Sitting, session_id)
    if row is not None:
        row.status = ending
        row.ended_at = now()
        db.add(row)
