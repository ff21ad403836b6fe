"""The reply: what the assistant is told, one prompt, one stream; and what it learns afterwards."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from memory import chat_model, prompts
from memory.index import Index
from memory.mechanism import Mechanism, Schema, State, Turn
from memory.mechanisms.registry import MECHANISMS
from memory.schemas import SolutionDrafted
from study.answers import Said
from study.events import (
    BeliefChanged,
    EventBase,
    LearningFailed,
    Message,
    ModelCalled,
    Recalled,
    ReplyFailed,
    ReplyGiven,
    Section,
    SolutionUpdated,
)
from study.log import new_id
from study.protocol import Condition


@dataclass(frozen=True)
class Limits:
    """How long a model may take (seconds) and how often a call is tried again."""

    timeout: float
    retries: int = 2


class Arm:
    """A condition at work: its mechanisms, the model and the index. Implements `mechanism.Tools`.

    Model calls made through it are collected in `calls`, to be logged with what they led to.
    """

    def __init__(
        self,
        condition: Condition,
        model: BaseChatModel,
        index: Index,
        limits: Limits,
        said: Callable[[], Sequence[Said]] = tuple,
    ) -> None:
        self.mechanisms: list[Mechanism] = mechanisms_of(condition)
        self.model = model
        self.index = index
        self.limits = limits
        self.said_before = said
        self.plans = condition.plan_panel == "shown"
        self.calls: list[ModelCalled] = []
        self.turn_id: str | None = None

    def ask(self, schema: type[Schema], messages: Sequence[Message], purpose: str) -> Schema | None:
        """One structured call; None when no usable answer came."""
        parsed, call = chat_model.structured(
            self.model,
            schema,
            list(messages),
            purpose=purpose,
            timeout=self.limits.timeout,
            retries=self.limits.retries,
        )
        self.note(call)
        return parsed  # type: ignore[return-value]

    def remember(self, scope: str, entries: Sequence[tuple[str, str]]) -> None:
        """Put (id, text) pairs into the index under this scope."""
        self.index.remember(scope, entries)

    def nearest(self, scope: str, text: str, count: int) -> list[tuple[str, str, float]]:
        """The nearest entries of this scope, best first."""
        return self.index.nearest(scope, text, count)

    def note(self, call: chat_model.Call) -> str:
        """Keep a model call for the record; returns its id."""
        self.calls.append(ModelCalled(**_fields(call), turn_id=self.turn_id))
        return call.call_id


def mechanisms_of(condition: Condition) -> list[Mechanism]:
    """The mechanisms of a condition, in the order in which the protocol names them."""
    made: list[Mechanism] = []
    for use in condition.mechanisms:
        mechanism = MECHANISMS[use.name]
        made.append(mechanism(mechanism.Params.model_validate(use.params)))
    return made


def reply(turn: Turn, arm: Arm, cancel: threading.Event, on_text: Callable[[str], None]) -> ReplyGiven | ReplyFailed:
    """Answer one message: recall, one prompt, stream. `on_text` gets pieces as they come.

    Never raises for what a model does: every way it can end is an outcome of the event returned.
    """
    arm.turn_id = turn.id
    recalled = recall(turn, arm)
    messages = prompts.reply_messages(turn, recalled)
    call = chat_model.stream(
        arm.model,
        messages,
        purpose="reply",
        timeout=arm.limits.timeout,
        cancel=cancel,
        on_text=on_text,
        retries=arm.limits.retries,
    )
    arm.note(call)
    if call.outcome == "answered" or (call.outcome == "stopped" and call.raw.strip()):
        return ReplyGiven(
            turn_id=turn.id,
            message_id=turn.message_id,
            text=call.raw,
            outcome="answered" if call.outcome == "answered" else "stopped",
            call_id=call.call_id,
            model=call.model,
            recalled=tuple(recalled),
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            first_token_ms=call.first_token_ms,
            duration_ms=call.duration_ms,
        )
    outcome: Any = call.outcome
    return ReplyFailed(
        turn_id=turn.id,
        message_id=turn.message_id,
        outcome=outcome,
        partial=call.raw,
        error=call.error,
        call_id=call.call_id,
    )


def recall(turn: Turn, arm: Arm) -> list[Recalled]:
    """What every mechanism of the condition contributes, in the protocol's order."""
    return [piece for mechanism in arm.mechanisms for piece in mechanism.recall(turn, arm)]


def learn(turn: Turn, reply_text: str, arm: Arm) -> list[EventBase]:
    """What a finished turn taught: mechanisms first, then the plan in the light of it.

    A mechanism that fails is recorded and left out; the study goes on.
    """
    arm.turn_id = turn.id
    learned: list[EventBase] = []
    for mechanism in arm.mechanisms:
        try:
            learned += mechanism.learn(turn, reply_text, arm)
        except Exception as error:
            learned.append(
                LearningFailed(
                    mechanism=mechanism.name, turn_id=turn.id, error=f"{type(error).__name__}: {error}"[:500]
                )
            )
    wiser = replace(turn, state=with_beliefs(turn.state, learned))
    return learned + plan(wiser, reply_text, arm, cause=turn.id)


def plan(turn: Turn, reply_text: str, arm: Arm, cause: str) -> list[EventBase]:
    """Bring the solution panel up to date; no event when nothing changed. The same in every condition."""
    if not (turn.state.task.sections and arm.plans):
        return []
    arm.turn_id = turn.id
    recalled = recall(turn, arm)
    drafted = arm.ask(SolutionDrafted, prompts.solution_messages(turn, recalled, reply_text), "draft_solution")
    if drafted is None:
        return []
    sections = checked_sections(turn.state, drafted)
    if sections == turn.state.solution or not any(section.option_ids for section in sections):
        return []
    return [SolutionUpdated(version=turn.state.solution_version + 1, sections=sections, cause=cause)]


def checked_sections(state: State, drafted: SolutionDrafted) -> tuple[Section, ...]:
    """A drafted plan as it may be shown: the task's own sections, options and beliefs only."""
    options = {option.id: option for option in state.task.catalogue}
    known = {belief.id for belief in state.beliefs}
    drafts = {draft.id: draft for draft in drafted.sections}
    sections = []
    for section in state.task.sections:
        draft = drafts.get(section.id)
        chosen = [o for o in (draft.option_ids if draft else []) if o in options and options[o].section == section.id]
        sections.append(
            Section(
                id=section.id,
                title=section.title,
                text=draft.text if draft else "",
                option_ids=tuple(dict.fromkeys(chosen)),
                because=tuple(b for b in (draft.because if draft else []) if b in known),
            )
        )
    return tuple(sections)


def with_beliefs(state: State, learned: Sequence[EventBase]) -> State:
    """The state after newly learned beliefs, before they are in the record."""
    beliefs = {belief.id: belief for belief in state.beliefs}
    for event in learned:
        if isinstance(event, BeliefChanged):
            beliefs.pop(event.belief.supersedes or "", None)
            beliefs[event.belief.id] = event.belief
    return replace(state, beliefs=tuple(beliefs.values()))


def new_turn(message_id: str, text: str, state: State) -> Turn:
    """A turn about to be answered, with an id of its own."""
    return Turn(new_id(), message_id, text, state)


def _fields(call: chat_model.Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in ModelCalled.model_fields if name not in ("v", "kind", "turn_id")}
