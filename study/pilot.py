"""Trying a study out before the first person: a preview from any step on, and who was simulated. None of it is counted."""

from sqlalchemy import Engine
from sqlmodel import col, func, select

from study.database import reading
from study.design import Cell, cells
from study.enrolment import Arrival, enrol
from study.errors import AtelierError
from study.events import StepFinished
from study.flow import Assignment, Step
from study.log import Entry, append, place_of
from study.plan import plan
from study.protocol import Protocol
from study.studies import get_study, protocol_of
from study.tables import Sitting


def steps_of(protocol: Protocol, cell: Cell) -> tuple[Step, ...]:
    """Every step of who is in this cell, in order."""
    return plan(protocol, Assignment(cell.conditions, cell.tasks))


def first_meeting(protocol: Protocol, condition: str, task: str) -> tuple[Cell, Step] | None:
    """Where somebody works on this task under this condition with as little as can be before it; None if nobody does."""
    meeting = [cell for cell in cells(protocol) if condition in cell.conditions]
    for cell in sorted(meeting, key=lambda cell: cell.conditions.index(condition)):
        for step in steps_of(protocol, cell):
            if step.kind == "task" and (step.condition, step.task) == (condition, task):
                return cell, step
    return None


def begin_preview(engine: Engine, study_id: str, cell: int, step_id: str) -> str:
    """A preview of this cell with this step due; returns the token of its link.

    The steps before it are recorded as finished by the researcher: none was shown, answered or consented to. Raises
    NotFound, and AtelierError if the cell or the step is not in the study's present protocol.
    """
    study = get_study(engine, study_id)
    passed = _before(protocol_of(study), cell, step_id)
    row, token = enrol(engine, study_id, Arrival({}, preview=True, cell=cell))
    if row.protocol_hash != study.protocol_hash:
        raise AtelierError("The protocol was changed just now. Please choose the order and the step again.")
    by_researcher = StepFinished(by="researcher")
    append(engine, row.id, [Entry(by_researcher, place_of(step), f"finish:{step.id}") for step in passed])
    return token


def simulated_so_far(engine: Engine, study_id: str) -> int:
    """How many simulated participants have begun this study."""
    query = select(func.count()).where(Sitting.study_id == study_id, col(Sitting.simulated).is_(True))
    with reading(engine) as db:
        return db.exec(query).one()


def _before(protocol: Protocol, cell: int, step_id: str) -> tuple[Step, ...]:
    """The steps that come before this one."""
    met = next((one for one in cells(protocol) if one.index == cell), None)
    steps = steps_of(protocol, met) if met else ()
    place = next((place for place, step in enumerate(steps) if step.id == step_id), None)
    if place is None:
        raise AtelierError("This study has no such step in this order. Please choose the order and the step again.")
    return steps[:place]
