"""The critic: the better of two replies is shown, and in doubt the draft."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from desks import logged, say, sit_down, study_of
from openai_server import Fails, OpenAIServer, Says
from scripted import TASK, FakeTools
from sqlalchemy import Engine

from memory import chat_model, prompts
from memory.index import Index
from memory.mechanism import Line, State, Turn
from memory.mechanisms.critic import JUDGE_ROLE, ROLE, Critic, CriticParams
from memory.offline import OfflineChatModel
from memory.schemas import AnswersJudged, DraftReviewed, NeutralAnswer
from memory.worker import Worker
from study.events import Message, Recalled
from study.protocol import Condition, MechanismUse
from study.settings import Settings

DRAFT = "Take the design hotel and the star restaurant, they are lovely."
REVISED = "Take the hillside hostel and the noodle bar, they are cheap."
CHEAP = Recalled(text="Budget: low", mechanism="x", belief_id="b1", evidence=("m",))
DROPPED = Recalled(text="Likes opera", mechanism="x", belief_id="b2", evidence=("m",), used=False, reason="no")
RULE = Recalled(text="Be brief.", mechanism="system_prompt", kind="instruction")
TURN = Turn("t", "m", "Where to?", State("s", TASK, (Line("m0", "user", "Hello"), Line("t0", "assistant", "Hi."))))


def review(revision: str = REVISED, *problems: str, better: Any = "revision") -> DraftReviewed:
    return DraftReviewed(problems=list(problems), revision=revision, better=better)


def revised(tools: Any, *told: Recalled, mode: Any = "revise", draft: str = DRAFT) -> str:
    return Critic(CriticParams(mode=mode)).revise(TURN, list(told or (CHEAP, DROPPED, RULE)), draft, tools)


# --- mode: revise ----------------------------------------------------------------------------------


def test_a_better_revision_takes_the_place_of_the_draft() -> None:
    tools = FakeTools(review(f"\n{REVISED} ", "The hotel is expensive."))
    assert revised(tools) == REVISED
    ((purpose, prompt),) = tools.asked
    assert purpose == "review_draft" and prompt.startswith(f"# Role\n{ROLE}")
    assert "- [b1] Budget: low" in prompt and "Likes opera" not in prompt, (
        "the critic knows what the assistant was told"
    )
    assert "# Instructions\nBe brief.\n\n# Conversation\nparticipant: Hello" in prompt
    assert prompt.endswith(f"# Message\nWhere to?\n\n# Draft\n{DRAFT}")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        review(REVISED),  # no problem named
        review(REVISED, " "),
        review(REVISED, "The hotel is expensive.", better="draft"),
        review("", "The hotel is expensive."),
        review(" \n ", "The hotel is expensive."),
        review("The hostel.", "The hotel is expensive."),  # two words for eleven
    ],
)
def test_in_doubt_the_draft_stays(answer: DraftReviewed | None) -> None:
    assert revised(FakeTools(*([answer] if answer else []))) == DRAFT


@pytest.mark.parametrize("mode", ["revise", "choose"])
def test_a_draft_that_was_told_nothing_is_left_alone_without_a_call(mode: str) -> None:
    tools = FakeTools(review(REVISED, "x"), NeutralAnswer(text=REVISED))
    for told in ((RULE,), (DROPPED,), (DROPPED, RULE)):
        assert revised(tools, *told, mode=mode) == DRAFT and tools.asked == []


# --- mode: choose ----------------------------------------------------------------------------------


class Judge(FakeTools):
    """A model that writes one neutral answer and judges by a rule, whichever call comes first."""

    def __init__(self, neutral: str | None, prefers: Any) -> None:
        super().__init__()
        self.neutral, self.prefers = neutral, prefers
        self.both = threading.Barrier(2, timeout=10)

    def ask(self, schema: type[Any], messages: Sequence[Message], purpose: str) -> Any:
        self.asked.append((purpose, messages[0].content))
        if schema is NeutralAnswer:
            return NeutralAnswer(text=self.neutral) if self.neutral is not None else None
        self.both.wait()  # the judgements are made at the same time, or this breaks
        first = messages[0].content.partition("# First answer\n")[2].partition("\n\n# Second answer")[0]
        better = self.prefers(first)
        return AnswersJudged(better=better) if better else None


def prefers(text: str) -> Any:
    return lambda first: "first" if first == text else "second"


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (prefers(REVISED), REVISED),
        (prefers(DRAFT), DRAFT),
        (lambda first: "first", DRAFT),  # whoever goes by place says nothing
        (lambda first: "second", DRAFT),
        (lambda first: None, DRAFT),
        (lambda first: "first" if first == REVISED else None, DRAFT),
    ],
)
def test_the_neutral_answer_is_kept_only_if_it_is_preferred_in_both_places(rule: Any, kept: str) -> None:
    judge = Judge(REVISED, rule)
    assert revised(judge, mode="choose") == kept
    assert [purpose for purpose, _ in judge.asked] == ["answer_neutrally", "judge_answers", "judge_answers"]
    neutral, *judged = [prompt for _, prompt in judge.asked]
    assert "Budget: low" not in neutral and prompts.NOTHING_KNOWN in neutral and "Be brief." in neutral
    assert prompts.REPLY_ROLE in neutral and "participant: Hello\nassistant: Hi." in neutral
    assert all(JUDGE_ROLE in prompt and "[b1] Budget: low" in prompt for prompt in judged)
    orders = {prompt.partition("# First answer\n")[2] for prompt in judged}
    assert orders == {f"{DRAFT}\n\n# Second answer\n{REVISED}", f"{REVISED}\n\n# Second answer\n{DRAFT}"}


@pytest.mark.parametrize("neutral", [None, "", "  ", "The hostel.", DRAFT.upper()])
def test_a_neutral_answer_that_is_none_is_not_judged(neutral: str | None) -> None:
    judge = Judge(neutral, prefers(neutral))
    assert revised(judge, mode="choose") == DRAFT and len(judge.asked) == 1


# --- the built-in model's rules --------------------------------------------------------------------


class BuiltIn(FakeTools):
    """The built-in model behind the tools."""

    def ask(self, schema: type[Any], messages: Sequence[Message], purpose: str) -> Any:
        parsed, call = chat_model.structured(OfflineChatModel(), schema, messages, purpose=purpose, timeout=10)
        self.asked.append((purpose, call.raw))
        return parsed


def test_an_option_that_goes_against_what_is_known_is_swapped_for_one_that_fits() -> None:
    plan = [
        "- **Where to stay:** Design hotel – a renovated house (fits “x”)",
        "- **Where to eat:** Noodle bar – quick",
    ]
    draft = "\n".join(["Here is a plan.", "", *plan, "", "Anything else?"])
    tools = BuiltIn()
    text = revised(tools, CHEAP, draft=draft)
    options = {option.name: option for option in TASK.catalogue}
    stay, eat = [line for line in text.splitlines() if line.startswith("- ")]
    name = stay.removeprefix("- **Where to stay:** ").partition(" – ")[0]
    assert options[name].attributes["budget"] == "low" and stay.endswith(f" – {options[name].description}")
    assert eat == "- **Where to eat:** Noodle bar – quick", "what fits stays"
    assert text.startswith("Here is a plan.\n\n- ") and text.endswith("\n\nAnything else?")
    assert "Design hotel does not go with" in tools.asked[0][1]


def test_a_draft_without_problems_and_an_option_that_was_asked_about_stay() -> None:
    assert revised(BuiltIn(), CHEAP, draft="Take the noodle bar tonight.") == "Take the noodle bar tonight."
    about = Turn("t", "m", "Tell me more about the design hotel.", TURN.state)
    kept = Critic(CriticParams()).revise(about, [CHEAP], "The design hotel is a renovated house.", BuiltIn())
    assert kept == "The design hotel is a renovated house."


def test_the_built_in_model_prefers_the_answer_that_fits() -> None:
    neutral = OfflineChatModel().invoke([(m.role, m.content) for m in prompts.reply_messages(TURN, [])]).text
    assert revised(BuiltIn(), CHEAP, mode="choose") == neutral, "two expensive places against its first plan"
    sea = Recalled(text="Surroundings: water, and by bike", mechanism="x", belief_id="b1", evidence=("m",))
    fits = "Take the cyclists' inn, the canal cycle path, the paddle boards and the lakeside grill."
    assert revised(BuiltIn(), sea, mode="choose", draft=fits) == fits


# --- whole turns -----------------------------------------------------------------------------------


def arm(mode: str) -> Condition:
    critic = MechanismUse(name="critic", params={"mode": mode})
    return Condition(id="one", mechanisms=(MechanismUse(name="needs_panel"), critic))


@pytest.mark.parametrize("mode", ["revise", "choose"])
def test_a_whole_task_with_the_built_in_model(
    engine: Engine, instant: Settings, shared_index: Index, mode: str
) -> None:
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study_of(arm(mode)))
    say(desk, "Something cheap, please.")
    second = say(desk, "What do you suggest?")
    assert "fits “low”" in second.reply, "its own draft is fine"
    calls = [e.event.purpose for e in logged(desk, "model_called") if e.event.turn_id == second.turn_id]
    judged = ["review_draft"] if mode == "revise" else ["answer_neutrally", "judge_answers", "judge_answers"]
    assert calls[: len(judged) + 1] == ["reply", *judged]


def test_a_revision_and_its_draft_are_in_the_record(
    engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer
) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    desk = sit_down(engine, Worker(engine, settings, shared_index), "one", study_of(arm("revise")), "openai:test-model")
    llm.shapes["NeedsFound"] = {"needs": [{"text": "Cheap", "topic": "budget", "quote": "cheap"}], "questions": []}
    llm.script(Says("Hello."), Says(DRAFT), Says(DRAFT), Says(DRAFT))
    say(desk, "Something cheap.")
    assert llm.asked_for("DraftReviewed") == [], "nothing was known"
    llm.shapes["DraftReviewed"] = {"problems": ["too dear"], "revision": REVISED, "better": "revision"}
    assert say(desk, "Where to?").reply == REVISED
    given = logged(desk, "reply_given")[-1].event
    assert (given.text, given.draft) == (REVISED, DRAFT)
    assert "Cheap" in llm.asked_for("DraftReviewed")[0] and DRAFT in llm.asked_for("DraftReviewed")[0]
    for trouble in (Fails(500), Says("no JSON")):
        llm.shapes["DraftReviewed"] = trouble
        assert say(desk, "And now?").reply == DRAFT


def test_a_choice_over_http(engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer) -> None:
    settings = instant.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    desk = sit_down(engine, Worker(engine, settings, shared_index), "one", study_of(arm("choose")), "openai:test-model")
    llm.shapes["NeedsFound"] = {"needs": [{"text": "Cheap", "topic": "budget", "quote": "cheap"}], "questions": []}
    llm.script(*[Says(DRAFT)] * 4)
    say(desk, "Something cheap.")
    llm.shapes["NeutralAnswer"] = {"text": REVISED}
    assert say(desk, "Where to?").reply == DRAFT, "the stand-in says “first” twice: no agreement"
    assert len(llm.asked_for("AnswersJudged")) == 2 and "Cheap" not in llm.asked_for("NeutralAnswer")[0]
    llm.shapes["AnswersJudged"] = lambda prompt: {
        "reason": "",
        "better": "first" if f"# First answer\n{REVISED}" in prompt else "second",
    }
    assert say(desk, "And now?").reply == REVISED
    llm.shapes["AnswersJudged"] = Fails(500)
    assert say(desk, "And then?").reply == DRAFT
