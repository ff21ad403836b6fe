"""Why this answer: what was set aside stays out of replies and plans, whatever it becomes, until it is taken back."""

import re
from dataclasses import replace
from typing import Any

import pytest
from desks import condition, logged, say, sit_down, study_of
from scripted import TASK, Block, FakeTools
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.mechanism import Line, State
from memory.mechanisms.explanation import SAME_MESSAGE, SET_ASIDE, Explanation, ExplanationParams
from memory.worker import Worker
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, Recalled
from study.protocol import Condition, MechanismUse
from study.settings import Settings

CHEAP = Belief(id="b1", text="Budget: prefers low", topic="budget", evidence=("m1",))
TRAIN = Belief(id="b2", text="Getting around: prefers train", topic="travel", evidence=("m1", "m2"))
QUOTE = Recalled(text="Said earlier: “Something cheap.”", mechanism="retrieval", evidence=("m1",))
OTHER = Recalled(text="Said earlier: “A lake.”", mechanism="retrieval", evidence=("m3",))
SETTING = Recalled(text="Pace: calm", mechanism="preference_controls", evidence=("control:pace",))
ROLE = Recalled(text="Be brief.", mechanism="system_prompt", kind="instruction")


def block(*beliefs: Belief, **params: Any) -> Block:
    """A block in which these beliefs were noted, and whose last reply was told all the pieces."""
    made = Block(Explanation(ExplanationParams(**params)))
    made.events += [BeliefChanged(mechanism="x", by="mechanism", action="added", belief=b) for b in beliefs]
    told = ("retrieval:m1", "retrieval:m3", "preference_controls:control:pace")
    made.lines += [Line("m1", "user", "Something cheap."), Line("t1", "assistant", "Well.", recalled=told)]
    return made


def piece(belief: Belief) -> Recalled:
    return Recalled(text=belief.text, mechanism="inferred_profile", belief_id=belief.id, evidence=belief.evidence)


def reviewed(made: Block, *pieces: Recalled, purpose: Any = "reply") -> list[str]:
    """The reason for each piece, empty where it is used."""
    turn = replace(made.turn("And now?"), purpose=purpose)
    left = made.mechanism.review(turn, list(pieces), FakeTools())
    assert [p.text for p in left] == [p.text for p in pieces] and all(p.used != bool(p.reason) for p in left)
    return [p.reason for p in left]


@pytest.mark.parametrize("purpose", ["reply", "plan"])
def test_what_was_set_aside_is_dropped_until_it_is_taken_back(purpose: str) -> None:
    made = block(CHEAP)
    pieces = (piece(CHEAP), OTHER, SETTING, ROLE)
    assert reviewed(made, *pieces, purpose=purpose) == ["", "", "", ""]
    for done, aside in (
        ("b1", ["b1"]),
        ("preference_controls:control:pace", ["b1", "preference_controls:control:pace"]),
    ):
        (event,) = made.acts("use", "set_aside", done)
        assert isinstance(event, ControlChanged) and (event.old, event.new) == (aside[:-1], aside)
    assert reviewed(made, *pieces, purpose=purpose) == [SET_ASIDE, "", SET_ASIDE, ""]
    assert made.mechanism.controls(made.state)[0].value == ["b1", "preference_controls:control:pace"]
    (event,) = made.acts("use", "use_again", "b1")
    assert isinstance(event, ControlChanged) and (event.old, event.new) == (aside, aside[1:])
    assert reviewed(made, *pieces, purpose=purpose) == ["", "", SET_ASIDE, ""]


def test_the_words_a_belief_rests_on_do_not_come_back_through_retrieval_but_beliefs_beside_it_do() -> None:
    made = block(CHEAP, TRAIN)
    made.acts("use", "set_aside", "b1")
    assert reviewed(made, piece(CHEAP), piece(TRAIN), QUOTE, OTHER) == [SET_ASIDE, "", SAME_MESSAGE, ""]


def test_setting_words_aside_leaves_the_belief_which_has_a_button_of_its_own() -> None:
    made = block(CHEAP)
    made.acts("use", "set_aside", "retrieval:m1")
    assert reviewed(made, piece(CHEAP), QUOTE, OTHER) == ["", SET_ASIDE, ""]


def test_what_takes_the_place_of_a_belief_is_set_aside_too_with_everything_both_rest_on() -> None:
    made = block(CHEAP)
    made.acts("use", "set_aside", "b1")
    second = CHEAP.model_copy(
        update={"id": "b7", "text": "Budget: prefers medium", "evidence": ("m3",), "supersedes": "b1"}
    )
    third = second.model_copy(
        update={"id": "b8", "text": "Budget: prefers high", "evidence": ("m9",), "supersedes": "b7"}
    )
    for later in (second, third):
        made.events.append(BeliefChanged(mechanism="x", by="mechanism", action="revised", belief=later))
    assert [b.id for b in made.state.beliefs] == ["b8"]
    assert reviewed(made, piece(third), QUOTE, OTHER) == [SET_ASIDE, SAME_MESSAGE, SAME_MESSAGE]
    assert made.mechanism.controls(made.state)[0].value == ["b8"], "known by the id under which it comes up now"
    assert made.acts("use", "set_aside", "b8") == []
    (event,) = made.acts("use", "use_again", "b8")
    assert isinstance(event, ControlChanged) and (event.old, event.new) == (["b1"], [])
    assert reviewed(made, piece(third), QUOTE, OTHER) == ["", "", ""]


def test_an_earlier_reason_is_kept() -> None:
    made = block(CHEAP)
    made.acts("use", "set_aside", "b1")
    late = piece(CHEAP).model_copy(update={"used": False, "reason": "does not bear on it"})
    assert reviewed(made, late) == ["does not bear on it"]


@pytest.mark.parametrize("value", ["b404", "retrieval:m404", "m1", "", None, 3, ["b1"], {"id": "b1"}])
@pytest.mark.parametrize("action", ["set_aside", "use_again"])
def test_what_never_came_up_is_refused(value: Any, action: str) -> None:
    made = block(CHEAP)
    with pytest.raises(AnswerRefused, match="not used for an answer"):
        made.mechanism.act(made.state, "use", action, value)


def test_what_came_up_in_an_earlier_task_of_the_same_memory_may_be_set_aside() -> None:
    state = State("s", TASK, remembered=(Line("t0", "assistant", "Well.", recalled=("retrieval:m0",)),))
    (event,) = Explanation(ExplanationParams()).act(state, "use", "set_aside", "retrieval:m0")
    assert isinstance(event, ControlChanged) and event.new == ["retrieval:m0"]


def test_where_it_may_only_be_read_nothing_can_be_done() -> None:
    made = block(CHEAP, set_aside=False)
    (control,) = made.mechanism.controls(made.state)
    assert (control.type, control.actions, control.value) == ("explanation", (), [])
    with pytest.raises(AnswerRefused):
        made.acts("use", "set_aside", "b1")


# --- whole turns -----------------------------------------------------------------------------------

CONTROLS = {"controls": [{"id": "wish", "type": "text", "label": "Your wish"}]}


def about(desk: Desk, purpose: str) -> str:
    """What the last call of this purpose was told about the participant."""
    calls = [entry.event for entry in logged(desk, "model_called") if entry.event.purpose == purpose]
    return str(calls[-1].messages[0].content.partition("# About the participant")[2].partition("\n#")[0])


def test_a_whole_task_in_which_beliefs_quotes_and_answers_are_set_aside(
    engine: Engine, instant: Settings, shared_index: Index
) -> None:
    names = ("inferred_profile", "retrieval", "explanation")
    arm = Condition(id="one", mechanisms=tuple(MechanismUse(name=name) for name in names))
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study_of(arm))
    say(desk, "Something cheap, please.")
    told = say(desk, "Suggest something, please.").recalled
    assert [p.mechanism for p in told if p.used] == ["inferred_profile", "retrieval"]
    belief = told[0].belief_id
    assert "prefers low" in about(desk, "draft_solution")
    desk.operate("explanation", "use", "set_aside", belief)
    desk.worker.wait(desk.session_id)
    assert logged(desk, "replanned"), "the plan is thought over at once"
    assert not {"low", "cheap"} & set(re.findall(r"\w+", about(desk, "draft_solution")))
    again = {p.text: p.reason for p in say(desk, "Suggest something else, please.").recalled}
    assert again[told[0].text] == SET_ASIDE and again["Said earlier: “Something cheap, please.”"] == SAME_MESSAGE
    (other,) = (reason for text, reason in again.items() if "“Suggest something, please.”" in text)
    assert other == "", "only what rests on it goes with it"
    assert not {"low", "cheap"} & set(re.findall(r"\w+", about(desk, "reply")))
    desk.operate("explanation", "use", "use_again", belief)
    desk.worker.wait(desk.session_id)
    assert say(desk, "And now?").recalled[0].used
    changes = [e.event for e in logged(desk, "control_changed")]
    assert [(c.action, c.old, c.new) for c in changes] == [("set_aside", [], [belief]), ("use_again", [belief], [])]


def test_answers_of_a_form_that_came_up_can_be_set_aside_and_other_ids_cannot(
    engine: Engine, instant: Settings, shared_index: Index
) -> None:
    arm = Condition(
        id="one",
        mechanisms=(MechanismUse(name="preference_controls", params=CONTROLS), condition("explanation").mechanisms[0]),
    )
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study_of(arm))
    desk.operate("preference_controls", "wish", "set", "Something cheap")
    say(desk, "What do you suggest?")
    with pytest.raises(AnswerRefused):
        desk.operate("explanation", "use", "set_aside", "preference_controls:control:other")
    desk.operate("explanation", "use", "set_aside", "preference_controls:control:wish")
    assert [p.reason for p in say(desk, "And now?").recalled] == [SET_ASIDE]
