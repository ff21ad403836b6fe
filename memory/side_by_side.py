"""Every condition of a protocol answers the same messages, side by side, for a researcher who wants to see how they differ.

Each has a preview session and a desk like a participant's, so that the same code replies with the same model; but all of it
stands in a record of its own, in a temporary folder that goes when it is closed. None of it can ever be data.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from memory.conversation import Desk, View
from memory.index import open_index
from memory.state import Exchange
from memory.worker import Worker
from study.database import open_database
from study.enrolment import by_token
from study.errors import AtelierError
from study.events import ModelCalled
from study.log import events, new_id
from study.pilot import begin_preview, first_meeting
from study.protocol import Protocol, Task
from study.settings import Settings
from study.studies import create_study, set_model

MOST_MESSAGES = 6
MOST_KEPT = 6
"""Comparisons that a process keeps open at the same time; the oldest makes room."""
CLOSING_SECONDS = 120.0


@dataclass(frozen=True)
class Used:
    """What one message took: model calls of all kinds, tokens (None where the provider does not say), seconds to the reply."""

    calls: int
    input: int | None
    output: int | None
    seconds: float | None


@dataclass(frozen=True)
class Answered:
    """One message in one condition: what became of it, what it took, and why there is no reply if there is none."""

    turn: Exchange
    used: Used
    error: str = ""


@dataclass(frozen=True)
class Column:
    """One condition as it stands. `view` is what a participant would see; without one, `problem` says why."""

    condition: str
    answered: tuple[Answered, ...] = ()
    view: View | None = None
    busy: bool = False
    problem: str = ""

    @property
    def failed(self) -> bool:
        """Whether its newest message has no reply and none is coming."""
        return bool(self.answered) and self.answered[-1].turn.status == "failed"


class SideBySide:
    """The chosen conditions of one protocol at one task. Thread-safe as the worker is."""

    def __init__(
        self, settings: Settings, protocol: Protocol, model: str, task: str, conditions: Sequence[str], of: str = ""
    ) -> None:
        """`of` is what the text is called. Raises AtelierError where a sentence is wrong before anything began."""
        self.protocol, self.model, self.task, self.of = protocol, model, protocol.task(task), of
        self._folder = TemporaryDirectory(prefix="atelier-arms-", ignore_cleanup_errors=True)
        self.engine = open_database(f"sqlite:///{self._folder.name}/record.db")
        study = create_study(self.engine, protocol)
        set_model(self.engine, study.id, model)
        self._worker = Worker(self.engine, settings, open_index(settings, shared=False))
        self._desks = {name: self._desk(study.id, name) for name in conditions}

    def _desk(self, study_id: str, condition: str) -> Desk | None:
        """A participant at the task under this condition; None where nobody ever meets the two together."""
        met = first_meeting(self.protocol, condition, self.task.id)
        if met is None:
            return None
        cell, step = met
        row = by_token(self.engine, begin_preview(self.engine, study_id, cell.index, step.id))
        desk = Desk(self.engine, self._worker, self.protocol, row.id, step, None) if row else None
        if desk:
            desk.open()
        return desk

    @property
    def said(self) -> int:
        """How many messages were sent."""
        return max((len(column.answered) for column in self.columns()), default=0)

    @property
    def busy(self) -> bool:
        """Whether any condition is replying or learning."""
        return any(self._worker.busy(desk.session_id) for desk in self._desks.values() if desk)

    def say(self, text: str) -> None:
        """The next message to every condition, answered by all at the same time. Raises AtelierError, AnswerRefused."""
        if self.busy:
            raise AtelierError("Not every condition has answered yet. Wait for them before you go on.")
        if self.said >= MOST_MESSAGES:
            raise AtelierError(f"{MOST_MESSAGES} messages are enough to compare by. Begin again for another one.")
        message = (new_id(), text)
        for desk in self._desks.values():
            if desk:
                desk.send([message])

    def retry(self, condition: str) -> None:
        """Ask a condition once more whose newest reply failed."""
        desk = self._desks.get(condition)
        if desk and (turns := desk.view().turns):
            desk.retry(turns[-1].message_id)

    def columns(self) -> list[Column]:
        """Every condition as it stands now, in the order chosen."""
        return [self._column(name, desk) for name, desk in self._desks.items()]

    def _column(self, condition: str, desk: Desk | None) -> Column:
        if desk is None:
            return Column(condition, problem=f"No participant meets the task “{self.task.title}” under this condition.")
        busy = self._worker.busy(desk.session_id)  # before it is looked at, so that what is done is also seen
        view = desk.view()
        log = events(self.engine, desk.session_id, ("model_called", "reply_given", "reply_failed"))
        errors = {e.event.turn_id: e.event.error or e.event.outcome for e in log if e.kind == "reply_failed"}
        took = {e.event.turn_id: e.event.duration_ms / 1000 for e in log if e.kind == "reply_given"}
        calls = [e.event for e in log if e.kind == "model_called"]
        answered = tuple(
            Answered(turn, used(calls, turn.turn_id, took.get(turn.turn_id)), errors.get(turn.turn_id, ""))
            for turn in view.turns
        )
        return Column(condition, answered, view, busy)

    def wait(self) -> None:
        """Until every condition has replied and learned."""
        for desk in self._desks.values():
            if desk:
                self._worker.wait(desk.session_id)

    def close(self) -> None:
        """End what is under way, and leave nothing behind."""
        for column, desk in zip(self.columns(), self._desks.values(), strict=True):
            for one in column.answered[-1:]:
                if desk:
                    desk.stop(one.turn.turn_id)
        self._worker.drain(CLOSING_SECONDS)
        self._worker.index.close()
        self.engine.dispose()
        self._folder.cleanup()


class Comparisons:
    """Those that are open in a process: one for each researcher and study."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], SideBySide] = OrderedDict()
        self._lock = threading.Lock()
        self._closing: list[threading.Thread] = []

    def of(self, by: str, study_id: str) -> SideBySide | None:
        """The one of this researcher, if there is one."""
        with self._lock:
            return self._open.get((by, study_id))

    def put(self, by: str, study_id: str, made: SideBySide | None) -> None:
        """Keep this one in the place of the last, or (None) end the last; closing keeps nobody waiting."""
        with self._lock:
            gone = [self._open.pop((by, study_id), None)]
            if made:
                self._open[by, study_id] = made
            while len(self._open) > MOST_KEPT:
                gone.append(self._open.popitem(last=False)[1])
        for one in gone:
            if one:
                thread = threading.Thread(target=one.close, daemon=True, name="closing-arms")
                thread.start()
                self._closing = [other for other in self._closing if other.is_alive()] + [thread]

    def join(self, seconds: float | None = None) -> None:
        """Until those that were ended are closed."""
        for thread in list(self._closing):
            thread.join(seconds)


def used(calls: Sequence[ModelCalled], turn_id: str, seconds: float | None) -> Used:
    """What the calls of one turn took together. Tokens are only known if every call says them."""
    mine = [call for call in calls if call.turn_id == turn_id]
    read, written = _sum([c.input_tokens for c in mine]), _sum([c.output_tokens for c in mine])
    return Used(len(mine), read, written, seconds)


def _sum(tokens: Sequence[int | None]) -> int | None:
    known = [count for count in tokens if count is not None]
    return sum(known) if len(known) == len(tokens) else None


def default_message(task: Task) -> str:
    """Something that a participant might begin with at this task, for a text box that is not left empty."""
    wishes = [next(iter(attribute.values.values()))[0] for attribute in list(task.attributes.values())[:2]]
    return (
        f"What matters to me: {' and '.join(wishes)}."
        if wishes
        else "Hello! I have had a long week. What do you think I should do?"
    )
