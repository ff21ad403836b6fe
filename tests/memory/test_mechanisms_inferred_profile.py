"""The inferred profile: propose, match, revise; with confidence, history and evidence; seen by whom the protocol says."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from scripted import TASK, Block, FakeTools

from memory.index import vector_of
from memory.mechanism import Line, State, Turn
from memory.mechanisms.inferred_profile import InferredProfile, ProfileParams
from memory.schemas import BeliefMatch, BeliefsMatched, BeliefsProposed, ProposedBelief
from study.beliefs import history
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, BeliefRefused, ControlChanged


def profile(**params: Any) -> Block:
    return Block(InferredProfile(ProfileParams(**params)))


def proposes(text: str, confidence: int = 6, durability: int = 5, topic: str = "") -> BeliefsProposed:
    proposed = ProposedBelief(
        text=text, reasoning="It was said.", confidence=confidence, durability=durability, topic=topic
    )
    return BeliefsProposed(beliefs=[proposed])


def matches(belief_id: str, label: str, text: str = "") -> BeliefsMatched:
    return BeliefsMatched(
        matches=[BeliefMatch.model_validate({"proposal": 0, "belief_id": belief_id, "label": label, "text": text})]
    )


def only(block: Block) -> Belief:
    (belief,) = block.state.beliefs
    return belief


def changes(block: Block) -> list[BeliefChanged]:
    return [event for event in block.events if isinstance(event, BeliefChanged)]


def test_a_proposal_becomes_a_belief_with_confidence_reason_and_evidence() -> None:
    block = profile()
    tools = block.says("I always go by train.", proposes("Prefers trains", confidence=7, durability=9, topic="travel"))
    belief = only(block)
    assert (belief.text, belief.source, belief.status, belief.topic) == ("Prefers trains", "inferred", "held", "travel")
    assert (belief.confidence, belief.durability, belief.reasoning) == (0.7, 0.9, "It was said.")
    assert belief.evidence == ("message0",)
    assert [purpose for purpose, _ in tools.asked] == ["propose_beliefs"]
    (change,) = changes(block)
    assert (change.by, change.action, change.turn_id) == ("mechanism", "added", "turn0")


def test_the_same_again_is_more_evidence_and_more_confidence() -> None:
    block = profile()
    block.says("By train.", proposes("Prefers trains", confidence=6))
    first = only(block)
    tools = block.says("The train again.", proposes("Likes trains"), matches(first.id, "identical"))
    assert [purpose for purpose, _ in tools.asked] == ["propose_beliefs", "match_beliefs"]
    assert (
        f"[{first.id}] (held; -) Prefers trains" in tools.asked[1][1] and "- 0 |  | Likes trains" in tools.asked[1][1]
    )
    belief = only(block)
    assert (belief.id, belief.text) == (first.id, "Prefers trains")
    assert belief.confidence == pytest.approx(0.8) and belief.evidence == ("message0", "message1")
    assert [change.action for change in changes(block)] == ["added", "supported"]


def test_something_similar_revises_and_the_history_tells_of_both() -> None:
    block = profile()
    block.says("By train.", proposes("Prefers trains", confidence=9))
    first = only(block)
    revised = matches(first.id, "similar", "Prefers trains, but a car with luggage")
    block.says("With luggage a car is better.", proposes("Prefers a car with luggage", confidence=5), revised)
    belief = only(block)
    assert belief.text == "Prefers trains, but a car with luggage"
    assert (belief.supersedes, belief.confidence, belief.evidence) == (first.id, 0.5, ("message1",))
    assert [event.belief.text for event in history(changes(block), belief.id)] == ["Prefers trains", belief.text]
    assert block.recalled() == [belief.text]


def test_something_unrelated_is_added_and_what_is_known_is_not_noted_twice() -> None:
    block = profile()
    block.says("By train.", proposes("Prefers trains"))
    block.says("To the sea.", proposes("Prefers the sea"), matches("", "unrelated"))
    block.says("To the sea!", proposes("prefers the SEA."), matches("", "unrelated"))
    block.says("To a lake.", proposes("Prefers lakes"), matches("no such id", "similar", "Prefers ponds"))
    block.says("To a hill.", proposes("Prefers hills"))
    assert block.held() == ["Prefers trains", "Prefers the sea", "Prefers lakes", "Prefers hills"]


def test_no_answer_from_the_model_changes_nothing() -> None:
    block = profile()
    block.says("By train.")
    block.says("By train.", BeliefsProposed())
    block.says("By train.", proposes(" "))
    assert block.events == []


@pytest.mark.parametrize(
    "text",
    [
        "Is a Muslim",
        "Votes for the Greens",
        "Has been diagnosed with asthma",
        "Is pregnant",
        "His wife likes trains",
        "Has a friend who is rich",
    ],
)
def test_sensitive_things_and_other_peoples_data_are_not_kept(text: str) -> None:
    block = profile()
    block.says("…", proposes(text))
    (refused,) = block.events
    assert isinstance(refused, BeliefRefused) and refused.reason and text not in refused.model_dump_json()


@pytest.mark.parametrize("text", ["Travels with a partner", "Prefers green places", "Has two kids with them"])
def test_what_is_about_the_person_is_kept(text: str) -> None:
    block = profile()
    block.says("…", proposes(text))
    assert block.held() == [text]


def test_hidden_offers_nothing_and_refuses_every_act() -> None:
    block = profile()
    block.says("By train.", proposes("Prefers trains"))
    assert block.mechanism.controls(block.state) == []
    with pytest.raises(AnswerRefused):
        block.acts("profile", "delete", only(block).id)
    assert block.recalled() == ["Prefers trains"]


def test_shown_lists_the_beliefs_and_refuses_every_act() -> None:
    block = profile(visibility="shown")
    block.says("By train.", proposes("Prefers trains"))
    (control,) = block.mechanism.controls(block.state)
    assert (control.type, control.actions, control.beliefs) == ("profile", (), block.state.beliefs)
    for action in ("edit", "confirm", "delete"):
        with pytest.raises(AnswerRefused):
            block.acts("profile", action, {"id": only(block).id, "text": "x"})


@pytest.mark.parametrize(
    ("action", "change", "text", "status", "confidence"),
    [
        ("edit", "revised", "Prefers night trains", "held", 1.0),
        ("confirm", "confirmed", "Prefers trains", "held", 1.0),
        ("delete", "retracted", "Prefers trains", "retracted", 0.6),
    ],
)
def test_editable_lets_the_person_act_each_time_one_change_with_old_and_new(
    action: str, change: str, text: str, status: str, confidence: float
) -> None:
    block = profile(visibility="editable")
    block.says("By train.", proposes("Prefers trains"))
    old = only(block)
    value = {"id": old.id, "text": "Prefers night trains"} if action == "edit" else old.id
    acted, changed = block.acts("profile", action, value)
    assert isinstance(acted, ControlChanged) and isinstance(changed, BeliefChanged)
    assert acted.old == {"id": old.id, "text": "Prefers trains", "status": "held"}
    assert acted.new == {"id": changed.belief.id, "text": text, "status": status}
    assert (changed.by, changed.action) == ("person", change)
    assert (only(block).text, only(block).status, only(block).confidence) == (text, status, confidence)
    assert block.recalled() == ([text] if status == "held" else [])


@pytest.mark.parametrize("action", ["edit", "confirm"])
def test_a_correction_outranks_any_later_inference(action: str) -> None:
    block = profile(visibility="editable")
    block.says("By train.", proposes("Prefers trains"))
    block.acts("profile", action, {"id": only(block).id, "text": "Prefers night trains"})
    corrected = only(block)
    block.says("By car.", proposes("Prefers cars"), matches(corrected.id, "similar", "Prefers cars"))
    assert only(block) == corrected
    block.acts("profile", "edit", {"id": corrected.id, "text": "Prefers cars"})
    assert block.held() == ["Prefers cars"]


@pytest.mark.parametrize("label", ["identical", "similar", "unrelated"])
def test_what_the_person_deleted_is_not_noted_again(label: str) -> None:
    block = profile(visibility="editable")
    block.says("By train.", proposes("Prefers trains"))
    gone = only(block)
    block.acts("profile", "delete", gone.id)
    tools = block.says("By train.", proposes("prefers Trains!"), matches(gone.id, label, "Prefers trains"))
    assert "(retracted; -) Prefers trains" in tools.asked[1][1]
    assert block.held() == [] and block.recalled() == []


def test_recall_prefers_what_bears_on_the_message_and_says_what_was_left_out() -> None:
    block = profile(max_recalled=1)
    for text in ("Prefers travelling by train", "Prefers vegetarian dinners", "Is learning Spanish"):
        block.says("…", proposes(text))
    pieces = block.mechanism.recall(block.turn("Which vegetarian dinners do you suggest?"), FakeTools())
    assert [piece.text for piece in pieces if piece.used] == ["Prefers vegetarian dinners"]
    left = [piece for piece in pieces if not piece.used]
    assert {piece.text for piece in left} == {"Prefers travelling by train", "Is learning Spanish"}
    assert all(piece.reason and piece.score is not None for piece in left)


def test_recall_prefers_the_certain_and_the_durable() -> None:
    certain = profile(max_recalled=1)
    certain.says("…", proposes("Prefers aaa", confidence=2))
    certain.says("…", proposes("Prefers bbb", confidence=9))
    assert certain.recalled("Unrelated words") == ["Prefers bbb"]
    durable = profile(max_recalled=1)
    durable.says("…", proposes("Prefers aaa", durability=1))
    durable.says("…", proposes("Prefers bbb", durability=10))
    for _ in range(4):
        durable.says("Hm.")
    assert durable.recalled("Unrelated words") == ["Prefers bbb"]


def test_what_was_said_in_an_earlier_task_is_older_than_what_was_said_in_this_one() -> None:
    """Score = (.5 + .5 × likeness) × (1 - .05 × (1 - durability)) ** age × confidence; both beliefs are alike otherwise."""
    lines = [Line(f"message{n}", "user", "…", step=f"task{n // 4}") for n in range(8)]
    held = [
        Belief(id=name, text=name, source="inferred", confidence=0.6, durability=0.5, evidence=(message,))
        for name, message in (("Wants it aaa", "message1"), ("Wants it bbb", "message5"))
    ]
    state = State("s:1", TASK, history=tuple(lines[4:]), remembered=tuple(lines[:4]), beliefs=tuple(held))
    pieces = InferredProfile(ProfileParams()).recall(Turn("turn", "message8", "Hm?", state), FakeTools())
    scores = {piece.belief_id: piece.score or 0 for piece in pieces}
    fresh = replace(state, history=tuple(lines), remembered=())
    in_one_task = InferredProfile(ProfileParams()).recall(Turn("turn", "message8", "Hm?", fresh), FakeTools())
    assert scores == {piece.belief_id: piece.score for piece in in_one_task}, "a new task makes nothing younger"
    relevance = {name: 0.5 + 0.5 * float(vector_of(name) @ vector_of("Hm?")) for name in scores}
    assert scores["Wants it aaa"] == pytest.approx(relevance["Wants it aaa"] * 0.6 * 0.975**7, abs=1e-4)
    assert scores["Wants it bbb"] == pytest.approx(relevance["Wants it bbb"] * 0.6 * 0.975**3, abs=1e-4)


def test_recall_can_be_made_diverse_or_not() -> None:
    said = ("Prefers quiet train rides", "Prefers a quiet train ride", "Prefers spicy dinners")
    asked = "A quiet train ride?"
    for diversity, expected in ((0.0, set(said[:2])), (0.9, {said[1], said[2]})):
        block = profile(max_recalled=2, diversity=diversity)
        for text in said:
            block.says("…", proposes(text))
        assert set(block.recalled(asked)) == expected


@pytest.mark.parametrize("wrong", [{"visibility": "open"}, {"max_recalled": 0}, {"diversity": 1.1}])
def test_parameters_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProfileParams.model_validate(wrong)


def test_another_block_starts_empty() -> None:
    block = profile()
    block.says("By train.", proposes("Prefers trains"))
    assert block.elsewhere().recalled() == []
