"""Replies are made here, in threads that outlive any page.

`ensure` answers every message of a session that has no answer yet, one after the other, and learns from
the replies beside it; it may be called as often as one likes, from any process. A turn whose process died is found by its owner and
taken on again; `once_key`s see to it that no message is answered twice.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial

from langchain_core.language_models import BaseChatModel
from sqlalchemy import Engine

from memory import assistant, chat_model
from memory.arm import Arm, Limits
from memory.index import Index
from memory.lanes import Lanes
from memory.live import Live
from memory.mechanism import State, Turn
from memory.mechanisms.registry import MECHANISMS
from memory.outstanding import GIVEN, edit_to_replan, is_given, is_learned, without_settled
from memory.owner import alive, is_late, this_process
from memory.state import FOLDED, Exchange, before, exchanges, state_of
from study import log
from study.answers import Said, said_before
from study.database import writing
from study.enrolment import sitting
from study.errors import AtelierError, NotFound, SessionOver
from study.events import (
    EventBase,
    ModelCalled,
    Replanned,
    ReplyFailed,
    ReplyGiven,
    ReplyStarted,
    TurnLearned,
)
from study.flow import Step
from study.log import Entry, Logged, Place, new_id, place_of
from study.protocol import Protocol
from study.settings import Settings
from study.under_way import refuse_if_left

logger = logging.getLogger(__name__)
Add = Callable[[Sequence[EventBase], str], list[Logged]]
FORGET_SECONDS = 20.0
"""How long an erasure waits for what is under way; what takes longer finds that there is no session."""


@dataclass(frozen=True)
class Block:
    """Where a worker works: one task of one session."""

    session_id: str
    step: Step
    protocol: Protocol

    @property
    def place(self) -> Place:
        """Where in the timeline its events belong."""
        return place_of(self.step)

    @property
    def scope(self) -> str:
        """Whose memory this is; nothing learned in one reaches another."""
        return f"{self.session_id}:{self.step.memory}"


class Worker:
    """Makes replies and plans for all sessions of this process."""

    def __init__(self, engine: Engine, settings: Settings, index: Index) -> None:
        self.engine = engine
        self.settings = settings
        self.index = index
        self.live = Live()
        self.record = log.Recent(engine, TASK_KINDS)
        self.owner = this_process()
        self.lanes = Lanes()
        self._lock = threading.Lock()
        self._cancels: dict[str, tuple[str, threading.Event | None]] = {}
        self._unstored: set[str] = set()
        self._open_model = lru_cache(maxsize=16)(self._model)

    def ensure(self, block: Block) -> None:
        """See to it that every unanswered message of this block is being answered, and every reply learned from.

        Learning has a lane of its own: a message that comes meanwhile is answered at once, from what is known.
        """
        self._start(block, "reply", self._reply_next)

    def run(self, block: Block) -> None:
        """`ensure`, and wait until it is done (simulated participants, tests)."""
        self.ensure(block)
        self.wait(block.session_id)

    def wait(self, session_id: str) -> None:
        """Until nothing is under way for this session."""
        self.lanes.wait(session_id)

    def _start(self, block: Block, lane: str, step: Callable[[Block], bool]) -> None:
        there = self._while_there
        self.lanes.start(block.session_id, lane, lambda: there(block.session_id, lambda: step(block)))

    def _while_there(self, session_id: str, step: Callable[[], bool]) -> bool:
        """One step of the work, unless its participant has left, or was erased: then nothing of them may stay."""
        try:
            refuse_if_left(sitting(self.engine, session_id))
            return step()
        except NotFound:
            self._drop(session_id)
        except SessionOver:  # what was being made is thrown away (study/under_way.py)
            self.live.changed(session_id, "session")
        return False

    def busy(self, session_id: str) -> bool:
        """Whether something is under way for this session in this process."""
        return self.lanes.busy(session_id)

    def stop(self, session_id: str, turn_id: str) -> None:
        """The participant stops this reply; one that is over already is left alone."""
        with self._lock:
            running, cancel = self._cancels.get(session_id, ("", None))
            if cancel and running == turn_id:
                cancel.set()

    def forget(self, session_id: str) -> None:
        """A participant is being erased: what is under way for them ends, and this process holds nothing of them.

        Who is still learning for them in another process finds no session any more, and takes back what it put
        into the index.
        """
        with self._lock:
            _running, cancel = self._cancels.get(session_id, ("", None))
        if cancel:
            cancel.set()
        self.lanes.wait(session_id, FORGET_SECONDS)
        self._drop(session_id)

    def _drop(self, session_id: str) -> None:
        self.index.forget(session_id)
        self.record.drop(session_id)
        self.live.changed(session_id, "session")

    def drain(self, seconds: float) -> None:
        """Before the process ends: let replies that are under way be finished and stored."""
        self.lanes.drain(seconds)

    def state(self, block: Block, events: Sequence[Logged]) -> State:
        """What is true after these events of a task, with what is remembered from earlier ones."""
        past = partial(self.record.of_step, block.session_id)
        return state_of(block.scope, block.protocol, block.step, events, past)

    def _reply_next(self, block: Block) -> bool:
        """Answer the next message, if one waits; then what it taught can be learned."""
        events = self._events(block)
        timeout = block.protocol.reply_timeout
        waiting = next((turn for turn in exchanges(events) if self._is_due(turn, timeout)), None)
        if waiting:
            self._answer(block, waiting, events)
        self._start(block, "learn", self._learn_next)
        return waiting is not None

    def _learn_next(self, block: Block) -> bool:
        """Learn from the next reply, else plan anew after an edit; False when there is nothing to do."""
        events = self._events(block)
        taught = next((t for t in exchanges(events) if t.status in GIVEN and not is_learned(events, t)), None)
        if taught:
            self._learn(block, taught, events)
        elif (edit := edit_to_replan(events)) is not None:
            self._replan(block, edit, events)
        else:
            return False
        return True

    def _is_due(self, turn: Exchange, timeout: float) -> bool:
        if turn.status == "running":
            late = is_late(turn.begun, log.now(), timeout)
            return turn.turn_id in self._unstored or not alive(turn.owner, self.owner, late)
        return turn.status == "waiting"

    def _answer(self, block: Block, turn: Exchange, events: Sequence[Logged]) -> None:
        """One message: started, then given or failed; committed before it is shown for good."""
        turn_id = new_id()
        begin: list[EventBase] = [
            ReplyStarted(turn_id=turn_id, message_id=turn.message_id, attempt=turn.attempt + 1, owner=self.owner)
        ]
        if turn.status == "running":  # its process died; in one transaction, for this one may die as well
            begin.insert(0, ReplyFailed(turn_id=turn.turn_id, message_id=turn.message_id, outcome="interrupted"))
        with self._held(block) as (so_far, add):
            if is_given(so_far, turn.message_id) or not add(begin, f"reply:{turn.message_id}:{turn.attempt + 1}"):
                return  # another process was faster
        on_text = self.live.begin(block.session_id, turn_id)
        cancel = threading.Event()
        with self._lock:
            self._cancels[block.session_id] = (turn_id, cancel)
        calls: list[ModelCalled] = []
        try:
            arm = self._arm(block)
            calls = arm.calls
            state = self.state(block, events)
            result = assistant.reply(Turn(turn_id, turn.message_id, turn.text, state), arm, cancel, on_text)
        except Exception as error:
            logger.exception("no reply in session %s", block.session_id)
            text = str(error) if isinstance(error, AtelierError) else f"{type(error).__name__}: {error}"
            result = ReplyFailed(turn_id=turn_id, message_id=turn.message_id, outcome="failed", error=text[:500])
        finally:
            with self._lock:
                self._cancels.pop(block.session_id, None)
        try:
            self._end(block, calls, result)
        except (NotFound, SessionOver):  # erased or gone meanwhile: whoever looks at the page is let go
            self.live.done(block.session_id, turn_id, "")
            raise
        except Exception:
            self._unstored.add(turn_id)  # the database is away: to be answered again when it is back
            raise
        self.live.done(block.session_id, turn_id, result.text if isinstance(result, ReplyGiven) else "")
        self.live.changed(block.session_id, "turn")

    def _end(self, block: Block, calls: Sequence[ModelCalled], result: ReplyGiven | ReplyFailed) -> None:
        """How a reply ended; where another process was faster, only what was asked of the model in vain."""
        with self._held(block) as (so_far, add):
            if is_given(so_far, result.message_id):
                add(calls, f"end:{result.turn_id}")
            else:
                is_reply = isinstance(result, ReplyGiven)
                add([*calls, result], f"given:{result.message_id}" if is_reply else f"end:{result.turn_id}")

    def _learn(self, block: Block, turn: Exchange, events: Sequence[Logged]) -> None:
        """What a given reply taught; found again after a crash, for the record says what was learned from."""
        state = self.state(block, events)
        asked = Turn(turn.turn_id, turn.message_id, turn.text, before(state, turn.message_id))
        arm = self._arm(block)
        learned = assistant.learn(asked, turn.reply, arm)
        done = TurnLearned(turn_id=turn.turn_id, up_to=events[-1].seq)
        with self._held(block) as (so_far, add):  # what the person changes from here on comes after what was learned
            since = [entry for entry in so_far if entry.seq > events[-1].seq]
            if is_learned(since, turn):
                return  # another process was faster
            learned = without_settled(learned, since)
            add([*arm.calls, *learned, done], f"learned:{turn.turn_id}")
        self.live.changed(block.session_id, "plan")

    def _replan(self, block: Block, edit: str, events: Sequence[Logged]) -> None:
        """After an edit: a new plan from the last exchange and what is now known."""
        state = self.state(block, events)
        said = [line.text for line in state.history if line.role == "user"]
        replies = [line.text for line in state.history if line.role == "assistant"]
        turn = assistant.new_turn("", said[-1] if said else "", state)
        arm = self._arm(block)
        updated = assistant.plan(turn, replies[-1] if replies else "", arm, cause=edit)
        done = Replanned(cause=edit, up_to=events[-1].seq)
        with self._held(block) as (_so_far, add):
            add([*arm.calls, *updated, done], f"replan:{edit}")
        self.live.changed(block.session_id, "plan")

    def _arm(self, block: Block) -> Arm:
        spec = sitting(self.engine, block.session_id).model
        limits = Limits(block.protocol.reply_timeout, self.settings.model_retries)
        condition = block.protocol.condition(block.place.condition or "")

        def said() -> list[Said]:
            answered = log.events(self.engine, block.session_id, ("questionnaire_answered",))
            return said_before(block.protocol, answered, block.step.block)

        model = self._open_model(spec, limits.timeout, block.protocol.model_key)
        return Arm(condition, model, self.index, limits, said, block.protocol.privacy)

    def _model(self, spec: str, timeout: float, key: str | None) -> BaseChatModel:
        base_url, delay = self.settings.model_base_url or None, self.settings.offline_delay
        return chat_model.open_model(spec, timeout=timeout, base_url=base_url, offline_delay=delay, key=key)

    def _events(self, block: Block) -> Sequence[Logged]:
        return self.record.of_step(block.session_id, block.place.step)

    @contextmanager
    def _held(self, block: Block) -> Iterator[tuple[Sequence[Logged], Add]]:
        """The task as the record has it by now, and how to add to it while nobody else writes to the session.

        What is added is one moment; its last event carries the key that makes it happen once.
        """
        with writing(self.engine) as db:
            refuse_if_left(log.hold(db, block.session_id))

            def add(events: Sequence[EventBase], once_key: str) -> list[Logged]:
                keys = [f"{once_key}#{n}" if n else once_key for n in reversed(range(len(events)))]
                entries = [Entry(event, block.place, key) for event, key in zip(events, keys, strict=True)]
                return log.add_in(db, block.session_id, entries)  # no activity of the participant

            yield self._events(block), add


TASK_KINDS = tuple(sorted(FOLDED.union(*(mechanism.emits for mechanism in MECHANISMS.values()))))
"""The kinds of event that a task's state is made of."""
