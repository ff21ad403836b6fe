"""What the panels show, as data: nothing hidden, everything in words."""

from typing import Any

import pytest

from memory.conversation import View
from memory.mechanism import Control, Line, State
from memory.state import Exchange
from pages.shared import about, beliefs, evidence, explanation, opt_in, solution
from study.events import Belief, Recalled, Section, SolutionUpdated
from study.protocol import Task

TASK = Task.model_validate(
    {
        "id": "trip",
        "title": "Trip",
        "brief": "Plan.",
        "opening": "Hello.",
        "sections": [{"id": "stay", "title": "Where to stay"}],
        "attributes": {"budget": {"label": "Budget", "question": "How much?", "values": {"low": ["cheap"]}}},
        "catalogue": [
            {"id": i, "name": i.title(), "section": "stay", "description": "A place.", "attributes": {"budget": "low"}}
            for i in ("cabin", "hotel")
        ],
    }
)
NEED = Belief(id="n1", text="Budget: low", kind="need", source="stated", evidence=("m1",))
NOTE = Belief(id="p1", text="Prefers the sea", confidence=0.4, evidence=("m1",))


def needs(*held: Belief) -> Control:
    return Control("needs", "panel", "needs", "Your needs", actions=("add", "edit"), beliefs=held)


def plan(version: int, options: tuple[str, ...], text: str = "", because: tuple[str, ...] = ()) -> SolutionUpdated:
    section = Section(id="stay", title="Where to stay", option_ids=options, text=text, because=because)
    return SolutionUpdated(version=version, sections=(section,), cause="t")


def view(*controls: Control, plans: tuple[SolutionUpdated, ...] = (), **words: str) -> View:
    history = (Line("m1", "user", "Something cheap."), Line("t1", "assistant", "Here."))
    state = State("s", TASK, history, solution=plans[-1].sections if plans else ())
    said = {"m1": "Something cheap."} | {b.id: b.text for c in controls for b in c.beliefs} | words
    return View(TASK, (), state, controls, (), True, "", None, True, plans, said)


def test_a_version_says_what_is_new_and_what_is_gone_against_the_one_before() -> None:
    plans = (
        plan(1, ("cabin",), "By the lake."),
        plan(2, ("hotel",), "In the town."),
        plan(3, ("hotel",), "In the town."),
    )
    first, second, third = (version[0] for version in solution.data(view(plans=plans))["versions"])
    assert (first["fresh"], first["gone"], first["changed"]) == ([], [], False)
    assert (second["fresh"], second["gone"], second["changed"]) == (["hotel"], ["cabin"], True)
    assert ("old", "lake.") in second["text"] and ("new", "town.") in second["text"]
    assert first["cited"] == []
    assert not third["changed"] and third["options"] == ["hotel"]


def test_a_plan_names_only_beliefs_that_a_list_on_the_screen_shows() -> None:
    plans = (plan(1, ("cabin",), because=("n0", "n1", "hidden")),)
    shown = solution.data(view(needs(NEED), plans=plans, n0="Budget: high"))
    assert shown["needs"] == {"n0": "Budget: high", "n1": "Budget: low"}
    assert shown["listed"] == ["n1"]  # the other one was replaced: words, but nowhere to lead to


def test_a_need_says_where_the_plan_answers_it_and_what_it_rests_on() -> None:
    shown = beliefs.data(view(needs(NEED), plans=(plan(1, ("cabin",), because=("n1",)),)), needs(NEED))
    (row,) = shown["held"]
    assert row["sections"] == [{"id": "stay", "title": "Where to stay"}]
    assert row["why"] == ["You said: “Something cheap.”"] and row["sure"] == ""


def test_a_profile_to_look_at_has_no_actions_and_says_how_sure_it_is() -> None:
    control = Control("profile", "it", "profile", "About you", actions=(), beliefs=(NOTE,))
    shown = beliefs.data(view(control), control)
    assert shown["actions"] == [] and shown["held"][0]["sure"] == "not so sure"


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1, "quite sure"),
        (0.75, "quite sure"),
        (0.74, "fairly sure"),
        (0.5, "fairly sure"),
        (0.3, "not so sure"),
        (0, "a guess"),
    ],
)
def test_confidence_in_words(confidence: float, word: str) -> None:
    assert evidence.certainty(NOTE.model_copy(update={"confidence": confidence})) == word


def test_what_the_person_settled_or_said_is_not_graded() -> None:
    words = {source: evidence.certainty(NOTE.model_copy(update={"source": source})) for source in ("edited", "stated")}
    assert words == {"edited": "settled by you", "stated": "as you said"}


def test_evidence_is_told_in_words_whatever_it_is() -> None:
    cost = Control("cost", "prefs", "slider", "Cost")
    shown = view(needs(NEED), cost, long="word " * 200)
    told = evidence.lines(shown, ("m1", "m1", "panel", "control:cost", "n1", "an-answer", "long"))
    assert told[:4] == [
        "You said: “Something cheap.”",
        "You wrote this in the list yourself.",
        "You set this yourself: Cost.",
        "From what you answered or wrote before.",
    ]
    assert len(told) == 5 and len(told[4]) < 320 and told[4].endswith(" …”")


def test_a_page_shows_what_changed_only_if_something_did() -> None:
    def page(value: Any, before: str, *actions: str) -> dict[str, Any]:
        return about.data(
            Control("page", "it", "page", "You", value=value, details={"before": before}, actions=actions)
        )

    assert page("I like the sea.", "I like it.", "set")["changes"] and page("a", "a")["changes"] == []
    assert page("first", "")["changes"] == []
    assert (page(None, "")["value"], page("a", "")["editable"], page("a", "", "set")["editable"]) == ("", False, True)


def test_what_was_never_decided_is_off() -> None:
    known = (NOTE, NOTE.model_copy(update={"id": "p2"}), NOTE.model_copy(update={"id": "p3"}))
    control = Control(
        "use", "it", "opt_in", "Use", value={"p1": True, "p2": False}, beliefs=known, details={"p1": "With it"}
    )
    rows = opt_in.data(view(control), control)["rows"]
    assert [(row["use"], row["detail"]) for row in rows] == [(True, "With it"), (False, ""), (False, "")]


def test_a_reply_is_explained_by_what_is_about_the_person_alone() -> None:
    pieces = (
        Recalled(text="Be brief.", mechanism="role", kind="instruction"),
        Recalled(text="Prefers the sea", mechanism="it", belief_id="p1", evidence=("m1",)),
        Recalled(text="Said earlier", mechanism="it", evidence=("m1",), used=False, reason="too old"),
    )
    control = Control("use", "it", "explanation", "Why?", value=["p1"], actions=("set_aside", "use_again"))
    shown = explanation.data(view(control), control, Exchange("m2", "e", "Hm", recalled=pieces))
    assert [(p["text"], p["aside"]) for p in shown["used"]] == [("Prefers the sea", True)]
    assert [(p["id"], p["reason"]) for p in shown["dropped"]] == [("it:m1", "too old")]
    assert "Be brief." not in str(shown)
