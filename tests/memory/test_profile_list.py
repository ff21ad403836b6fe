"""The list of notes: who may see and change it, and what each act does."""

from typing import Any

import pytest
from scripted import TASK

from memory import profile_list
from memory.mechanism import State
from memory.profile_list import profile
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged

HELD = Belief(id="b1", text="Prefers trains", confidence=0.6, evidence=("m",))
HIDDEN = Belief(id="b2", text="Prefers tents", status="declined", confidence=0.5, evidence=("m",))
GONE = Belief(id="b3", text="Prefers cars", status="retracted", evidence=("m",))
NEED = Belief(id="b4", text="Cheap", kind="need", evidence=("m",))
NOTES = (HELD, HIDDEN, GONE)


def act(action: str, value: Any, visibility: Any = "editable", control: str = "profile") -> list[Any]:
    return profile_list.act("one", visibility, NOTES, control, action, value)


def test_needs_are_no_notes_about_the_person() -> None:
    assert profile(State("s", TASK, beliefs=(*NOTES, NEED))) == list(NOTES)


@pytest.mark.parametrize(
    ("visibility", "actions"), [("shown", ()), ("editable", ("edit", "confirm", "delete", "hide"))]
)
def test_who_may_see_it_gets_a_list_and_who_may_change_it_actions(visibility: Any, actions: tuple[str, ...]) -> None:
    (control,) = profile_list.control("one", visibility, NOTES)
    assert (control.id, control.mechanism, control.type) == ("profile", "one", "profile")
    assert control.actions == actions and control.beliefs == NOTES and control.replans
    assert profile_list.control("one", "hidden", NOTES) == []


@pytest.mark.parametrize(
    ("action", "value", "change", "status", "text", "sure"),
    [
        ("edit", {"id": "b1", "text": " By night train "}, "revised", "held", "By night train", True),
        ("confirm", "b1", "confirmed", "held", "Prefers trains", True),
        ("delete", "b1", "retracted", "retracted", "Prefers trains", False),
        ("hide", "b1", "declined", "declined", "Prefers trains", False),
        ("confirm", "b2", "confirmed", "held", "Prefers tents", True),
        ("delete", "b2", "retracted", "retracted", "Prefers tents", False),
        ("edit", {"id": "b2", "text": "Small tents"}, "revised", "held", "Small tents", True),
    ],
)
def test_each_act_is_one_change_with_old_and_new(
    action: str, value: Any, change: str, status: str, text: str, sure: bool
) -> None:
    acted, changed = act(action, value)
    assert isinstance(acted, ControlChanged) and isinstance(changed, BeliefChanged)
    assert (changed.by, changed.action) == ("person", change)
    assert (changed.belief.status, changed.belief.text) == (status, text)
    assert (changed.belief.source == "edited", changed.belief.confidence == 1.0) == (sure, sure)
    assert acted.new == {"id": changed.belief.id, "text": text, "status": status}
    assert changed.belief.supersedes == (acted.old["id"] if action == "edit" else None)


def test_what_is_hidden_already_is_not_hidden_again() -> None:
    assert act("hide", "b2") == []


@pytest.mark.parametrize("value", ["b3", "b4", "b9", None, {"text": "x"}, ["b1"]])
def test_a_note_that_is_not_in_the_list_cannot_be_changed(value: Any) -> None:
    for action in profile_list.ACTIONS:
        with pytest.raises(AnswerRefused, match="no longer in the list"):
            act(action, value)


@pytest.mark.parametrize("text", ["", "  ", None, 3, "x" * 301])
def test_a_note_has_words_and_not_too_many(text: Any) -> None:
    with pytest.raises(AnswerRefused, match="300 characters"):
        act("edit", {"id": "b1", "text": text})


@pytest.mark.parametrize(
    "wrong", [{"visibility": "shown"}, {"visibility": "hidden"}, {"control": "other"}, {"action": "add"}]
)
def test_everything_else_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(AnswerRefused, match="cannot be changed here"):
        act(**{"action": "delete", "value": "b1", **wrong})
