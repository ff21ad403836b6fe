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
