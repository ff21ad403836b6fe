"""The task screen's one way in: what it shows, and every act of the participant on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Engine

from memory.arm import mechanisms_of
from memory.mechanism import Control, Mechanism, State
from memory.outstanding import unfinished
from memory.state import Exchange, exchanges
from memory.worker import Block, Worker
from study import log, progress
from study.database import writing
from study.enrolment import sitting
from study.errors import AnswerRefused, AtelierError
from study.events import MessageSent, ReplyRated, RetryRequested, SolutionUpdated, TaskFinished, TaskStarted
from study.extension import extra_minutes
from study.flow import Step
from study.log import Entry, Logged, now
from study.protocol import Protocol, Task
from study.sentence import Sentence
from study.session_acts import offer_reply

MESSAGE_LIMIT = 4_000
MORE = "You can finish after {count} more messages."


@dataclass(frozen=True)
class View:
    """Everything the task screen draws. Times in minutes; `waiting_for` says why it cannot end yet.

    `plans`: every version of the plan, oldest first. `words`: what a message, or a belief on a list, said, by its id.
    """

    task: Task
    turns: tuple[Exchange, ...]
    state: State
    controls: tuple[Control, ...]
    acknowledged: tuple[str, ...]
    may_finish: bool
    waiting_for: str
    minutes_left: float | None
    started: bool
    plans: tuple[SolutionUpdated, ...] = ()
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """One participant's task: where acts are recorded and answered."""

    engine: Engine
    worker: Worker
    protocol: Protocol
    session_id: str
    step: Step
    lease: str | None
    is_past: ClassVar[bool] = False
    """Whether it is only to look at; see memory/past.py."""

    @property
    def block(self) -> Block:
        """Where the worker works."""
        return Block(self.session_id, self.step, self.protocol)

    def view(self) -> View:
        """The screen as the record has it; whatever lacks an answer is taken on again."""
        events = self._events()
        if unfinished(events):
            self.worker.ensure(self.block)
        state = self.worker.state(self.block, events)
        return view_of(self.protocol, self.step, events, state, now(), self._more_minutes())

    def open(self) -> None:
        """The screen is shown: the task's clock starts, once."""
        self._log(Entry(TaskStarted(task=self._task().id), self.block.place, f"task_started:{self.step.id}"))

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        """Store messages as (id, text), each once however often it is sent, and have them answered."""
        entries = []
        for message_id, text in messages:
            if not text.strip() or len(text) > MESSAGE_LIMIT or not 8 <= len(message_id) <= 64:
                raise AnswerRefused(Sentence("A message needs between 1 and {count} characters.", count=MESSAGE_LIMIT))
            sent = MessageSent(message_id=message_id, text=text.strip())
            entries.append(Entry(sent, self.block.place, f"message:{message_id}"))
        if entries and self._log(*entries):
            self.worker.ensure(self.block)

    def stop(self, turn_id: str) -> None:
        """Stop this reply while it is being given; what has come is kept."""
        self.worker.stop(self.session_id, turn_id)

    def retry(self, message_id: str) -> None:
        """Answer a message again whose reply failed."""
        turn = next((t for t in exchanges(self._events()) if t.message_id == message_id), None)
        if turn is None or turn.status != "failed":
            return
        again = RetryRequested(message_id=message_id, turn_id=turn.turn_id)
        self._log(Entry(again, self.block.place, f"retry:{turn.turn_id}"))
        self.worker.ensure(self.block)

    def offer_again(self, participant: str, by: str) -> None:
        """A researcher has the newest failed reply tried again. Raises AtelierError where none failed."""
        turns = [turn for turn in exchanges(self._events()) if turn.status == "failed"]
        if not turns:
            raise AtelierError(f"No reply to {participant} has failed; there is nothing to try again.")
        row = sitting(self.engine, self.session_id)
        failed = (turns[-1].message_id, turns[-1].turn_id)
        offer_reply(self.engine, row.study_id, participant, self.step, failed, by)
        self.worker.ensure(self.block)

    def rate(self, turn_id: str, rating: Literal["up", "down"], why: str = "") -> None:
        """Store a thumbs up or down, if the reply is one of this task's."""
        given = {t.turn_id: t for t in exchanges(self._events()) if t.status in ("answered", "stopped")}
        if turn_id in given and (given[turn_id].rating != rating or why):
            self._log(Entry(ReplyRated(turn_id=turn_id, rating=rating, why=why[:2_000]), self.block.place))

    def operate(self, mechanism: str, control: str, action: str, value: Any, act_id: str | None = None) -> None:
        """One act on a control; a plan that depends on it is made anew. Raises AnswerRefused.

        With an id it is done once, however often it is sent.
        """
        key = f"act:{act_id}" if act_id else None
        with writing(self.engine) as db:
            log.hold(db, self.session_id, self.lease)  # what an act says was there before must be what is there
            if key and log.is_stored(db, self.session_id, key):
                return
            state = self.worker.state(self.block, self._events())
            offered = {(c.mechanism, c.id): c for c in controls_of(self.protocol, self.step, state)}
            if (mechanism, control) not in offered or action not in offered[mechanism, control].actions:
                raise AnswerRefused(Sentence("This cannot be changed here."))
            acting = next(m for m in _mechanisms(self.protocol, self.step) if m.name == mechanism)
            events = acting.act(state, control, action, value)
            keys = [key, *[None] * len(events)]
            entries = [Entry(event, self.block.place, once) for event, once in zip(events, keys, strict=False)]
            log.append_in(db, self.session_id, entries, self.lease)
        if events and offered[mechanism, control].replans:
            self.worker.ensure(self.block)

    def finish(self) -> None:
        """End the task, when the protocol's minimum is reached (or its time is up)."""
        events = self._events()
        minutes = _minutes(events, now())
        limit = limit_of(self.protocol, self._more_minutes())
        timed_out = limit is not None and minutes >= limit
        turns = exchanges(events)
        if not timed_out and not may_finish(self.protocol, turns, minutes)[0]:
            raise AnswerRefused(Sentence("The task is not finished yet."))
        for turn in turns:
            if turn.status == "running":
                self.worker.stop(self.session_id, turn.turn_id)
        ended = TaskFinished(task=self._task().id, by="time_limit" if timed_out else "participant")
        progress.finish(self.engine, self.protocol, self.session_id, self.step.id, self.lease, ended)

    def _more_minutes(self) -> float:
        """What researchers gave for this step beside what the protocol gives."""
        return extra_minutes(self.engine, self.session_id, self.step.id)

    def _task(self) -> Task:
        return self.protocol.task(self.step.task or "")

    def _events(self) -> Sequence[Logged]:
        return self.worker.record.of_step(self.session_id, self.step.id)

    def _log(self, *entries: Entry) -> list[Logged]:
        return log.append(self.engine, self.session_id, entries, self.lease)


def view_of(protocol: Protocol, step: Step, events: Sequence[Logged], state: State, at: datetime, more: float) -> View:
    """The task screen after these events of the step, at a time. Pure: now and in the past it is made in the same way.

    `more`: minutes that researchers gave beside what the protocol gives.
    """
    turns = exchanges(events)
    controls = tuple(controls_of(protocol, step, state))
    minutes = _minutes(events, at)
    may, why = may_finish(protocol, turns, minutes)
    limit = limit_of(protocol, more)
    return View(
        task=state.task,
        turns=tuple(turns),
        state=state,
        controls=controls,
        acknowledged=tuple(turn.message_id for turn in turns),
        may_finish=may,
        waiting_for=why,
        minutes_left=None if limit is None else max(0.0, limit - minutes),
        started=any(entry.kind == "task_started" for entry in events),
        plans=tuple(entry.event for entry in events if entry.kind == "solution_updated"),
        words=_words(state, controls, turns, events),
    )


def limit_of(protocol: Protocol, more: float) -> float | None:
    """Minutes that a task may take; None: as long as it takes."""
    limit = protocol.task_rule.max_minutes
    return None if limit is None else limit + more


def controls_of(protocol: Protocol, step: Step, state: State) -> list[Control]:
    """What the condition of a task offers to operate."""
    return [control for mechanism in _mechanisms(protocol, step) for control in mechanism.controls(state)]


def may_finish(protocol: Protocol, turns: Sequence[Exchange], minutes: float) -> tuple[bool, str]:
    """Whether the minimum of turns and minutes is reached, and if not, what is missing."""
    rule = protocol.task_rule
    answered = sum(turn.status in ("answered", "stopped") for turn in turns)
    if answered < rule.min_turns:
        left = rule.min_turns - answered
        return False, Sentence(MORE, "You can finish after one more message.", count=left)
    if minutes < rule.min_minutes:
        return False, Sentence("You can finish after {minutes} minutes.", minutes=rule.min_minutes)
    return True, ""


def _mechanisms(protocol: Protocol, step: Step) -> list[Mechanism]:
    return mechanisms_of(protocol.condition(step.condition or ""))


def _words(
    state: State, controls: Sequence[Control], turns: Sequence[Exchange], events: Sequence[Logged]
) -> dict[str, str]:
    """What every message said, and every belief on a list of the screen, now or before; hidden ones are left out."""
    listing = {control.mechanism for control in controls if control.beliefs}
    changed = [entry.event for entry in events if entry.kind == "belief_changed"]
    return (
        {line.id: line.text for line in state.remembered if line.role == "user"}
        | {turn.message_id: turn.text for turn in turns}
        | {change.belief.id: change.belief.text for change in changed if change.mechanism in listing}
        | {belief.id: belief.text for control in controls for belief in control.beliefs}
    )


def _minutes(events: Sequence[Logged], at: datetime) -> float:
    started: datetime = next((e.at for e in events if e.kind == "task_started"), at)
    return (at - started).total_seconds() / 60
