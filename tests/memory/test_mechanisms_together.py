"""Add-ons together over each kind of arm: all are heard, and a model that fails at any call leaves plain behaviour."""

from typing import Any

import numpy as np
import pytest
from desks import logged, say, sit_down, study_of
from openai_server import Fails, OpenAIServer, Says
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.index import Index
from memory.simulated import Simulated
from memory.worker import Worker
from study.enrolment import sitting
from study.errors import AnswerRefused
from study.protocol import Condition, MechanismUse
from study.settings import Settings

ARMS = ("inferred_profile", "needs_panel", "none")
SAID = ("Something luxurious, please.", "What do you suggest?", "And for dinner?", "What else?")
PURPOSES = {
    "AnswersSampled": "weigh_questions",
    "DifferencesFound": "preview_beliefs",
    "DraftReviewed": "review_draft",
    "NeutralAnswer": "answer_neutrally",
    "AnswersJudged": "judge_answers",
    "BeliefsProposed": "propose_beliefs",
    "NeedsFound": "find_needs",
    "SolutionDrafted": "draft_solution",
}
CALLS = {
    "inferred_profile": set(PURPOSES) - {"NeedsFound"},
    "needs_panel": set(PURPOSES) - {"BeliefsProposed", "DifferencesFound"},
    "none": {"AnswersSampled", "SolutionDrafted"},
}
"""The structured calls that are made with each arm."""


def arm(base: str, mode: str = "revise") -> Condition:
    uses = [MechanismUse(name=name) for name in (base, "ask_policy", "opt_in", "explanation")]
    return Condition(id="one", mechanisms=(*uses, MechanismUse(name="critic", params={"mode": mode})))


def desk_over_http(engine: Engine, settings: Settings, index: Index, llm: OpenAIServer, condition: Condition) -> Desk:
    online = settings.model_copy(update={"model_base_url": llm.url, "model_retries": 0})
    return sit_down(engine, Worker(engine, online, index), "one", study_of(condition), "openai:test-model")


def opt_in_to_all(desk: Desk) -> None:
    for control in desk.view().controls:
        for belief in control.beliefs if control.type == "opt_in" else ():
            desk.operate(control.mechanism, control.id, "set", {"id": belief.id, "use": True})
    desk.worker.wait(desk.session_id)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["revise", "choose"])
@pytest.mark.parametrize("base", ARMS)
def test_a_task_with_all_of_them_and_the_built_in_model(
    engine: Engine, instant: Settings, shared_index: Index, base: str, mode: str
) -> None:
    desk = sit_down(engine, Worker(engine, instant, shared_index), "one", study_of(arm(base, mode)))
    for text in SAID:
        given = say(desk, text)
        if given.asked:
            given = say(desk, given.asked.options[0])
        assert given.status == "answered" and given.reply.strip() and not given.asked
        opt_in_to_all(desk)
    assert {c.type for c in desk.view().controls} >= {"opt_in", "explanation"}
    assert not logged(desk, "learning_failed", "reply_failed")
    replies = [entry.event for entry in logged(desk, "reply_given")]
    assert any(reply.asked for reply in replies)
    told = [piece for piece in replies[-1].recalled if piece.used]
    assert bool(told) == (base != "none"), "what was opted in to, or stated, is used"
    assert bool(logged(desk, "belief_previewed")) == (base == "inferred_profile")
    reviewed = {c.event.purpose for c in logged(desk, "model_called")} & {"review_draft", "judge_answers"}
    assert bool(reviewed) == (base != "none"), "without anything personal there is nothing to look through"
    for piece in told:
        desk.operate("explanation", "use", "set_aside", piece.belief_id)
    desk.worker.wait(desk.session_id)
    last = say(desk, "Just tell me what you suggest.")
    assert not last.asked and not any(piece.used for piece in last.recalled)
    with pytest.raises(AnswerRefused):
        desk.operate("explanation", "use", "set_aside", "b404")


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [Fails(500), Says("no JSON"), Says("")], ids=["error", "shape", "empty"])
@pytest.mark.parametrize(("base", "failing"), [(base, call) for base in ARMS for call in sorted(CALLS[base])])
def test_a_model_that_fails_at_a_call_leaves_plain_behaviour(
    engine: Engine, instant: Settings, shared_index: Index, llm: OpenAIServer, base: str, failing: str, trouble: Any
) -> None:
    mode = "choose" if failing in ("NeutralAnswer", "AnswersJudged") else "revise"
    desk = desk_over_http(engine, instant, shared_index, llm, arm(base, mode))
    proposal = {"text": "Prefers low prices", "reasoning": "", "confidence": 8, "durability": 6, "topic": "budget"}
    llm.shapes["BeliefsProposed"] = {"beliefs": [proposal]}
    llm.shapes["NeedsFound"] = {"needs": [{"text": "Cheap", "topic": "budget", "quote": ""}], "questions": []}
    llm.shapes["NeutralAnswer"] = {"text": "Take the noodle bar in town."}
    llm.shapes[failing] = trouble
    for text in ("Something cheap.", "Where to?", "And then?"):
        given = say(desk, text)
        assert (given.status, given.reply) == ("answered", "The hillside hostel would suit you.")
        opt_in_to_all(desk)
    outcomes = [c.event.outcome for c in logged(desk, "model_called") if c.event.purpose == PURPOSES[failing]]
    assert outcomes and set(outcomes) == {"failed"}
    assert not logged(desk, "learning_failed", "reply_failed")


@pytest.mark.slow
def test_simulated_participants_opt_in_to_some_beliefs_and_decide_about_each_once(
    engine: Engine, instant: Settings, shared_index: Index
) -> None:
    protocol, worker = study_of(arm("inferred_profile")), Worker(engine, instant, shared_index)
    decided: dict[str, bool] = {}
    for seed in range(2):
        desk = sit_down(engine, worker, "one", protocol)
        random = np.random.default_rng(seed)
        Simulated(engine, worker, protocol, sitting(engine, desk.session_id), random).take_part()
        changes = [entry.event for entry in logged(desk, "control_changed")]
        assert all(
            change.mechanism == "opt_in" and change.old == dict(list(change.new.items())[:-1]) for change in changes
        )
        decided |= changes[-1].new if changes else {}
        assert logged(desk, "task_finished")
    assert set(decided.values()) == {True, False}
