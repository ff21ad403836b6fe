"""The reply: what the assistant is told, one prompt, one stream; and what it learns afterwards."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from memory import chat_model, privacy, prompts
from memory.arm import Arm
from memory.belief import succession, usable
from memory.mechanism import Mechanism, State, Turn, dropped
from memory.schemas import SolutionDrafted
from study.beliefs import current
from study.events import (
    BeliefChanged,
    EventBase,
    LearningFailed,
    Question,
    Recalled,
    ReplyFailed,
    ReplyGiven,
    Section,
    SolutionUpdated,
)
from study.log import new_id
from study.sentence import Sentence

NO_LONGER = Sentence("rests on something that the person took back or corrected, or that is outdated")


def reply(turn: Turn, arm: Arm, cancel: threading.Event, on_text: Callable[[str], None]) -> ReplyGiven | ReplyFailed:
    """Answer one message, stage by stage (memory/mechanism.py). `on_text` gets pieces as they come.

    Never raises for what a model does: every way it can end is an outcome of the event returned.
    """
    begun = time.monotonic()
    arm.attend(turn, cancel)
    recalled = review(turn, recall(turn, arm), arm)
    asked = None if cancel.is_set() else ask(turn, recalled, arm)
    if asked:
        on_text(asked.text)
        return _question(turn, arm, recalled, asked, _since(begun))
    waited = _since(begun)
    revises = any(mechanism.does("revise") for mechanism in arm.mechanisms)
    call = arm.write(prompts.reply_messages(turn, recalled), unheard if revises else on_text)
    if call.outcome != "answered" and not (call.outcome == "stopped" and call.raw.strip() and not revises):
        return _failed(turn, call)
    text = revise(turn, recalled, call.raw, arm) if revises else call.raw
    if revises:
        on_text(text)
    return ReplyGiven(
        turn_id=turn.id,
        message_id=turn.message_id,
        text=text,
        draft=call.raw if text != call.raw else "",
        outcome="answered" if call.outcome == "answered" else "stopped",
        call_id=call.call_id,
        model=call.model,
        recalled=tuple(recalled),
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        first_token_ms=_since(begun) if revises else _later(waited, call.first_token_ms),
        duration_ms=_since(begun),
    )


def recall(turn: Turn, arm: Arm) -> list[Recalled]:
    """What every mechanism of the condition contributes, in the protocol's order; nothing by a way around a belief."""
    pieces = [piece for mechanism in arm.mechanisms for piece in mechanism.recall(turn, arm)]
    return [dropped(piece, NO_LONGER) if _is_stale(piece, turn.state) else piece for piece in pieces]


def _is_stale(piece: Recalled, state: State) -> bool:
    """Whether a piece that stands for no belief repeats what a belief rested on that no longer holds.

    It does if it quotes such a message, or rests on nothing else. One that was drawn from many messages stays.
    """
    behind = state.stale.intersection(piece.evidence)
    if piece.belief_id or not behind:
        return False
    lines = (line.text for line in (*state.remembered, *state.history) if line.id in behind)
    return behind.issuperset(piece.evidence) or any(text in piece.text for text in lines)


def review(turn: Turn, recalled: list[Recalled], arm: Arm) -> list[Recalled]:
    """The pieces after every mechanism has looked through them, each at what the one before it left."""
    for mechanism in arm.mechanisms:
        recalled = mechanism.review(turn, recalled, arm)
    return recalled


def ask(turn: Turn, recalled: list[Recalled], arm: Arm) -> Question | None:
    """The question of the first mechanism that would rather ask than answer."""
    asking = (mechanism.ask(turn, recalled, arm) for mechanism in arm.mechanisms)
    return next((question for question in asking if question), None)


def revise(turn: Turn, recalled: list[Recalled], draft: str, arm: Arm) -> str:
    """The draft as the mechanisms leave it, one after the other."""
    for mechanism in arm.mechanisms:
        draft = mechanism.revise(turn, recalled, draft, arm) or draft
    return draft


def learn(turn: Turn, reply_text: str, arm: Arm) -> list[EventBase]:
    """What a finished turn taught: all mechanisms at once, then the plan in the light of it.

    What may not be kept is left out. A mechanism that fails is recorded and left out; the study goes on.
    """
    arm.attend(turn)
    arms = [arm.apart() for _ in arm.mechanisms]
    with ThreadPoolExecutor(len(arms), "learn") as pool:  # they wait for models, not for each other
        taught = list(pool.map(lambda pair: _taught(turn, reply_text, *pair), zip(arm.mechanisms, arms, strict=True)))
    arm.calls += [call for one in arms for call in one.calls]
    learned = privacy.checked([event for one in taught for event in one], arm.private)
    wiser = replace(turn, state=with_learned(turn.state, learned))
    return learned + plan(wiser, reply_text, arm, cause=turn.id)


def _taught(turn: Turn, reply_text: str, mechanism: Mechanism, arm: Arm) -> list[EventBase]:
    try:
        return mechanism.learn(turn, reply_text, arm)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:500]
        return [LearningFailed(mechanism=mechanism.name, turn_id=turn.id, error=reason)]


def plan(turn: Turn, reply_text: str, arm: Arm, cause: str) -> list[EventBase]:
    """Bring the solution panel up to date; no event when nothing changed. The same in every condition."""
    if not (turn.state.task.sections and arm.plans):
        return []
    arm.attend(turn)
    turn = replace(turn, purpose="plan")
    recalled = review(turn, recall(turn, arm), arm)
    drafted = arm.ask(SolutionDrafted, prompts.solution_messages(turn, recalled, reply_text), "draft_solution")
    if drafted is None:
        return []
    sections = checked_sections(turn.state, drafted)
    if sections == turn.state.solution or not any(section.option_ids for section in sections):
        return []
    return [SolutionUpdated(version=turn.state.solution_version + 1, sections=sections, cause=cause)]


def checked_sections(state: State, drafted: SolutionDrafted) -> tuple[Section, ...]:
    """A drafted plan as it may be shown: the task's own sections and options, and beliefs that are held."""
    options = {option.id: option for option in state.task.catalogue}
    known = [belief.id for belief in usable(state.beliefs)]  # in one order, so that another order is no new version
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
                because=tuple(belief for belief in known if draft and belief in draft.because),
            )
        )
    return tuple(sections)


def with_learned(state: State, learned: Sequence[EventBase]) -> State:
    """The state after what was just learned, before it is in the record."""
    said = [*state.beliefs, *(event.belief for event in learned if isinstance(event, BeliefChanged))]
    noted = tuple(event for event in learned if not isinstance(event, BeliefChanged | SolutionUpdated))
    replaced = {**state.replaced, **succession(said)}
    return replace(state, beliefs=current(said), noted=state.noted + noted, replaced=replaced)


def new_turn(message_id: str, text: str, state: State) -> Turn:
    """A turn about to be answered, with an id of its own."""
    return Turn(new_id(), message_id, text, state)


def _question(turn: Turn, arm: Arm, recalled: list[Recalled], asked: Question, waited: float) -> ReplyGiven:
    """A reply that is a question; its model call is that of the mechanism, if it made one."""
    call = arm.calls[-1] if arm.calls else None
    return ReplyGiven(
        turn_id=turn.id,
        message_id=turn.message_id,
        text=asked.text,
        outcome="answered",
        call_id=call.call_id if call else "",
        model=call.model if call else "",
        recalled=tuple(recalled),
        asked=asked,
        first_token_ms=waited,
        duration_ms=waited,
    )


def _failed(turn: Turn, call: chat_model.Call) -> ReplyFailed:
    outcome: Any = call.outcome
    return ReplyFailed(
        turn_id=turn.id,
        message_id=turn.message_id,
        outcome=outcome,
        partial=call.raw,
        error=call.error,
        call_id=call.call_id,
    )


def unheard(piece: str) -> None:
    """Where a draft goes that may still change: nowhere, until it is settled."""


def _since(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 1)


def _later(waited: float, first_token_ms: float | None) -> float | None:
    return None if first_token_ms is None else round(waited + first_token_ms, 1)
