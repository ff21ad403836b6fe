"""The stages of a turn, and what happens when several mechanisms take part in them."""

import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from scripted import TASK

from memory import assistant
from memory.arm import Arm, Limits
from memory.index import Index
from memory.mechanism import Line, Mechanism, State, Tools, Turn, dropped, piece_id
from memory.mechanisms.registry import MECHANISMS
from memory.offline import OfflineChatModel
from study.events import Belief, BeliefChanged, BeliefRefused, EventBase, LearningFailed, Question, Recalled, ReplyGiven
from study.protocol import Condition, MechanismUse, Privacy

LOG: list[str] = []


class First(Mechanism):
    """Takes part in every stage and writes down when."""

    name: ClassVar[str] = "first"
    paper: ClassVar[str] = "A test."
    asks: ClassVar[bool] = False

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        LOG.append(f"recall {self.name} {turn.purpose}")
        return [Recalled(text=f"By train, says {self.name}", mechanism=self.name, evidence=("m",))]

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        LOG.append(f"review {self.name} {sum(piece.used for piece in recalled)}")
        return [dropped(p, f"{self.name} says so") if p.mechanism == self.name else p for p in recalled]

    def ask(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> Question | None:
        LOG.append(f"ask {self.name}")
        return Question(mechanism=self.name, text="Which?", options=("This", "That")) if self.asks else None

    def revise(self, turn: Turn, recalled: list[Recalled], draft: str, tools: Tools) -> str:
        LOG.append(f"revise {self.name}")
        return f"{draft} +{self.name}"

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        belief = Belief(id=f"b-{self.name}", text=f"Prefers {self.name}", evidence=(turn.message_id,))
        return [BeliefChanged(mechanism=self.name, by="mechanism", action="added", belief=belief, turn_id=turn.id)]


class Second(First):
    """The same under another name."""

    name: ClassVar[str] = "second"


class Asks(First):
    """One that asks."""

    name: ClassVar[str] = "asks"
    asks: ClassVar[bool] = True


class Fails(Mechanism):
    """One that cannot learn."""

    name: ClassVar[str] = "fails"
    paper: ClassVar[str] = "A test."

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        raise RuntimeError("no luck")


class Tells(Mechanism):
    """One that learns what it should not."""

    name: ClassVar[str] = "tells"
    paper: ClassVar[str] = "A test."

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        said = ["Is a Muslim", "Prefers quiet"]
        beliefs = [Belief(id=f"b{n}", text=t, reasoning="has cancer", evidence=("m",)) for n, t in enumerate(said)]
        return [BeliefChanged(mechanism=self.name, by="mechanism", action="added", belief=b) for b in beliefs]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    LOG.clear()
    for made in (First, Second, Asks, Fails, Tells):
        monkeypatch.setitem(MECHANISMS, made.name, made)


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    made = Index(None)
    yield made
    made.close()


def arm(index: Index, *names: str, **more: Any) -> Arm:
    uses = tuple(MechanismUse(name=name) for name in names)
    return Arm(Condition(id="one", mechanisms=uses), OfflineChatModel(), index, Limits(10), **more)


TURN = Turn("t1", "m1", "Somewhere cheap, please.", State("s1:0", TASK))


def reply(made: Arm, turn: Turn = TURN) -> tuple[ReplyGiven, str]:
    heard: list[str] = []
    given = assistant.reply(turn, made, threading.Event(), heard.append)
    assert isinstance(given, ReplyGiven)
    return given, "".join(heard)


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_every_stage_is_done_in_the_order_of_the_protocol_before_the_next_begins(
    index: Index, order: tuple[str, str]
) -> None:
    one, two = order
    made = arm(index, *order)
    given, heard = reply(made)
    recalls, reviews = [f"recall {n} reply" for n in order], [f"review {one} 2", f"review {two} 1"]
    assert [*recalls, *reviews, *(f"ask {n}" for n in order), *(f"revise {n}" for n in order)] == LOG
    assert [(p.mechanism, p.used, p.reason) for p in given.recalled] == [(n, False, f"{n} says so") for n in order]
    assert given.text == heard == f"{given.draft} +{one} +{two}", "a draft is not shown before it is settled"
    assert "train" not in made.calls[0].messages[0].content.partition("# About")[2], "what was dropped is not told"


def test_the_first_mechanism_that_asks_is_heard_instead_of_the_model(index: Index) -> None:
    made = arm(index, "first", "asks", "second")
    given, heard = reply(made)
    assert given.asked == Question(mechanism="asks", text="Which?", options=("This", "That"))
    assert given.text == heard == "Which?" and made.calls == []
    assert "ask second" not in LOG and not any(line.startswith("revise") for line in LOG)


def test_the_next_message_knows_which_question_it_follows(index: Index) -> None:
    question = Question(mechanism="asks", text="Which?")
    lines = (Line("m1", "user", "Hello"), Line("t1", "assistant", "Which?", asked=question))
    assert Turn("t2", "m2", "This", State("s1:0", TASK, lines)).answers == question
    assert TURN.answers is None


def test_a_stopped_reply_asks_nothing(index: Index) -> None:
    stopped = threading.Event()
    stopped.set()
    ended = assistant.reply(TURN, arm(index, "asks"), stopped, lambda piece: None)
    assert (ended.kind, ended.outcome) == ("reply_failed", "stopped") and "ask asks" not in LOG


def test_the_plan_is_drafted_from_reviewed_pieces_too(index: Index) -> None:
    assistant.learn(TURN, "A reply.", arm(index, "first", "second"))
    assert LOG == ["recall first plan", "recall second plan", "review first 2", "review second 1"]


def test_mechanisms_learn_side_by_side_and_one_that_fails_hinders_no_other(index: Index) -> None:
    learned = assistant.learn(TURN, "A reply.", arm(index, "first", "fails", "second"))
    assert [type(event) for event in learned[:3]] == [BeliefChanged, LearningFailed, BeliefChanged]
    assert [event.mechanism for event in learned[:3]] == ["first", "fails", "second"]  # type: ignore[attr-defined]
    assert "no luck" in learned[1].error  # type: ignore[attr-defined]


def test_calls_are_noted_in_the_order_of_the_protocol(index: Index) -> None:
    made = arm(index, "inferred_profile", "needs_panel")
    assistant.learn(TURN, "A reply.", made)
    assert [call.purpose for call in made.calls] == ["propose_beliefs", "find_needs", "draft_solution"]


def test_nothing_sensitive_gets_past_a_mechanism_that_does_not_look(index: Index) -> None:
    refused, kept = assistant.learn(TURN, "A reply.", arm(index, "tells"))[:2]
    assert isinstance(refused, BeliefRefused) and refused.reason == "religion"
    assert isinstance(kept, BeliefChanged) and (kept.belief.text, kept.belief.reasoning) == ("Prefers quiet", "")


def test_a_protocol_may_keep_what_its_consent_text_names(index: Index) -> None:
    learned = assistant.learn(TURN, "A reply.", arm(index, "tells", private=Privacy(keep=("religion",))))
    assert [event.belief.text for event in learned if isinstance(event, BeliefChanged)][0] == "Is a Muslim"


def test_a_piece_is_known_by_its_belief_or_by_what_it_rests_on() -> None:
    said = Recalled(text="x", mechanism="retrieval", evidence=("m1", "m2"))
    assert piece_id(said) == "retrieval:m1+m2"
    assert piece_id(said.model_copy(update={"belief_id": "b1"})) == "b1"
    once = dropped(said, "for one reason")
    assert dropped(once, "for another") == once and once.reason == "for one reason"


@pytest.mark.parametrize(
    ("evidence", "text", "used"),
    [
        (("m1",), "Shortened words", False),
        (("m1", "m2"), "Said earlier: “By train.” “And cheap.”", False),
        (("m1", "m2"), "A page about somebody who goes cheaply", True),
        (("m2",), "Said earlier: “And cheap.”", True),
    ],
)
def test_nothing_goes_around_a_belief_that_was_taken_back(
    index: Index, monkeypatch: pytest.MonkeyPatch, evidence: tuple[str, ...], text: str, used: bool
) -> None:
    lines = (Line("m1", "user", "By train."), Line("m2", "user", "And cheap."))
    piece = Recalled(text=text, mechanism="first", evidence=evidence)
    monkeypatch.setattr(First, "recall", lambda *_: [piece, piece.model_copy(update={"belief_id": "b1"})])
    turn = Turn("t2", "m3", "And now?", State("s1:0", TASK, lines, stale=frozenset({"m1"})))
    around, belief = assistant.recall(turn, arm(index, "first"))
    assert (around.used, bool(around.reason)) == (used, not used)
    assert belief.used, "a belief that stands is told, whatever it rests on"
