"""Steps for some only, checks, screening and leaving: where each answer leads, and what the record says of it."""

import copy
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sittings import TAB, answers, arrive, at_once, opened, walk
from small_study import EVERYTHING, SHIPPED, SMALL, TASK, write
from sqlalchemy import Engine

from study import progress
from study.database import reading
from study.enrolment import sitting
from study.errors import AnswerRefused, ProtocolInvalid
from study.flow import Assignment, Step, due_step, holds
from study.log import events
from study.places import taken
from study.plan import plan
from study.protocol import Protocol
from study.protocol_file import load_protocol
from study.tables import Sitting
from study.timeline import When

ASK = {"step": "questionnaire", "instruments": ["everything"]}
MORE = {"step": "instructions", "title": "More", "text": "For some."}


class Anything(BaseModel, extra="allow"):
    """Parameters of mechanisms are not the subject here."""


def protocol_with(folder: Path, timeline: list[dict[str, Any]], **keys: Any) -> Protocol:
    """The small study with this timeline."""
    write(folder / "instruments" / "everything.yaml", EVERYTHING)
    write(folder / "instruments" / "comfort.yaml", _shipped("comfort"))
    for name in ("trip", "dinner"):
        write(folder / "tasks" / f"{name}.yaml", {"id": name, **copy.deepcopy(TASK)})
    write(folder / "small.yaml", {**copy.deepcopy(SMALL), "timeline": timeline, **keys})
    return load_protocol(folder / "small.yaml", {"none": Anything, "retrieval": Anything})


def _shipped(name: str) -> Any:
    import yaml

    return yaml.safe_load((SHIPPED / "instruments" / f"{name}.yaml").read_text(encoding="utf-8"))


def given(protocol: Protocol, row: Sitting, instrument: str = "everything", **changed: Any) -> dict[str, Any]:
    return {**answers(protocol.instrument(instrument), list(row.conditions)), **changed}


def due(engine: Engine, protocol: Protocol, row: Sitting) -> Step:
    step = progress.position(engine, protocol, row.id).step
    assert step is not None
    return step


def reply(engine: Engine, protocol: Protocol, row: Sitting, **changed: Any) -> None:
    step = due(engine, protocol, row)
    progress.answer(engine, protocol, row.id, step, given(protocol, row, step.instrument or "", **changed), TAB)


def ended(engine: Engine, row: Sitting) -> tuple[str, list[str]]:
    """The status of the session row, and every ending in its record."""
    return sitting(engine, row.id).status, [e.event.ending for e in events(engine, row.id, ["session_ended"])]


# --- for some only -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "value", "expected"),
    [
        ({"equals": 5}, 5, True),
        ({"equals": 5}, 6, False),
        ({"any_of": ["red", "blue"]}, "blue", True),
        ({"any_of": ["red", "blue"]}, "green", False),
        ({"any_of": ["red"]}, ["green", "red"], True),
        ({"at_least": 3}, 3, True),
        ({"at_least": 3}, 2, False),
        ({"at_most": 3}, 4, False),
        ({"at_least": 2, "at_most": 4}, 3, True),
        ({"at_least": 2, "at_most": 4}, 5, False),
        ({"equals": 0}, 0, True),
        ({"equals": 0}, None, False),
        ({"at_most": 3}, "red", False),
    ],
)
def test_what_holds_of_an_answer(when: dict[str, Any], value: Any, expected: bool) -> None:
    said = When.model_validate({"instrument": "everything", "item": "agree", **when})
    assert holds(said, None, {(None, "everything", "agree"): value}) is expected


def test_within_a_block_the_answer_of_the_same_block_counts_first() -> None:
    when = When(instrument="everything", item="agree", equals=5)
    outside, first = (None, "everything", "agree"), (1, "everything", "agree")
    assert holds(when, 1, {outside: 5})
    assert not holds(when, 1, {outside: 5, first: 2})
    assert holds(when, 2, {outside: 5, first: 2})
    assert not holds(when, None, {first: 5})


@pytest.mark.parametrize(("agree", "total"), [(7, 3), (2, 2)])
def test_a_step_is_for_those_of_whom_it_holds(any_engine: Engine, tmp_path: Path, agree: int, total: int) -> None:
    some = {**MORE, "show_if": {"instrument": "everything", "item": "agree", "at_least": 5}}
    protocol = protocol_with(tmp_path, [ASK, some, {"step": "debrief", "title": "Thanks", "text": "Bye."}])
    row = arrive(any_engine, opened(any_engine, protocol))
    assert progress.position(any_engine, protocol, row.id).total == 2, "before the answer it is not counted"
    reply(any_engine, protocol, row, agree=agree)
    at = progress.position(any_engine, protocol, row.id)
    assert (at.step.title if at.step else "") == ("More" if agree >= 5 else "Thanks")
    assert (at.number, at.total) == (2, total)
    walk(any_engine, protocol, row)
    assert ended(any_engine, row) == ("complete", ["complete"])
    assert len(events(any_engine, row.id, ["step_finished"])) == total


def test_a_study_whose_last_step_is_not_for_this_person_is_complete(engine: Engine, tmp_path: Path) -> None:
    some = {**MORE, "show_if": {"instrument": "everything", "item": "colour", "equals": "red"}}
    protocol = protocol_with(tmp_path, [ASK, some])
    row = arrive(engine, opened(engine, protocol))
    reply(engine, protocol, row, colour="blue")
    assert ended(engine, row) == ("complete", ["complete"])


def test_a_block_may_be_for_some_and_a_step_in_it_for_fewer(tmp_path: Path) -> None:
    only = {"instrument": "everything", "item": "agree", "at_least": 5}
    low = {"instrument": "comfort", "item": "comfortable", "at_most": 3}
    ask, why = {"step": "questionnaire", "instruments": ["comfort"]}, {**MORE, "show_if": low}
    protocol = protocol_with(tmp_path, [ASK, {"step": "block", "show_if": only, "steps": [ask, why]}])
    steps = plan(protocol, Assignment(("plain", "steered"), ("trip", "dinner")))
    item = protocol.instrument("comfort").items[0].id
    assert item == "comfortable"
    start = {(None, "everything", "agree"): 6}
    done = [steps[0].id, steps[1].id]
    assert due_step(steps, [steps[0].id], {(None, "everything", "agree"): 2}) is None
    assert due_step(steps, done, {**start, (1, "comfort", item): 2}) == steps[2]
    assert due_step(steps, done, {**start, (1, "comfort", item): 6}) == steps[3], "the second block asks again"


# --- checks ------------------------------------------------------------------------------------


def checked(folder: Path, **check: Any) -> Protocol:
    rule = {"instrument": "everything", "answers": {"colour": ["red"], "agree": [4, 5]}, **check}
    return protocol_with(folder, [{**ASK, "checks": [rule]}, MORE])


def test_a_passed_check_leaves_no_trace(engine: Engine, tmp_path: Path) -> None:
    protocol = checked(tmp_path)
    row = arrive(engine, opened(engine, protocol))
    reply(engine, protocol, row, colour="red", agree=5)
    assert due(engine, protocol, row).title == "More"
    assert not events(engine, row.id, ["check_failed"])


def test_a_failed_check_ends_the_study_with_the_answers_kept(any_engine: Engine, tmp_path: Path) -> None:
    protocol = checked(tmp_path)
    row = arrive(any_engine, opened(any_engine, protocol))
    reply(any_engine, protocol, row, colour="blue", agree=5)
    assert ended(any_engine, row) == ("failed_check", ["failed_check"])
    (failed,) = events(any_engine, row.id, ["check_failed"])
    assert (failed.event.attempt, failed.event.answers) == (1, {"colour": "blue"})
    (answered,) = events(any_engine, row.id, ["questionnaire_answered"])
    assert answered.event.answers["colour"] == "blue"


def test_a_check_may_be_tried_as_often_as_it_says(any_engine: Engine, tmp_path: Path) -> None:
    protocol = checked(tmp_path, attempts=3, text="Once more, please.")
    row = arrive(any_engine, opened(any_engine, protocol))
    for _ in range(2):
        with pytest.raises(AnswerRefused, match="Once more, please"):
            reply(any_engine, protocol, row, colour="blue", agree=1)
    assert not events(any_engine, row.id, ["questionnaire_answered"])
    reply(any_engine, protocol, row, colour="red", agree=4)
    assert due(any_engine, protocol, row).title == "More"
    failed = events(any_engine, row.id, ["check_failed"])
    assert [e.event.attempt for e in failed] == [1, 2]
    assert failed[0].event.answers == {"colour": "blue", "agree": 1}


def test_a_check_that_only_marks_lets_the_study_go_on(engine: Engine, tmp_path: Path) -> None:
    protocol = checked(tmp_path, on_fail="go_on")
    row = arrive(engine, opened(engine, protocol))
    reply(engine, protocol, row, colour="blue", agree=5)
    assert due(engine, protocol, row).title == "More"
    assert len(events(engine, row.id, ["check_failed"])) == 1


def test_one_click_sent_many_times_is_one_attempt_too_many(any_engine: Engine, tmp_path: Path) -> None:
    """Twenty copies of a last, wrong attempt end the study once."""
    protocol = checked(tmp_path)
    row = arrive(any_engine, opened(any_engine, protocol))
    step, wrong = due(any_engine, protocol, row), given(protocol, row, colour="blue")
    at_once(20, lambda _: progress.answer(any_engine, protocol, row.id, step, wrong, TAB))
    assert ended(any_engine, row) == ("failed_check", ["failed_check"])
    assert len(events(any_engine, row.id, ["questionnaire_answered"])) == 1


# --- screening and leaving ---------------------------------------------------------------------


def test_whoever_fits_screen_out_leaves_and_frees_the_place(any_engine: Engine, tmp_path: Path) -> None:
    out = [{"instrument": "everything", "item": "years", "at_most": 17}]
    protocol = protocol_with(tmp_path, [{**ASK, "screen_out": out}, MORE])
    study = opened(any_engine, protocol)
    young, grown = arrive(any_engine, study), arrive(any_engine, study)
    reply(any_engine, protocol, young, years=17)
    reply(any_engine, protocol, grown, years=18)
    assert ended(any_engine, young) == ("screened_out", ["screened_out"])
    assert sitting(any_engine, grown.id).status == "running"
    with reading(any_engine) as db:
        assert list(taken(db, study, 60)) == [(1, grown.cell, "{}")]


def test_leaving_ends_the_study_once_and_frees_the_place(any_engine: Engine, tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path, [MORE, ASK])
    study = opened(any_engine, protocol)
    row = arrive(any_engine, study)
    for _ in range(3):
        progress.withdraw(any_engine, row.id, TAB)
    assert ended(any_engine, row) == ("withdrawn", ["withdrawn"])
    assert progress.position(any_engine, protocol, row.id).step is None
    with reading(any_engine) as db:
        assert not taken(db, study, 60)


def test_nobody_leaves_a_study_that_is_over(engine: Engine, tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path, [MORE])
    row = arrive(engine, opened(engine, protocol))
    walk(engine, protocol, row)
    progress.withdraw(engine, row.id, TAB)
    assert ended(engine, row) == ("complete", ["complete"])


# --- what a file may not say -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timeline", "said"),
    [
        ([{**MORE, "show_if": {"instrument": "everything", "item": "agree", "equals": 1}}, ASK], "before it is asked"),
        ([ASK, {**MORE, "show_if": {"instrument": "everything", "item": "nose", "equals": 1}}], "no item 'nose'"),
        ([ASK, {**MORE, "show_if": {"instrument": "everything", "item": "agree"}}], "needs one of equals"),
        ([{**ASK, "screen_out": [{"instrument": "comfort", "item": "comfortable", "equals": 1}]}], "does not ask"),
        ([{**ASK, "checks": [{"instrument": "comfort", "answers": {"comfortable": [1]}}]}], "does not ask"),
        ([{**ASK, "checks": [{"instrument": "everything", "answers": {"nose": [1]}}]}], "no item 'nose'"),
        ([{**ASK, "checks": [{"instrument": "everything", "answers": {}}]}], "at least 1"),
        (
            [{**ASK, "checks": [{"instrument": "everything", "answers": {"agree": [1]}, "attempts": 0}]}],
            "must be at least 1",
        ),
    ],
)
def test_conditions_that_can_never_hold_are_refused(tmp_path: Path, timeline: list[Any], said: str) -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        protocol_with(tmp_path, timeline)
    assert said in str(refused.value)
