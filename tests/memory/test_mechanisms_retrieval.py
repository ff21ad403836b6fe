"""Retrieval: the nearest earlier messages, never the message itself, never another scope's, with a real index."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from scripted import TASK

from memory.arm import Arm, Limits
from memory.index import Index
from memory.mechanism import Line, State, Turn
from memory.offline import OfflineChatModel
from study.protocol import Condition, MechanismUse

SAID = (
    "I love the sea and long beaches",
    "My budget is small this year",
    "We never travel by car",
    "My dog comes along",
)


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index(None)
    yield made
    made.close()


def arm(index: Index, **params: Any) -> Arm:
    use = MechanismUse(name="retrieval", params=params)
    return Arm(Condition(id="one", mechanisms=(use,)), OfflineChatModel(), index, Limits(5))


def after(tools: Arm, said: tuple[str, ...] = SAID, scope: str = "s1:1") -> State:
    """The state after these messages, each of them learned from."""
    state = State(scope, TASK)
    for number, text in enumerate(said):
        turn = Turn(f"t{number}", f"m{number}", text, state)
        assert tools.mechanisms[0].learn(turn, "A reply.", tools) == []
        lines = (Line(turn.message_id, "user", text), Line(turn.id, "assistant", "A reply about everything."))
        state = replace(state, history=state.history + lines)
    return state


def recalled(tools: Arm, state: State, text: str, message_id: str = "new") -> list[tuple[str, tuple[str, ...]]]:
    pieces = tools.mechanisms[0].recall(Turn("t", message_id, text, state), tools)
    assert all(piece.used and piece.score is not None for piece in pieces)
    scores = [piece.score or 0 for piece in pieces]
    assert scores == sorted(scores, reverse=True)
    return [(piece.text, piece.evidence) for piece in pieces]


def test_the_nearest_earlier_message_comes_first_with_its_id_as_evidence(index: Index) -> None:
    tools = arm(index, top_k=1)
    state = after(tools)
    assert recalled(tools, state, "Is the sea far, are there beaches?") == [(f"Said earlier: “{SAID[0]}”", ("m0",))]
    assert recalled(tools, state, "What does it do to my budget?") == [(f"Said earlier: “{SAID[1]}”", ("m1",))]


def test_no_more_than_asked_for_and_nothing_too_far_away(index: Index) -> None:
    state = after(arm(index))
    assert len(recalled(arm(index, top_k=3, min_similarity=0), state, "my sea by budget, a car, my dog")) == 3
    assert recalled(arm(index, min_similarity=0.99), state, "my sea by budget") == []
    assert recalled(arm(index), state, "qqqq zzzz") == []
    assert recalled(arm(index), state, "?!") == []


def test_the_message_itself_is_never_recalled_even_when_it_is_answered_again(index: Index) -> None:
    tools = arm(index, top_k=2)
    state = after(tools)
    tools.remember("s1:1", [("again", "I love the sea and long beaches too")])
    found = recalled(tools, state, "I love the sea and long beaches too", message_id="again")
    assert found[0] == (f"Said earlier: “{SAID[0]}”", ("m0",))
    assert all(evidence != ("again",) for _, evidence in found)


def test_what_the_assistant_said_is_not_recalled(index: Index) -> None:
    tools = arm(index)
    assert "A reply about everything" not in str(recalled(tools, after(tools), "A reply about everything"))


def test_a_lost_index_is_filled_from_the_record(index: Index) -> None:
    tools = arm(index, top_k=1)
    state = after(tools)
    before = recalled(tools, state, "the sea")
    index.rebuild([])
    assert recalled(tools, state, "the sea") == before


def test_nothing_of_another_scope(index: Index) -> None:
    tools = arm(index)
    after(tools)
    assert recalled(tools, State("s1:2", TASK), "the sea and beaches") == []
    assert recalled(tools, State("s1:10", TASK), "the sea and beaches") == []


# --- units, compression, recency -----------------------------------------------------------------

TALK = (
    "I love the sea and long beaches",
    "A beach by the sea, then",
    "Is there a beach close to the sea? My bicycle is green.",
    "My budget is small",
    "What would a small budget allow?",
    "Cheap, with a small budget",
)


def test_a_segment_brings_the_neighbouring_messages_of_its_topic(index: Index) -> None:
    tools = arm(index, unit="segment", top_k=1)
    state = after(tools, TALK)
    ((text, evidence),) = recalled(tools, state, "Which budget do beginners need?")
    assert evidence == ("m3", "m4", "m5")
    assert text == f"Said earlier: “{TALK[3]}” “{TALK[4]}” “{TALK[5]}”"


def test_a_session_brings_what_was_said_in_an_earlier_task_and_nothing_of_this_one(index: Index) -> None:
    tools = arm(index, unit="session", top_k=2)
    state = after(tools, TALK)
    assert recalled(tools, state, "What about the sea?") == []
    lines = tuple(replace(line, step="first" if n < 6 else "second") for n, line in enumerate(state.history))
    later = replace(state, history=(), remembered=lines)
    found = recalled(tools, later, "What about the sea and its beaches?")
    assert found[0] == ("Said in an earlier task: " + " ".join(f"“{text}”" for text in TALK[:3]), ("m0", "m1", "m2"))


def test_compression_keeps_the_sentences_that_bear_on_the_message(index: Index) -> None:
    whole, short = (arm(index, top_k=1, compression=how) for how in ("none", "extractive"))
    state = after(whole, TALK)
    ((text, evidence),) = recalled(whole, state, "What was that about a green bicycle?")
    assert (text, evidence) == (f"Said earlier: “{TALK[2]}”", ("m2",))
    ((text, evidence),) = recalled(short, state, "What was that about a green bicycle?")
    assert (text, evidence) == ("Said earlier: “My bicycle is green.”", ("m2",))


def test_recency_brings_the_newer_of_two_that_bear_alike(index: Index) -> None:
    said = ("The sea is what I love most", "My budget is small", "By train", "The sea is what I love a lot")
    state = after(arm(index), said)
    assert recalled(arm(index, top_k=1, recency=0), state, "The sea is what I love most")[0][1] == ("m0",)
    assert recalled(arm(index, top_k=1, recency=0.9), state, "The sea is what I love most")[0][1] == ("m3",)


def test_a_short_answer_is_found_by_its_question_and_recalled_with_it(index: Index) -> None:
    tools = arm(index, top_k=1)
    question = Line("t0", "assistant", "Good. Would you like a room close to the sea?")
    state = State("s1:1", TASK, (Line("m0", "user", "I want to travel with friends"), question))
    assert tools.mechanisms[0].learn(Turn("t1", "m1", "Yes, please", state), "Fine.", tools) == []
    state = replace(
        state, history=(*state.history, Line("m1", "user", "Yes, please"), Line("t1", "assistant", "Fine."))
    )
    wanted = ("Said earlier: (asked: Would you like a room close to the sea?) “Yes, please”", ("m1",))
    assert recalled(tools, state, "Which rooms are close to the sea?") == [wanted]
    index.rebuild([])
    assert recalled(tools, state, "Which rooms are close to the sea?") == [wanted]


def test_a_lost_index_is_refilled_once_and_with_what_it_lacks_only(index: Index) -> None:
    tools = arm(index)
    state = after(tools)
    index.rebuild([("s1:1", "m0", SAID[0])])
    asked: list[list[str]] = []
    remember = index.remember
    index.remember = lambda scope, entries: (asked.append([name for name, _ in entries]), remember(scope, entries))[1]  # type: ignore[method-assign]
    for _ in range(2):
        recalled(tools, state, "the sea")
    assert asked == [["m1", "m2", "m3"]]


def test_what_the_index_should_hold_is_what_it_was_given(index: Index) -> None:
    tools = arm(index)
    state = after(tools)
    given = {(name, text) for name, text, _ in index.nearest("s1:1", "the sea", 50)}
    mechanism = tools.mechanisms[0]
    assert set(mechanism.entries(state, tools.refusal)) == given and len(given) == len(SAID)


@pytest.mark.parametrize("unit", ["turn", "segment"])
def test_what_may_not_be_kept_is_neither_indexed_nor_recalled(index: Index, unit: str) -> None:
    """Of a message the other sentences stay, as other mechanisms would keep them; an answer goes with its question."""
    tools = arm(index, unit=unit, top_k=3, min_similarity=0)
    said = ("I have diabetes.", "I love the sea. Ich habe Krebs! Beaches are fine.", "Mi madre ama el mar.")
    state, refused = State("s1:1", TASK), []
    for number, text in enumerate(said):
        turn = Turn(f"t{number}", f"m{number}", text, state)
        refused += tools.mechanisms[0].learn(turn, "A reply.", tools)
        lines = (Line(turn.message_id, "user", text), Line(turn.id, "assistant", "Are you pregnant?"))
        state = replace(state, history=state.history + lines)
    state = replace(state, history=(*state.history, Line("m3", "user", "Yes"), Line("t3", "assistant", "Fine.")))
    assert [event.reason for event in refused] == ["health", "health", "third_person"]  # type: ignore[attr-defined]
    assert [text for _, text, _ in index.nearest("s1:1", "sea diabetes Krebs mar", 9)] == [
        "I love the sea. Beaches are fine."
    ]
    assert tools.mechanisms[0].entries(state, tools.refusal) == [("m1", "I love the sea. Beaches are fine.")]
    index.rebuild([("s1:1", f"m{number}", text) for number, text in enumerate(said)])  # an index of before
    found = recalled(tools, state, "the sea, beaches, diabetes, madre, Krebs, pregnant")
    assert found == [("Said earlier: “I love the sea. Beaches are fine.”", ("m1",))]


def test_what_was_taken_back_does_not_come_back_in_a_larger_unit(index: Index) -> None:
    tools = arm(index, unit="segment", top_k=3)
    state = after(tools, ("Close to the sea, please.", "The sea and a beach.", "Something by the sea for a swim."))
    assert "m1" in {i for _, ids in recalled(tools, state, "How far is the sea?") for i in ids}
    left = recalled(tools, replace(state, stale=frozenset({"m1"})), "How far is the sea?")
    assert left and "m1" not in {i for _, ids in left for i in ids}
