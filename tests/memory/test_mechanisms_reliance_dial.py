"""The reliance dial: each level lets more through, hard constraints always, and the record says what was asked for."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scripted import TASK, FakeTools

from memory.mechanism import State, Turn
from memory.mechanisms.reliance_dial import DialParams, RelianceDial
from study.answers import Said
from study.errors import AnswerRefused
from study.events import Belief, ControlChanged, Recalled

LEVEL_OF = {
    "constraint": 1,
    "stated need": 1,
    "settled need": 1,
    "stated": 2,
    "edited": 2,
    "asked": 2,
    "control": 2,
    "form": 2,
    "sure": 3,
    "message": 3,
    "unknown": 3,
    "likely": 4,
    "guessed need": 4,
    "guess": 5,
}
"""What a piece is → the lowest level at which it is used, as the documentation says."""
BELIEFS = (
    Belief(id="constraint", text="No nuts", kind="constraint", source="inferred", confidence=0.1),
    Belief(id="stated need", text="Cheap", kind="need", source="stated"),
    Belief(id="settled need", text="By train", kind="need", source="edited"),
    Belief(id="stated", text="Likes the sea", source="stated", confidence=0.1),
    Belief(id="edited", text="Likes lakes", source="edited"),
    Belief(id="asked", text="Likes hills", source="asked"),
    Belief(id="sure", text="Likes calm", confidence=0.75),
    Belief(id="likely", text="Likes dogs", confidence=0.4),
    Belief(id="guessed need", text="Likes cats", kind="need", confidence=0.7),
    Belief(id="guess", text="Likes owls", confidence=0.39),
)
WITHOUT = {"control": "control:pace", "form": "answer-1", "message": "m1", "unknown": ""}
PIECES = [Recalled(text=b.text, mechanism="one", belief_id=b.id, evidence=("m1",)) for b in BELIEFS] + [
    Recalled(text=name, mechanism="other", evidence=(evidence,) if evidence else ())
    for name, evidence in WITHOUT.items()
]


class Tools(FakeTools):
    """With one answered form."""

    def said_before(self) -> list[Said]:
        return [Said("background", "age_band", "How old are you?", "25–34", "answer-1")]


def dial(**params: Any) -> RelianceDial:
    return RelianceDial(DialParams(**params))


def state(**controls: Any) -> State:
    return State("s:1", TASK, beliefs=BELIEFS, controls={f"reliance_dial.{k}": v for k, v in controls.items()})


def reviewed(made: RelianceDial, now: State, told: list[Recalled], purpose: Any = "reply") -> dict[str, Recalled]:
    left = made.review(replace(Turn("t", "m9", "And now?", now), purpose=purpose), told, Tools())
    assert [p.text for p in left] == [p.text for p in told]
    return {piece.belief_id or piece.text: piece for piece in left}


@pytest.mark.parametrize("purpose", ["reply", "plan"])
@pytest.mark.parametrize("level", range(1, 6))
def test_each_level_lets_through_what_the_documentation_says(level: int, purpose: str) -> None:
    left = reviewed(dial(set_by="protocol", level=level), state(), PIECES, purpose)
    assert {name for name, piece in left.items() if piece.used} == {n for n, at in LEVEL_OF.items() if at <= level}


@pytest.mark.parametrize("level", range(1, 6))
def test_reliance_asked_for_and_realised_stand_in_the_record_of_a_reply(level: int) -> None:
    left = reviewed(dial(level=level), state(), PIECES)
    for name, piece in left.items():
        found = re.fullmatch(r"reliance level (\d): .+, used from level (\d)", piece.reason)
        assert found and (int(found[1]), int(found[2])) == (level, LEVEL_OF[name])
    assert max(LEVEL_OF[name] for name, piece in left.items() if piece.used) == level


def test_an_earlier_reason_stays_and_instructions_are_no_memory() -> None:
    old = PIECES[0].model_copy(update={"used": False, "reason": "too many"})
    how = Recalled(text="Be brief.", mechanism="system_prompt", kind="instruction", reason="behaviour")
    assert list(reviewed(dial(level=1), state(), [old, how]).values()) == [old, how]


def test_the_participants_dial_always_has_a_value_and_replans() -> None:
    (control,) = dial(level=4).controls(state())
    assert (control.type, control.value, control.required, control.replans) == ("slider", 4, True, True)
    assert (control.min, control.max, control.step) == (1, 5, 1) and control.low and control.high
    (moved,) = dial(level=4).controls(state(dial=2))
    assert moved.value == 2
    left = reviewed(dial(level=4), state(dial=1), PIECES)
    assert {name for name, piece in left.items() if piece.used} == {"constraint", "stated need", "settled need"}


def test_moving_the_dial_is_one_event_with_old_and_new_level() -> None:
    made = dial(level=3)
    assert made.act(state(), "dial", "set", 5) == [
        ControlChanged(mechanism="reliance_dial", control="dial", action="set", old=3, new=5)
    ]
    assert made.act(state(dial=5), "dial", "set", 5) == []


@pytest.mark.parametrize("value", [None, 0, 6, 2.0, True, "3", [3]])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(AnswerRefused):
        dial().act(state(), "dial", "set", value)


def test_a_level_that_the_protocol_sets_is_not_the_participants() -> None:
    made = dial(set_by="protocol", level=2)
    assert made.controls(state()) == []
    with pytest.raises(AnswerRefused):
        made.act(state(), "dial", "set", 5)
    left = reviewed(made, state(dial=5), PIECES)
    assert not left["sure"].used, "not even by an event of another version"


@pytest.mark.parametrize("wrong", [{"level": 0}, {"level": 6}, {"set_by": "anybody"}])
def test_parameters_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DialParams.model_validate(wrong)


@given(st.lists(st.sampled_from(PIECES)), st.integers(1, 5), st.integers(1, 5))
def test_a_higher_level_never_tells_less(told: list[Recalled], one: int, other: int) -> None:
    def used(level: int) -> list[int]:
        made = dial(set_by="protocol", level=level)
        left = made.review(Turn("t", "m9", "And now?", state()), list(told), Tools())
        return [n for n, piece in enumerate(left) if piece.used]

    low, high = sorted((one, other))
    assert set(used(low)) <= set(used(high))
