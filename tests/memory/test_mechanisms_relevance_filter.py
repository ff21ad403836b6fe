"""The relevance filter: what does not bear on the message is dropped with a reason; whatever fails, nothing is lost."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scripted import TASK, FakeTools

from memory.bearing import in_words_of
from memory.mechanism import Line, State, Turn
from memory.mechanisms.relevance_filter import FilterParams, RelevanceFilter
from memory.schemas import JudgedNote, NotesJudged
from study.events import Belief, Recalled

BELIEFS = (
    Belief(id="train", text="Getting around: prefers train", confidence=0.8, evidence=("m1",)),
    Belief(id="sea", text="Surroundings: prefers water", confidence=0.8, evidence=("m2",)),
    Belief(id="need", text="Budget: low", kind="need", source="stated", evidence=("m3",)),
    Belief(id="nuts", text="Cannot eat nuts", kind="constraint", evidence=("m4",)),
    Belief(id="guess", text="Pace: relaxed", kind="need", source="inferred", evidence=("m5",)),
)


def pieces(*ids: str) -> list[Recalled]:
    return [
        Recalled(text=b.text, mechanism="profile", belief_id=b.id, evidence=b.evidence)
        for b in BELIEFS
        if not ids or b.id in ids
    ]


def turn(text: str = "How do I get there?", *lines: Line, **changes: Any) -> Turn:
    return replace(Turn("t", "m9", text, State("s:1", TASK, lines, BELIEFS)), **changes)


def judged(**verdicts: bool) -> NotesJudged:
    return NotesJudged(
        notes=[JudgedNote(note=int(n[1:]), bears=bears, why="of no use") for n, bears in verdicts.items()]
    )


def reviewed(made: RelevanceFilter, asked: Turn, told: list[Recalled], tools: FakeTools) -> dict[str, str]:
    """Id → reason of what was dropped; the pieces are the same, in the same order."""
    left = made.review(asked, list(told), tools)
    assert [p.model_copy(update={"used": True, "reason": ""}) for p in left] == [
        p.model_copy(update={"used": True, "reason": ""}) for p in told
    ]
    return {p.belief_id or p.text: p.reason for p in left if not p.used}


def by_model(**params: Any) -> RelevanceFilter:
    return RelevanceFilter(FilterParams(**params))


def test_one_call_sees_message_conversation_and_notes_and_its_reason_is_kept() -> None:
    tools = FakeTools(judged(n0=True, n1=False))
    asked = turn("And how do I get there?", Line("m1", "user", "To the coast."))
    told = pieces("train", "sea")
    assert reviewed(by_model(), asked, told, tools) == {"sea": "does not bear on the message: of no use"}
    ((purpose, prompt),) = tools.asked
    assert purpose == "judge_relevance"
    for line in ("- 0 | Getting around: prefers train", "participant: To the coast.", "And how do I get there?"):
        assert line in prompt


def test_constraints_and_stated_needs_are_not_even_judged() -> None:
    tools = FakeTools(judged(n0=False, n1=False, n2=False))
    assert set(reviewed(by_model(), turn(), pieces(), tools)) == {"train", "sea", "guess"}
    assert "Cannot eat nuts" not in tools.asked[0][1].partition("# Notes")[2]


def test_a_protocol_may_let_constraints_be_judged_too() -> None:
    tools = FakeTools(judged(n0=False, n1=False))
    assert set(reviewed(by_model(keep_constraints=False), turn(), pieces("need", "nuts"), tools)) == {"need", "nuts"}


@pytest.mark.parametrize("answers", [(), (NotesJudged(),), (judged(n7=False),), (judged(n0=True, n1=True),)])
def test_without_a_usable_judgement_everything_stays(answers: tuple[NotesJudged, ...]) -> None:
    assert reviewed(by_model(), turn(), pieces("train", "sea"), FakeTools(*answers)) == {}


def test_a_plan_keeps_everything_and_costs_no_call() -> None:
    tools = FakeTools(judged(n0=False))
    assert reviewed(by_model(), turn(purpose="plan"), pieces(), tools) == {} and tools.asked == []


def test_nothing_to_judge_costs_no_call() -> None:
    tools = FakeTools()
    instruction = Recalled(text="Be brief.", mechanism="system_prompt", kind="instruction")
    assert reviewed(by_model(), turn(), [*pieces("need", "nuts"), instruction], tools) == {} and tools.asked == []


def test_what_was_dropped_before_is_not_judged_and_keeps_its_reason() -> None:
    told = [p.model_copy(update={"used": False, "reason": "too many"}) for p in pieces("train")] + pieces("sea")
    left = by_model().review(turn(), told, FakeTools(judged(n0=False)))
    assert [piece.reason for piece in left] == ["too many", "does not bear on the message: of no use"]


def test_the_lexical_judge_costs_no_call_and_knows_the_words_of_the_task() -> None:
    tools, made = FakeTools(), by_model(judge="lexical")
    dropped = reviewed(made, turn("Can I go by rail?"), pieces(), tools)
    assert set(dropped) == {"sea", "guess"} and tools.asked == []
    assert all("below 0.16" in reason for reason in dropped.values())


def test_the_threshold_says_how_much_the_lexical_judge_lets_through() -> None:
    kept = []
    for threshold in (0.0, 0.1):
        made = by_model(judge="lexical", threshold=threshold)
        kept.append(5 - len(reviewed(made, turn("Can I go by rail?"), pieces(), FakeTools())))
    assert kept == [5, 3], "everything; what bears on it, and hard constraints"


@pytest.mark.parametrize("wrong", [{"judge": "me"}, {"threshold": 1.1}, {"keep_constraints": "perhaps"}])
def test_parameters_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FilterParams.model_validate(wrong)


@given(st.lists(st.sampled_from([b.id for b in BELIEFS])), st.dictionaries(st.integers(-3, 9), st.booleans()))
def test_whatever_a_model_says_no_hard_constraint_is_dropped(ids: list[str], said: dict[int, bool]) -> None:
    told = [piece for i in ids for piece in pieces(i)]
    verdicts = NotesJudged(notes=[JudgedNote(note=n, bears=b) for n, b in said.items()])
    assert not {"need", "nuts"} & set(reviewed(by_model(), turn(), told, FakeTools(verdicts)))


def test_for_the_lexical_judge_all_that_is_known_of_the_task_bears_on_a_request_for_a_plan() -> None:
    dog = Recalled(text="Has an old dog", mechanism="profile", evidence=("m1",))
    asked = turn("Please suggest something.")
    assert set(reviewed(by_model(judge="lexical"), asked, [*pieces(), dog], FakeTools())) == {"Has an old dog"}


# --- the words themselves --------------------------------------------------------------------------


def test_a_text_is_widened_by_the_attributes_that_it_names_and_by_no_others() -> None:
    widened = in_words_of(TASK, "We want to go by rail.")
    assert "public transport" in widened and "luxury" not in widened
    assert in_words_of(TASK, "We care about charity.") == "We care about charity.", "car is not in care"
