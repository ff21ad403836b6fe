"""Repeats, blocks over a factor, several sessions and times: the steps they make, and what the clock allows."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sittings import TAB, answers, arrive, opened, take, walk
from small_study import SMALL
from sqlalchemy import Engine
from test_branching import ASK, MORE, due, ended, protocol_with

from study import flow, log, progress
from study.design import cells
from study.enrolment import sitting
from study.errors import AnswerRefused, ProtocolInvalid
from study.flow import Assignment
from study.log import events
from study.plan import plan
from study.protocol import Protocol

TASK_STEP = {"step": "task"}
COMFORT = {"step": "questionnaire", "instruments": ["comfort"]}
TOMORROW = {"step": "next_session", "text": "See you.", "after_hours": 20, "within_hours": 48}
Clock = Callable[..., None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Move the clock of the experiment on."""
    passed = timedelta()

    def move(**by: float) -> None:
        nonlocal passed
        passed += timedelta(**by)

    def moved() -> datetime:
        return datetime.now(UTC) + passed

    for module in (log, progress):
        monkeypatch.setattr(module, "now", moved)
    return move


def repeated(times: int, steps: list[Any], **keys: Any) -> dict[str, Any]:
    return {"step": "repeat", "times": times, "steps": steps, **keys}


def block(steps: list[Any], **keys: Any) -> dict[str, Any]:
    return {"step": "block", "steps": steps, **keys}


def factorial(folder: Path, timeline: list[Any], **design: Any) -> Protocol:
    """Two factors, four conditions."""
    conditions = [
        {"id": f"{memory}_{panel}", "mechanisms": [{"name": "none"}], "levels": {"memory": memory, "panel": panel}}
        for memory in ("short", "long")
        for panel in ("shown", "hidden")
    ]
    factors = [{"id": "memory", "levels": ["short", "long"]}, {"id": "panel", "levels": ["shown", "hidden"]}]
    rules = {"labels": list("ABCD"), "tasks": "cycled", "nested_in": "memory", "orders": "latin", **design}
    return protocol_with(folder, timeline, conditions=conditions, factors=factors, design=rules)


# --- repeats -----------------------------------------------------------------------------------


def test_a_repeat_in_a_block_takes_the_next_task_each_time(tmp_path: Path) -> None:
    rounds = repeated(2, [{"step": "instructions", "title": "Next", "text": "…"}, TASK_STEP, COMFORT])
    protocol = protocol_with(tmp_path, [block([rounds])], design={"labels": ["A", "B"], "tasks": "cycled"})
    first = cells(protocol)[0]
    assert first.tasks == ("trip", "dinner", "trip", "dinner")
    steps = plan(protocol, Assignment(first.conditions, first.tasks))
    assert len({step.id for step in steps}) == len(steps) == 12
    assert [(s.kind, s.block, s.round, s.task) for s in steps[:6]] == [
        ("instructions", 1, 1, "trip"),
        ("task", 1, 1, "trip"),
        ("questionnaire", 1, 1, "trip"),
        ("instructions", 1, 2, "dinner"),
        ("task", 1, 2, "dinner"),
        ("questionnaire", 1, 2, "dinner"),
    ]


def test_tasks_must_suffice_unless_they_may_come_round_again(tmp_path: Path) -> None:
    rounds = [block([repeated(2, [TASK_STEP])])]
    with pytest.raises(ProtocolInvalid, match="2 conditions need at least as many tasks 2 times over"):
        protocol_with(tmp_path, rounds)


@pytest.mark.parametrize(
    ("keys", "outer", "same"),
    [
        ({"carry_over": True}, {}, [(0, 1), (2, 3)]),
        ({}, {}, []),
        ({"carry_over": True}, {"carry_over": True}, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
    ],
)
def test_memory_is_kept_exactly_where_the_protocol_says_so(
    tmp_path: Path, keys: dict[str, Any], outer: dict[str, Any], same: list[tuple[int, int]]
) -> None:
    rounds = [block([repeated(2, [TASK_STEP], **keys)], **outer)]
    protocol = protocol_with(tmp_path, rounds, design={"labels": ["A", "B"], "tasks": "cycled"})
    tasks = plan(protocol, Assignment(cells(protocol)[0].conditions, cells(protocol)[0].tasks))
    found = [(i, j) for i in range(4) for j in range(i + 1, 4) if tasks[i].memory == tasks[j].memory]
    assert found == same
    for number, step in enumerate(tasks):
        assert tuple(past.step for past in step.remembers) == tuple(tasks[i].id for i, j in same if j == number)


def test_a_repeat_outside_blocks_asks_again_each_time(engine: Engine, tmp_path: Path) -> None:
    protocol = protocol_with(tmp_path, [repeated(3, [COMFORT])])
    row = arrive(engine, opened(engine, protocol))
    walk(engine, protocol, row)
    found = events(engine, row.id, ["questionnaire_answered"])
    assert [e.place.step for e in found] == ["0.1.0.comfort", "0.2.0.comfort", "0.3.0.comfort"]


def test_an_occasion_tells_two_askings_apart(engine: Engine, tmp_path: Path) -> None:
    asked = [{**COMFORT, "occasion": "before"}, TASK_STEP, {**COMFORT, "occasion": "after"}]
    protocol = protocol_with(tmp_path, [block(asked)])
    row = arrive(engine, opened(engine, protocol))
    walk(engine, protocol, row)
    found = events(engine, row.id, ["questionnaire_answered"])
    assert [e.event.occasion for e in found] == ["before", "after"] * 2


# --- blocks over a factor ----------------------------------------------------------------------


def nested() -> dict[str, Any]:
    return block([MORE, block([TASK_STEP]), COMFORT], over="memory")


@pytest.mark.parametrize(
    ("outer", "inner", "shared"),
    [
        (False, False, []),
        (True, False, []),
        (False, True, [(0, 1), (2, 3)]),
        (True, True, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
    ],
)
def test_memory_crosses_the_levels_of_the_outer_factor_only_where_both_blocks_say_so(
    tmp_path: Path, outer: bool, inner: bool, shared: list[tuple[int, int]]
) -> None:
    whole = block([block([TASK_STEP], carry_over=inner)], over="memory", carry_over=outer)
    protocol = factorial(tmp_path, [whole])
    for cell in cells(protocol):
        tasks = plan(protocol, Assignment(cell.conditions, cell.tasks))
        assert len(tasks) == 4
        assert [(i, j) for i in range(4) for j in range(i + 1, 4) if tasks[i].memory == tasks[j].memory] == shared


def test_a_block_over_a_factor_keeps_its_levels_together(tmp_path: Path) -> None:
    protocol = factorial(tmp_path, [nested()])
    table = cells(protocol)
    orders = {cell.conditions for cell in table}
    assert len(orders) == 2 * 2 * 2
    for order in orders:
        levels = [condition.split("_")[0] for condition in order]
        assert sum(a != b for a, b in pairwise(levels)) == 1
    steps = plan(protocol, Assignment(table[0].conditions, table[0].tasks))
    assert [(s.kind, s.block, s.label) for s in steps] == [
        ("instructions", None, ""),
        ("task", 1, "A"),
        ("task", 2, "B"),
        ("questionnaire", None, ""),
        ("instructions", None, ""),
        ("task", 3, "C"),
        ("task", 4, "D"),
        ("questionnaire", None, ""),
    ]
    assert [s.condition for s in steps if s.kind == "task"] == list(table[0].conditions)


def test_every_condition_of_a_nested_design_meets_every_period_equally_often(tmp_path: Path) -> None:
    from study.design import balance

    protocol = factorial(tmp_path, [nested()])
    assert set(balance(cells(protocol)).positions.values()) == {len(cells(protocol)) // 4}


@pytest.mark.parametrize(
    ("timeline", "design", "said"),
    [
        ([block([block([TASK_STEP])])], {}, "the outer one needs `over`"),
        ([block([TASK_STEP], over="memory")], {}, "needs a block of conditions in it"),
        ([nested()], {"nested_in": None}, "must be 'memory', as the timeline"),
        ([block([TASK_STEP])], {"nested_in": "nose"}, "there is no factor 'nose'"),
        ([block([TASK_STEP]), block([TASK_STEP])], {}, "at most one block of conditions"),
        ([repeated(2, [block([TASK_STEP])])], {}, "a block cannot be repeated"),
        ([repeated(2, [TASK_STEP])], {}, "it stands inside a block"),
        ([repeated(2, [])], {}, "at least 1"),
        ([repeated(0, [COMFORT])], {}, "must be at least 1"),
        ([block([{**TASK_STEP, "time_limit": {"minutes": 5, "then": "submit"}}])], {}, "task_rule.max_minutes"),
        ([{"step": "next_session", "text": "…", "after_hours": 0}], {}, "must be more than 0"),
    ],
)
def test_timelines_that_cannot_be_are_refused(
    tmp_path: Path, timeline: list[Any], design: dict[str, Any], said: str
) -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        factorial(tmp_path, timeline, **design)
    assert said in str(refused.value)


# --- several sessions --------------------------------------------------------------------------


def diary(folder: Path, **keys: Any) -> Protocol:
    return protocol_with(folder, [MORE, {**TOMORROW, **keys}, COMFORT])


def test_the_next_session_opens_when_its_time_has_come(any_engine: Engine, tmp_path: Path, later: Clock) -> None:
    protocol = diary(tmp_path)
    row = arrive(any_engine, opened(any_engine, protocol))
    take(any_engine, protocol, row, due(any_engine, protocol, row))
    step = due(any_engine, protocol, row)
    assert (step.kind, step.session) == ("next_session", 1)
    later(hours=19)
    assert 0 < progress.position(any_engine, protocol, row.id).seconds_to_wait() <= 3600
    with pytest.raises(AnswerRefused, match="not yet time"):
        take(any_engine, protocol, row, step)
    later(hours=2)
    take(any_engine, protocol, row, step)
    assert due(any_engine, protocol, row).session == 2
    walk(any_engine, protocol, row)
    assert ended(any_engine, row) == ("complete", ["complete"])


def test_whoever_does_not_come_back_in_time_is_timed_out(any_engine: Engine, tmp_path: Path, later: Clock) -> None:
    protocol = diary(tmp_path)
    row = arrive(any_engine, opened(any_engine, protocol))
    take(any_engine, protocol, row, due(any_engine, protocol, row))
    later(hours=67)
    progress.expire(any_engine, protocol, row.id, TAB)
    assert sitting(any_engine, row.id).status == "running"
    later(hours=2)
    progress.expire(any_engine, protocol, row.id, TAB)
    assert ended(any_engine, row) == ("timed_out", ["timed_out"])


@pytest.mark.parametrize(("within", "days"), [(48, 20 / 24 + 2), (None, 20 / 24 + progress.KEPT_DAYS)])
def test_a_place_is_kept_over_the_days_between(
    any_engine: Engine, tmp_path: Path, within: float | None, days: float
) -> None:
    protocol = diary(tmp_path, within_hours=within)
    row = arrive(any_engine, opened(any_engine, protocol))
    assert sitting(any_engine, row.id).reserved_until is None
    take(any_engine, protocol, row, due(any_engine, protocol, row))
    kept = sitting(any_engine, row.id).reserved_until
    assert kept is not None
    assert abs(kept - log.now() - timedelta(days=days)) < timedelta(minutes=5)


def test_simulated_participants_and_previews_need_not_wait(engine: Engine, tmp_path: Path) -> None:
    protocol = diary(tmp_path)
    study = opened(engine, protocol)
    for kind in ({"simulated": True}, {"preview": True}):
        row = arrive(engine, study, **kind)
        walk(engine, protocol, row)
        assert ended(engine, row) == ("complete", ["complete"])


# --- times on a page ---------------------------------------------------------------------------


def limited(folder: Path, then: str, step: dict[str, Any] = ASK) -> Protocol:
    return protocol_with(folder, [{**step, "time_limit": {"minutes": 5, "then": then}}, MORE])


def shown(engine: Engine, protocol: Protocol, row: Any) -> flow.Step:
    step = due(engine, protocol, row)
    progress.enter(engine, row.id, step, TAB)
    return step


def test_time_runs_from_the_first_showing(engine: Engine, tmp_path: Path, later: Clock) -> None:
    protocol = limited(tmp_path, "end")
    row = arrive(engine, opened(engine, protocol))
    later(hours=3)
    step = shown(engine, protocol, row)
    later(minutes=4)
    shown(engine, protocol, row)
    left = progress.position(engine, protocol, row.id).seconds_left()
    assert left is not None and 50 < left <= 60
    assert step.time_limit is not None


def test_a_warning_closes_nothing(engine: Engine, tmp_path: Path, later: Clock) -> None:
    protocol = limited(tmp_path, "warn")
    row = arrive(engine, opened(engine, protocol))
    step = shown(engine, protocol, row)
    later(minutes=30)
    at = progress.position(engine, protocol, row.id)
    assert at.seconds_left() is None and (at.seconds_to_warning() or 0) < -1000
    progress.expire(engine, protocol, row.id, TAB)
    given = answers(protocol.instrument("everything"), list(row.conditions))
    with pytest.raises(AnswerRefused, match="Please answer"):
        progress.answer(engine, protocol, row.id, step, {**given, "agree": None}, TAB)
    progress.answer(engine, protocol, row.id, step, given, TAB)
    assert due(engine, protocol, row).title == "More"


def test_what_is_there_is_taken_when_time_is_over(any_engine: Engine, tmp_path: Path, later: Clock) -> None:
    protocol = limited(tmp_path, "submit")
    row = arrive(any_engine, opened(any_engine, protocol))
    step = shown(any_engine, protocol, row)
    with pytest.raises(AnswerRefused, match="Please answer"):
        progress.answer(any_engine, protocol, row.id, step, {"agree": 3}, TAB)
    later(minutes=5, seconds=1)
    progress.expire(any_engine, protocol, row.id, TAB)
    assert due(any_engine, protocol, row).id == step.id, "the page still has a moment to send what is there"
    progress.answer(any_engine, protocol, row.id, step, {"agree": 3}, TAB)
    (found,) = events(any_engine, row.id, ["questionnaire_answered"])
    assert found.event.answers["agree"] == 3
    assert {v for item, v in found.event.answers.items() if item != "agree"} == {None}
    assert [e.event.by for e in events(any_engine, row.id, ["step_finished"])] == ["time_limit"]


def test_nothing_sent_is_stored_as_nothing_answered(any_engine: Engine, tmp_path: Path, later: Clock) -> None:
    protocol = limited(tmp_path, "submit")
    row = arrive(any_engine, opened(any_engine, protocol))
    step = shown(any_engine, protocol, row)
    later(minutes=6)
    for _ in range(2):
        progress.expire(any_engine, protocol, row.id, TAB)
    (found,) = events(any_engine, row.id, ["questionnaire_answered"])
    assert set(found.event.answers.values()) == {None}
    assert set(found.event.answers) == {item.id for item in protocol.instrument("everything").items}
    assert due(any_engine, protocol, row).title == "More"
    progress.answer(any_engine, protocol, row.id, step, {"agree": 3}, TAB)  # too late: ignored
    assert len(events(any_engine, row.id, ["questionnaire_answered"])) == 1


@pytest.mark.parametrize("step", [ASK, MORE])
def test_a_study_may_end_when_time_is_over(any_engine: Engine, tmp_path: Path, later: Clock, step: Any) -> None:
    protocol = limited(tmp_path, "end", step)
    row = arrive(any_engine, opened(any_engine, protocol))
    shown(any_engine, protocol, row)
    later(minutes=6)
    progress.expire(any_engine, protocol, row.id, TAB)
    assert ended(any_engine, row) == ("timed_out", ["timed_out"])


def test_a_break_lasts_as_long_as_it_must(any_engine: Engine, tmp_path: Path, later: Clock) -> None:
    rest = {"step": "break", "title": "A break", "text": "Look out of the window.", "min_seconds": 30}
    protocol = protocol_with(tmp_path, [rest, MORE])
    row = arrive(any_engine, opened(any_engine, protocol))
    step = shown(any_engine, protocol, row)
    later(seconds=20)
    with pytest.raises(AnswerRefused, match="not yet time"):
        progress.finish(any_engine, protocol, row.id, step.id, TAB)
    later(seconds=11)
    progress.finish(any_engine, protocol, row.id, step.id, TAB)
    assert due(any_engine, protocol, row).title == "More"
    assert sitting(any_engine, row.id).reserved_until is None


def test_the_small_study_is_as_it_was(tmp_path: Path) -> None:
    """What says nothing of all this is planned as ever."""
    protocol = protocol_with(tmp_path, copy.deepcopy(SMALL["timeline"]))  # type: ignore[arg-type]
    steps = plan(protocol, Assignment(("plain", "steered"), ("trip", "dinner")))
    assert [s.id for s in steps] == ["0.consent", "1.everything", "2.1.0.task", "2.2.0.task", "3.beliefs", "4.debrief"]
    assert [s.memory for s in steps] == ["", "", "1", "2", "", ""]
    assert all(s.session == 1 and s.round is None and not s.remembers for s in steps)
