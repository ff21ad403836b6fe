"""The memory page: one readable page, rewritten after each turn, in which the person has the last word."""

import json
from typing import Any

import pytest
from desks import condition, logged, say, sit_down, study_of
from openai_server import OpenAIServer, Says
from pydantic import ValidationError
from scripted import TASK, Block, FakeTools
from sqlalchemy import Engine

from memory import privacy
from memory.conversation import Desk
from memory.index import Index
from memory.mechanisms.memory_page import MemoryPage, PageParams
from memory.offline_answers import ANSWERS
from memory.offline_reading import read
from memory.outstanding import without_settled
from memory.prompts import listed, sections
from memory.schemas import PageRewritten
from memory.worker import Worker
from study import log
from study.enrolment import assignment_of, sitting
from study.errors import AnswerRefused
from study.events import BeliefRefused, ControlChanged, LearningFailed, PageWritten
from study.plan import plan
from study.protocol import Privacy
from study.settings import Settings
from study.timeline import BlockStep, RepeatStep, TaskStep

MODEL = "openai:test-model"


def memory(visibility: Any = "editable", **params: Any) -> Block:
    return Block(MemoryPage(PageParams(visibility=visibility, **params)))


def writes(*lines: str) -> PageRewritten:
    return PageRewritten(lines=list(lines))


def pages(block: Block) -> list[PageWritten]:
    return [event for event in block.events if isinstance(event, PageWritten)]


def test_a_turn_writes_a_version_with_the_messages_it_rests_on() -> None:
    block = memory()
    tools = block.says("Cheap, please.", writes("- Budget: low"))
    block.says("By train.", writes("Budget: low", "Travel: train"))
    first, second = pages(block)
    assert (first.version, first.text, first.by, first.evidence, first.turn_id) == (
        1,
        "Budget: low",
        "mechanism",
        ("message0",),
        "turn0",
    )
    assert (second.version, second.text, second.evidence) == (2, "Budget: low\nTravel: train", ("message0", "message1"))
    assert [purpose for purpose, _ in tools.asked] == ["rewrite_page"], "one call per turn"


def test_the_page_is_recalled_whole_as_one_piece() -> None:
    block = memory()
    assert block.recalled() == []
    block.says("Cheap, by train.", writes("Budget: low", "Travel: train"))
    (piece,) = block.mechanism.recall(block.turn("Anything"), FakeTools())
    assert (piece.text, piece.evidence, piece.used) == ("Budget: low; Travel: train", ("message0",), True)


def test_nothing_is_written_when_nothing_changed() -> None:
    block = memory()
    block.says("Hello.", writes())
    block.says("Hello.")
    assert block.events == []
    block.says("Cheap, by train.", writes("Budget: low", "Travel: train"))
    block.says("Hm.", writes("Travel: train", "  - Budget: low"))
    assert len(pages(block)) == 1, "another order is no change"


def test_lines_of_the_person_stay_word_for_word_and_what_they_removed_stays_away() -> None:
    block = memory()
    block.says("…", writes("Budget: low", "Travel: train", "Pace: calm"))
    acted, written = block.acts("page", "set", "Budget: at most 200 €!\nPace: calm")
    assert isinstance(acted, ControlChanged) and isinstance(written, PageWritten)
    assert acted.old == "Budget: low\nTravel: train\nPace: calm" and acted.new == written.text
    assert (written.version, written.by, written.own) == (2, "person", ("Budget: at most 200 €!",))
    tools = block.says(
        "…", writes("Budget: high", "Travel: train", "Travel: likes the train", "Pace: calm", "Food: any")
    )
    assert pages(block)[-1].text == "Budget: at most 200 €!\nPace: calm\nFood: any"
    assert pages(block)[-1].own == ("Budget: at most 200 €!",)
    assert "# Own lines\n- Budget: at most 200 €!" in tools.asked[0][1]
    assert "# Removed lines\n- Budget: low\n- Travel: train" in tools.asked[0][1]


def test_an_emptied_page_stays_without_what_stood_on_it() -> None:
    block = memory()
    block.says("…", writes("Budget: low"))
    block.acts("page", "set", "")
    assert block.recalled() == []
    block.says("…", writes("Budget: low", "Pace: calm"))
    assert block.recalled() == ["Pace: calm"]


def test_what_the_person_wrote_themselves_is_not_checked_what_the_model_writes_is() -> None:
    block = memory()
    block.acts("page", "set", "I am a Muslim")
    block.says("…", writes("I am a Muslim", "Pace: calm", "Has cancer", "Votes for the Greens", "Has diabetes"))
    *refused, written = block.events[2:]
    assert isinstance(written, PageWritten) and written.text == "I am a Muslim\nPace: calm"
    assert [r.reason for r in refused if isinstance(r, BeliefRefused)] == ["health", "politics"]
    assert privacy.checked([written], Privacy()) == [written], "nor later on"


def test_a_rewrite_that_would_lose_the_page_is_refused_and_recorded() -> None:
    block = memory()
    block.says("…", writes("Budget: low", "Travel: train", "Pace: calm"))
    for nonsense in (writes(), writes("The participant said nothing new")):
        block.says("…", nonsense)
        failed = block.events[-1]
        assert isinstance(failed, LearningFailed) and "lost 3 of 3 lines" in failed.error
    assert block.recalled() == ["Budget: low; Travel: train; Pace: calm"]


def test_a_page_that_is_too_long_is_cut_at_the_end_of_a_line() -> None:
    block = memory(max_tokens=50)
    block.says("…", writes(*(f"Subject {n}: {'x' * 29}" for n in range(20))))
    assert len(pages(block)[0].text.splitlines()) == 4 and len(pages(block)[0].text) <= 200


def test_who_may_see_the_page_sees_it_with_the_version_before() -> None:
    assert memory("hidden").mechanism.controls(memory().state) == []
    block = memory("shown")
    block.says("…", writes("Budget: low"))
    block.says("…", writes("Budget: high"))
    (control,) = block.mechanism.controls(block.state)
    assert (control.id, control.type, control.value, control.actions) == ("page", "page", "Budget: high", ())
    assert control.details == {"before": "Budget: low"} and control.replans
    (control,) = memory("editable").mechanism.controls(block.state)
    assert control.actions == ("set",)


@pytest.mark.parametrize(
    ("visibility", "control", "action", "value"),
    [
        ("hidden", "page", "set", "x"),
        ("shown", "page", "set", "x"),
        ("editable", "other", "set", "x"),
        ("editable", "page", "edit", "x"),
        ("editable", "page", "set", None),
        ("editable", "page", "set", ["x"]),
        ("editable", "page", "set", "x" * 8_001),
    ],
)
def test_what_cannot_be_set_is_refused(visibility: Any, control: str, action: str, value: Any) -> None:
    with pytest.raises(AnswerRefused):
        memory(visibility).acts(control, action, value)


def test_the_same_page_again_is_no_act() -> None:
    block = memory()
    block.acts("page", "set", "Budget: low")
    assert block.acts("page", "set", " - Budget: low\n\n") == []


@pytest.mark.parametrize("wrong", [{"visibility": "open"}, {"max_tokens": 49}, {"max_tokens": 8_001}])
def test_parameters_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PageParams(**wrong)


def test_what_was_learned_meanwhile_does_not_undo_an_edit() -> None:
    learned = [
        PageWritten(mechanism=name, version=2, text="Budget: low", by="mechanism") for name in ("memory_page", "other")
    ]
    edit = PageWritten(mechanism="memory_page", version=2, text="", by="person")
    since = [type("Entry", (), {"kind": "page_written", "event": edit})()]
    assert without_settled(learned, since) == learned[1:]  # type: ignore[arg-type]
    assert without_settled(learned, []) == learned


def rewritten(page: list[str], own: list[str], message: str) -> list[str]:
    lines = {"Page": listed(page), "Own lines": listed(own), "Message": [message]}
    return list(ANSWERS["PageRewritten"](read(sections(memory().state, "", lines)))["lines"])


def test_the_built_in_rule_sorts_lines_and_lets_the_later_word_replace_the_earlier() -> None:
    first = rewritten([], [], "By train, cheap.")
    assert first == ["Budget: low (“cheap”)", "Getting around: train (“by train”)"]
    assert rewritten(first, [], "Luxury, and not by train.") == [
        "Budget: high (“luxury”)",
        "Getting around: not train (“by train”)",
    ]
    assert rewritten(["I love cities", "Budget: low"], ["Budget: low"], "Luxury!") == ["Budget: low", "I love cities"]
    assert rewritten(first, [], "Thank you.") == first


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


def budgets(desk: Desk) -> set[str]:
    options = {option.id: option for option in TASK.catalogue}
    return {options[o].attributes["budget"] for section in desk.view().state.solution for o in section.option_ids}


def test_whole_turns_with_the_built_in_model(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "memory_page", study_of(condition("memory_page", visibility="editable")))
    say(desk, "Somewhere cheap, by train please.")
    (control,) = desk.view().controls
    assert control.value == "Budget: low (“cheap”)\nGetting around: train (“by train”)"
    assert say(desk, "What would you suggest?").recalled[0].text == control.value.replace("\n", "; ")
    assert budgets(desk) == {"low"}
    desk.operate("memory_page", "page", "set", "Budget: high, I want luxury")
    worker.wait(desk.session_id)
    assert budgets(desk) == {"high"}, "an edit makes the plan anew"
    say(desk, "Cheap and by train.")
    assert desk.view().controls[0].value == "Budget: high, I want luxury", "what was removed stays away"
    versions = [(e.event.version, e.event.by) for e in logged(desk, "page_written")]
    assert versions == [(1, "mechanism"), (2, "person")]


def test_whole_turns_over_http(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    desk = sit_down(
        engine, Worker(engine, settings, shared_index), "memory_page", study_of(condition("memory_page")), MODEL
    )
    llm.script(Says("Hello."), Says("Fine."), Says("Sure."))
    llm.script_structured(Says(json.dumps({"lines": ["Travel: by train", "Is a Muslim"]})))
    say(desk, "By train, please.")
    llm.script_structured(Says("no page at all"))
    say(desk, "And then?")
    assert "Travel: by train" in llm.prompts()[-1][0]["content"]
    assert say(desk, "Thanks.").status == "answered", "an answer without shape leaves the plain behaviour"
    assert [e.event.text for e in logged(desk, "page_written")] == ["Travel: by train"]
    assert [e.event.reason for e in logged(desk, "belief_refused")] == ["religion"]


@pytest.mark.parametrize("carry_over", [True, False])
def test_the_page_is_carried_over_only_where_the_protocol_says_so(
    engine: Engine, worker: Worker, carry_over: bool
) -> None:
    repeat = RepeatStep(step="repeat", times=2, carry_over=carry_over, steps=(TaskStep(step="task"),))
    made = study_of(
        condition("memory_page", visibility="shown"),
        timeline=(BlockStep(step="block", steps=(repeat,)),),
        design={"tasks": "cycled"},
    )
    first = sit_down(engine, worker, "memory_page", made)
    say(first, "Somewhere cheap, please.")
    steps = plan(made, assignment_of(sitting(engine, first.session_id)))
    later = Desk(engine, worker, made, first.session_id, steps[1], None)
    later.open()
    (control,) = later.view().controls
    assert control.value == ("Budget: low (“cheap”)" if carry_over else "")
    assert len(log.events(engine, first.session_id, ("page_written",))) == 1
