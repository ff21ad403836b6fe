"""What a researcher reads about two protocols: every change, each once, in a sentence."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from small_study import EVERYTHING, SMALL, TASK
from some_protocols import protocols

from study.difference import Change, as_sentences, difference
from study.protocol import Protocol


def raw() -> dict[str, Any]:
    tasks = [{"id": name, **copy.deepcopy(TASK)} for name in ("trip", "dinner")]
    return {**copy.deepcopy(SMALL), "tasks": tasks, "instruments": [copy.deepcopy(EVERYTHING)]}


def changes(change: Any) -> list[str]:
    old, new = raw(), raw()
    change(new)
    return [str(c) for c in difference(Protocol.model_validate(old), Protocol.model_validate(new))]


LONG = "This text is long enough that nobody wants to read all of it again because of one word that became another."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.update(title="Another"), ["title: “A small study” → “Another”"]),
        (lambda p: p.update(reply_timeout=30), ["reply_timeout: 60.0 → 30.0"]),
        (lambda p: p["consent"].update(text="Yes!"), ["consent.text: “Yes?” → “Yes!”"]),
        (
            lambda p: p["conditions"][1]["mechanisms"][0]["params"].update(top_k=3),
            ["conditions[steered].mechanisms[retrieval].params.top_k: 2 → 3"],
        ),
        (
            lambda p: p["conditions"][1]["mechanisms"][0]["params"].update(min_similarity=0.1),
            ["conditions[steered].mechanisms[retrieval].params.min_similarity is new: 0.1"],
        ),
        (
            lambda p: p["conditions"].reverse(),
            ["conditions stand in another order: plain, steered → steered, plain"],
        ),
        (
            lambda p: p["conditions"].append({"id": "third", "mechanisms": [{"name": "none"}]}) or p["tasks"].append({"id": "walk", **TASK}),
            ["conditions[third] is new: third", "tasks[walk] is new: A trip"],
        ),
        (lambda p: p["timeline"].pop(), ["timeline[4] is gone: debrief Thanks"]),
        (
            lambda p: p["timeline"].insert(1, {"step": "break", "title": "Rest", "text": "A while."}),
            ["timeline[1] is new: break Rest"],
        ),
        (lambda p: p["timeline"][4].update(text="Farewell."), ["timeline[4].text: “Bye.” → “Farewell.”"]),
        (
            lambda p: p["timeline"].__setitem__(4, {"step": "break", "title": "Rest", "text": "A while."}),
            ["timeline[4] is gone: debrief Thanks", "timeline[4] is new: break Rest"],
        ),
        (
            lambda p: p["tasks"][0]["catalogue"][0].update(name="Tent"),
            ["tasks[trip].catalogue[inn].name: “Inn” → “Tent”"],
        ),
        (
            lambda p: p["instruments"][0]["items"][0].update(max=50),
            ["instruments[everything].items[effort].max: 100.0 → 50.0"],
        ),
        (
            lambda p: p["instruments"][0]["items"][4].update(text="Which one?"),
            ["instruments[everything].items[colour].text: “Which colour?” → “Which one?”"],
        ),
        (lambda p: p.update(prices={"input": 1, "output": 2}), ['prices: null → {"input": 1.0, "output": 2.0, "currency": "USD", "budget": n…']),
        (lambda p: p.update(design={"labels": ["A", "B"]}), ["design.labels[2] is gone: C"]),
    ],
)  # fmt: skip
def test_a_change_is_said_in_a_sentence(change: Any, said: list[str]) -> None:
    assert changes(change) == said


def test_of_a_long_text_only_what_changed_is_shown() -> None:
    before, _arrow, after = str(Change("text", "changed", LONG, LONG.replace("read", "study"))).partition(" → ")
    assert before == "text: “…that nobody wants to read all of it again because…”"
    assert after == "“…that nobody wants to study all of it again because…”"
    whole = str(Change("consent.text", "changed", "x" * 500, "y" * 900))
    assert len(whole) < 250


def test_nothing_differs_is_said_too(small: Protocol) -> None:
    assert difference(small, small) == []
    assert as_sentences([]) == ["Nothing differs."]


@settings(max_examples=60)
@given(old=protocols(), new=protocols())
def test_there_is_a_difference_exactly_where_the_content_hash_differs(old: Protocol, new: Protocol) -> None:
    assert bool(difference(old, new)) == (old.content_hash() != new.content_hash())
    assert difference(old, old) == difference(new, new) == []
    assert all("\n" not in sentence for sentence in as_sentences(difference(old, new)))
