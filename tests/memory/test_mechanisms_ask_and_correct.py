"""Ask and correct: one question where memory does not settle a task, and corrections that replace what was held."""

from typing import Any

import pytest
from desks import condition, kinds_of, logged, say, sit_down, study_of
from hypothesis import given, settings
from hypothesis import strategies as st
from openai_server import OpenAIServer, Says
from pydantic import ValidationError
from scripted import TASK, Block, FakeTools
from sqlalchemy import Engine

from memory.index import Index
from memory.mechanism import Line
from memory.mechanisms.ask_and_correct import AskAndCorrect, AskAndCorrectParams
from memory.schemas import Clarification, PreferencesRevealed, RevealedPreference
from memory.worker import Worker
from study.beliefs import history
from study.events import Belief, BeliefChanged, BeliefRefused, Question
from study.settings import Settings

MODEL = "openai:test-model"
TRAVEL = Clarification(settled=False, topic="travel", question="How would you travel?", options=["Train", "Car", "Bus"])
SETTLED = Clarification(settled=True)


class Talk(Block):
    """A block in which replies may be questions."""

    def asked(self, text: str, *answers: Clarification) -> Question | None:
        """What is asked instead of answering; the message and what came of it are part of the conversation."""
        self.tools, turn = FakeTools(*answers), self.turn(text)
        question = self.mechanism.ask(turn, self.mechanism.recall(turn, self.tools), self.tools)
        reply = question.text if question else "A reply."
        self.lines += [Line(turn.message_id, "user", text), Line(turn.id, "assistant", reply, asked=question)]
        return question

    def by_status(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for belief in self.state.beliefs:
            found.setdefault(belief.status, []).append(belief.text)
        return found


def talk(**params: Any) -> Talk:
    return Talk(AskAndCorrect(AskAndCorrectParams(**params)))


def reveals(
    text: str, relation: str = "new", *entries: str, topic: str = "travel", quote: str = "It was said."
) -> PreferencesRevealed:
    said = {"text": text, "relation": relation, "entries": list(entries), "topic": topic, "quote": quote}
    return PreferencesRevealed(preferences=[RevealedPreference.model_validate(said)])


def changes(block: Block) -> list[BeliefChanged]:
    return [event for event in block.events if isinstance(event, BeliefChanged)]


def only_held(block: Block) -> Belief:
    (belief,) = [belief for belief in block.state.beliefs if belief.status == "held"]
    return belief


# --- asking ---------------------------------------------------------------------------------------


def test_what_memory_does_not_settle_is_asked_with_answers_to_choose_from() -> None:
    block = talk()
    question = block.asked("Plan me a trip.", TRAVEL)
    assert question == Question(
        mechanism="ask_and_correct", text="How would you travel?", topic="travel", options=("Train", "Car", "Bus")
    )
    ((purpose, prompt),) = block.tools.asked
    assert purpose == "clarify" and "Nothing is known about the participant" in prompt and "Plan me a trip." in prompt


def test_an_answer_is_held_as_asked_and_not_asked_for_again() -> None:
    block = talk(questions_per_task=5)
    block.asked("Plan me a trip.", TRAVEL)
    tools = block.says("By train.", reveals("Travels by train"))
    assert "# Question\n- travel | How would you travel?" in tools.asked[0][1]
    belief = only_held(block)
    assert (belief.text, belief.source, belief.topic, belief.confidence) == ("Travels by train", "asked", "travel", 1)
    assert (belief.evidence, belief.reasoning) == (("message1",), "It was said.")
    assert block.asked("And now?", TRAVEL) is None, "the same topic again, in other words or not"
    elsewhere = talk()
    elsewhere.events = list(block.events)
    elsewhere.asked("The next trip.", SETTLED)
    assert "# Asked already\n- travel" in elsewhere.tools.asked[0][1]


def test_a_task_has_a_budget_and_an_answer_is_followed_by_a_reply() -> None:
    block = talk(questions_per_task=2)
    other = TRAVEL.model_copy(update={"topic": "pace", "question": "How fast?"})
    assert block.asked("Plan me a trip.", TRAVEL)
    assert block.asked("By train.", other) is None and block.tools.asked == [], "they just answered one"
    assert block.asked("More, please.", other)
    assert block.asked("Slowly.") is None
    assert block.asked("And?", other.model_copy(update={"topic": "budget"})) is None and block.tools.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "Just give me a plan.",
        "No more questions, please!",
        "Please decide right away, without asking.",
        "Don’t ask, just decide.",
        "I need it right now.",
    ],
)
def test_who_wants_the_answer_now_is_not_asked(text: str) -> None:
    block = talk()
    assert block.asked(text, TRAVEL) is None and block.tools.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        SETTLED,
        TRAVEL.model_copy(update={"question": "  "}),
        TRAVEL.model_copy(update={"question": "What is your religion?", "topic": "religion"}),
    ],
)
def test_no_question_is_no_harm(answer: Clarification) -> None:
    assert talk().asked("Plan me a trip.", answer) is None


def test_a_model_without_an_answer_leaves_the_reply_and_what_is_known_alone() -> None:
    block = talk()
    assert block.asked("Plan me a trip.") is None
    block.says("By train.")
    assert block.events == []


def test_nothing_is_asked_where_everything_was_answered() -> None:
    block = talk()
    for number, topic in enumerate(TASK.attributes):
        settled = Belief(id=f"b{number}", text="Said", topic=topic, source="asked" if number else "edited")
        block.events.append(BeliefChanged(mechanism="x", by="mechanism", action="added", belief=settled))
    assert block.asked("Plan me a trip.", TRAVEL) is None and block.tools.asked == [], "not even a call"


def test_what_was_deleted_or_hidden_is_not_asked_for() -> None:
    block = talk(visibility="editable")
    block.asked("Plan me a trip.", TRAVEL)
    block.says("By train.", reveals("Travels by train"))
    block.acts("profile", "delete", only_held(block).id)
    again = talk()
    again.events = block.events
    assert again.asked("Another trip.", TRAVEL) is None


# --- which of the two channels is open ---------------------------------------------------------------


def test_asking_alone_hears_only_answers() -> None:
    block = talk(correct=False)
    tools = block.says("I hate cars.", reveals("Does not want a car"))
    assert tools.asked == [] and block.events == []
    block.asked("Plan me a trip.", TRAVEL)
    block.says("By train.", reveals("Travels by train"))
    assert block.held() == ["Travels by train"]


def test_correcting_alone_never_asks() -> None:
    block = talk(ask=False)
    assert block.asked("Plan me a trip.", TRAVEL) is None and block.tools.asked == []
    block.says("No car.", reveals("Does not want a car"))
    assert only_held(block).source == "stated"


def test_both_off_is_refused() -> None:
    with pytest.raises(ValidationError, match="ask and correct are both off"):
        AskAndCorrectParams(ask=False, correct=False)


# --- what people complain about -----------------------------------------------------------------------


def test_a_contradiction_neither_deletes_the_old_nor_loses_the_new() -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    first = only_held(block)
    block.says("By car from now on.", reveals("Travels by car, no longer by train", "changes", first.id))
    new = only_held(block)
    assert (new.text, new.supersedes) == ("Travels by car, no longer by train", first.id)
    past = history(changes(block), new.id)
    assert [(e.action, e.belief.text, e.belief.status) for e in past] == [
        ("added", "Travels by train", "held"),
        ("outdated", "Travels by train", "outdated"),
        ("revised", "Travels by car, no longer by train", "held"),
    ]


@pytest.mark.parametrize("relation", ["new", "same", "adds", "changes"])
def test_a_fact_that_is_said_twice_stands_once_and_is_not_deleted(relation: str) -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    first = only_held(block)
    block.says("By train, as I said.", reveals("travels by TRAIN.", relation, first.id))
    again = only_held(block)
    assert (again.id, again.text, again.evidence) == (first.id, "Travels by train", ("message0", "message1"))


def test_old_and_new_are_not_held_together_even_if_the_model_forgets_the_entry() -> None:
    for named in ([], ["no-such-id"]):
        block = talk()
        block.says("By train.", reveals("Travels by train"))
        block.says("Rather by car.", reveals("Travels by car", "changes", *named))
        assert block.by_status() == {"held": ["Travels by car"]} and block.recalled() == ["Travels by car"]
    block = talk()
    block.says("I like jazz.", reveals("Likes jazz music", topic=""))
    block.says("No more jazz.", reveals("Does not like jazz music", "changes", topic=""))
    assert block.held() == ["Does not like jazz music"], "without a topic, the nearest belief"


def test_a_correction_to_what_is_held_already_ends_the_other() -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    block.says("Or a car.", reveals("Travels by car"))
    block.says("Only the car.", reveals("Travels by car", "changes", block.state.beliefs[0].id))
    assert block.by_status() == {"outdated": ["Travels by train"], "held": ["Travels by car"]}


def test_every_entry_that_a_correction_contradicts_becomes_history() -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    block.says("Or a bus.", reveals("Travels by bus"))
    ids = [belief.id for belief in block.state.beliefs]
    block.says("By car only.", reveals("Travels by car only", "changes", *ids))
    assert block.by_status() == {"held": ["Travels by car only"], "outdated": ["Travels by bus"]}


def test_more_on_the_same_subject_takes_the_place_of_what_was_held() -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    block.says("First class.", reveals("Travels by train, first class", "adds", only_held(block).id))
    belief = only_held(block)
    assert (belief.text, belief.evidence) == ("Travels by train, first class", ("message0", "message1"))
    assert [change.action for change in changes(block)] == ["added", "revised"]


def test_an_unrelated_preference_leaves_what_is_held_alone() -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    block.says("And slowly.", reveals("Wants it slow", topic="pace"))
    assert block.held() == ["Travels by train", "Wants it slow"]


def test_what_the_person_edited_gives_way_only_to_their_own_contradiction() -> None:
    block = talk(visibility="editable")
    block.says("By train.", reveals("Travels by train"))
    block.acts("profile", "edit", {"id": only_held(block).id, "text": "Night trains"})
    edited = only_held(block)
    block.says("With a view.", reveals("Trains with a view", "adds", edited.id))
    assert block.held() == ["Night trains", "Trains with a view"], "their words are not rewritten"
    block.says("Trains.", reveals("Any train", "same", edited.id))
    assert "Night trains" in block.held() and block.state.beliefs[0].source == "edited"
    block.says("No night trains any more.", reveals("Day trains", "changes", edited.id))
    assert block.held() == ["Day trains", "Trains with a view"]


def test_what_was_deleted_is_not_noted_again_unless_it_is_said_to_have_changed() -> None:
    block = talk(visibility="editable")
    block.says("By train.", reveals("Travels by train"))
    block.acts("profile", "delete", only_held(block).id)
    block.says("Hm, trains.", reveals("Travels by train"))
    assert block.held() == []
    block.says("By car.", reveals("Travels by car"))
    block.says("No, by train after all.", reveals("Travels by train", "changes"))
    assert block.held() == ["Travels by train"]


SAID = st.tuples(
    st.sampled_from(["new", "same", "adds", "changes"]),
    st.sampled_from(["by train", "by car", "by bus", "at night"]),
    st.sampled_from(["travel", "pace", ""]),
    st.lists(st.integers(0, 4), max_size=2),
)


@settings(deadline=None)
@given(st.lists(SAID, max_size=8))
def test_whatever_a_model_says_nothing_is_lost_and_nothing_that_was_replaced_comes_back(said: Any) -> None:
    block = talk()
    for relation, text, topic, places in said:
        before = {belief.id: belief for belief in block.state.beliefs}
        named = [list(before)[p] for p in places if p < len(before)]
        block.says("…", reveals(text, relation, *named, topic=topic))
        held = [belief for belief in block.state.beliefs if belief.status == "held"]
        assert text in [belief.text for belief in held] or relation == "same", "the newest word stands"
        replaced = {change.belief.supersedes for change in changes(block)} - {None}
        assert not replaced & {belief.id for belief in held}
        assert len({belief.text for belief in held}) == len(held), "nothing stands twice"
        if relation == "changes":
            old = {before[i].text for i in named if before[i].status == "held"}
            assert not old & {b.text for b in held} - {text}, "the old beside the new"
    assert len(block.state.beliefs) <= len(said)


# --- doubt ---------------------------------------------------------------------------------------------


def answered(block: Talk, **more: str) -> None:
    for topic, text in {"travel": "Travels by train", "pace": "Wants it slow", **more}.items():
        block.lines.clear()
        block.asked("Plan me a trip.", TRAVEL.model_copy(update={"topic": topic, "question": f"{topic}?"}))
        block.says("An answer.", reveals(text, topic=topic))


@pytest.mark.parametrize(("doubt", "doubted"), [("task", {"travel", "pace"}), ("subject", {"travel"})])
def test_a_correction_puts_in_doubt_what_is_asked_once_more(doubt: str, doubted: set[str]) -> None:
    block = talk(doubt=doubt, visibility="editable")
    answered(block, elsewhere="Likes cats", budget="Has money")
    block.acts("profile", "confirm", next(b.id for b in block.state.beliefs if b.topic == "budget"))
    block.says("Not by train any more.", reveals("Not by train", "changes"))
    assert {b.topic for b in block.state.beliefs if b.confidence < 1} == doubted
    block.lines.clear()
    assert block.asked("The next trip.", TRAVEL) is not None
    prompt = block.tools.asked[0][1]
    assert "(held; travel) Not by train" in prompt.partition("# In doubt")[2]
    assert ("(held; pace) Wants it slow" in prompt.partition("# In doubt")[2]) == ("pace" in doubted)
    block.says("By bus.", reveals("Travels by bus", "changes"))
    assert next(b for b in block.state.beliefs if b.topic == "travel").confidence == 1
    assert [b.confidence for b in block.state.beliefs if b.topic == "pace"] == [0.5 if "pace" in doubted else 1]


# --- recall, privacy, control ----------------------------------------------------------------------------


def test_all_that_is_held_on_the_task_is_recalled_and_nothing_of_other_things() -> None:
    block = talk(max_recalled=1)
    block.says("By train.", reveals("Travels by train"))
    block.says("Tea.", reveals("Drinks tea", topic="hot_drinks"))
    block.says("Sea.", reveals("Loves the sea", topic=""))
    block.says("Cats.", reveals("Has two cats", topic=""))
    pieces = block.mechanism.recall(block.turn("To the sea!"), FakeTools())
    assert [(p.text, p.used) for p in pieces] == [
        ("Travels by train", True),
        ("Drinks tea", False),
        ("Loves the sea", True),
        ("Has two cats", False),
    ]
    assert all(piece.used or "something else" in piece.reason for piece in pieces)


def test_what_may_not_be_kept_is_refused_and_changes_nothing() -> None:
    block = talk()
    block.says("By train.", reveals("Travels by train"))
    block.says("To church.", reveals("Goes to church by train", "changes"))
    assert isinstance(block.events[-1], BeliefRefused) and block.events[-1].reason == "religion"
    assert block.held() == ["Travels by train"]


def test_the_list_is_hidden_unless_the_protocol_shows_it() -> None:
    for visibility, actions in (("hidden", None), ("shown", 0), ("editable", 4)):
        block = talk(visibility=visibility)
        block.says("By train.", reveals("Travels by train"))
        controls = block.mechanism.controls(block.state)
        assert [len(control.actions) for control in controls] == ([] if actions is None else [actions])


def test_the_answer_to_a_question_of_another_mechanism_counts_as_asked() -> None:
    block = talk()
    line = Line("t", "assistant", "Budget?", asked=Question(mechanism="another", text="Budget?", topic="budget"))
    block.lines += [Line("m", "user", "Hello"), line]
    assert block.asked("Little.", TRAVEL) is None, "they just answered one"
    block.lines[:] = block.lines[:2]
    block.says("Little.", reveals("Has little money", topic="budget"))
    assert only_held(block).source == "asked"


# --- whole turns -------------------------------------------------------------------------------------------


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


@pytest.fixture
def online(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> Worker:
    """A worker whose language model is the test's own server."""
    return Worker(engine, instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0}), shared_index)


def test_a_question_its_answer_and_the_reply_with_the_built_in_model(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "ask_and_correct", study_of(condition("ask_and_correct")))
    asked = say(desk, "Please plan something for me.")
    assert asked.asked is not None and asked.reply == asked.asked.text and len(asked.asked.options) >= 2
    chosen = asked.asked.options[0]
    answer = say(desk, chosen)
    assert answer.asked is None and f"“{chosen.lower()}”" in answer.reply
    (belief,) = desk.view().state.beliefs
    assert (belief.source, belief.topic) == ("asked", asked.asked.topic) and chosen in belief.text
    third = say(desk, "What else is there?")
    assert third.asked is None and [(p.text, p.used) for p in third.recalled] == [(belief.text, True)]
    other = desk.view().task.attributes[belief.topic].values
    words = list(other.values())[1][0]
    say(desk, f"I have changed my mind: rather {words}.")
    (new,) = desk.view().state.beliefs
    assert words in new.text and chosen not in new.text and new.supersedes == belief.id
    assert [e.event.action for e in logged(desk, "belief_changed")] == ["added", "outdated", "revised"]
    assert "learning_failed" not in kinds_of(logged(desk))


def test_the_same_over_real_http(engine: Engine, online: Worker, llm: OpenAIServer) -> None:
    desk = sit_down(engine, online, "ask_and_correct", study_of(condition("ask_and_correct")), MODEL)
    llm.script_structured(Says(TRAVEL.model_dump_json()))
    asked = say(desk, "Please plan something for me.")
    assert asked.reply == "How would you travel?" and asked.asked and asked.asked.options == ("Train", "Car", "Bus")
    assert llm.prompts() == [], "no reply was written"
    llm.script_structured(Says(reveals("Travels by train").model_dump_json()))
    assert say(desk, "Train").asked is None
    assert llm.prompts()[0][-2]["content"] == "How would you travel?" and llm.prompts()[0][-1]["content"] == "Train"
    (belief,) = desk.view().state.beliefs
    say(desk, "Go on.")
    assert f"[{belief.id}] Travels by train" in llm.prompts()[-1][0]["content"]
    corrected = reveals("Travels by car, not by train", "changes", belief.id)
    llm.script_structured(Says(corrected.model_dump_json()))
    say(desk, "No train, rather a car.")
    say(desk, "And now?")
    told = llm.prompts()[-1][0]["content"]
    assert "Travels by car, not by train" in told and "] Travels by train" not in told
    purposes = [entry.event.purpose for entry in logged(desk, "model_called")]
    assert purposes.count("clarify") == 1, "one question is the budget of a task"
    assert purposes.count("reveal_preferences") == 5


def test_a_model_that_cannot_be_understood_leaves_a_plain_conversation(
    engine: Engine, online: Worker, llm: OpenAIServer
) -> None:
    desk = sit_down(engine, online, "ask_and_correct", study_of(condition("ask_and_correct")), MODEL)
    llm.script_structured(Says("no JSON"), forever=True)
    turn = say(desk, "Please plan something for me.")
    assert (turn.status, turn.asked) == ("answered", None) and turn.reply == Says().text
    assert desk.view().state.beliefs == () and "learning_failed" not in kinds_of(logged(desk))
