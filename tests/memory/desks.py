"""What the tests of the task screen share: a study whose first step is a task, and desks to sit down at."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from scripted import TASK_FILE
from sqlalchemy import Engine

from memory.conversation import Desk
from memory.mechanisms.registry import parameter_models
from memory.state import Exchange
from memory.worker import Worker
from study.enrolment import Arrival, assignment_of, enrol
from study.log import Logged, events
from study.plan import plan
from study.protocol import Condition, MechanismUse, Protocol
from study.protocol_file import load_protocol
from study.studies import create_study, set_model, set_status
from study.timeline import BlockStep, TaskStep

DEMO = load_protocol(TASK_FILE.parents[1] / "active_vs_passive.yaml", parameter_models())
ONLY_TASKS = DEMO.model_copy(
    update={"timeline": (BlockStep(step="block", steps=(TaskStep(step="task"),)),), "reply_timeout": 20.0}
)
"""The demo study without anything around its tasks."""


def condition(name: str, **params: Any) -> Condition:
    return Condition(id=name, mechanisms=(MechanismUse(name=name, params=params),))


def study_of(*conditions: Condition, **changes: Any) -> Protocol:
    """The tasks alone, under these conditions."""
    kept = {**ONLY_TASKS.model_dump(), "analysis": {}, "conditions": conditions}
    return Protocol.model_validate({**kept, **changes})


def sit_down(
    engine: Engine, worker: Worker, name: str, protocol: Protocol = ONLY_TASKS, model: str = "offline"
) -> Desk:
    """A new participant at the task of this condition; where it is the only one, that step is due."""
    study = create_study(engine, protocol, seed=3)
    set_model(engine, study.id, model)
    set_status(engine, study.id, "open")
    row, _token = enrol(engine, study.id, Arrival({}))
    steps = plan(protocol, assignment_of(row))
    step = next(step for step in steps if step.condition == name)
    desk = Desk(engine, worker, protocol, row.id, step, None)
    desk.open()
    return desk


def say(desk: Desk, text: str, message_id: str = "") -> Exchange:
    """Send a message, wait until everything about it is done, and give what became of it."""
    message_id = message_id or f"message-{len(desk.view().turns)}-{desk.step.block}"
    desk.send([(message_id, text)])
    desk.worker.wait(desk.session_id)
    return turn_of(desk, message_id)


def turn_of(desk: Desk, message_id: str) -> Exchange:
    return next(turn for turn in desk.view().turns if turn.message_id == message_id)


def logged(desk: Desk, *kinds: str) -> list[Logged]:
    """What stands in the record of this session, read afresh."""
    return events(desk.engine, desk.session_id, kinds)


def kinds_of(entries: Sequence[Logged]) -> list[str]:
    return [entry.kind for entry in entries]


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    """Wait for something that happens in another thread."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
