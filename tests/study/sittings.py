"""What the tests of the experiment share: studies to arrive at, answers that fit, a way through a sitting."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from study import progress
from study.enrolment import Arrival, enrol, take_lease
from study.events import Belief, BeliefChanged, EventBase, MessageSent, TaskFinished, TaskStarted
from study.flow import Step
from study.instruments import Instrument, Item
from study.log import Entry, append, events_in, place_of
from study.places import in_table, per_cell, taken
from study.protocol import Protocol
from study.studies import create_study, set_status
from study.tables import Sitting

T = TypeVar("T")
TAB = "tab-1"


def opened(engine: Engine, protocol: Protocol, status: str = "open", seed: int = 7) -> str:
    """A study that takes participants; returns its id."""
    study = create_study(engine, protocol, seed=seed)
    set_status(engine, study.id, status)
    return study.id


def arrive(engine: Engine, study_id: str, lease: str = TAB, **kinds: Any) -> Sitting:
    """A participant at the door, with this tab; `kinds` go into the arrival."""
    row, _token = enrol(engine, study_id, Arrival(kinds.pop("url_params", {}), **kinds))
    take_lease(engine, row.id, lease)
    return row


def held(db: Session, study_id: str, minutes: float = 60) -> Counter[int]:
    """Places held in each cell, of a study with one version."""
    return per_cell(in_table(taken(db, study_id, minutes), (), {}))


def at_once(count: int, act: Callable[[int], T]) -> list[T | Exception]:
    """What `act(0)` … `act(count - 1)` give or raise when all are let go at the same moment."""
    gate = Barrier(count)

    def run(number: int) -> T | Exception:
        gate.wait()
        try:
            return act(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def fitting(item: Item, conditions: list[str], pick: int = 0) -> Any:
    """An answer that the item takes."""
    if item.type in ("slider", "likert", "semantic"):
        return item.scale()[pick % len(item.scale())]
    if item.type == "number":
        return item.min if item.min is not None else 5
    if item.type == "date":
        return str(item.latest or item.earliest or "2026-03-31")
    if item.type in ("short_text", "long_text"):
        return "Because it understood me."
    values = list(conditions) if item.options == "conditions" else [option.value for option in item.options]
    if item.type in ("single", "pairwise"):
        return values[pick % len(values)]
    return {v: n for n, v in enumerate(values[::-1], 1)} if item.type == "ranking" else values[:1]


def answers(instrument: Instrument, conditions: list[str], pick: int = 0) -> dict[str, Any]:
    """Answers that fit, to every item."""
    return {item.id: fitting(item, conditions, pick + n) for n, item in enumerate(instrument.items)}


def take(engine: Engine, protocol: Protocol, row: Sitting, step: Step, lease: str | None = TAB) -> None:
    """Do what one step asks for, and finish it."""
    progress.enter(engine, row.id, step, lease or "")
    if step.kind == "consent":
        progress.agree(engine, protocol, row.id, step.id, lease)
    elif step.kind == "questionnaire":
        instrument = protocol.instrument(step.instrument or "")
        given = answers(instrument, list(row.conditions), step.block or 0)
        progress.answer(engine, protocol, row.id, step, given, lease)
    elif step.kind == "task":
        work(engine, row, step, lease)
        progress.finish(engine, protocol, row.id, step.id, lease, TaskFinished(task=step.task or ""))
    elif step.kind == "beliefs":
        with progress.reading(engine) as db:
            held = progress.beliefs_held(events_in(db, row.id, ("belief_changed",)), step)
        progress.judge_all(engine, protocol, row.id, step, [("right", [])] * len(held), lease)
    else:
        progress.finish(engine, protocol, row.id, step.id, lease)


def work(engine: Engine, row: Sitting, step: Step, lease: str | None = TAB) -> None:
    """One message in the task and one belief inferred from it."""
    belief = Belief(id=f"belief-{step.condition}", text=f"likes {step.task}")
    done: list[EventBase] = [
        TaskStarted(task=step.task or ""),
        MessageSent(message_id=f"m-{step.block}", text="Something cheap, please."),
        BeliefChanged(mechanism="inferred_profile", by="mechanism", action="added", belief=belief),
    ]
    append(engine, row.id, [Entry(event, place_of(step)) for event in done], lease)


def walk(engine: Engine, protocol: Protocol, row: Sitting, until: str = "", lease: str | None = TAB) -> Step | None:
    """Take every step that comes due, up to the first whose kind, instrument or id is `until`; that step."""
    while (step := progress.position(engine, protocol, row.id).step) is not None:
        if until in (step.kind, step.instrument, step.id):
            return step
        take(engine, protocol, row, step, lease)
    return None
