"""Whatever a valid protocol says: it is balanced, every step can be reached, nobody gets stuck, nothing is done twice."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sittings import TAB, arrive, opened, work
from some_protocols import GROWN_UP, protocols, raw_protocols, remembering
from sqlalchemy import Engine

from study import progress
from study.checkup import checkup
from study.database import open_database
from study.design import balance, cells, choose, draw, groups
from study.enrolment import assignment_of, sitting
from study.errors import AnswerRefused
from study.events import TaskFinished
from study.flow import Assignment, Step, due_step, ending_after, holds, wrong_answers
from study.log import events
from study.plan import plan
from study.protocol import Protocol
from study.timeline import BlockStep, RepeatStep, TaskStep

Answers = dict[str, Any]
NOBODY_IN_PARTICULAR: Answers = {"agree": 4, "mood": 2, "colour": "red", "years": GROWN_UP, "why": None}
SOME_ANSWERS = st.fixed_dictionaries(
    {
        "agree": st.integers(1, 7),
        "mood": st.integers(0, 4),
        "colour": st.sampled_from(["red", "green", "blue"]),
        "years": st.integers(0, 120),
        "why": st.sampled_from([None, "because"]),
    }
)


class Walk:
    """One sitting without a database: what was finished and answered, and how it ended."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps, self.ending = steps, ""
        self.finished: list[str] = []
        self.responses: dict[tuple[int | None, str, str], Any] = {}
        self.attempts: Counter[str] = Counter()

    def due(self) -> Step | None:
        """What comes next, while the sitting has not ended."""
        return due_step(self.steps, self.finished, self.responses) if not self.ending else None

    def go(self, answer: Callable[[Step], Answers]) -> "Walk":
        """To the end. Every step takes a bounded number of attempts, or somebody is stuck."""
        for _ in range(4 * len(self.steps) + 1):
            step = self.due()
            if step is None:
                self.ending = self.ending or "complete"
                return self
            self.take(step, answer(step) if step.instrument else {})
        raise AssertionError(f"stuck at {self.due()}")

    def take(self, step: Step, answers: Answers) -> None:
        """Finish the due step, or fail its check and stay."""
        wrong = wrong_answers(step, answers)
        self.attempts[step.id] += bool(wrong)
        if wrong and step.check and self.attempts[step.id] < step.check.attempts:
            return
        self.responses |= {(step.block, step.instrument or "", item): value for item, value in answers.items()}
        self.finished.append(step.id)
        self.ending = ending_after(step, answers, bool(wrong)) or ""


def plans(protocol: Protocol, most: int = 3) -> list[tuple[Step, ...]]:
    return [plan(protocol, Assignment(cell.conditions, cell.tasks)) for cell in cells(protocol)[:most]]


def towards(target: Step) -> Callable[[Step], Answers]:
    """Answers of which everything holds that a step depends on."""

    def answer(step: Step) -> Answers:
        given = dict(NOBODY_IN_PARTICULAR)
        for when in target.show_if:
            if when.instrument == step.instrument:
                key = (None, when.instrument, when.item)
                given[when.item] = next(value for value in range(1, 5) if holds(when, None, {key: value}))
        return given

    return answer


@settings(max_examples=120)
@given(raw=raw_protocols())
def test_it_loads_and_means_the_same_when_it_is_stored(raw: dict[str, Any]) -> None:
    protocol = Protocol.model_validate(raw)
    again = Protocol.model_validate(json.loads(json.dumps(protocol.model_dump(mode="json"))))
    assert again == protocol
    assert again.content_hash() == protocol.content_hash()
    assert checkup(protocol).steps == len(plans(protocol, 1)[0])


@settings(max_examples=120)
@given(protocol=protocols())
def test_every_plan_has_ids_of_its_own_and_runs_each_block_in_its_condition(protocol: Protocol) -> None:
    for cell in cells(protocol):
        steps = plan(protocol, Assignment(cell.conditions, cell.tasks))
        assert len({step.id for step in steps}) == len(steps)
        for step in steps:
            if step.block is not None:
                assert step.condition == cell.conditions[step.block - 1]
                assert step.task in cell.tasks_of(step.block - 1) or (step.task is None and not cell.tasks)
        assert tuple(step.task for step in steps if step.kind == "task") == cell.tasks


def around_tasks(
    protocol: Protocol, conditions: Sequence[str], steps: Sequence[Any], above: tuple[tuple[str, bool], ...] = ()
) -> list[tuple[tuple[str, bool], ...]]:
    """For each task in order: the runs of blocks and repeats around it, outer ones first, and whether each carries over."""
    found: list[tuple[tuple[str, bool], ...]] = []
    for number, step in enumerate(steps):
        if isinstance(step, TaskStep):
            found.append(above)
        elif isinstance(step, RepeatStep | BlockStep):
            for turn, within in runs(protocol, conditions, step):
                inside = (*above, (f"{number}: {turn}", step.carry_over))
                found += around_tasks(protocol, within, step.steps, inside)
    return found


def runs(
    protocol: Protocol, conditions: Sequence[str], step: RepeatStep | BlockStep
) -> list[tuple[str, Sequence[str]]]:
    """The name of each time that the steps in it are run, and the conditions that are met in it."""
    if isinstance(step, RepeatStep):
        return [(f"round {turn}", conditions) for turn in range(step.times)]
    if step.over is None:
        return [(condition, [condition]) for condition in conditions]
    levels = {c: protocol.condition(c).levels[step.over] for c in conditions}
    return [(one, [c for c in conditions if levels[c] == one]) for one in dict.fromkeys(levels.values())]


@settings(max_examples=150)
@given(protocol=st.one_of(remembering(), protocols()))
def test_tasks_share_a_memory_exactly_where_all_that_parts_them_carries_over(protocol: Protocol) -> None:
    for cell in cells(protocol)[:4]:
        tasks = [s for s in plan(protocol, Assignment(cell.conditions, cell.tasks)) if s.kind == "task"]
        around = around_tasks(protocol, cell.conditions, protocol.timeline)
        assert len(tasks) == len(around)
        for (one, here), (other, there) in itertools.combinations(zip(tasks, around, strict=True), 2):
            in_both = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(here, there, strict=False))))
            apart = [carries for _, carries in (*here[in_both:], *there[in_both:])]
            assert (one.memory == other.memory) is all(apart)
            assert (one.id in {past.step for past in other.remembers}) is all(apart)


@settings(max_examples=120)
@given(protocol=protocols(), sets=st.integers(1, 2), seed=st.integers(0, 999))
def test_full_multiples_of_the_cells_are_balanced(protocol: Protocol, sets: int, seed: int) -> None:
    table, rule, taken = cells(protocol), protocol.design.orders, Counter[int]()
    for index in range(1, len(table) * sets + 1):
        taken[choose(table, taken, seed, index).cell] += 1
    assert taken == dict.fromkeys(range(len(table)), sets), "every cell equally often"
    counted = balance(table)
    for group in groups(protocol):
        if protocol.design.nested_in is None and rule != "fixed":
            assert _even(counted.positions, itertools.product(group, range(1, len(group) + 1)))
        if protocol.design.nested_in is None and rule in ("all", "williams", "random"):
            assert _even(counted.follows, itertools.permutations(group, 2))
        if protocol.design.tasks != "fixed":
            assert _even(counted.tasks, itertools.product(group, [task.id for task in protocol.tasks]))


@settings(max_examples=120)
@given(protocol=protocols(), seed=st.integers(0, 999), data=st.data())
def test_the_places_of_those_who_leave_are_filled_until_all_is_even(
    protocol: Protocol, seed: int, data: st.DataObject
) -> None:
    table, held, away = cells(protocol), Counter[int](), data.draw(st.integers(0, 5))
    for index in itertools.count(1):
        held[choose(table, held, seed, index).cell] += 1
        if held.total() == len(table):
            break
        if away and data.draw(st.booleans()):
            held[data.draw(st.sampled_from(sorted(held.elements())))] -= 1
            away -= 1
    assert held == dict.fromkeys(range(len(table)), 1)


@settings(max_examples=60)
@given(protocol=protocols(), seed=st.integers(0, 999))
def test_random_orders_can_be_drawn_in_every_cell(protocol: Protocol, seed: int) -> None:
    table = cells(protocol)[:24]
    assert {draw(table, seed, index).cell for index in range(600)} == {cell.index for cell in table}


def _even(counted: Mapping[Any, int], expected: Any) -> bool:
    return len({counted.get(pair, 0) for pair in expected}) <= 1


@settings(max_examples=150)
@given(protocol=protocols(nested=False))
def test_every_step_can_be_reached(protocol: Protocol) -> None:
    for steps in plans(protocol):
        for target in steps:
            assert target.id in Walk(steps).go(towards(target)).finished


@settings(max_examples=120)
@given(protocol=protocols(), data=st.data())
def test_nobody_gets_stuck_whatever_they_answer(protocol: Protocol, data: st.DataObject) -> None:
    for steps in plans(protocol, 1):
        walk = Walk(steps).go(lambda step: data.draw(SOME_ANSWERS))
        assert walk.ending in ("complete", "screened_out", "failed_check")
        assert len(set(walk.finished)) == len(walk.finished)
        shown = [step.id for step in steps if step.id in walk.finished]
        assert walk.finished == shown, "in the order of the plan"


# --- through the database ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('generated') / 'record.db'}")


def act(engine: Engine, protocol: Protocol, session_id: str, step: Step, answers: Answers) -> None:
    """What the screen of a step does, in the tab TAB."""
    if step.kind == "consent":
        progress.agree(engine, protocol, session_id, step.id, TAB)
    elif step.kind == "questionnaire":
        progress.answer(engine, protocol, session_id, step, answers, TAB)
    elif step.kind == "beliefs":
        held = progress.beliefs_held(events(engine, session_id, ("belief_changed",)), step)
        progress.judge_all(engine, protocol, session_id, step, [("right", [])] * len(held), TAB)
    else:
        extra = [TaskFinished(task=step.task or "")] if step.kind == "task" else []
        progress.finish(engine, protocol, session_id, step.id, TAB, *extra)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(protocol=protocols(), data=st.data())
def test_the_record_alone_says_where_somebody_is_and_takes_nothing_twice(
    record: Engine, protocol: Protocol, data: st.DataObject
) -> None:
    row = arrive(record, opened(record, protocol))
    walk = Walk(plan(protocol, assignment_of(row)))
    afresh = open_database(str(record.url))
    while (step := walk.due()) is not None:
        at = progress.position(afresh, protocol, row.id)
        assert at.step == step, "somebody who comes back is where they were"
        answers = data.draw(SOME_ANSWERS) if step.instrument else {}
        if step.kind == "task":
            work(record, row, step)
        attempts = walk.attempts[step.id]
        walk.take(step, answers)
        try:
            act(record, protocol, row.id, step, answers)
        except AnswerRefused:
            assert walk.attempts[step.id] == attempts + 1 and step.id not in walk.finished
            continue
        before = len(events(record, row.id))
        act(record, protocol, row.id, step, answers)
        assert len(events(record, row.id)) == before, "finishing twice writes nothing"
    assert progress.position(afresh, protocol, row.id).step is None
    assert sitting(record, row.id).status == (walk.ending or "complete")
    afresh.dispose()


def test_the_kinds_that_are_drawn_are_all_there_are(tmp_path: Path) -> None:
    """A new kind of step is one more entry in `some_protocols.STEPS` or `INNER`."""
    from some_protocols import INNER, STEPS

    schema = Protocol.model_json_schema()["$defs"]
    kinds = {
        re.sub("(?<=[a-z])(?=[A-Z])", "_", name.removesuffix("Step")).lower() for name in schema if name[-4:] == "Step"
    }
    assert kinds == {*STEPS, *INNER, "block"}
