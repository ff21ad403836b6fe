"""Beliefs are a fold over events; superseded ones are out of use but never out of the record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.belief import known, may_revise, normal, same, successor, usable
from study.beliefs import current, fold, history, stale
from study.events import Belief, BeliefChanged

IDS = st.sampled_from("abcdef")
STATUSES = st.sampled_from(["open", "held", "declined", "retracted", "outdated"])
BELIEFS = st.builds(Belief, id=IDS, text=st.text(max_size=5), status=STATUSES, supersedes=st.one_of(st.none(), IDS))
EVENTS = st.lists(
    st.builds(
        BeliefChanged,
        mechanism=st.just("m"),
        by=st.sampled_from(["person", "mechanism"]),
        action=st.just("added"),
        belief=BELIEFS,
    ),
    max_size=15,
)


def change(belief: Belief) -> BeliefChanged:
    return BeliefChanged(mechanism="m", by="mechanism", action="added", belief=belief)


@given(EVENTS)
def test_what_was_superseded_is_never_current(events: list[BeliefChanged]) -> None:
    now = {belief.id for belief in fold(events)}
    replaced: set[str] = set()
    for event in events:
        if event.belief.id not in replaced and event.belief.supersedes not in (None, event.belief.id):
            replaced.add(str(event.belief.supersedes))
    assert not now & replaced


@given(EVENTS)
def test_nothing_is_lost_every_belief_is_current_or_was_superseded(events: list[BeliefChanged]) -> None:
    now = {belief.id for belief in fold(events)}
    named = {event.belief.supersedes for event in events}
    assert {event.belief.id for event in events} <= now | named


@given(EVENTS)
def test_each_id_is_current_once_and_in_its_latest_state(events: list[BeliefChanged]) -> None:
    beliefs = fold(events)
    assert len({belief.id for belief in beliefs}) == len(beliefs)
    latest = {event.belief.id: event.belief for event in events}
    assert all(latest[belief.id] == belief for belief in beliefs)


@given(EVENTS)
def test_the_history_of_a_belief_is_a_part_of_the_record_in_order(events: list[BeliefChanged]) -> None:
    for belief_id in {event.belief.id for event in events}:
        told = history(events, belief_id)
        assert [e for e in events if e in told and e.belief.id in {t.belief.id for t in told}] == list(told)
        assert all(event in told for event in events if event.belief.id == belief_id)


@given(EVENTS)
def test_only_held_beliefs_are_used(events: list[BeliefChanged]) -> None:
    assert all(belief.status == "held" for belief in usable(fold(events)))


def test_a_successor_takes_the_place_and_the_history_tells_of_both() -> None:
    train, sea = Belief(id="1", text="by train"), Belief(id="2", text="the sea")
    car = successor(train, text="by car")
    events = [change(train), change(sea), change(car)]
    assert [belief.text for belief in fold(events)] == ["by car", "the sea"]
    assert car.supersedes == "1" != car.id
    for asked in ("1", car.id):
        assert [event.belief.text for event in history(events, asked)] == ["by train", "by car"]
    assert [event.belief.text for event in history(events, "2")] == ["the sea"]


def test_a_late_word_on_a_superseded_belief_does_not_bring_it_back() -> None:
    old = Belief(id="1", text="by train")
    new = successor(old, text="by car")
    assert current([old, new, old.model_copy(update={"confidence": 0.2})]) == (new,)


def test_two_successors_of_one_belief_both_stand() -> None:
    old = Belief(id="1", text="somewhere")
    sea, hills = successor(old, text="the sea"), successor(old, text="the hills")
    assert current([old, sea, hills]) == (sea, hills)


@pytest.mark.parametrize(
    ("source", "may"), [("inferred", True), ("stated", False), ("asked", False), ("edited", False)]
)
def test_inference_revises_only_what_was_inferred(source: str, may: bool) -> None:
    assert may_revise(Belief.model_validate({"id": "1", "text": "x", "source": source})) is may


def test_the_same_text_is_known_whatever_its_case_marks_and_status() -> None:
    deleted = Belief(id="1", text="Close to the sea!", status="retracted")
    assert same("Close to  the sea", deleted.text)
    assert known([deleted], "close to the SEA.")
    assert not known([deleted], "close to the lake")
    assert normal("  A_b, C! ") == "a b c"


def test_a_successor_is_checked_like_any_belief() -> None:
    with pytest.raises(ValueError, match="confidence"):
        successor(Belief(id="1", text="x"), confidence=2)


# --- what beliefs rested on that no longer hold --------------------------------------------------------


def acted(action: str, belief: Belief, by: str = "person") -> BeliefChanged:
    return BeliefChanged.model_validate({"mechanism": "m", "by": by, "action": action, "belief": belief})


TRAIN = Belief(id="1", text="by train", evidence=("m1", "m2"))
CHEAP = Belief(id="2", text="cheap", evidence=("m2",))
ASKED = Belief(id="3", text="How?", kind="need", source="asked", status="open", evidence=("m1",))


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        (acted("retracted", TRAIN.model_copy(update={"status": "retracted"})), {"m1", "m2"}),
        (acted("declined", CHEAP.model_copy(update={"status": "declined"})), {"m2"}),
        (acted("revised", successor(TRAIN, text="by night train")), {"m1", "m2"}),
        (acted("outdated", CHEAP.model_copy(update={"status": "outdated"}), "mechanism"), {"m2"}),
        (acted("revised", successor(TRAIN, text="by car", evidence=("m3",)), "mechanism"), set()),
        (acted("confirmed", TRAIN.model_copy(update={"source": "edited"})), set()),
        (acted("declined", ASKED.model_copy(update={"status": "declined"})), set()),
        (acted("confirmed", successor(ASKED, text="By bike", status="held")), set()),
    ],
)
def test_evidence_is_stale_once_the_person_took_back_what_rested_on_it(event: BeliefChanged, gone: set[str]) -> None:
    before = [change(TRAIN), change(CHEAP), change(ASKED)]
    assert stale(before) == frozenset() and stale([*before, event]) == gone


def test_what_is_used_again_frees_its_own_evidence_and_no_other() -> None:
    hidden = [acted("declined", belief.model_copy(update={"status": "declined"})) for belief in (TRAIN, CHEAP)]
    again = acted("confirmed", CHEAP.model_copy(update={"source": "edited"}))
    assert stale([change(TRAIN), change(CHEAP), *hidden, again]) == {"m1", "m2"}, "the other one still rests on m2"
    assert stale([change(TRAIN), change(CHEAP), hidden[1], again]) == frozenset()


@given(EVENTS)
def test_only_evidence_of_what_was_noted_is_ever_stale(events: list[BeliefChanged]) -> None:
    assert stale(events) <= {i for event in events for i in event.belief.evidence}
