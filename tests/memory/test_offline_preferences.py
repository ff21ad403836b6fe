"""The built-in model on likes, what would do and dislikes: reading them, asking for them, putting old and new together."""

from typing import Any

import pytest
from scripted import TASK

from memory.mechanism import State
from memory.offline_preferences import clarify, reveal_preferences
from memory.offline_reading import Reading, gather, rank, read
from memory.prompts import belief_lines, sections
from study.events import Belief
from study.protocol import Task
from study.stance import stances
from study.wishes import wishes

KETTLES = Task.model_validate(
    {
        "id": "kettles",
        "title": "Kettles",
        "brief": "Buy one.",
        "opening": "Hello.",
        "sections": [{"id": "purchase", "title": "Purchase"}],
        "attributes": {
            "colour": {"label": "Colour", "question": "Which colour?", "values": {c: [c] for c in ("red", "blue", "black")}},
            "lid": {"label": "Lid", "question": "Which lid?", "values": {c: [f"{c} lid"] for c in ("tin", "glass")}},
        },
        "catalogue": [
            {"id": "a", "name": "Option A", "section": "purchase", "attributes": {"colour": "red", "lid": "tin"}},
            {"id": "b", "name": "Option B", "section": "purchase", "attributes": {"colour": "blue", "lid": "glass"}},
            {"id": "c", "name": "Option C", "section": "purchase", "attributes": {"colour": "black", "lid": "glass"}},
            {"id": "nothing", "name": "Buy nothing", "section": "purchase", "attributes": {}},
        ],
    }
)  # fmt: skip
TALK = Task(id="talk", title="Music", brief="Talk.", opening="Hello.", remarks=("One.", "Two."))


def reading(message: str, task: Task = KETTLES, **more: list[str]) -> Reading:
    parts = {name.replace("_", " ").capitalize(): lines for name, lines in more.items()}
    return read(sections(State("s", task), "Role", {**parts, "Message": [message]}))


def held(*texts: str, topic: str = "colour", status: str = "held") -> list[str]:
    return belief_lines([Belief(id=f"b{n}", text=t, topic=topic, status=status) for n, t in enumerate(texts)])


def revealed(message: str, task: Task = KETTLES, **more: list[str]) -> list[tuple[str, str, str, list[str]]]:
    found = reveal_preferences(reading(message, task, **more))["preferences"]
    return [(p["topic"], p["text"], p["relation"], p["entries"]) for p in found]


def best(*about: str, message: str = "What shall I buy?") -> str:
    one = reading(message, about_the_participant=[f"- [b{n}] {text}" for n, text in enumerate(about)])
    return rank(one, gather(one, message), "x")["purchase"][0].name


# --- how somebody stands to what they mention -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I like red best.", {"red": "likes"}),
        ("Red, please.", {"Red": "mentions"}),
        ("I don't want red, blue or black.", {"red": "rejects", "blue": "rejects", "black": "rejects"}),
        ("I don’t want red or blue or black.", {"red": "rejects", "blue": "rejects", "black": "rejects"}),
        ("Not red, blue please.", {"red": "rejects", "blue": "mentions"}),
        ("Red or blue would be fine too.", {"Red": "accepts", "blue": "accepts"}),
        ("I like red, blue is fine, but no black.", {"red": "likes", "blue": "accepts", "black": "rejects"}),
        ("I don't mind red.", {"red": "accepts"}),
        ("Red won't work for me.", {"Red": "rejects"}),
        ("I used to like red, but now I prefer blue.", {"red": "rejects", "blue": "likes"}),
        ("likes red; fine with blue; does not want black", {"red": "likes", "blue": "accepts", "black": "rejects"}),
        ("I'd prefer blue, because black is not for me.", {"blue": "likes", "black": "rejects"}),
    ],
)
def test_stances(text: str, expected: dict[str, str]) -> None:
    places = {word: (text.index(word), text.index(word) + len(word)) for word in expected}
    assert dict(zip(places, stances(text, list(places.values())), strict=True)) == expected
    backwards = dict(reversed(places.items()))
    assert dict(zip(backwards, stances(text, list(backwards.values())), strict=True)) == expected


def test_what_would_do_counts_less_than_what_is_wanted_and_more_than_nothing() -> None:
    assert best("Colour: likes blue") == "Option B"
    assert best("Colour: fine with black") == "Option C"
    assert best("Colour: fine with black", "Lid: likes tin lid") == "Option A"
    assert best("Colour: fine with black or blue; likes red") == "Option A"


def test_nothing_is_bought_only_if_every_option_has_something_that_is_not_wanted() -> None:
    assert best("Colour: does not want red or blue or black") == "Buy nothing"
    assert best("Colour: does not want red or blue", "Lid: likes glass lid") == "Option C"
    assert best("Colour: does not want red", "Lid: does not want glass lid") == "Buy nothing"
    assert best("Lid: does not want tin lid") in ("Option B", "Option C")


def test_the_message_outranks_what_is_known_of_the_same_thing() -> None:
    assert best("Colour: does not want red or blue or black", message="Red would be fine.") == "Option A"
    assert best("Colour: likes red", message="Blue, please.") == "Option B"
    assert best("Colour: likes red", "Colour: likes blue") == "Option B", "a later entry replaces an earlier one"


# --- asking ---------------------------------------------------------------------------------------------


def asks(message: str = "I need a kettle.", task: Task = KETTLES, **more: list[str]) -> dict[str, Any]:
    return clarify(reading(message, task, **more))


def test_it_asks_for_what_is_open_most_with_the_answers_there_are() -> None:
    asked = asks()
    assert (asked["topic"], asked["question"]) == ("colour", "Which colour?")
    assert asked["options"] == ["red", "blue", "black"] and not asked["settled"]
    assert asks(asked_already=["- colour"])["topic"] == "lid"
    assert asks(about_the_participant=["- [b1] Colour: likes red"])["topic"] == "lid", "what is liked settles it"
    assert asks(about_the_participant=["- [b1] Colour: does not want red"])["topic"] in ("colour", "lid")
    assert asks("I need a red kettle.")["topic"] == "lid", "the message says it"


def test_it_asks_nothing_where_all_is_known_or_nothing_is_asked_for() -> None:
    known = ["- [b1] Colour: does not want red or blue or black", "- [b2] Lid: no preference"]
    assert asks(about_the_participant=known)["settled"]
    assert asks("Thank you very much!")["settled"] and asks("Right, thank you!")["settled"]
    assert asks(asked_already=["- colour", "- lid"])["settled"]


def test_what_is_in_doubt_is_asked_first_and_again() -> None:
    about = ["- [b0] Colour: likes red", "- [b1] Lid: likes tin lid"]
    asked = asks(about_the_participant=about, in_doubt=held("Lid: likes tin lid", topic="lid"))
    assert asked["topic"] == "lid" and "ask again" in asked["question"]


def test_words_of_one_attribute_within_those_of_another_are_not_mistaken_for_them() -> None:
    raw = KETTLES.model_dump()
    raw["attributes"]["lid"]["values"]["tin"] = ("red lid",)
    task = Task.model_validate(raw)
    asked = asks(task=task, about_the_participant=["- [b1] Lid: likes red lid"])
    assert asked["topic"] == "colour"


def test_without_attributes_it_asks_how_to_answer_once() -> None:
    asked = asks("I like jazz.", TALK)
    assert asked["topic"] == "style" and len(asked["options"]) == 3
    assert asks("Go on.", TALK, asked_already=["- style"])["settled"]
    assert asks("Go on.", TALK, about_the_participant=[f"- [b] {asked['question']} With an example"])["settled"]


# --- what a message reveals -------------------------------------------------------------------------------


def test_an_answer_becomes_one_line_that_reads_back_as_the_same() -> None:
    said = "I like red best. Blue would be fine too. I don't want black."
    ((topic, text, relation, entries),) = revealed(said, question=["- colour | Which colour?"])
    assert (topic, relation, entries) == ("colour", "new", [])
    assert text == "Colour: likes red; fine with blue; does not want black"
    topics = reading("").topics
    again = {(w.value, w.wanted, w.mild) for w in wishes(text, topics)}
    assert again == {(w.value, w.wanted, w.mild) for w in wishes(said, topics)}


@pytest.mark.parametrize(
    ("message", "relation", "text"),
    [
        ("Red again, please.", "same", "Colour: likes red; fine with blue"),
        ("No black.", "adds", "Colour: likes red; fine with blue; does not want black"),
        ("I'd rather have black.", "changes", "Colour: likes black; fine with blue"),
        (
            "I used to like red, but now I don't want it anymore.",
            "changes",
            "Colour: fine with blue; does not want red",
        ),
        ("Not blue.", "changes", "Colour: likes red; does not want blue"),
    ],
)
def test_old_and_new_are_put_together_and_a_contradiction_is_called_one(message: str, relation: str, text: str) -> None:
    before = held("Colour: likes red; fine with blue")
    assert revealed(message, held_beliefs=before) == [("colour", text, relation, ["b0"])]


def test_an_option_that_would_have_done_says_that_all_it_has_would_do() -> None:
    before = held("Colour: likes red; does not want black")
    assert revealed("Option C would have worked for me.", held_beliefs=before) == [
        ("colour", "Colour: likes red; fine with black", "changes", ["b0"]),
        ("lid", "Lid: fine with glass lid", "new", []),
    ]
    assert revealed("Option A won't work for me.") == revealed("What about Option A?") == []
    better = "Option B is okay, but I'd prefer Option A, because it has red, which I like more."
    assert revealed(better) == [
        ("colour", "Colour: likes red; fine with blue", "new", []),
        ("lid", "Lid: fine with tin lid or glass lid", "new", []),
    ]


def test_thanks_reveal_nothing_and_no_preference_is_an_answer() -> None:
    assert revealed("Right, thank you!") == []
    assert revealed("I don't mind.", question=["- lid | Which lid?"]) == [("lid", "Lid: no preference", "new", [])]
    assert revealed("I don't mind.") == [], "nobody asked"


def test_without_attributes_likings_are_noted_and_turned_round() -> None:
    assert revealed("I really like jazz, but I hate long solos.", TALK) == [
        ("", "Likes jazz", "new", []),
        ("", "Does not like long solos", "new", []),
    ]
    before = held("Likes jazz", topic="")
    assert revealed("I don't like jazz any more.", TALK, held_beliefs=before) == [
        ("", "Does not like jazz", "changes", ["b0"])
    ]
    assert revealed("I like jazz.", TALK, held_beliefs=before) == [("", "Likes jazz", "same", ["b0"])]
    answer = revealed("With an example", TALK, question=["- style | How should I answer best for you?"])
    assert answer == [("style", "How should I answer best for you? With an example", "new", [])]


def test_in_the_shipped_tasks_what_it_notes_reads_back() -> None:
    for topic, attribute in TASK.attributes.items():
        for value, words in attribute.values.items():
            found = revealed(f"I want it {words[0]}.", TASK)
            assert topic in [its_topic for its_topic, *_ in found], (topic, value)
            text = next(text for its_topic, text, *_ in found if its_topic == topic)
            assert (topic, value, True) in [
                (w.topic, w.value, w.wanted) for w in wishes(text, reading("", TASK).topics)
            ], text
