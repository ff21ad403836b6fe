"""The index from the record: what belongs in it, and making it anew when it lacks some of that."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby

from sqlalchemy import Engine

from memory import privacy
from memory.arm import mechanisms_of
from memory.index import Entry, Index
from memory.mechanism import Mechanism, State
from memory.state import fold
from memory.words import has_words
from memory.worker import Block
from study.enrolment import assignment_of, every_session, sitting
from study.log import Logged, study_events
from study.plan import plan
from study.protocol import Condition, Protocol
from study.studies import all_studies
from study.versions import protocols

KINDS = ("message_sent", "reply_started", "reply_given", "reply_failed", "retry_requested", "turn_learned")


def see_to(engine: Engine, index: Index, say: Callable[[str], None]) -> None:
    """Make the index anew if it is stale or damaged, and `say` so; nothing happens when it is in order.

    The record is read first, and a message is learned from before the record says so: what others
    write in the meantime can only be more than is expected. What is here of sessions that the record does not have,
    as after an erasure that broke off, is deleted; for that the index is read first.
    """
    held = index.sessions()
    if strays := held - every_session(engine):
        index.forget(*strays)
        say("Something of sessions that were erased was still in the index, and is deleted.")
    wanted = entries(engine)
    if not wanted:
        return
    if flaw := index.flaw(len(wanted)):
        say(f"The index is made anew from the record, for {flaw}.")
        index.rebuild(wanted)
        say(f"The index is ready. Messages: {len(wanted)}.")


def entries(engine: Engine) -> list[Entry]:
    """All that mechanisms have put into the index, as the record has it: (scope, id, text), each once."""
    found = {(scope, name): text for study in all_studies(engine) for scope, name, text in _of_study(engine, study.id)}
    return [(scope, name, text) for (scope, name), text in found.items() if has_words(text)]


def _of_study(engine: Engine, study_id: str) -> Iterator[Entry]:
    versions = protocols(engine, study_id)
    if not any(_indexed(condition) for protocol in versions.values() for condition in protocol.conditions):
        return
    for session_id, events in groupby(study_events(engine, study_id, KINDS), key=lambda entry: entry.session_id):
        row = sitting(engine, session_id)
        protocol = versions[row.study_version]
        by_step: dict[str, list[Logged]] = {}
        for entry in events:
            by_step.setdefault(entry.place.step, []).append(entry)
        for step in plan(protocol, assignment_of(row)):
            if step.kind == "task" and step.id in by_step:
                yield from _of_task(Block(session_id, step, protocol), by_step[step.id])


def _of_task(block: Block, events: list[Logged]) -> Iterator[Entry]:
    protocol: Protocol = block.protocol
    state = _learned(fold(block.scope, protocol.task(block.step.task or ""), events), events)
    refusal = partial(privacy.refusal, privacy=protocol.privacy)
    for mechanism in _indexed(protocol.condition(block.step.condition or "")):
        for name, text in mechanism.entries(state, refusal):
            yield block.scope, name, text


def _learned(state: State, events: list[Logged]) -> State:
    """As far as mechanisms have learned from it; the rest is put into the index when they do."""
    turns = {entry.event.turn_id for entry in events if entry.kind == "turn_learned"}
    kept = []
    for message, reply in zip(state.history[::2], state.history[1::2], strict=True):
        kept += [message, reply] if reply.id in turns else []
    return replace(state, history=tuple(kept))


def _indexed(condition: Condition) -> list[Mechanism]:
    return [mechanism for mechanism in mechanisms_of(condition) if mechanism.does("entries")]
