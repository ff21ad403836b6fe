"""The needs panel: stated needs are held, others stay questions, and the person has the last word."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Block, FakeTools

from memory.mechanisms.needs_panel import NeedsPanel, NeedsParams
from memory.schemas import FoundNeed, NeedsFound, OpenQuestion
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, EventBase


def panel(**params: Any) -> Block:
    return Block(NeedsPanel(NeedsParams(**params)))


def need(text: str, topic: str = "", quote: str = "") -> NeedsFound:
    return NeedsFound(needs=[FoundNeed(text=text, topic=topic, quote=quote)])


def asks(*topics: str) -> NeedsFound:
    questions = [OpenQuestion(topic=t, question=f"Which {t}?", suggestions=["one", "two"]) for t in topics]
    return NeedsFound(questions=questions)


def entry(block: Block, text: str) -> Belief:
    return next(belief for belief in block.state.beliefs if belief.text == text)


def pair(events: list[EventBase]) -> tuple[ControlChanged, BeliefChanged]:
    acted, changed = events
    assert isinstance(acted, ControlChanged) and isinstance(changed, BeliefChanged)
    return acted, changed


def test_a_stated_need_is_held_with_its_words_and_its_message_as_evidence() -> None:
    block = panel()
    block.says("Something cheap, please.", need("Budget: low", "budget", "Something cheap"))
    held = entry(block, "Budget: low")
    assert (held.kind, held.source, held.status, held.confidence) == ("need", "stated", "held", 1.0)
    assert (held.topic, held.reasoning, held.evidence) == ("budget", "Something cheap", ("message0",))
    (recalled,) = block.mechanism.recall(block.turn("And now?"), FakeTools())
    assert (recalled.text, recalled.belief_id, recalled.evidence) == ("Budget: low", held.id, ("message0",))
    assert (recalled.mechanism, recalled.used) == ("needs_panel", True)


def test_the_model_is_told_what_is_held_so_that_it_does_not_say_it_again() -> None:
    block = panel()
    block.says("Something cheap, please.", need("Budget: low", "budget"))
    tools = block.says("By train.", need("Budget: LOW!", "budget"))
    assert tools.asked[0][0] == "find_needs" and "(held; budget) Budget: low" in tools.asked[0][1]
    assert block.held() == ["Budget: low"] and len(block.events) == 1


def test_a_later_word_on_a_topic_takes_the_place_of_the_earlier_one() -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    block.says("Rather expensive.", need("Budget: high", "budget"))
    assert block.held() == ["Budget: high"]
    assert entry(block, "Budget: high").evidence == ("message1",)
    assert [event.action for event in block.events if isinstance(event, BeliefChanged)] == ["added", "revised"]


def test_open_questions_are_proposed_but_never_used() -> None:
    block = panel(max_questions=2)
    block.says("Hello.", asks("budget", "travel", "pace"))
    assert block.with_status("open") == ["Which budget?", "Which travel?"]
    assert {belief.source for belief in block.state.beliefs} == {"asked"}
    assert entry(block, "Which budget?").answers == ("one", "two")
    assert block.recalled() == []
    block.says("Hm.", asks("pace", "company"))
    assert len(block.with_status("open")) == 2


def test_no_questions_when_the_protocol_wants_none_and_one_per_topic_otherwise() -> None:
    none = panel(max_questions=0)
    none.says("Hello.", asks("budget"))
    assert none.state.beliefs == ()
    block = panel(max_questions=4)
    found = asks("budget", "budget", "travel", "", "pace")
    block.says("Cheap.", found.model_copy(update={"needs": need("Budget: low", "budget").needs}))
    assert block.with_status("open") == ["Which travel?", "Which pace?"]


def test_a_message_answers_an_open_question_in_its_place() -> None:
    block = panel()
    block.says("Hello.", asks("budget", "travel"))
    question = entry(block, "Which budget?")
    block.says("Cheap.", need("Budget: low", "budget"))
    assert [(b.text, b.status) for b in block.state.beliefs] == [("Budget: low", "held"), ("Which travel?", "open")]
    assert entry(block, "Budget: low").supersedes == question.id


def test_a_call_without_an_answer_and_an_answer_without_needs_change_nothing() -> None:
    block = panel()
    block.says("Hello.")
    block.says("Hello.", NeedsFound())
    block.says("Hello.", need("  "))
    assert block.events == []


def test_adding_puts_a_need_of_the_persons_own_into_the_list() -> None:
    block = panel()
    acted, changed = pair(block.acts("needs", "add", "  Close to a station "))
    assert (acted.action, acted.old) == ("add", None)
    assert acted.new == {"id": changed.belief.id, "text": "Close to a station", "status": "held"}
    assert (changed.by, changed.action, changed.belief.source) == ("person", "added", "stated")
    assert block.recalled() == ["Close to a station"]


@pytest.mark.parametrize(
    ("action", "value", "change", "status", "text"),
    [
        ("edit", {"text": "Budget: high"}, "revised", "held", "Budget: high"),
        ("confirm", {}, "confirmed", "held", "Budget: low"),
        ("confirm", {"text": "Budget: medium"}, "confirmed", "held", "Budget: medium"),
        ("decline", {}, "declined", "declined", "Budget: low"),
        ("delete", {}, "retracted", "retracted", "Budget: low"),
    ],
)
def test_each_act_is_one_change_with_old_and_new(
    action: str, value: dict[str, str], change: str, status: str, text: str
) -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    old = entry(block, "Budget: low")
    acted, changed = pair(block.acts("needs", action, {"id": old.id, **value} if value else old.id))
    assert (acted.mechanism, acted.control, acted.action) == ("needs_panel", "needs", action)
    assert acted.old == {"id": old.id, "text": "Budget: low", "status": "held"}
    assert acted.new == {"id": changed.belief.id, "text": text, "status": status}
    assert (changed.by, changed.action, changed.turn_id) == ("person", change, None)
    assert [(b.text, b.status) for b in block.state.beliefs] == [(text, status)]
    assert block.recalled() == ([text] if status == "held" else [])


def test_answering_an_open_question_makes_a_need_with_the_name_of_its_topic() -> None:
    block = panel()
    block.says("Hello.", asks("budget"))
    question = entry(block, "Which budget?")
    with pytest.raises(AnswerRefused):
        block.acts("needs", "confirm", question.id)
    acted, changed = pair(block.acts("needs", "confirm", {"id": question.id, "text": "low"}))
    assert acted.old == {"id": question.id, "text": "Which budget?", "status": "open"}
    assert (changed.belief.text, changed.belief.supersedes) == ("Budget: low", question.id)
    assert block.recalled() == ["Budget: low"]


@pytest.mark.parametrize("action", ["edit", "confirm"])
def test_what_the_person_settled_outranks_what_a_later_message_suggests(action: str) -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    old = entry(block, "Budget: low")
    block.acts("needs", action, {"id": old.id, "text": "Budget: medium"} if action == "edit" else old.id)
    settled = block.held()
    block.says("Rather expensive?", need("Budget: high", "budget"))
    assert block.held() == settled
    block.acts("needs", "edit", {"id": block.state.beliefs[0].id, "text": "Budget: high"})
    assert block.held() == ["Budget: high"]


@pytest.mark.parametrize("action", ["decline", "delete"])
def test_what_was_declined_is_neither_proposed_nor_asked_again(action: str) -> None:
    block = panel()
    block.says("Hello.", asks("budget"))
    block.acts("needs", action, entry(block, "Which budget?").id)
    block.says("Cheap.", need("Budget: low", "travel"))
    block.acts("needs", action, entry(block, "Budget: low").id)
    block.says("Hm.", asks("budget"))
    block.says("Hm.", need("budget: LOW", "travel"))
    assert block.with_status("open") == [] and block.held() == [] and block.recalled() == []


def test_an_entry_that_is_gone_cannot_be_acted_on() -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    old = entry(block, "Budget: low")
    block.acts("needs", "edit", {"id": old.id, "text": "Budget: high"})
    for action in ("edit", "confirm", "decline", "delete"):
        with pytest.raises(AnswerRefused, match="no longer"):
            block.acts("needs", action, {"id": old.id, "text": "Budget: low"})


def test_the_list_is_offered_with_every_entry_and_makes_the_plan_anew() -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    block.says("Hm.", asks("travel"))
    (control,) = block.mechanism.controls(block.state)
    assert (control.type, control.replans) == ("needs", True)
    assert set(control.actions) == {"add", "edit", "confirm", "decline", "delete", "move"}
    assert [belief.text for belief in control.beliefs] == ["Budget: low", "Which travel?"]


def test_another_block_starts_empty() -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    assert block.elsewhere().recalled() == [] and block.elsewhere().state.beliefs == ()


# --- inquiry, milestone, ranking ---------------------------------------------------------------------


def of_area(area: str, *questions: OpenQuestion, **more: Any) -> NeedsFound:
    return NeedsFound(area=area, questions=list(questions), **more)


def question(topic: str, effort: int = 2, **more: Any) -> OpenQuestion:
    return OpenQuestion(topic=topic, question=f"Which {topic}?", suggestions=["one", "two"], effort=effort, **more)


def answered(block: Block, text: str) -> None:
    block.acts("needs", "confirm", {"id": entry(block, text).id, "text": "one"})


def test_questions_of_one_area_stand_together_and_the_easy_ones_come_first() -> None:
    block = panel(max_questions=3)
    block.says("Hello.", of_area("Money", question("budget", 3), question("extras", 1), question("tips", 2)))
    assert block.with_status("open") == ["Which extras?", "Which tips?", "Which budget?"]
    assert {belief.area for belief in block.state.beliefs} == {"Money"}


def test_no_other_area_begins_while_a_question_is_open_and_none_comes_again_once_it_was_left() -> None:
    block = panel()
    block.says("Hello.", of_area("Money", question("budget")))
    tools = block.says("Hm.", of_area("Places", question("setting")))
    assert "# Areas so far\n- Money" in tools.asked[0][1]
    assert block.with_status("open") == ["Which budget?"]
    answered(block, "Which budget?")
    block.says("Hm.", of_area("Money", question("tips")))  # the newest area may go on
    answered(block, "Which tips?")
    block.says("Hm.", of_area("Places", question("setting")))
    answered(block, "Which setting?")
    block.says("Hm.", of_area("Money", question("extras")))
    assert block.with_status("open") == []
    block.says("Hm.", of_area("People", question("company")))
    assert block.with_status("open") == ["Which company?"]


def test_nothing_is_asked_of_somebody_who_wants_the_answer() -> None:
    block = panel()
    found = of_area("Money", question("budget"), needs=need("By train", "travel").needs, wants_answer=True)
    block.says("By train. Just give me the plan.", found)
    assert block.held() == ["By train"] and block.with_status("open") == []


def test_a_need_that_follows_is_surer_than_one_that_is_only_thought_of() -> None:
    block = panel()
    block.says("Hello.", of_area("", question("budget", level="implicit"), question("pace", level="latent")))
    implicit, latent = block.state.beliefs
    assert 0 < latent.confidence < implicit.confidence < 1


def test_every_stated_need_is_kept_and_one_that_excludes_another_takes_its_place() -> None:
    block = panel()
    block.says("No nuts.", need("Food: no nuts", "food"))
    beside = FoundNeed(text="Food: vegetarian", topic="food", beside=True)
    block.says("And vegetarian.", NeedsFound(needs=[beside]))
    assert block.held() == ["Food: no nuts", "Food: vegetarian"]
    block.says("Rather vegan.", need("Food: vegan", "food"))
    assert block.held() == ["Food: no nuts", "Food: vegan"]
    named = [need.id for need in block.state.beliefs]
    block.says("I eat everything now.", NeedsFound(needs=[FoundNeed(text="Food: all", topic="food", replaces=named)]))
    assert block.held() == ["Food: all"] and block.with_status("outdated") == ["Food: vegan"]


# --- taking back, and putting in order ---------------------------------------------------------------


def test_what_was_declined_can_be_taken_back() -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    block.says("Hm.", asks("travel"))
    for text in ("Budget: low", "Which travel?"):
        block.acts("needs", "decline", entry(block, text).id)
    assert block.with_status("declined") == ["Budget: low", "Which travel?"] and block.recalled() == []
    acted, _ = pair(block.acts("needs", "confirm", entry(block, "Budget: low").id))
    assert (acted.old["status"], acted.new["status"]) == ("declined", "held")
    block.acts("needs", "confirm", entry(block, "Which travel?").id)
    assert block.recalled() == ["Budget: low"] and block.with_status("open") == ["Which travel?"]
    answered(block, "Which travel?")
    assert "Getting around: one" in block.held()


def test_the_order_of_the_person_is_that_of_the_list_and_of_the_prompt() -> None:
    block = panel()
    for text in ("First", "Second", "Third"):
        block.acts("needs", "add", text)
    assert block.recalled() == ["First", "Second", "Third"]
    third, first = entry(block, "Third").id, entry(block, "First").id
    acted, *moved = block.acts("needs", "move", {"id": third, "before": first})
    assert isinstance(acted, ControlChanged) and (acted.old[2], acted.new[0]) == (third, third)
    assert {change.action for change in moved if isinstance(change, BeliefChanged)} == {"moved"}
    (control,) = block.mechanism.controls(block.state)
    assert [belief.text for belief in control.beliefs] == ["Third", "First", "Second"]
    expected = ["Third (priority 1 of 3)", "First (priority 2 of 3)", "Second (priority 3 of 3)"]
    assert block.recalled() == expected
    block.acts("needs", "add", "Last")
    assert block.recalled()[-1] == "Last (priority 4 of 4)"
    assert block.acts("needs", "move", {"id": third, "before": first}) == []  # it stands there already
    block.acts("needs", "edit", {"id": third, "text": "Still the first"})
    assert block.recalled()[0].startswith("Still the first")
    block.acts("needs", "move", {"id": entry(block, "Still the first").id, "before": None})
    assert [text.split(" (")[0] for text in block.recalled()] == ["First", "Second", "Last", "Still the first"]


@given(moves=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=8))
def test_any_moves_leave_the_order_that_a_list_would_have(moves: list[tuple[int, int]]) -> None:
    block, expected = panel(), [f"need {n}" for n in range(5)]
    for text in expected:
        block.acts("needs", "add", text)
    for which, place in moves:
        moved = expected.pop(which)
        before = expected[place] if place < len(expected) else None
        expected.insert(place, moved)
        block.acts("needs", "move", {"id": entry(block, moved).id, "before": before and entry(block, before).id})
    (control,) = block.mechanism.controls(block.state)
    assert [belief.text for belief in control.beliefs] == expected
    assert all(0 < belief.importance <= 1 for belief in control.beliefs)


def test_only_what_is_held_can_be_put_in_order() -> None:
    block = panel()
    block.says("Cheap.", need("Budget: low", "budget"))
    block.says("Hm.", asks("travel"))
    held, asked = entry(block, "Budget: low").id, entry(block, "Which travel?").id
    for value in ({"id": asked, "before": held}, {"id": held, "before": asked}, {"id": "gone", "before": None}):
        with pytest.raises(AnswerRefused, match="no longer"):
            block.acts("needs", "move", value)
