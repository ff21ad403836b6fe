"""Measures of what was done, held and used, on a sitting in which everything happens once; every number by hand."""

import math
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine
from test_measures import BY_HAND

from analysis.behaviour import BEHAVIOUR, by_protocol
from analysis.frames import frames
from analysis.measures import measures, registry
from analysis.memory_use import MEMORY_USE
from study.events import (
    Belief,
    BeliefChanged,
    BeliefJudged,
    ControlChanged,
    MessageSent,
    ModelCalled,
    Question,
    Recalled,
    ReplyGiven,
    ReplyRated,
    Section,
    SolutionUpdated,
    TaskFinished,
    TaskStarted,
)
from study.log import Place
from study.protocol import Protocol
from study.records import load_record
from study.studies import create_study

HERE = Place("1.1.0.task", 1, "steered", "trip")
ATTRIBUTES = {
    "budget": {"label": "Budget", "question": "How much?", "values": {"low": ["cheap"], "high": ["fancy"]}},
    "travel": {"label": "Travel", "question": "How?", "values": {"train": ["train"], "car": ["car"]}},
}
CATALOGUE = {"inn": ("low", "train"), "palace": ("high", "car")}
DONE = [
    ("solution_minutes", 3.0),  # the first version, after two minutes, had nothing in it
    ("wishes_met", 0.5),  # cheap, train: the inn is both, the palace neither
    ("replies_rated", 1 / 3),
    ("replies_accepted", 2 / 3),  # the third was stopped
    ("reply_rating_share_up", 1.0),
    ("reply_ms", 900.0),
    ("tokens", 1500.0),
    ("cost", 0.006),  # (1000 × 3 + 500 × 6) / 1,000,000
    ("needs_found", 1.0),  # n1
    ("needs_added", 1.0),  # n3
    ("needs_confirmed", 1.0),  # q1
    ("needs_declined", 1.0),  # q2
    ("needs_edits", 4.0),  # these three, and n1 revised
    ("questions_asked", 3.0),  # q1, q2, and the second reply
    ("questions_answered", 2.0),  # q1, and a message after the second reply
    ("beliefs_inferred", 2.0),  # p1, p2
    ("beliefs_corrected", 1.0),  # p1
    ("belief_right_share", 0.5),
    ("belief_comfort_share", 1),
    ("belief_brier", 0.18),  # ((1 − 1)² + (0.6 − 0)²) / 2
    ("reliance_asked", 8 / 3),  # 4 as the reason says, then twice the dial's 2
    ("reliance_realised", 0.8),  # four of five pieces of memory
    ("over_use", 0.75),  # p2 twice, n1 set aside; p1 became what was judged right
]
NOTHING = {
    "solution_minutes", "wishes_met", "replies_rated", "replies_accepted", "reply_rating_share_up", "reply_ms", "tokens",
    "cost", "reliance_asked", "reliance_realised", "over_use",
}  # fmt: skip
"""What is empty in a block in which nothing was said; the others are 0, or have no row."""


@pytest.fixture
def priced(protocol: Protocol) -> Protocol:
    raw = protocol.model_dump(mode="json")
    for task in raw["tasks"]:
        task["attributes"] = ATTRIBUTES
        task["catalogue"] = [
            {"id": i, "name": i, "section": "stay", "attributes": {"budget": budget, "travel": travel}}
            for i, (budget, travel) in CATALOGUE.items()
        ]
    return Protocol.model_validate({**raw, "prices": {"input": 3, "output": 6, "currency": "EUR"}})


def need(id: str, text: str, **more: Any) -> Belief:
    return Belief(id=id, text=text, kind="need", **more)


def reply(turn: str, message: str, outcome: Any = "answered", **more: Any) -> ReplyGiven:
    given = {"turn_id": turn, "message_id": message, "call_id": f"call-{turn}", "duration_ms": 900}
    return ReplyGiven(**given, text="A plan.", outcome=outcome, model="m", **more)


def _changed(by: Any, action: Any, belief: Belief) -> BeliefChanged:
    return BeliefChanged(mechanism="m", by=by, action=action, belief=belief)


def _piece(belief_id: str, **more: Any) -> Recalled:
    return Recalled(text=belief_id, mechanism="m", belief_id=belief_id, **more)


def _called(number: int, tokens: tuple[int, int]) -> ModelCalled:
    counted = dict(zip(("input_tokens", "output_tokens"), tokens, strict=True))
    return ModelCalled(
        call_id=f"c{number}", purpose="reply", model="m", duration_ms=1, outcome="answered", messages=(), **counted
    )


@pytest.fixture
def acted(engine: Engine, priced: Protocol, writer: Any) -> pd.DataFrame:
    create_study(engine, priced, seed=7)
    session = writer.arrive(("steered", "plain"), ("trip", "dinner"))

    def write(*events: Any) -> None:
        writer.write(session, HERE, *events)

    write(TaskStarted(task="trip"), MessageSent(message_id="m1", text="Cheap and by train, please"))
    inferred = [Belief(id=i, text=i, confidence=c) for i, c in (("p1", 0.8), ("p2", 0.6))]
    asked = [need(i, f"{i}?", status="open", source="asked") for i in ("q1", "q2")]
    found = need("n1", "Budget: low", source="stated")
    write(*(_changed("mechanism", "added", belief) for belief in (*inferred, *asked, found)))
    pieces = (
        _piece("p1", reason="reliance level 4: inferred, used from level 3"),
        _piece("p2"),
        _piece("p9", used=False, reason="does not bear on the message"),
        Recalled(text="Be brief", mechanism="m", kind="instruction"),
    )
    write(reply("t1", "m1", recalled=pieces), ReplyRated(turn_id="t1", rating="up"))
    write(_called(1, (600, 200)), _called(2, (400, 300)))
    write(ControlChanged(mechanism="m", control="dial", action="set", old=4, new=2))
    write(MessageSent(message_id="m2", text="Hm"), reply("t2", "m2", asked=Question(mechanism="m", text="How?")))
    settled = need("q1b", "Travel: train", source="edited", supersedes="q1")
    write(
        _changed("person", "confirmed", settled), _changed("person", "declined", need("q2", "q2?", status="declined"))
    )
    write(_changed("person", "added", need("n3", "quiet", source="stated")))
    write(_changed("person", "revised", need("n1b", "Budget: low", source="edited", supersedes="n1")))
    write(_changed("person", "revised", Belief(id="p1b", text="p1!", source="edited", supersedes="p1")))
    write(MessageSent(message_id="m3", text="Go on"))
    write(reply("t3", "m3", outcome="stopped", recalled=(_piece("p2"), _piece("n1b"))))
    write(ControlChanged(mechanism="m", control="use", action="set_aside", old=[], new=["n1b"]))
    for version, (seconds, options) in enumerate(((120, ()), (60, tuple(CATALOGUE))), 1):
        writer.clock.wait(seconds)
        section = Section(id="stay", title="Stay", option_ids=options)
        write(SolutionUpdated(version=version, sections=(section,), cause="t3"))
    write(TaskFinished(task="trip"))
    there = Place("1.2.0.task", 2, "plain", "dinner")
    writer.write(session, there, TaskStarted(task="dinner"), TaskFinished(task="dinner"))
    verdicts = (("p1b", "right"), ("p2", "wrong"))
    judged = (BeliefJudged(belief_id=i, belief_text=i, verdict=v, comfortable=True) for i, v in verdicts)
    writer.write(session, Place("3.beliefs"), *judged)
    return measures(load_record(engine, "small"))


@pytest.mark.parametrize(("measure", "expected"), DONE)
def test_what_was_done_is_counted_as_by_hand(acted: pd.DataFrame, measure: str, expected: float) -> None:
    found = acted[acted["measure"] == measure].set_index("condition")["value"]
    assert found["steered"] == pytest.approx(expected)
    assert math.isnan(found["plain"]) if measure in NOTHING else found.get("plain", 0) == 0


def test_every_measure_is_checked_by_hand(priced: Protocol) -> None:
    checked = {name for name, *_ in (*BY_HAND, *DONE)}
    assert {measure.name for measure in (*by_protocol(priced), *MEMORY_USE)} <= checked


def test_every_measure_says_unit_direction_and_source_and_has_a_name_of_its_own(priced: Protocol) -> None:
    known = registry(priced)
    assert len({measure.name for measure in known}) == len(known)
    assert all(m.title and m.unit and m.source and m.direction in ("lower", "higher", "none") for m in known)


def test_latency_and_cost_are_reported_and_never_adjusted_for(priced: Protocol) -> None:
    apart = {measure.name for measure in registry(priced) if not measure.covariate}
    assert apart == {"first_token_ms", "reply_ms", "tokens", "cost"}


def test_cost_is_in_the_currency_of_the_protocol_and_only_there(protocol: Protocol, priced: Protocol) -> None:
    assert {m.name: m.unit for m in by_protocol(priced)}["cost"] == "EUR"
    assert "cost" not in {measure.name for measure in by_protocol(protocol)}


def test_wishes_are_read_in_english_sessions_alone(acted: pd.DataFrame, engine: Engine, priced: Protocol) -> None:
    data = frames(load_record(engine, "small"))
    assert acted.loc[acted["measure"] == "wishes_met", "value"].notna().any()
    data.sessions["language"] = "de"
    (measure,) = [m for m in by_protocol(priced) if m.name == "wishes_met"]
    assert measure.compute(data, priced)["value"].isna().all()


def test_a_need_that_is_taken_back_no_longer_counts(acted: pd.DataFrame, engine: Engine, writer: Any) -> None:
    """Without the wish for a low budget the train is left: the inn has it, the palace does not."""
    gone = need("n1b", "Budget: low", source="edited", status="retracted")
    writer.write("session1", HERE, _changed("person", "retracted", gone))
    found = measures(load_record(engine, "small")).set_index(["measure", "condition"])["value"]
    assert found["wishes_met", "steered"] == 0.5
    both = Section(id="stay", title="Stay", option_ids=("inn",))
    writer.write("session1", HERE, SolutionUpdated(version=3, sections=(both,), cause="t3"))
    found = measures(load_record(engine, "small")).set_index(["measure", "condition"])["value"]
    assert found["wishes_met", "steered"] == 1.0


@pytest.mark.parametrize(
    ("judged", "right", "comfort", "against"),
    [
        ({"verdict": "right", "comfortable": True}, 1, 1, 1 / 4),
        ({"verdict": "right", "comfortable": False}, 1, 0.5, 3 / 4),  # p2 was used twice, p1 once, n1 was set aside
        ({"verdict": "wrong", "comfortable": True}, 0.5, 1, 3 / 4),
        ({"verdict": "not_comfortable", "v": 1}, 1, 1, 3 / 4),  # as it was asked before: it says nothing of right
    ],
)
def test_comfort_does_not_move_accuracy(
    acted: pd.DataFrame,
    engine: Engine,
    writer: Any,
    judged: dict[str, Any],
    right: float,
    comfort: float,
    against: float,
) -> None:
    writer.write("session1", Place("3.beliefs"), BeliefJudged(belief_id="p2", belief_text="p2", **judged))
    found = measures(load_record(engine, "small")).set_index(["measure", "condition"])["value"]
    assert found["belief_right_share", "steered"] == right
    assert found["belief_comfort_share", "steered"] == comfort
    assert found["over_use", "steered"] == pytest.approx(against)


def test_what_is_used_again_is_no_longer_set_aside(acted: pd.DataFrame, engine: Engine, writer: Any) -> None:
    writer.write(
        "session1", HERE, ControlChanged(mechanism="m", control="use", action="use_again", old=["n1b"], new=[])
    )
    found = measures(load_record(engine, "small")).set_index(["measure", "condition"])["value"]
    assert found["over_use", "steered"] == pytest.approx(2 / 3)


def test_behaviour_of_every_protocol_has_no_needless_measure(protocol: Protocol) -> None:
    talk = protocol.model_copy(
        update={"tasks": tuple(t.model_copy(update={"sections": (), "catalogue": ()}) for t in protocol.tasks)}
    )
    assert [m.name for m in by_protocol(talk)] == [m.name for m in BEHAVIOUR]
