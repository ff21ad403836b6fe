"""Replies are made here, in threads that outlive any page.

`ensure` answers every message of a session that has no answer yet, one after the other; it may be
called as often as one likes, from any process. A turn whose process died is found by its owner and
taken on again; `once_key`s see to it that no message is answered twice.
"""

import logging
import os
import socket
import threading
import uuid
from dataclasses import dataclass, replace
from functools import lru_cache

from langchain_core.language_models import BaseChatModel
from sqlalchemy import Engine

from memory import assistant, chat_model
from memory.assistant import Arm, Limits
from memory.index import Index
from memory.live import Live
from memory.state import Exchange, exchanges, fold
from study import log
from study.enrolment import sitting
from study.errors import AtelierError
from study.events import EventBase, ReplyFailed, ReplyGiven, ReplyStarted
from study.log import Entry, Logged, Place, new_id
from study.protocol import Protocol, Task
from study.settings import Settings

logger = logging.getLogger(__name__)
RUN = uuid.uuid4().hex[:12]


@dataclass(frozen=True)
class Block:
    """Where a worker works: one task of one session."""

    session_id: str
    place: Place
    protocol: Protocol

    @property
    def scope(self) -> str:
        """Whose memory this is; nothing learned in one block reaches another."""
        return f"{self.session_id}:{self.place.block}"


class Worker:
    """Makes replies and plans for all sessions of this process."""

    def __init__(self, engine: Engine, settings: Settings, index: Index) -> None:
        self.engine = engine
        self.settings = settings
        self.index = index
        self.live = Live()
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{RUN}"
        self._lock = threading.Lock()
        self._busy: dict[str, bool] = {}
        self._cancels: dict[str, threading.Event] = {}
        self._idle = threading.Condition(self._lock)
        self._open_model = lru_cache(maxsize=16)(self._model)

    def ensure(self, block: Block) -> None:
        """See to it that every unanswered message of this block is being answered."""
        with self._lock:
            if block.session_id in self._busy:
                self._busy[block.session_id] = True  # look again when the present turn is done
                return
            self._busy[block.session_id] = False
        threading.Thread(target=self._work, args=(block,), daemon=True, name=f"reply-{block.session_id[:8]}").start()

    def run(self, block: Block) -> None:
        """`ensure`, and wait until it is done (simulated participants, tests)."""
        self.ensure(block)
        self.wait(block.session_id)

    def wait(self, session_id: str) -> None:
        """Until nothing is under way for this session."""
        with self._idle:
            self._idle.wait_for(lambda: session_id not in self._busy)

    def busy(self, session_id: str) -> bool:
        """Whether something is under way for this session in this process."""
        with self._lock:
            return session_id in self._busy

    def stop(self, session_id: str) -> None:
        """The participant stops the reply that is being given."""
        with self._lock:
            if cancel := self._cancels.get(session_id):
                cancel.set()

    def drain(self, seconds: float) -> None:
        """Before the process ends: let replies that are under way be finished and stored."""
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, timeout=seconds)

    def _work(self, block: Block) -> None:
        try:
            while True:
                self._answer_all(block)
                self._replan(block)
                with self._lock:
                    if not self._busy[block.session_id]:
                        del self._busy[block.session_id]
                        self._idle.notify_all()
                        return
                    self._busy[block.session_id] = False
        except Exception:  # a worker must never leave a session marked as busy
            logger.exception("the worker of session %s stopped", block.session_id)
            with self._lock:
                self._busy.pop(block.session_id, None)
                self._idle.notify_all()
        finally:
            self.live.changed(block.session_id, "idle")

    def _answer_all(self, block: Block) -> None:
        """Answer what is waiting, oldest first; again from the start, for more may have come in."""
        while turn := next((t for t in exchanges(self._events(block)) if self._is_due(t)), None):
            self._answer(block, turn)

    def _is_due(self, turn: Exchange) -> bool:
        return turn.status == "waiting" or (turn.status == "running" and not alive(turn.owner, self.owner))

    def _answer(self, block: Block, turn: Exchange) -> None:
        """One message: started → given or failed (committed, then shown) → learned."""
        if turn.status == "running":
            self._log(
                block,
                [ReplyFailed(turn_id=turn.turn_id, message_id=turn.message_id, outcome="interrupted")],
                f"end:{turn.turn_id}",
            )
        turn_id = new_id()
        started = ReplyStarted(turn_id=turn_id, message_id=turn.message_id, attempt=turn.attempt + 1, owner=self.owner)
        if not self._log(block, [started], f"reply:{turn.message_id}:{turn.attempt + 1}"):
            return  # another process was faster
        on_text = self.live.begin(block.session_id, turn_id)
        cancel = threading.Event()
        with self._lock:
            self._cancels[block.session_id] = cancel
        try:
            state = fold(block.scope, self._task(block), self._events(block))
            asked = replace(assistant.new_turn(turn.message_id, turn.text, state), id=turn_id)
            arm = self._arm(block)
            result = assistant.reply(asked, arm, cancel, on_text)
        except Exception as error:
            logger.exception("no reply in session %s", block.session_id)
            text = str(error) if isinstance(error, AtelierError) else f"{type(error).__name__}: {error}"
            result, arm = (
                ReplyFailed(turn_id=turn_id, message_id=turn.message_id, outcome="failed", error=text[:500]),
                None,
            )
        finally:
            with self._lock:
                self._cancels.pop(block.session_id, None)
        key = f"given:{turn.message_id}" if isinstance(result, ReplyGiven) else f"end:{turn_id}"
        self._log(block, [*(arm.calls if arm else []), result], key)
        self.live.done(block.session_id, turn_id, result.text if isinstance(result, ReplyGiven) else "")
        if arm is not None and isinstance(result, ReplyGiven):
            arm.calls.clear()
            learned = assistant.learn(asked, result.text, arm)
            self._log(block, [*arm.calls, *learned], f"learned:{turn_id}")
        self.live.changed(block.session_id, "turn")

    def _replan(self, block: Block) -> None:
        """After an edit: a new plan from the last exchange and what is now known."""
        events = self._events(block)
        due = edit_to_replan(events)
        if due is None:
            return
        state = fold(block.scope, self._task(block), events)
        said = [line.text for line in state.history if line.role == "user"]
        replies = [line.text for line in state.history if line.role == "assistant"]
        turn = assistant.new_turn("", said[-1] if said else "", state)
        arm = self._arm(block)
        updated = assistant.plan(turn, replies[-1] if replies else "", arm, cause=due)
        self._log(block, [*arm.calls, *updated], f"replan:{due}")
        self.live.changed(block.session_id, "plan")

    def _arm(self, block: Block) -> Arm:
        spec = sitting(self.engine, block.session_id).model
        limits = Limits(block.protocol.reply_timeout, self.settings.model_retries)
        condition = block.protocol.condition(block.place.condition or "")
        return Arm(condition, self._open_model(spec, limits.timeout), self.index, limits)

    def _model(self, spec: str, timeout: float) -> BaseChatModel:
        settings = self.settings
        return chat_model.open_model(
            spec, timeout=timeout, base_url=settings.model_base_url or None, offline_delay=settings.offline_delay
        )

    def _task(self, block: Block) -> Task:
        return block.protocol.task(block.place.task or "")

    def _events(self, block: Block) -> list[Logged]:
        return [e for e in log.events(self.engine, block.session_id, TASK_KINDS) if e.place.step == block.place.step]

    def _log(self, block: Block, events: list[EventBase], once_key: str) -> list[Logged]:
        """Write events of one moment; the last one carries the key that makes the moment happen once."""
        if not events:
            return []
        entries = [
            Entry(event, block.place, f"{once_key}#{n}" if n else once_key) for n, event in enumerate(reversed(events))
        ]
        return log.append(self.engine, block.session_id, reversed(entries))


TASK_KINDS = (
    "message_sent",
    "reply_started",
    "reply_given",
    "reply_failed",
    "retry_requested",
    "reply_rated",
    "belief_changed",
    "control_changed",
    "solution_updated",
    "task_started",
    "task_finished",
    "model_called",
)


def edit_to_replan(events: list[Logged]) -> str | None:
    """The id of the newest edit that no plan has taken up yet; None when there is none."""
    edits = [e for e in events if e.kind == "control_changed"]
    if not edits:
        return None
    planned = [e for e in events if e.kind == "model_called" and e.event.purpose == "draft_solution"]
    newest = edits[-1]
    return newest.id if not planned or planned[-1].seq < newest.seq else None


def alive(owner: str, me: str) -> bool:
    """Whether the process that took a turn on still runs.

    On this machine the operating system says so; a process on another machine is believed to live,
    and its turn is taken over only by that machine.
    """
    if owner == me:
        return True
    host, pid, _run = owner.rsplit(":", 2)
    if host != me.rsplit(":", 2)[0]:
        return True
    if pid == str(os.getpid()):
        return False  # the same number, another run: the one before a restart
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
