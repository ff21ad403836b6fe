"""A preview begins at any step of any cell, whatever that step depends on, and is never counted."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sittings import arrive, opened
from sqlalchemy import Engine
from test_branching import ASK, MORE, protocol_with

from memory.mechanisms.registry import parameter_models
from study import progress
from study.database import reading
from study.design import cells
from study.enrolment import by_token
from study.errors import AtelierError, NotFound
from study.log import events
from study.pilot import begin_preview, simulated_so_far, steps_of
from study.places import taken
from study.protocol import Protocol
from study.protocol_file import load_protocol
from study.records import load_record
from study.tables import Sitting

SHIPPED = Path(__file__).parents[2] / "protocols"
LOADED = {file.stem: load_protocol(file, parameter_models()) for file in sorted(SHIPPED.glob("*.yaml"))}
same_record = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)


def preview(engine: Engine, study: str, cell: int, step: str) -> Sitting:
    row = by_token(engine, begin_preview(engine, study, cell, step))
    assert row is not None
    return row


def due(engine: Engine, protocol: Protocol, row: Sitting) -> str | None:
    step = progress.position(engine, protocol, row.id).step
    return step.id if step else None


def go_on(engine: Engine, protocol: Protocol, row: Sitting) -> None:
    """The due step is shown and finished."""
    step = progress.position(engine, protocol, row.id).step
    assert step is not None
    progress.enter(engine, row.id, step, "")
    progress.finish(engine, protocol, row.id, step.id, None)


@same_record
@given(data=st.data())
@pytest.mark.parametrize("name", LOADED)
def test_every_step_of_every_cell_can_be_begun_at_and_leads_on(name: str, engine: Engine, data: st.DataObject) -> None:
    protocol = LOADED[name]
    study = opened(engine, protocol, "draft")
    cell = data.draw(st.sampled_from(cells(protocol)))
    steps = steps_of(protocol, cell)
    begin = data.draw(st.integers(0, len(steps) - 1))
    row = preview(engine, study, cell.index, steps[begin].id)
    assert (row.preview, tuple(row.conditions), tuple(row.tasks)) == (True, cell.conditions, cell.tasks)
    at = progress.position(engine, protocol, row.id)
    assert (at.step, at.number, at.total) == (steps[begin], begin + 1, len(steps))
    go_on(engine, protocol, row)
    assert due(engine, protocol, row) == (steps[begin + 1].id if begin + 1 < len(steps) else None)


def test_every_step_of_the_demo_study_can_be_begun_at(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    for step in steps_of(demo, cells(demo)[4]):
        assert due(engine, demo, preview(engine, study, 4, step.id)) == step.id


def test_what_was_passed_over_is_the_researchers_doing_and_nothing_else_is_made_up(
    engine: Engine, demo: Protocol
) -> None:
    study = opened(engine, demo)
    steps = steps_of(demo, cells(demo)[0])
    row = preview(engine, study, 0, steps[6].id)
    written = events(engine, row.id)
    assert [entry.kind for entry in written] == ["session_started", *["step_finished"] * 6]
    assert [(e.place.step, e.place.block, e.event.by) for e in written[1:]] == [
        (step.id, step.block, "researcher") for step in steps[:6]
    ]
    go_on(engine, demo, row)
    assert events(engine, row.id)[-1].event.by == "participant"


def test_from_the_first_step_nothing_is_passed_over(engine: Engine, demo: Protocol) -> None:
    first = steps_of(demo, cells(demo)[0])[0]
    row = preview(engine, opened(engine, demo), 0, first.id)
    assert [entry.kind for entry in events(engine, row.id)] == ["session_started"]


def test_a_step_that_depends_on_an_answer_can_be_begun_at_and_others_that_do_stay_away(
    engine: Engine, tmp_path: Path
) -> None:
    never = {"show_if": {"instrument": "everything", "item": "years", "at_least": 99}}
    extra = [{**MORE, **never}, MORE, {**MORE, **never}, MORE]
    protocol = protocol_with(tmp_path, [{"step": "welcome", "title": "Hello", "text": "Good day."}, ASK, *extra])
    steps = [step.id for step in steps_of(protocol, cells(protocol)[0])]
    row = preview(engine, opened(engine, protocol), 0, steps[2])
    met = []
    while (at := due(engine, protocol, row)) is not None:
        met.append(at)
        go_on(engine, protocol, row)
    assert met == [steps[2], steps[3], steps[5]]


def test_a_person_is_never_let_past_what_a_step_depends_on(engine: Engine, tmp_path: Path) -> None:
    never = {"show_if": {"instrument": "everything", "item": "years", "at_least": 99}}
    welcome = {"step": "welcome", "title": "Hello", "text": "Good day."}
    protocol = protocol_with(tmp_path, [welcome, ASK, {**MORE, **never}, MORE])
    steps = [step.id for step in steps_of(protocol, cells(protocol)[0])]
    row = arrive(engine, opened(engine, protocol))
    for step in steps[:2]:  # finished without having been shown
        progress.finish(engine, protocol, row.id, step, None)
    assert due(engine, protocol, row) == steps[3]


def test_a_preview_is_no_data_and_takes_no_place(engine: Engine, demo: Protocol) -> None:
    study = opened(engine, demo)
    preview(engine, study, 3, steps_of(demo, cells(demo)[3])[9].id)
    record = load_record(engine, study)
    assert (record.sessions, record.events) == ([], [])
    with reading(engine) as db:
        assert not taken(db, study, 60)


@pytest.mark.parametrize(("cell", "step"), [(99, "0.welcome"), (-1, "0.welcome"), (0, "nowhere"), (0, "")])
def test_what_the_design_does_not_have_is_said_and_nothing_is_begun(
    engine: Engine, demo: Protocol, cell: int, step: str
) -> None:
    study = opened(engine, demo)
    with pytest.raises(AtelierError, match="choose the order and the step again"):
        begin_preview(engine, study, cell, step)
    with pytest.raises(NotFound):
        begin_preview(engine, "nothing", cell, step)
    assert arrive(engine, study).allocation_index == 1


def test_only_the_simulated_are_counted_as_simulated(engine: Engine, demo: Protocol) -> None:
    study, other = opened(engine, demo), opened(engine, demo)
    arrive(engine, study)
    arrive(engine, study, preview=True)
    arrive(engine, other, simulated=True)
    for count in range(3):
        assert simulated_so_far(engine, study) == count
        arrive(engine, study, simulated=True)
