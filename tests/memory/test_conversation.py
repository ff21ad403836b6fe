"""The task screen's way in: acts that are done once, versions of the plan, and what may be said in words."""

import pytest
from desks import condition, logged, say, sit_down, study_of
from sqlalchemy import Engine

from memory.index import Index
from memory.worker import Worker
from study.errors import AnswerRefused
from study.settings import Settings


@pytest.fixture
def worker(engine: Engine, instant: Settings, shared_index: Index) -> Worker:
    return Worker(engine, instant, shared_index)


def test_an_act_with_an_id_is_done_once_however_often_it_is_sent(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "needs_panel", study_of(condition("needs_panel")))
    for _ in range(3):
        desk.operate("needs_panel", "needs", "add", "By train", "act-1")
    desk.operate("needs_panel", "needs", "add", "By train", "act-2")
    (need, other) = desk.view().state.beliefs
    assert (need.text, other.text) == ("By train", "By train")
    for _ in range(2):
        desk.operate("needs_panel", "needs", "delete", need.id, "act-3")  # the second one is no act on what is gone
    with pytest.raises(AnswerRefused):
        desk.operate("needs_panel", "needs", "edit", {"id": need.id, "text": "x"}, "act-4")
    worker.wait(desk.session_id)
    assert [entry.event.action for entry in logged(desk, "control_changed")] == ["add", "add", "delete"]
    assert len(logged(desk, "belief_changed")) == 3


def test_every_version_of_the_plan_is_there_to_look_at(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "needs_panel", study_of(condition("needs_panel")))
    for text in ("Something cheap near the water.", "Rather luxury, in the city."):
        say(desk, text)
    view = desk.view()
    assert [plan.version for plan in view.plans] == [1, 2]
    assert view.plans[-1].sections == view.state.solution != view.plans[0].sections


@pytest.mark.parametrize(("visibility", "is_told"), [("hidden", False), ("shown", True)])
def test_beliefs_are_in_words_only_where_a_list_shows_them(
    engine: Engine, worker: Worker, visibility: str, is_told: bool
) -> None:
    made = study_of(condition("inferred_profile", visibility=visibility))
    desk = sit_down(engine, worker, "inferred_profile", made)
    sent = say(desk, "Something cheap near the water.")
    view = desk.view()
    assert view.words[sent.message_id] == sent.text
    assert bool({belief.id for belief in view.state.beliefs} & set(view.words)) == is_told


def test_answers_to_choose_from_are_offered_also_where_they_name_other_people(engine: Engine, worker: Worker) -> None:
    desk = sit_down(engine, worker, "needs_panel", study_of(condition("needs_panel")))
    say(desk, "Something cheap near the water, relaxed.")
    asked = {belief.topic: belief.answers for belief in desk.view().state.beliefs if belief.status == "open"}
    assert asked["company"] == ("kids", "couple", "friends")
