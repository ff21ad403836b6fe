"""Asking: only where an answer is expected to change enough, never twice, and never past the budget."""

from dataclasses import replace
from typing import Any

import pytest
from desks import DEMO, logged, say, sit_down, study_of
from hypothesis import given, settings
from hypothesis import strategies as st
from openai_server import Fails, OpenAIServer, Says
from scripted import TASK, FakeTools
from sqlalchemy import Engine

from memory.index import Index
from memory.mechanism import Line, State, Turn
from memory.mechanisms.ask_policy import AskPolicy, AskPolicyParams, first_choices, gain
from memory.schemas import AnswersSampled, LikelyAnswer, QuestionSampled
from memory.worker import Worker
from study.events import Belief, Question, Recalled
from study.protocol import Condition, MechanismUse, Task
from study.settings import Settings

NOW = ["hillside_hostel", "ridge_walk", "waterfall_trail", "picnic_from_the_market"]
ELSEWHERE = ["design_hotel", "ridge_walk", "waterfall_trail", "star_restaurant"]
TALK = Task(id="talk", title="Talk", brief="Talk.", opening="Hello.", remarks=("One.",))


def answer(text: str, likelihood: float, choices: list[str]) -> LikelyAnswer:
    return LikelyAnswer(text=text, likelihood=likelihood, choices=choices)


def about(topic: str, *answers: LikelyAnswer) -> QuestionSampled:
    return QuestionSampled(topic=topic, question=f"Which {topic}?", answers=list(answers))


def changing(topic: str, likelihood: float = 0.5) -> QuestionSampled:
    """A question one of whose two answers changes half of the plan."""
    return about(topic, answer("as now", 1 - likelihood, NOW), answer("other", likelihood, ELSEWHERE))


def sampled(*questions: QuestionSampled, **more: Any) -> AnswersSampled:
    return AnswersSampled(**({"choices_now": NOW, "questions": list(questions)} | more))


def asked(topic: str, mechanism: str = "ask_policy") -> Line:
    return Line("t", "assistant", "Which?", asked=Question(mechanism=mechanism, text=f"Which {topic}?", topic=topic))


def turn(*lines: Line, text: str = "A plan, please.", task: Task = TASK, beliefs: tuple[Belief, ...] = ()) -> Turn:
    said = [part for line in lines for part in (Line("m", "user", "Hm."), line)]
    return Turn("t9", "m9", text, State("s", task, tuple(said), beliefs))


def ask(of: Turn, *answers: AnswersSampled, told: tuple[Recalled, ...] = (), **params: Any) -> Question | None:
    return AskPolicy(AskPolicyParams(**params)).ask(of, list(told), FakeTools(*answers))


# --- the gain --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([answer("a", 0.5, NOW), answer("b", 0.5, NOW)], 0.0),
        ([answer("a", 0.75, NOW), answer("b", 0.25, ELSEWHERE)], 0.125),  # a quarter of the time half of the plan
        ([answer("a", 30, ELSEWHERE), answer("b", 10, NOW)], 0.375),  # percentages do as well
        ([answer("a", 1, []), answer("b", 1, ["no_such_option"])], 0.0),
        ([answer("a", 0, ELSEWHERE), answer("b", 0, ELSEWHERE)], 0.0),
        ([answer("a", 0.5, ELSEWHERE), answer("A!", 0.5, NOW), answer(" ", 0.5, NOW)], 0.5),  # each answer once
    ],
)
def test_the_gain_is_the_share_of_first_choices_that_an_answer_is_expected_to_change(
    answers: list[LikelyAnswer], expected: float
) -> None:
    assert gain(NOW, about("budget", *answers), TASK) == expected
    assert gain([], about("budget", *answers), TASK) == 0, "what is not known now cannot change"


def test_in_a_conversation_the_gist_of_the_answer_changes_or_not() -> None:
    answers = [answer("a", 0.3, ["Try a walk."]), answer("b", 0.7, ["try a walk"]), answer("c", 1, ["Call a friend"])]
    assert gain(["Try a walk"], about("mood", *answers), TALK) == 0.5
    assert first_choices([" "], TALK) == {}


def test_the_first_option_of_a_section_counts() -> None:
    assert first_choices(["lake_cabin", "design_hotel", "ridge_walk", "nowhere"], TASK) == {
        "stay": "lake_cabin",
        "saturday": "ridge_walk",
    }


OPTIONS = st.lists(st.sampled_from([*(option.id for option in TASK.catalogue), "", "made up"]), max_size=6)


@settings(deadline=None)
@given(now=OPTIONS, rows=st.lists(st.tuples(st.text(max_size=5), st.floats(0, 1e308), OPTIONS), max_size=6))
def test_a_gain_is_a_share_and_nothing_where_nothing_changes(
    now: list[str], rows: list[tuple[str, float, list[str]]]
) -> None:
    question = about("budget", *(answer(*row) for row in rows))
    assert 0 <= gain(now, question, TASK) <= 1
    still = about("budget", *(answer(text, likelihood, now) for text, likelihood, _ in rows))
    assert gain(now, still, TASK) == 0
    asked = ask(turn(), sampled(question, choices_now=now), cost=0)
    assert asked is None or (asked.gain == gain(now, question, TASK) > 0 and len(asked.options) >= 2)


# --- what is asked ---------------------------------------------------------------------------------


def test_the_topic_with_the_highest_gain_is_asked_with_its_answers_likeliest_first() -> None:
    question = ask(turn(), sampled(changing("budget", 0.2), changing("setting", 0.9), changing("pace", 0.4)), cost=0.2)
    assert question == Question(
        mechanism="ask_policy", text="Which setting?", topic="setting", options=("other", "as now"), gain=0.45
    )


@pytest.mark.parametrize(("cost", "asks"), [(0.0, True), (0.24, True), (0.25, False), (1.0, False)])
def test_a_question_must_be_worth_more_than_it_costs(cost: float, asks: bool) -> None:
    assert (ask(turn(), sampled(changing("budget")), cost=cost) is not None) == asks


def test_nothing_is_asked_once_no_sampled_answer_changes_the_outcome() -> None:
    still = about("budget", answer("a", 0.5, NOW), answer("b", 0.5, NOW))
    assert ask(turn(), sampled(still), cost=0) is None
    assert ask(turn(), sampled(), cost=0) is None


@pytest.mark.parametrize(
    "broken",
    [
        QuestionSampled(topic="budget", question=" ", answers=changing("budget").answers),
        about("budget", answer("only one", 1, ELSEWHERE)),
        about("no_such_attribute", *changing("budget").answers),
        about("", *changing("budget").answers),
    ],
)
def test_a_question_that_cannot_be_shown_is_not_asked(broken: QuestionSampled) -> None:
    assert ask(turn(), sampled(broken), cost=0) is None
    assert ask(turn(), sampled(broken, changing("pace")), cost=0) is not None, "and does not stand in another's way"


def test_long_answers_are_cut_to_the_size_of_a_button() -> None:
    long = about("budget", answer("so " * 60, 0.9, ELSEWHERE), *(answer(f"a{n}", 0.1, NOW) for n in range(9)))
    question = ask(turn(), sampled(long), cost=0)
    assert question and len(question.options) == 6 and all(len(option) <= 80 for option in question.options)


def test_no_more_topics_are_weighed_than_the_protocol_says() -> None:
    few = AskPolicy(AskPolicyParams(max_topics=1, cost=0))
    tools = FakeTools(sampled(changing("budget", 0.1), changing("setting", 0.9)))
    question = few.ask(turn(), [], tools)
    assert question and question.topic == "budget" and "at most 1 of the open topics" in tools.asked[0][1]


# --- when nothing is asked -------------------------------------------------------------------------


def test_the_budget_counts_its_own_questions_in_this_task() -> None:
    answers, reply = sampled(changing("pace")), Line("t", "assistant", "Well.")
    two = (asked("budget"), asked("setting"), asked("company", "another"), reply)
    assert ask(turn(*two), answers, cost=0, budget=2) is None
    assert ask(turn(*two), answers, cost=0, budget=3) is not None
    elsewhere = turn(asked("company", "another"), reply)
    earlier = replace(elsewhere, state=replace(elsewhere.state, remembered=(asked("budget"), asked("setting"))))
    assert ask(earlier, answers, cost=0, budget=1) is not None
    assert ask(turn(), answers, cost=0, budget=0) is None


def test_the_answer_to_a_question_gets_its_reply_unless_the_protocol_lets_questions_follow_one_another() -> None:
    answers = sampled(changing("pace"))
    for mechanism in ("ask_policy", "another"):
        follows = turn(asked("budget", mechanism))
        assert follows.answers and ask(follows, answers, cost=0) is None
        assert ask(follows, answers, cost=0, in_a_row=2) is not None
    assert ask(turn(asked("budget"), asked("setting")), answers, cost=0, in_a_row=2) is None
    assert ask(turn(asked("budget"), Line("t", "assistant", "Well.")), answers, cost=0) is not None


@pytest.mark.parametrize(
    "text", ["Just tell me!", "No more questions please", "don’t ask me", "You decide.", "Surprise me", "skip that"]
)
def test_who_wants_the_answer_gets_it_without_a_call(text: str) -> None:
    tools = FakeTools(sampled(changing("pace")))
    assert AskPolicy(AskPolicyParams(cost=0)).ask(turn(text=text), [], tools) is None and tools.asked == []


def test_what_the_words_miss_the_model_tells() -> None:
    assert ask(turn(text="Sag es einfach."), sampled(changing("pace"), wants_answer=True), cost=0) is None


def belief(topic: str, **fields: Any) -> Belief:
    return Belief(id=f"b-{topic}", text=f"About {topic}", topic=topic, **fields)


def test_no_topic_is_asked_that_was_asked_that_is_known_held_back_open_or_declined() -> None:
    beliefs = (
        belief("budget"),
        belief("setting"),
        belief("pace", kind="need", status="declined"),
        belief("travel", kind="need", status="open", source="asked"),
        belief("weather", status="retracted"),
    )
    told = (
        Recalled(text="Low", mechanism="x", belief_id="b-budget", evidence=("m",)),
        Recalled(
            text="At sea level", mechanism="x", belief_id="b-setting", evidence=("m",), used=False, reason="held back"
        ),
    )
    of = turn(asked("company", "another"), Line("t", "assistant", "Well."), beliefs=beliefs)
    tools = FakeTools(sampled(*(changing(topic) for topic in TASK.attributes if topic != "weather")))
    policy = AskPolicy(AskPolicyParams(cost=0, max_topics=8))
    assert policy.ask(of, list(told), tools) is None
    prompt = tools.asked[0][1]
    assert prompt.partition("# Open topics\n")[2].startswith("- weather: Indoors or outdoors?\n\n# Asked before")
    assert "- Which company?" in prompt and "[b-budget] Low" in prompt and "At sea level" not in prompt
    question = policy.ask(of, list(told), FakeTools(sampled(changing("weather"))))
    assert question and question.topic == "weather"


def test_where_every_topic_is_settled_no_call_is_made() -> None:
    beliefs = tuple(belief(topic, status="declined") for topic in TASK.attributes)
    tools = FakeTools(sampled(changing("pace")))
    assert AskPolicy(AskPolicyParams(cost=0)).ask(turn(beliefs=beliefs), [], tools) is None and tools.asked == []


def test_in_a_conversation_the_model_names_topics_and_none_comes_twice() -> None:
    gist = about("Mood", answer("low", 0.5, ["Call a friend"]), answer("fine", 0.5, ["Try a walk"]))
    reply = Line("t", "assistant", "Well.")
    answers = sampled(gist, choices_now=["Try a walk"])
    question = ask(turn(task=TALK), answers, cost=0.4)
    assert question and (question.topic, question.options, question.gain) == ("Mood", ("low", "fine"), 0.5)
    assert ask(turn(asked("mood"), reply, task=TALK), answers, cost=0.4) is None


def test_without_an_answer_of_the_model_nothing_is_asked() -> None:
    assert ask(turn(), cost=0) is None


# --- whole turns -----------------------------------------------------------------------------------


def arm(*names: str, **params: Any) -> Condition:
    uses = [MechanismUse(name=name) for name in names]
    return Condition(id="one", mechanisms=(*uses, MechanismUse(name="ask_policy", params=params)))


@pytest.mark.parametrize("task", DEMO.tasks, ids=lambda task: task.id)
def test_a_whole_task_with_the_built_in_model(
    engine: Engine, instant: Settings, shared_index: Index, task: Task
) -> None:
    study = study_of(arm("inferred_profile"), tasks=[task])
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study)
    message, questions = "What do you suggest?", []
    for _ in range(10):
        given_back = say(desk, message)
        if given_back.asked:
            assert given_back.reply == given_back.asked.text and (given_back.asked.gain or 0) > 0.4
            questions.append(given_back.asked)
            message = given_back.asked.options[0]
        else:
            assert "**" in given_back.reply, "an answer gets its reply"
            message = "What do you suggest?"
    assert 1 <= len(questions) <= 3
    assert len({question.topic for question in questions}) == len(questions)
    beliefs = [belief.topic for belief in desk.view().state.beliefs]
    assert beliefs == [question.topic for question in questions], "what was asked for is known from then on"
    assert [e.event.asked for e in logged(desk, "reply_given") if e.event.asked] == questions


def test_in_a_conversation_the_built_in_model_has_nothing_to_ask(
    engine: Engine, instant: Settings, shared_index: Index
) -> None:
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study_of(arm(cost=0), tasks=[TALK]))
    assert say(desk, "Hello there.").reply == "One."


def test_a_question_over_http(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> None:
    online = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    worker = Worker(engine, online, shared_index)
    desk = sit_down(engine, worker, "one", study_of(arm("none", cost=0.2)), "openai:test-model")
    llm.shapes["AnswersSampled"] = sampled(changing("budget")).model_dump()
    first = say(desk, "A plan, please.")
    assert first.asked and (first.reply, first.asked.gain) == ("Which budget?", 0.25)
    assert llm.prompts() == [], "the reply is not written"
    call = next(e.event for e in logged(desk, "model_called") if e.event.purpose == "weigh_questions")
    assert logged(desk, "reply_given")[0].event.call_id == call.call_id
    llm.script(Says("The hostel."), Says("The lake."), Says("The inn."))
    assert say(desk, "as now").reply == "The hostel."
    llm.shapes["AnswersSampled"] = Says("not in the requested shape")
    assert say(desk, "More?").reply == "The lake."
    llm.shapes["AnswersSampled"] = Fails(500)
    assert say(desk, "And?").reply == "The inn."
