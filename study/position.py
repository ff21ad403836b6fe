"""Where a participant is: which step is due after these events, and when it can be done. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from study.enrolment import assignment_of
from study.extension import extended, minutes_added
from study.flow import ALWAYS, Responses, Step, Window, still_to_come, window
from study.log import Logged, Mark
from study.notes import Note, unread
from study.plan import plan
from study.protocol import Protocol
from study.tables import Sitting

MARKS = ("step_entered", "step_finished")
"""The kinds of event that say how far somebody is."""
SAID = ("questionnaire_answered", "time_extended", "note_sent", "note_read")
"""Those that say what is for them, how long they have, and what researchers wrote to them."""


@dataclass(frozen=True)
class Position:
    """Where a participant is at a time: the due step (None when through), how far along that is, and when it can be done.

    `notes`: what researchers wrote to them and they have not put away.
    """

    sitting: Sitting
    step: Step | None
    number: int
    total: int
    at: datetime
    entered: bool = False
    window: Window = ALWAYS
    notes: tuple[Note, ...] = ()

    def seconds_to_wait(self) -> float:
        """Until the step can be done; simulated participants and previews need not wait."""
        opens = self.window.opens_at
        if opens is None or self.sitting.simulated or self.sitting.preview:
            return 0
        return max(0.0, (opens - self.at).total_seconds())

    def seconds_left(self) -> float | None:
        """Until the step's time is over and it is closed; None: never, below 0: over."""
        return None if self.window.closes_at is None else (self.window.closes_at - self.at).total_seconds()

    def seconds_to_warning(self) -> float | None:
        """Until the time that the protocol gives for this step is over, whatever happens then."""
        return None if self.window.warns_at is None else (self.window.warns_at - self.at).total_seconds()


def position_after(
    protocol: Protocol, row: Sitting, marks: Sequence[Mark], said: Sequence[Logged], at: datetime
) -> Position:
    """What is due for a session after its `MARKS` and what was `SAID`, at a time."""
    finished = {mark.step: mark.at for mark in marks if mark.kind == "step_finished"}
    answered = [entry for entry in said if entry.kind == "questionnaire_answered"]
    steps = plan(protocol, assignment_of(row))
    if row.preview:
        steps = _begun(steps, marks)
    ahead = still_to_come(steps, finished, _responses(answered)) if row.status == "running" else []
    total = len(finished) + len(ahead)
    if not ahead:
        return Position(row, None, total, total, at)
    entered = next((m.at for m in marks if m.kind == "step_entered" and m.step == ahead[0].id), None)
    since = max(finished.values(), default=row.started_at)
    times = extended(window(ahead[0], entered or at, since), minutes_added(said, ahead[0].id))
    return Position(row, ahead[0], len(finished) + 1, total, at, entered is not None, times, unread(said))


def _begun(steps: tuple[Step, ...], marks: Sequence[Mark]) -> tuple[Step, ...]:
    """The steps of a preview: the one it began at is shown whatever it depends on, as nothing before it was answered.

    It follows the last step that was finished without having been shown.
    """
    shown = {mark.step for mark in marks if mark.kind == "step_entered"}
    passed = {mark.step for mark in marks if mark.kind == "step_finished"} - shown
    first = max((number for number, step in enumerate(steps, start=1) if step.id in passed), default=0)
    return (*steps[:first], *(replace(step, show_if=()) for step in steps[first : first + 1]), *steps[first + 1 :])


def _responses(answered: Sequence[Logged]) -> Responses:
    """The newest answer to every item, inside and outside blocks."""
    return {
        (entry.place.block, entry.event.instrument, item): value
        for entry in answered
        for item, value in entry.event.answers.items()
    }
