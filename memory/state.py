"""The state of a block as a fold over its events: conversation, beliefs, controls, solution."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from memory.belief import succession
from memory.mechanism import VALUE_ACTIONS, Line, State, piece_id
from study import beliefs
from study.events import Question, Recalled, Section
from study.flow import Earlier, Step
from study.log import Logged
from study.protocol import Protocol, Task

FOLDED = {
    "message_sent",
    "reply_started",
    "reply_given",
    "reply_failed",
    "turn_learned",
    "retry_requested",
    "reply_rated",
    "belief_changed",
    "control_changed",
    "solution_updated",
    "task_started",
    "task_finished",
    "replanned",
}
"""Kinds of event that make up a task's state; those of other kinds that mechanisms emit are handed back to them."""
TurnStatus = Literal["waiting", "running", "answered", "stopped", "failed"]


@dataclass(frozen=True)
class Exchange:
    """One message of the participant and what became of it.

    `event_id` is the message's event, `step` its task; `turn_id` the last attempt; `owner` the process that
    took it on, and `begun` when; `recalled` what came up for the reply; `asked`: the reply is this question.
    """

    message_id: str
    event_id: str
    text: str
    status: TurnStatus = "waiting"
    reply: str = ""
    outcome: str = ""
    turn_id: str = ""
    attempt: int = 0
    owner: str = ""
    begun: datetime | None = None
    rating: str | None = None
    step: str = ""
    recalled: tuple[Recalled, ...] = ()
    asked: Question | None = None


def exchanges(events: Iterable[Logged]) -> list[Exchange]:
    """Every message of a block with its reply, in order."""
    turns: dict[str, dict[str, Any]] = {}
    rated: dict[str, str] = {}
    for entry in events:
        event = entry.event
        match entry.kind:
            case "message_sent":
                said = {"message_id": event.message_id, "event_id": entry.id, "text": event.text}
                turns[event.message_id] = said | {"step": entry.place.step}
            case "reply_started":
                turns[event.message_id] |= {
                    "status": "running",
                    "turn_id": event.turn_id,
                    "attempt": event.attempt,
                    "owner": event.owner,
                    "begun": entry.at,
                }
            case "reply_given":
                turns[event.message_id] |= {
                    "status": event.outcome,
                    "outcome": event.outcome,
                    "reply": event.text,
                    "recalled": event.recalled,
                    "asked": event.asked,
                    "turn_id": event.turn_id,
                }
            case "reply_failed":
                turns[event.message_id] |= {"status": "failed", "outcome": event.outcome, "turn_id": event.turn_id}
            case "retry_requested":
                turns[event.message_id] |= {"status": "waiting"}
            case "reply_rated":
                rated[event.turn_id] = event.rating
    return [Exchange(**turn, rating=rated.get(turn.get("turn_id", ""))) for turn in turns.values()]


def fold(scope: str, task: Task, events: Sequence[Logged], earlier: Sequence[Logged] = ()) -> State:
    """What is true in a task after these events of it.

    Beliefs and controls are carried over from `earlier` tasks with the same memory; conversation and
    solution are a task's own.
    """
    known = [*earlier, *events]
    changes = [entry.event for entry in known if entry.kind == "belief_changed"]
    controls: dict[str, Any] = {}
    solution: tuple[Section, ...] = ()
    version = 0
    for entry in known:
        if entry.kind == "control_changed" and entry.event.action in VALUE_ACTIONS:
            controls[f"{entry.event.mechanism}.{entry.event.control}"] = entry.event.new
    for entry in events:
        if entry.kind == "solution_updated":
            solution, version = entry.event.sections, entry.event.version
    noted = tuple(entry.event for entry in known if entry.kind not in FOLDED and hasattr(entry.event, "mechanism"))
    return State(
        scope=scope,
        task=task,
        history=_lines(events),
        beliefs=beliefs.fold(changes),
        controls=controls,
        solution=solution,
        solution_version=version,
        remembered=_lines(earlier),
        noted=noted,
        replaced=succession(change.belief for change in changes),
        stale=beliefs.stale(changes),
    )


def state_of(
    scope: str, protocol: Protocol, step: Step, events: Sequence[Logged], of_step: Callable[[str], Sequence[Logged]]
) -> State:
    """What is true after these events of a task, with what is remembered from earlier ones, which `of_step` gives."""
    earlier = [entry for past in step.remembers for entry in carried(of_step(past.step), past, step)]
    task = protocol.task(step.task or "")
    return replace(fold(scope, task, events, earlier), language=protocol.language)


def carried(events: Iterable[Logged], there: Earlier, here: Step) -> list[Logged]:
    """Events of an earlier task of the same memory, without beliefs that were only meant for it."""
    same_block, same_session = there.block == here.block, there.session == here.session
    return [
        entry
        for entry in events
        if entry.kind != "belief_changed" or beliefs.reaches(entry.event.belief.scope, False, same_block, same_session)
    ]


def before(state: State, message_id: str) -> State:
    """The state with the conversation as it was when this message came; what is known stays."""
    ids = [line.id for line in state.history]
    return replace(state, history=state.history[: ids.index(message_id)]) if message_id in ids else state


def _lines(events: Iterable[Logged]) -> tuple[Line, ...]:
    lines: list[Line] = []
    for turn in exchanges(events):
        if turn.status in ("answered", "stopped"):
            lines.append(Line(turn.message_id, "user", turn.text, step=turn.step))
            recalled = tuple(piece_id(piece) for piece in turn.recalled if piece.kind == "memory")
            lines.append(
                Line(turn.turn_id, "assistant", turn.reply, step=turn.step, asked=turn.asked, recalled=recalled)
            )
    return tuple(lines)
