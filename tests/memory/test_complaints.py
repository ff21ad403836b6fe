"""What people complain about in products with a memory, each as one test of whole turns.

The complaints: a contradiction deleted the old fact and lost the new one (mem0 #4536); adding a fact twice deleted
it (mem0 #1674); old and new preference coexist (mem0 #5867); facts retired wrongly (graphiti #1728); memory
overwritten on connecting (letta-code #417); a correction that does not replace, or is outranked; a deleted thing
that comes back; stale facts used silently; contexts that get mixed.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from desks import DEMO, logged, say, sit_down, study_of
from hypothesis import given, settings
from hypothesis import strategies as st
from openai_server import OpenAIServer, Says
from scripted import TASK
from sqlalchemy import Engine

from memory import assistant, prompts
from memory.arm import Arm, Limits
from memory.conversation import Desk
from memory.index import Index
from memory.mechanism import State, Turn
from memory.offline import OfflineChatModel
from memory.offline_reading import read
from memory.worker import Worker
from study.enrolment import assignment_of, sitting
from study.events import Belief, BeliefChanged
from study.log import Entry, append
from study.plan import plan
from study.protocol import Condition, MechanismUse
from study.settings import Settings
from study.wishes import wishes

PROFILE = MechanismUse(name="inferred_profile", params={"visibility": "editable", "max_recalled": 50})
PANEL = MechanismUse(name="needs_panel", params={"max_questions": 0})
RETRIEVAL = MechanismUse(name="retrieval", params={"min_similarity": 0, "top_k": 20})
PASSIVE, ACTIVE = (PROFILE, RETRIEVAL), (PANEL, RETRIEVAL)
BOTH = pytest.mark.parametrize("uses", [PASSIVE, ACTIVE], ids=["profile", "panel"])
TOPICS = read(prompts.sections(State("s:1", TASK), "", {})).topics
PHRASES = [
    (topic.id, value, f"I would like {words[0]}.")
    for topic in TOPICS
    for value, words in topic.values.items()
    if [(w.topic, w.value) for w in wishes(f"I would like {words[0]}.", TOPICS)] == [(topic.id, value)]
]
"""Statements about the weekend trip that say one thing each."""


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


def seated(engine: Engine, worker: Worker, uses: Sequence[MechanismUse], model: str = "offline") -> Desk:
    made = Condition(id="one", mechanisms=tuple(uses))
    return sit_down(engine, worker, "one", study_of(made, tasks=(TASK,)), model)


def held(desk: Desk, topic: str = "") -> list[str]:
    return [b.text for b in desk.view().state.beliefs if b.status == "held" and (not topic or b.topic == topic)]


def values(texts: Sequence[str]) -> set[str]:
    return {wish.value for text in texts for wish in wishes(text, TOPICS) if wish.wanted}


def noted(desk: Desk) -> list[str]:
    """Everything that was ever noted, whatever became of it."""
    return [entry.event.belief.text for entry in logged(desk, "belief_changed")]


def told(desk: Desk, purpose: str = "reply") -> str:
    """What the model was last told about the person."""
    call = [e.event for e in logged(desk, "model_called") if e.event.purpose == purpose][-1]
    return str(call.messages[0].content).partition("# About the participant")[2].partition("\n#")[0]


def operate(desk: Desk, action: str, belief: Belief, text: str | None = None) -> None:
    (control,) = [c for c in desk.view().controls if c.type in ("profile", "needs")]
    value: Any = belief.id if text is None else {"id": belief.id, "text": text}
    desk.operate(control.mechanism, control.id, action, value)
    desk.worker.wait(desk.session_id)


def about(desk: Desk, topic: str) -> Belief:
    (found,) = [b for b in desk.view().state.beliefs if b.topic == topic and b.status == "held"]
    return found


# --- a contradiction deletes the old fact and loses the new one -------------------------------------


@BOTH
def test_a_contradiction_replaces_the_old_fact_and_loses_neither(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    say(desk, "I would like to go by train.")
    old = about(desk, "travel")
    say(desk, "Rather by car, after all.")
    new = about(desk, "travel")
    assert values([new.text]) == {"car"} and new.supersedes == old.id
    assert old.text in noted(desk), "the old fact stays in the record"


def test_a_model_that_repeats_the_old_words_does_not_lose_the_new_ones(
    engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer
) -> None:
    online = Worker(engine, instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0}), shared_index)
    desk = seated(engine, online, (PROFILE,), "openai:test-model")
    plan_answer = Says(json.dumps({"sections": []}))
    llm.script_structured(proposal("Prefers trains"), plan_answer)
    say(desk, "By train.")
    (old,) = desk.view().state.beliefs
    llm.script_structured(proposal("Prefers cars"), labelled(old.id, "similar", "Prefers trains"), plan_answer)
    say(desk, "By car, rather.")
    assert held(desk) == ["Prefers cars"] and "Prefers trains" in noted(desk)


def proposal(text: str, topic: str = "") -> Says:
    one = {"text": text, "reasoning": "Said.", "confidence": 8, "durability": 6, "topic": topic}
    return Says(json.dumps({"beliefs": [one]}))


def labelled(belief_id: str, label: str, text: str) -> Says:
    match = {"proposal": 0, "belief_id": belief_id, "label": label, "text": text}
    return Says(json.dumps({"matches": [match]}))


# --- adding a fact twice deletes it -----------------------------------------------------------------


@BOTH
def test_a_fact_that_is_said_again_and_again_is_held_once(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    for _ in range(4):
        say(desk, "I would like to go by train.")
        assert values(held(desk, "travel")) == {"train"} and len(held(desk, "travel")) == 1


def test_a_need_that_is_added_by_hand_twice_stays(engine: Engine, worker: Worker) -> None:
    desk = seated(engine, worker, (PANEL,))
    for _ in range(2):
        desk.operate("needs_panel", "needs", "add", "Close to a station")
    assert set(held(desk)) == {"Close to a station"}


# --- old and new coexist ----------------------------------------------------------------------------


@BOTH
def test_of_old_and_new_only_the_new_one_is_held_however_often_the_mind_changes(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    for word, value in (("train", "train"), ("car", "car"), ("train", "train"), ("bike", "bike"), ("car", "car")):
        say(desk, f"I would like to go by {word}.")
        assert values(held(desk, "travel")) == {value} and len(held(desk, "travel")) == 1


def test_what_was_said_in_one_breath_is_replaced_as_a_whole(engine: Engine, worker: Worker) -> None:
    desk = seated(engine, worker, (PROFILE,))
    say(desk, "By train or by car.")
    assert values(held(desk, "travel")) == {"train", "car"}
    say(desk, "Rather by bike.")
    assert values(held(desk, "travel")) == {"bike"} and len(held(desk, "travel")) == 1
    say(desk, "No, by train then.")
    assert values(held(desk, "travel")) == {"train"} and len(held(desk, "travel")) == 1


# --- facts are retired wrongly ----------------------------------------------------------------------


def test_what_can_be_true_side_by_side_stays(engine: Engine, worker: Worker) -> None:
    desk = seated(engine, worker, (PROFILE,))
    say(desk, "I would like to go by train.")
    say(desk, "I do not want a car.")
    assert len(held(desk, "travel")) == 2
    assert "train" in told(desk) and values(held(desk, "travel")) == {"train"}


@BOTH
def test_a_long_mixed_conversation_keeps_the_last_word_on_every_subject(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    chance, expected = random.Random(5), {}
    for topic, value, text in [*PHRASES, *chance.choices(PHRASES, k=20)]:
        say(desk, text)
        expected[topic] = {value}
    assert {topic: values(held(desk, topic)) for topic in expected} == expected
    assert len(held(desk)) == len(expected) == len(TOPICS)


@pytest.fixture(scope="module")
def index() -> Any:
    made = Index(None)
    yield made
    made.close()


@given(st.lists(st.sampled_from(PHRASES), min_size=1, max_size=14))
@settings(max_examples=30, deadline=None)
def test_nothing_that_is_about_something_else_is_ever_retired(index: Index, said: list[tuple[str, str, str]]) -> None:
    arm = Arm(Condition(id="one", mechanisms=(PROFILE, PANEL)), OfflineChatModel(), index, Limits(10))
    state = State("s:1", TASK)
    for number, (topic, _, text) in enumerate(said):
        before = {(b.kind, b.text) for b in state.beliefs if b.status == "held" and b.topic != topic}
        learned = assistant.learn(Turn(f"t{number}", f"m{number}", text, state), "A reply.", arm)
        state = assistant.with_learned(state, learned)
        assert before <= {(b.kind, b.text) for b in state.beliefs if b.status == "held"}
    last = {topic: value for topic, value, _ in said}
    for kind in ("need", "preference"):
        now = [b for b in state.beliefs if b.status == "held" and b.kind == kind]
        assert {b.topic: values([b.text]) for b in now} == {topic: {value} for topic, value in last.items()}
        assert len(now) == len(last)


def test_a_careless_model_cannot_retire_what_is_about_another_subject(
    engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer
) -> None:
    online = Worker(engine, instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0}), shared_index)
    desk = seated(engine, online, (PROFILE,), "openai:test-model")
    plan_answer = Says(json.dumps({"sections": []}))
    llm.script_structured(proposal("Prefers trains", "travel"), plan_answer)
    say(desk, "By train.")
    (old,) = desk.view().state.beliefs
    llm.script_structured(
        proposal("Wants it cheap", "budget"), labelled(old.id, "similar", "Wants it cheap"), plan_answer
    )
    say(desk, "And cheap.")
    assert held(desk) == ["Prefers trains", "Wants it cheap"]


# --- connecting overwrites --------------------------------------------------------------------------


@BOTH
def test_opening_again_in_another_tab_or_after_a_restart_overwrites_nothing(
    engine: Engine, worker: Worker, instant: Settings, shared_index: Index, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    say(desk, "I would like to go by train, somewhere cheap.")
    operate(desk, "edit", about(desk, "travel"), "Only by night train")
    record, state = logged(desk), desk.view().state
    for _ in range(3):
        restarted = Worker(engine, instant, shared_index)
        again = replace(desk, worker=restarted)
        again.open()
        assert again.view().state == state
        restarted.ensure(again.block)
        restarted.wait(desk.session_id)
    assert logged(desk) == record


# --- a correction that does not replace, or is outranked --------------------------------------------


@BOTH
def test_a_correction_replaces_and_outranks_whatever_comes_later(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    say(desk, "I would like to go by car.")
    operate(desk, "edit", about(desk, "travel"), "Getting around: train")
    corrected = about(desk, "travel")
    assert "train" in told(desk, "draft_solution") and "car" not in told(desk, "draft_solution")
    say(desk, "What would you suggest?")
    assert "train" in told(desk) and "car" not in told(desk), "also not as an earlier message"
    say(desk, "Could be by car, perhaps.")
    assert about(desk, "travel") == corrected
    say(desk, "And now?")
    assert f"[{corrected.id}] Getting around: train" in told(desk)


@BOTH
def test_a_correction_in_words_that_no_rule_can_read_is_not_contradicted_either(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    say(desk, "I would like to go by car.")
    operate(desk, "edit", about(desk, "travel"), "Whatever is slowest")
    say(desk, "By bike.")
    assert held(desk, "travel") == ["Whatever is slowest"]


# --- what was deleted comes back --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uses", "action"), [(PASSIVE, "delete"), (ACTIVE, "delete"), (ACTIVE, "decline")], ids=lambda v: str(v)[:40]
)
def test_what_the_person_took_back_is_neither_told_nor_planned_with_nor_found_again(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...], action: str
) -> None:
    desk = seated(engine, worker, uses)
    say(desk, "I would like to go by train.")
    say(desk, "Something cheap.")
    gone = about(desk, "travel")
    operate(desk, action, gone)
    assert "train" not in told(desk, "draft_solution")
    worker.index.forget(desk.session_id)  # an index that is filled from the record again
    for text in ("How do I get there?", "And now?"):
        say(desk, text)
        assert "train" not in told(desk) and "train" not in told(desk, "draft_solution")
        assert "cheap" in told(desk), "what was said beside it stays"
    assert all(gone.id not in section.because for section in desk.view().state.solution)
    (back,) = [p for p in logged(desk, "reply_given")[-1].event.recalled if gone.evidence[0] in p.evidence]
    assert not back.used and back.reason == assistant.NO_LONGER


def test_what_the_person_uses_again_may_be_found_again(engine: Engine, worker: Worker) -> None:
    desk = seated(engine, worker, PASSIVE)
    say(desk, "I would like to go by train.")
    noted_once = about(desk, "travel")
    hidden, again = (noted_once.model_copy(update={"status": status}) for status in ("declined", "held"))
    for action, belief, found in (("declined", hidden, False), ("confirmed", again, True)):
        changed = BeliefChanged(mechanism="inferred_profile", by="person", action=action, belief=belief)
        append(engine, desk.session_id, [Entry(changed, desk.block.place)])
        say(desk, "How do I get there?")
        assert ("I would like to go by train" in told(desk)) is found


def test_what_is_deleted_under_a_scope_is_gone_from_the_index_with_its_blocks(engine: Engine, worker: Worker) -> None:
    one, other = seated(engine, worker, PASSIVE), seated(engine, worker, PASSIVE)
    for desk in (one, other):
        say(desk, "I would like to go by train.")
        assert worker.index.nearest(desk.block.scope, "by train", 5)
    worker.index.forget(one.session_id)
    assert worker.index.nearest(one.block.scope, "by train", 5) == []
    assert worker.index.nearest(other.block.scope, "by train", 5)


# --- stale facts are used silently ------------------------------------------------------------------


@BOTH
def test_an_outdated_fact_is_never_used_and_neither_are_the_words_it_came_from(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    desk = seated(engine, worker, uses)
    say(desk, "I would like to go by train.")
    outdated = about(desk, "travel").model_copy(update={"status": "outdated"})
    changed = BeliefChanged(mechanism=uses[0].name, by="mechanism", action="outdated", belief=outdated)
    append(engine, desk.session_id, [Entry(changed, desk.block.place)])
    say(desk, "How do I get there?")
    assert "train" not in told(desk) and "train" not in told(desk, "draft_solution")
    say(desk, "I would like to go by train.")
    assert values(held(desk, "travel")) == {"train"}, "what was outdated may come true again"


# --- contexts get mixed -----------------------------------------------------------------------------


@BOTH
def test_neither_another_block_nor_another_participant_is_ever_told_of(
    engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]
) -> None:
    conditions = tuple(Condition(id=name, mechanisms=uses) for name in ("first", "second"))
    protocol = study_of(*conditions, tasks=DEMO.tasks[:2])
    one = sit_down(engine, worker, "first", protocol)
    say(one, "I would like to go by train and to save money.", "message-one")
    steps = plan(protocol, assignment_of(sitting(engine, one.session_id)))
    later = next(step for step in steps if step.kind == "task" and step.condition == "second")
    elsewhere = Desk(engine, worker, protocol, one.session_id, later, None)
    elsewhere.open()
    somebody_else = sit_down(engine, worker, "first", protocol)
    for desk in (elsewhere, somebody_else):
        assert desk.view().state.beliefs == ()
        say(desk, "Do I go by train to save money?", f"message-{desk.step.block}-{desk.session_id[:8]}")
        given = [e for e in logged(desk, "reply_given") if e.place.step == desk.step.id]
        assert given[-1].event.recalled == ()
    assert len(one.view().turns) == 1
