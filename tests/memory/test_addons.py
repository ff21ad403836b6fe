"""Add-ons together: in either order the first reason stays, hard constraints survive, and the plan keeps what it needs."""

from typing import Any

import pytest
from desks import logged, say, sit_down, study_of
from hypothesis import given
from hypothesis import strategies as st
from scripted import TASK
from sqlalchemy import Engine

from memory import assistant
from memory.arm import Arm, Limits
from memory.belief import binding
from memory.conversation import Desk
from memory.index import Index
from memory.mechanism import State, Turn, piece_id
from memory.offline import OfflineChatModel
from memory.worker import Worker
from study.events import Belief, BeliefChanged, Recalled
from study.log import Entry, append
from study.protocol import Condition, MechanismUse
from study.settings import Settings

ARMS = (
    MechanismUse(name="inferred_profile", params={"visibility": "editable", "max_recalled": 50}),
    MechanismUse(name="needs_panel", params={"max_questions": 0}),
    MechanismUse(name="retrieval", params={"min_similarity": 0, "top_k": 20}),
    MechanismUse(
        name="preference_controls", params={"controls": [{"id": "words", "type": "text", "label": "Keep in mind"}]}
    ),
)
FILTER = MechanismUse(name="relevance_filter")
ORDERS = pytest.mark.parametrize("first", ["filter", "dial"])
CONSTRAINT = Belief(id="b-nuts", text="Cannot eat nuts", kind="constraint", confidence=0.2, evidence=("m",))


def dial(**params: Any) -> MechanismUse:
    return MechanismUse(name="reliance_dial", params=params)


def in_order(first: str, *, level: int) -> tuple[MechanismUse, ...]:
    both = (FILTER, dial(level=level))
    return (*ARMS, *(both if first == "filter" else both[::-1]))


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


def talked(engine: Engine, worker: Worker, uses: tuple[MechanismUse, ...]) -> Desk:
    """A desk at which something was said, set and noted; with a constraint."""
    desk = sit_down(engine, worker, "one", study_of(Condition(id="one", mechanisms=uses), tasks=(TASK,)))
    noted = BeliefChanged(mechanism="inferred_profile", by="mechanism", action="added", belief=CONSTRAINT)
    append(engine, desk.session_id, [Entry(noted, desk.block.place)])
    desk.operate("preference_controls", "words", "set", "A window seat")
    say(desk, "I would like to go by train, perhaps somewhere cheap.")
    return desk


def last(desk: Desk) -> tuple[Recalled, ...]:
    return tuple(logged(desk, "reply_given")[-1].event.recalled)


@ORDERS
def test_the_first_add_on_that_drops_a_piece_gives_the_reason(engine: Engine, worker: Worker, first: str) -> None:
    desk = talked(engine, worker, in_order(first, level=2))
    say(desk, "Who wrote the Odyssey?")
    reasons = {(p.mechanism, p.text): p.reason for p in last(desk) if not p.used}
    assert len(reasons) == 4, "two beliefs, the message, the control"
    beliefs = {text: reason for (name, text), reason in reasons.items() if name == "inferred_profile"}
    assert all(
        r.startswith("does not bear" if first == "filter" else "reliance level 2: infer") for r in beliefs.values()
    )
    (set_by_person,) = [reason for (name, _), reason in reasons.items() if name == "preference_controls"]
    assert set_by_person.startswith("does not bear"), "the dial lets it through, the filter does not"
    (message,) = [reason for (name, _), reason in reasons.items() if name == "retrieval"]
    assert message.startswith("does not bear" if first == "filter" else "reliance level 2: brought up")


@ORDERS
def test_constraints_and_stated_needs_survive_both(engine: Engine, worker: Worker, first: str) -> None:
    desk = talked(engine, worker, in_order(first, level=1))
    say(desk, "Who wrote the Odyssey?")
    used = {piece.belief_id for piece in last(desk) if piece.used}
    hard = {belief.id for belief in desk.view().state.beliefs if binding(belief)}
    assert used == hard and CONSTRAINT.id in hard and len(hard) == 3
    prompt = [e.event for e in logged(desk, "model_called") if e.event.purpose == "reply"][-1].messages[0].content
    assert all(f"[{belief_id}]" in prompt for belief_id in hard) and "window seat" not in prompt


@ORDERS
def test_what_is_dropped_otherwise_is_the_same_in_either_order(engine: Engine, worker: Worker, first: str) -> None:
    desk = talked(engine, worker, in_order(first, level=4))
    say(desk, "Can I go by rail?")
    told = {(piece.mechanism, piece.text.partition(":")[0]) for piece in last(desk) if piece.used}
    assert told == {
        ("inferred_profile", "Cannot eat nuts"),
        ("inferred_profile", "Getting around"),
        ("needs_panel", "Getting around"),
        ("needs_panel", "Budget"),
        ("retrieval", "Said earlier"),
    }


@ORDERS
def test_the_plan_is_masked_by_the_dial_and_not_by_the_filter(engine: Engine, worker: Worker, first: str) -> None:
    desk = talked(engine, worker, in_order(first, level=3))
    say(desk, "Who wrote the Odyssey?")
    drafted = [e.event for e in logged(desk, "model_called") if e.event.purpose == "draft_solution"][-1]
    prompt = drafted.messages[0].content
    about = prompt.partition("# About the participant")[2].partition("\n#")[0]
    assert "A window seat" in about and "Getting around: train" in about and "by train, perhaps" in about
    assert "prefers low" not in about, "said with a doubt: confidence .4, from level 4"


def test_moving_the_dial_makes_the_plan_anew_and_is_obeyed_by_the_next_reply(engine: Engine, worker: Worker) -> None:
    desk = talked(engine, worker, (*ARMS[:1], ARMS[3], dial(level=5)))
    desk.operate("reliance_dial", "dial", "set", 1)
    worker.wait(desk.session_id)
    assert logged(desk, "replanned")
    say(desk, "What would you suggest?")
    assert {piece.text for piece in last(desk) if piece.used} == {CONSTRAINT.text}
    levels = {piece.reason.partition(":")[0] for piece in last(desk)}
    assert levels == {"reliance level 1"}


PIECES = st.builds(
    Recalled,
    text=st.sampled_from(["By train", "Cheap", "Odyssey"]),
    mechanism=st.just("one"),
    belief_id=st.sampled_from([None, "hard", "sure", "unsure"]),
    evidence=st.sampled_from([("m1",), ("control:x",)]),
    kind=st.sampled_from(["memory", "instruction"]),
    used=st.booleans(),
    reason=st.sampled_from(["", "before"]),
)
HELD = (
    Belief(id="hard", text="Cheap", kind="constraint"),
    Belief(id="sure", text="By train", confidence=0.9),
    Belief(id="unsure", text="Odyssey", confidence=0.1),
)


@given(st.lists(PIECES, max_size=8), st.integers(1, 5), st.booleans(), st.sampled_from(["reply", "plan"]))
def test_nothing_is_added_lost_used_again_or_given_a_second_reason(
    told: list[Recalled], level: int, filter_first: bool, purpose: Any
) -> None:
    uses = (MechanismUse(name="relevance_filter", params={"judge": "lexical"}), dial(set_by="protocol", level=level))
    condition = Condition(id="one", mechanisms=uses if filter_first else uses[::-1])
    arm = Arm(condition, OfflineChatModel(), Index(None), Limits(10))
    turn = Turn("t", "m9", "How do I get there by train?", State("s:1", TASK, beliefs=HELD), purpose)
    left = assistant.review(turn, list(told), arm)
    assert [piece_id(piece) for piece in left] == [piece_id(piece) for piece in told]
    for before, after in zip(told, left, strict=True):
        if not before.used:
            assert after == before
        if before.kind == "instruction" or before.belief_id == "hard":
            assert after.used is before.used
        assert after.used or after.reason or not before.used
