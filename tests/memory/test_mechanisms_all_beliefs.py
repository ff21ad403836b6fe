"""All beliefs: every stated preference once, newest last; the later word takes the place of the earlier one."""

import json
from typing import Any

import pytest
from desks import condition, logged, say, sit_down, study_of
from hypothesis import given
from hypothesis import strategies as st
from openai_server import OpenAIServer, Says
from scripted import TASK, Block, FakeTools
from sqlalchemy import Engine

from memory.index import Index
from memory.mechanisms.all_beliefs import AllBeliefs, AllBeliefsParams
from memory.offline_answers import ANSWERS
from memory.offline_reading import read
from memory.prompts import belief_lines, sections
from memory.schemas import PreferencesStated, StatedPreference
from memory.worker import Worker
from study.beliefs import history
from study.events import Belief, BeliefChanged, BeliefRefused
from study.settings import Settings


def memory(**params: Any) -> Block:
    return Block(AllBeliefs(AllBeliefsParams(**params)))


def states(text: str, **more: Any) -> PreferencesStated:
    return PreferencesStated(preferences=[StatedPreference(text=text, quote=text, **more)])


def changes(block: Block) -> list[BeliefChanged]:
    return [event for event in block.events if isinstance(event, BeliefChanged)]


def id_of(block: Block, text: str) -> str:
    return next(belief.id for belief in block.state.beliefs if belief.text == text)


def test_what_was_stated_is_kept_with_the_words_and_the_message() -> None:
    block = memory()
    tools = block.says("I always go by train.", states("By train", topic="travel"))
    (belief,) = block.state.beliefs
    assert (belief.text, belief.source, belief.status, belief.topic) == ("By train", "stated", "held", "travel")
    assert (belief.reasoning, belief.evidence, belief.confidence) == ("By train", ("message0",), 1.0)
    assert [purpose for purpose, _ in tools.asked] == ["find_preferences"], "one call per turn"
    (change,) = changes(block)
    assert (change.by, change.action, change.turn_id) == ("mechanism", "added", "turn0")


def test_everything_is_recalled_newest_last() -> None:
    block = memory()
    for text in ("By train", "Near the sea", "Cheap"):
        block.says("…", states(text))
    assert block.recalled() == ["By train", "Near the sea", "Cheap"]
    block.says("By train, as I said.", states("By train"))
    assert block.recalled() == ["Near the sea", "Cheap", "By train"], "said again, it is the newest"


def test_a_limit_keeps_the_newest_and_says_what_was_left_out() -> None:
    block = memory(max_recalled=2)
    for text in ("By train", "Near the sea", "Cheap"):
        block.says("…", states(text))
    pieces = block.mechanism.recall(block.turn("And now?"), FakeTools())
    assert [(p.text, p.used, p.reason) for p in pieces] == [
        ("By train", False, "not among the 2 stated last"),
        ("Near the sea", True, ""),
        ("Cheap", True, ""),
    ]


@pytest.mark.parametrize("named", [True, False])
def test_the_same_again_is_support_and_never_a_second_entry_nor_a_deletion(named: bool) -> None:
    block = memory()
    block.says("By train.", states("By train"))
    again = states("Likes trains", same_as=id_of(block, "By train")) if named else states("by TRAIN!")
    for _ in range(3):
        block.says("The train again.", again)
    (belief,) = block.state.beliefs
    assert (belief.text, belief.status) == ("By train", "held")
    assert belief.evidence == ("message0", "message1", "message2", "message3")
    assert [change.action for change in changes(block)] == ["added", "supported", "supported", "supported"]


def test_said_twice_in_one_message_it_is_one_entry() -> None:
    block = memory()
    twice = [StatedPreference(text="By train"), StatedPreference(text="By train.")]
    block.says("By train, really by train.", PreferencesStated(preferences=twice))
    assert block.held() == ["By train"] and len(changes(block)) == 1


def test_the_later_word_takes_the_place_of_the_earlier_one_which_stays_in_the_record() -> None:
    block = memory()
    block.says("Cheap, please.", states("Cheap"))
    block.says("By train.", states("By train"))
    block.says("Luxury after all!", states("Luxury", replaces=[id_of(block, "Cheap")]))
    assert block.recalled() == ["By train", "Luxury"]
    assert [e.belief.text for e in history(changes(block), id_of(block, "Luxury"))] == ["Cheap", "Luxury"]


def test_one_statement_may_put_an_end_to_several() -> None:
    block = memory()
    block.says("…", states("By train"))
    block.says("…", states("Not by car"))
    block.says(
        "By car then.", states("By car", replaces=[id_of(block, "By train"), id_of(block, "Not by car"), "none"])
    )
    assert block.recalled() == ["By car"]
    assert block.with_status("outdated") == ["Not by car"]
    block.says("No, not by car.", states("Not by car", replaces=[id_of(block, "By car")]))
    assert block.recalled() == ["Not by car"], "what is outdated may become true again"


@pytest.mark.parametrize("action", ["edit", "confirm"])
def test_what_the_person_settled_stays_until_they_change_it(action: str) -> None:
    block = memory(visibility="editable")
    block.says("Cheap.", states("Cheap"))
    block.acts("profile", action, {"id": id_of(block, "Cheap"), "text": "Cheap, but clean"})
    (settled,) = block.state.beliefs
    block.says("Luxury!", states("Luxury", replaces=[settled.id]))
    assert block.state.beliefs == (settled,)


@pytest.mark.parametrize("action", ["delete", "hide"])
def test_what_the_person_deleted_or_hid_is_not_noted_again(action: str) -> None:
    block = memory(visibility="editable")
    block.says("Cheap.", states("Cheap"))
    block.acts("profile", action, id_of(block, "Cheap"))
    block.says("Cheap.", states("cheap!"))
    assert block.recalled() == [] and len(block.state.beliefs) == 1


def test_no_answer_nothing_stated_and_what_may_not_be_kept_leave_no_entry() -> None:
    block = memory()
    block.says("By train.")
    block.says("By train.", PreferencesStated())
    block.says("By train.", states(" "))
    assert block.events == []
    block.says(
        "…", PreferencesStated(preferences=[StatedPreference(text="Is a Muslim"), StatedPreference(text="Prays")])
    )
    (refused,) = block.events
    assert isinstance(refused, BeliefRefused) and refused.reason == "religion"


def test_the_list_is_that_of_every_profile() -> None:
    assert memory().mechanism.controls(memory().state) == []
    block = memory(visibility="editable")
    block.says("Cheap.", states("Cheap"))
    (control,) = block.mechanism.controls(block.state)
    assert (control.type, control.mechanism, control.beliefs) == ("profile", "all_beliefs", block.state.beliefs)


WORDS = [(a, v, words[0]) for a, at in TASK.attributes.items() for v, words in at.values.items()]


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.booleans()), max_size=12))
def test_the_built_in_model_never_leaves_two_values_of_one_attribute_standing(said: list[Any]) -> None:
    """Whatever is said in whatever order: the last word on each value stands, and no contradiction."""
    block, last = memory(), {}
    for (attribute, value, words), wanted in said:
        text = f"I would like {words}." if wanted else f"Please not {words}."
        lines = {
            "Held beliefs": belief_lines([b for b in block.state.beliefs if b.status == "held"]),
            "Message": [text],
        }
        answer = ANSWERS["PreferencesStated"](read(sections(TASK_STATE, "", lines)))
        block.says(text, PreferencesStated.model_validate(answer))
        if wanted:
            last = {k: w for k, w in last.items() if k[0] != attribute or not w}
        last[attribute, value] = wanted
    expected = {f"{TASK.attributes[a].label}: {'' if w else 'not '}{v}" for (a, v), w in last.items()}
    assert {text.split(" (")[0] for text in block.held()} == expected


TASK_STATE = memory().state


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


def test_whole_turns_with_the_built_in_model(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "all_beliefs", study_of(condition("all_beliefs", visibility="editable")))
    say(desk, "Somewhere cheap, by train please.")
    say(desk, "Rather a treat: luxury.")
    held = [b.text for b in desk.view().state.beliefs if b.status == "held"]
    assert sorted(text.split(" (")[0] for text in held) == ["Budget: high", "Getting around: train"]
    given = say(desk, "What would you suggest?")
    assert [p.text.split(" (")[0] for p in given.recalled if p.used] == ["Getting around: train", "Budget: high"]
    plan = [o for section in desk.view().state.solution for o in section.option_ids]
    options = {option.id: option for option in TASK.catalogue}
    assert plan and all(options[o].attributes["budget"] == "high" for o in plan)
    (travel,) = [b for b in desk.view().state.beliefs if b.topic == "travel"]
    desk.operate("all_beliefs", "profile", "hide", travel.id)
    worker.wait(desk.session_id)
    assert travel.id not in [p.belief_id for p in say(desk, "And now?").recalled]


def test_whole_turns_over_http(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    study = study_of(condition("all_beliefs"))
    desk = sit_down(engine, Worker(engine, settings, shared_index), "all_beliefs", study, "openai:test-model")
    llm.script(Says("Hello."), Says("Fine."), Says("Sure."))
    llm.script_structured(Says(states("By train", topic="travel").model_dump_json()))
    say(desk, "By train, please.")
    llm.script_structured(Says("this is not the shape"))
    say(desk, "Anything else?")
    prompt = llm.prompts()[-1][0]["content"]
    assert "# About the participant\n- [b" in prompt and "] By train" in prompt
    assert say(desk, "Thanks.").status == "answered", "an answer without shape leaves the plain behaviour"
    schema = json.dumps(
        [r["body"] for r in llm.requests if "find_preferences" in str(r) or "PreferencesStated" in str(r)]
    )
    assert "replaces" in schema and "same_as" in schema
    assert [e.event.belief.text for e in logged(desk, "belief_changed")] == ["By train"]


def test_a_belief_without_messages_still_says_what_it_rests_on() -> None:
    block = memory()
    block.events.append(
        BeliefChanged(mechanism="x", by="person", action="added", belief=Belief(id="b1", text="Quiet", source="edited"))
    )
    (piece,) = block.mechanism.recall(block.turn("?"), FakeTools())
    assert piece.evidence == ("b1",)
