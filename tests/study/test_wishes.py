"""What stands of what people ask for, and how much of it a choice meets."""

import pytest

from study.protocol import Attribute, Task
from study.wishes import Wish, meets, phrases_of, share_met, standing, topics_of, wishes

TASK = Task(
    id="trip",
    title="A trip",
    brief="Plan it.",
    opening="Hello.",
    attributes={
        "budget": Attribute(label="Budget", question="How much?", values={"low": ("cheap",), "high": ("fancy",)}),
        "travel": Attribute(label="Travel", question="How?", values={"train": ("train",), "car": ("car",)}),
    },
)
TOPICS = topics_of(TASK)


def stood(*said: tuple[str, bool]) -> set[tuple[str, bool]]:
    return {(wish.value, wish.wanted) for wish in standing(said, phrases_of(TOPICS))}


def test_wishes_are_read_by_the_words_of_the_attributes() -> None:
    found = wishes("Something cheap, but not by car.", TOPICS)
    assert [(wish.topic, wish.value, wish.wanted) for wish in found] == [
        ("budget", "low", True),
        ("travel", "car", False),
    ]


def test_a_later_wish_takes_the_place_of_what_it_excludes() -> None:
    assert stood(("cheap, by train", True), ("fancy after all", True)) == {("high", True), ("train", True)}
    assert stood(("by train", True), ("no train, please", True)) == {("train", False)}


def test_what_is_taken_back_stands_no_longer() -> None:
    assert stood(("Budget: low", True), ("by train", True), ("Budget: low", False)) == {("train", True)}


def test_what_would_merely_do_is_no_wish() -> None:
    assert stood(("I am fine with the train", True)) == set()


@pytest.mark.parametrize(
    ("value", "wanted", "met"), [("low", True, True), ("high", True, False), ("high", False, True)]
)
def test_an_option_meets_a_wish_by_what_it_has_or_lacks(value: str, wanted: bool, met: bool) -> None:
    assert meets({"budget": "low"}, Wish("budget", value, wanted, "")) is met


def test_the_share_is_taken_over_pairs_of_option_and_wish() -> None:
    wanted = [Wish("budget", "low", True, ""), Wish("travel", "car", False, "")]
    assert share_met([{"budget": "low", "travel": "car"}, {"budget": "high", "travel": "train"}], wanted) == 2 / 4
    assert share_met([], wanted) is None and share_met([{}], []) is None
