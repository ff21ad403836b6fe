"""Opting in: nothing inferred is used before the person said so, and every decision can be traced and reversed."""

from dataclasses import replace
from typing import Any

import pytest
from desks import logged, say, sit_down, study_of
from openai_server import OpenAIServer
from scripted import Block, FakeTools
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.mechanism import Control, Line
from memory.mechanisms.opt_in import HELD_BACK, NO_CHANGE, NOT_COMPARED, WAITS, OptIn, OptInParams
from memory.schemas import Difference, DifferencesFound
from memory.worker import Worker
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, BeliefPreviewed, ControlChanged, Recalled
from study.protocol import Condition, MechanismUse
from study.settings import Settings

CHEAP = Belief(id="b1", text="Budget: prefers low", topic="budget", evidence=("m1",))
LAKE = Belief(id="b2", text="Surroundings: prefers water", topic="setting", evidence=("m1",))
STATED = Belief(id="b3", text="By train", kind="need", source="stated", evidence=("m1",))


def block(*beliefs: Belief, **params: Any) -> Block:
    made = Block(OptIn(OptInParams(**params)))
    made.events += [BeliefChanged(mechanism="x", by="mechanism", action="added", belief=b) for b in beliefs]
    return made


def told(belief: Belief) -> Recalled:
    return Recalled(text=belief.text, mechanism="x", belief_id=belief.id, evidence=belief.evidence)


def reasons(made: Block, *beliefs: Belief, purpose: Any = "reply") -> list[str]:
    """The reason for each belief's piece, empty where it is used."""
    turn = replace(made.turn("And now?"), purpose=purpose)
    return [p.reason for p in made.mechanism.review(turn, [told(b) for b in beliefs], FakeTools())]


def decides(made: Block, belief: str, use: bool) -> list[Any]:
    return made.acts("use", "set", {"id": belief, "use": use})


def control(made: Block) -> Control:
    return made.mechanism.controls(made.state)[0]


def found(*rows: tuple[str, str, str]) -> DifferencesFound:
    return DifferencesFound(differences=[Difference(belief_id=b, with_it=w, without_it=o) for b, w, o in rows])


@pytest.mark.parametrize("purpose", ["reply", "plan"])
def test_what_was_inferred_waits_and_what_was_stated_or_set_does_not(purpose: str) -> None:
    made = block(CHEAP, LAKE, STATED)
    assert reasons(made, CHEAP, LAKE, STATED, purpose=purpose) == [WAITS, WAITS, ""]
    others = [
        Recalled(text="Said earlier: x", mechanism="retrieval", evidence=("m1",)),
        Recalled(text="Be brief.", mechanism="system_prompt", kind="instruction"),
    ]
    assert made.mechanism.review(made.turn("And?"), others, FakeTools()) == others
    unknown = made.mechanism.review(made.turn("And?"), [told(CHEAP.model_copy(update={"id": "b404"}))], FakeTools())
    assert [piece.reason for piece in unknown] == [WAITS]


def test_every_decision_and_reversal_is_one_event_with_all_decisions_before_and_after() -> None:
    made = block(CHEAP, LAKE)
    steps = [("b1", True, {}, {"b1": True}), ("b2", False, {"b1": True}, {"b1": True, "b2": False})]
    steps.append(("b1", False, {"b1": True, "b2": False}, {"b1": False, "b2": False}))
    for belief, use, old, new in steps:
        (event,) = decides(made, belief, use)
        assert isinstance(event, ControlChanged)
        assert (event.mechanism, event.control, event.action) == ("opt_in", "use", "set")
        assert (event.old, event.new) == (old, new)
        assert decides(made, belief, use) == [], "what is decided is not decided again"
        assert control(made).value == {"b1": False, "b2": False} | {b: u for b, u in new.items() if u}
    assert reasons(made, CHEAP, LAKE) == [HELD_BACK, HELD_BACK]


def test_opted_in_it_is_used() -> None:
    made = block(CHEAP, LAKE)
    decides(made, "b2", True)
    assert reasons(made, CHEAP, LAKE) == [WAITS, ""]


def test_with_the_other_default_everything_is_used_until_the_person_says_no() -> None:
    made = block(CHEAP, LAKE, default=True)
    assert reasons(made, CHEAP, LAKE) == ["", ""] and control(made).value == {"b1": True, "b2": True}
    decides(made, "b1", False)
    assert reasons(made, CHEAP, LAKE) == [HELD_BACK, ""]


def test_the_word_off_of_a_protocol_file_is_understood() -> None:
    assert [OptInParams.model_validate({"default": word}).default for word in ("off", "on", False, True)] == [
        False,
        True,
        False,
        True,
    ]


def test_a_protocol_may_ask_about_what_was_stated_as_well() -> None:
    made = block(CHEAP, STATED, stated=True)
    assert reasons(made, CHEAP, STATED) == [WAITS, WAITS] and list(control(made).value) == ["b1", "b3"]


def test_only_what_stands_is_listed() -> None:
    gone = [LAKE.model_copy(update={"id": i, "status": i}) for i in ("declined", "retracted", "outdated")]
    assert [b.id for b in control(block(CHEAP, *gone, STATED)).beliefs] == ["b1"]


@pytest.mark.parametrize(("default", "reason"), [(False, WAITS), (True, "")])
def test_consent_to_one_sentence_is_none_to_what_takes_its_place(default: bool, reason: str) -> None:
    made = block(CHEAP, default=default)
    decides(made, "b1", True)
    later = CHEAP.model_copy(update={"id": "b9", "text": "Budget: prefers high", "supersedes": "b1"})
    made.events.append(BeliefChanged(mechanism="x", by="mechanism", action="revised", belief=later))
    assert reasons(made, later) == [reason]


@pytest.mark.parametrize("default", [False, True])
def test_a_no_outlives_every_revision_until_it_is_taken_back(default: bool) -> None:
    made = block(CHEAP, default=default)
    decides(made, "b1", False)
    for number, old in enumerate(("b1", "b8"), start=8):
        later = CHEAP.model_copy(update={"id": f"b{number}", "text": f"Budget {number}", "supersedes": old})
        made.events.append(BeliefChanged(mechanism="x", by="mechanism", action="revised", belief=later))
    assert reasons(made, later) == [HELD_BACK]
    confirmed = later.model_copy(update={"source": "edited", "confidence": 1.0})
    made.events.append(BeliefChanged(mechanism="x", by="person", action="confirmed", belief=confirmed))
    assert reasons(made, confirmed) == [HELD_BACK] and list(control(made).value) == ["b9"]
    decides(made, "b9", True)
    assert reasons(made, confirmed) == [""]


@pytest.mark.parametrize("value", [None, "b1", {"id": "b1"}, {"id": "b1", "use": "yes"}, {"id": "b1", "use": 1}])
def test_a_decision_that_is_none_is_refused(value: Any) -> None:
    made = block(CHEAP)
    with pytest.raises(AnswerRefused):
        made.mechanism.act(made.state, "use", "set", value)
    for other in ({"id": "b404", "use": True}, {"id": "b3", "use": True}):
        with pytest.raises(AnswerRefused, match="no longer in the list"):
            made.mechanism.act(made.state, "use", "set", other)


# --- what it would change --------------------------------------------------------------------------


def test_one_call_compares_all_beliefs_that_were_not_compared_in_this_task() -> None:
    made = block(CHEAP, LAKE, STATED)
    assert control(made).details == {"b1": NOT_COMPARED, "b2": NOT_COMPARED}
    tools = made.says("Where shall I go?", found(("b1", "Pine Hut", "City Hotel."), ("b2", "The same", "the same")))
    assert [purpose for purpose, _ in tools.asked] == ["preview_beliefs"]
    prompt = tools.asked[0][1]
    assert "(held; budget) Budget: prefers low" in prompt and "[b2]" in prompt and "Where shall I go?" in prompt
    assert "- [b3] By train" in prompt.partition("# Held beliefs")[0], "beside what is used anyway"
    assert control(made).details == {"b1": "With it: Pine Hut. Without it: City Hotel.", "b2": NO_CHANGE}
    assert made.says("And then?").asked == [], "each once"


def test_what_the_model_leaves_out_is_compared_with_the_next_turn_and_what_it_makes_up_is_not_kept() -> None:
    made = block(CHEAP, LAKE)
    answers = found(("b1", "Pine Hut", "City Hotel"), ("b1", "Other", "Words"), ("b404", "x", "y"), ("b2", " ", "y"))
    made.says("Where?", answers)
    previews = [e for e in made.events if isinstance(e, BeliefPreviewed)]
    assert [(p.belief_id, p.with_it, p.turn_id) for p in previews] == [("b1", "Pine Hut", "turn0")]
    tools = made.says("And?", found(("b2", "Lake cabin", "City Hotel")))
    held = tools.asked[0][1].partition("# Held beliefs")[2]
    assert "[b2]" in held and "[b1]" not in held
    assert control(made).details["b2"] == "With it: Lake cabin. Without it: City Hotel."


def test_what_may_not_be_kept_is_not_shown_as_a_comparison() -> None:
    made = block(CHEAP)
    made.says("Where?", found(("b1", "A church", "City Hotel")))
    assert control(made).details == {"b1": NOT_COMPARED}


def test_a_comparison_belongs_to_its_task() -> None:
    made = block(CHEAP)
    made.says("Where?", found(("b1", "Pine Hut", "City Hotel")))
    made.lines = [Line("m9", "user", "Dinner?"), Line("t9", "assistant", "Well.")]
    assert control(made).details == {"b1": NOT_COMPARED}


def test_without_an_answer_of_the_model_beliefs_are_listed_and_can_be_decided_about() -> None:
    made = block(CHEAP)
    made.says("Where?")
    assert made.events[1:] == [] and control(made).details == {"b1": NOT_COMPARED}
    decides(made, "b1", True)
    assert reasons(made, CHEAP) == [""]


# --- whole turns -----------------------------------------------------------------------------------


def arm(*names: str) -> Condition:
    return Condition(id="one", mechanisms=tuple(MechanismUse(name=name) for name in (*names, "opt_in")))


def shown(desk: Desk) -> Control:
    return next(control for control in desk.view().controls if control.type == "opt_in")


def test_a_whole_task_with_the_built_in_model(engine: Engine, instant: Settings, shared_index: Index) -> None:
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study_of(arm("inferred_profile")))
    say(desk, "Something luxurious, please.")
    (belief,) = shown(desk).beliefs
    assert shown(desk).value == {belief.id: False} and shown(desk).details == {belief.id: NOT_COMPARED}
    second = say(desk, "What do you suggest for two free days?")
    assert [(p.belief_id, p.reason) for p in second.recalled] == [(belief.id, WAITS)]
    assert "luxur" not in second.reply
    details = shown(desk).details[belief.id]
    assert details.startswith("With it: ") and ". Without it: " in details
    names = {option.name: option for option in desk.view().task.catalogue}
    with_it, without = (part.split(", ") for part in details.removeprefix("With it: ")[:-1].split(". Without it: "))
    assert {names[n].attributes["budget"] for n in with_it} == {"high"}
    assert "high" not in {names[n].attributes["budget"] for n in without}
    desk.operate("opt_in", "use", "set", {"id": belief.id, "use": True})
    desk.worker.wait(desk.session_id)
    assert any(belief.id in section.because for section in desk.view().state.solution), "the plan is made anew at once"
    assert "“high”" in say(desk, "What do you suggest now?").reply
    desk.operate("opt_in", "use", "set", {"id": belief.id, "use": False})
    desk.worker.wait(desk.session_id)
    assert not any(belief.id in section.because for section in desk.view().state.solution)
    assert [p.reason for p in say(desk, "And now?").recalled] == [HELD_BACK]
    changes = [(e.event.old, e.event.new) for e in logged(desk, "control_changed")]
    assert changes == [({}, {belief.id: True}), ({belief.id: True}, {belief.id: False})]
    assert len(logged(desk, "belief_previewed")) == 1


def test_a_comparison_over_http(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    arms = study_of(arm("inferred_profile"))
    desk = sit_down(engine, Worker(engine, settings, shared_index), "one", arms, "openai:test-model")
    proposal = {"text": "Prefers low prices", "reasoning": "", "confidence": 8, "durability": 6, "topic": "budget"}
    llm.shapes["BeliefsProposed"] = {"beliefs": [proposal]}
    say(desk, "Something cheap.")
    (belief,) = shown(desk).beliefs
    difference = {"belief_id": belief.id, "with_it": "Pine Hut", "without_it": "City Hotel"}
    llm.shapes["DifferencesFound"] = {"differences": [difference]}
    say(desk, "Where to?")
    assert shown(desk).details == {belief.id: "With it: Pine Hut. Without it: City Hotel."}
    call = next(e.event for e in logged(desk, "model_called") if e.event.purpose == "preview_beliefs")
    assert (call.outcome, call.parsed) == ("answered", {"differences": [difference]})
    assert "Prefers low prices" in llm.asked_for("DifferencesFound")[0]
    replies = llm.prompts()
    assert not any("Prefers low prices" in str(prompt) for prompt in replies), "it waits for the person"
    desk.operate("opt_in", "use", "set", {"id": belief.id, "use": True})
    say(desk, "And now?")
    assert "Prefers low prices" in str(llm.prompts()[-1])
