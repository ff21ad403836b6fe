"""Preference controls: nothing is preset, what is set is recalled in words."""

from typing import Any

import pytest
from pydantic import ValidationError
from scripted import Block

from memory.mechanisms.preference_controls import PreferenceControls, PreferenceParams
from study.errors import AnswerRefused
from study.events import ControlChanged

CONTROLS: list[dict[str, Any]] = [
    {
        "id": "cost",
        "type": "slider",
        "label": "Cost",
        "low": "not at all",
        "high": "very much",
        "says": {"3": "inexpensive"},
    },
    {"id": "steps", "type": "slider", "label": "Steps", "min": 10, "max": 20, "step": 5},
    {"id": "number", "type": "choice", "label": "How many", "options": {"few": "Just one", "many": "Several"}},
    {"id": "quiet", "type": "toggle", "label": "Quiet", "says": {"true": "only quiet places"}},
    {"id": "green", "type": "toggle", "label": "Green"},
    {"id": "words", "type": "text", "label": "Keep in mind"},
]


def controls(*chosen: dict[str, Any]) -> Block:
    return Block(PreferenceControls(PreferenceParams.model_validate({"controls": chosen or CONTROLS})))


def test_nothing_is_preset_and_nothing_is_recalled_until_something_is_set() -> None:
    block = controls()
    assert [control.value for control in block.mechanism.controls(block.state)] == [None] * len(CONTROLS)
    assert block.recalled() == []


@pytest.mark.parametrize(
    ("control", "value", "words"),
    [
        ("cost", 0, "Cost: not at all"),
        ("cost", 2, "Cost: 2 on a scale from 0 (not at all) to 4 (very much)"),
        ("cost", 3, "Cost: inexpensive"),
        ("cost", 4, "Cost: very much"),
        ("steps", 15, "Steps: 15 on a scale from 10 to 20"),
        ("number", "few", "How many: Just one"),
        ("quiet", True, "Quiet: only quiet places"),
        ("green", True, "Green: yes"),
        ("words", "close to a station", "Keep in mind: close to a station"),
    ],
)
def test_what_is_set_is_recalled_in_words_and_shown_as_set(control: str, value: Any, words: str) -> None:
    block = controls()
    (changed,) = block.acts(control, "set", value)
    assert isinstance(changed, ControlChanged)
    assert (changed.control, changed.action, changed.old, changed.new) == (control, "set", None, value)
    assert block.recalled() == [words]
    assert {c.id: c.value for c in block.mechanism.controls(block.state)}[control] == value


@pytest.mark.parametrize(
    ("control", "first", "then"),
    [("cost", 3, None), ("number", "few", None), ("quiet", True, False), ("words", "x", ""), ("words", "x", "  ")],
)
def test_what_is_taken_back_is_no_longer_recalled(control: str, first: Any, then: Any) -> None:
    block = controls()
    block.acts(control, "set", first)
    (changed,) = block.acts(control, "set", then)
    assert isinstance(changed, ControlChanged) and (changed.old, changed.new) == (first, then)
    assert block.recalled() == []


def test_several_are_recalled_in_the_order_of_the_protocol_and_the_newest_value_counts() -> None:
    block = controls()
    for control, value in (("words", "a station"), ("cost", 1), ("cost", 3), ("green", True)):
        block.acts(control, "set", value)
    assert block.recalled() == ["Cost: inexpensive", "Green: yes", "Keep in mind: a station"]


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("cost", 5),
        ("cost", -1),
        ("cost", 2.0),
        ("cost", True),
        ("cost", "2"),
        ("steps", 12),
        ("number", "some"),
        ("number", "Just one"),
        ("quiet", None),
        ("quiet", 1),
        ("words", None),
        ("words", "x" * 301),
        ("none such", 1),
    ],
)
def test_a_value_that_was_not_offered_is_refused(control: str, value: Any) -> None:
    with pytest.raises(AnswerRefused):
        controls().acts(control, "set", value)


def test_only_the_person_sets_preferences() -> None:
    block = controls()
    tools = block.says("I want it cheap and quiet.")
    assert block.events == [] and tools.asked == []
    assert block.recalled() == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([], "at least 1"),
        ([{"id": "a", "type": "choice", "label": "A"}], "needs options"),
        ([{"id": "a", "type": "slider", "label": "A", "min": 4, "max": 4}], "min < max"),
        ([CONTROLS[0], CONTROLS[0]], "unique"),
        ([{**CONTROLS[0], "colour": "red"}], "colour"),
    ],
)
def test_controls_that_cannot_work_are_refused_with_the_protocol(wrong: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        PreferenceParams.model_validate({"controls": wrong})
