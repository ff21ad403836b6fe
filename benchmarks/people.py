"""Made-up people with a true profile, and what they say of it: the same for the same seed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from benchmarks.chance import drawn, generator
from memory.conversation import Desk
from memory.mechanisms.registry import parameter_models
from memory.worker import Worker
from study.enrolment import Arrival, assignment_of, enrol
from study.plan import plan
from study.protocol import Condition, MechanismUse, Protocol, Task
from study.protocol_file import load_protocol
from study.studies import create_study, set_status
from study.timeline import BlockStep, TaskStep

ROOT = Path(__file__).resolve().parent.parent
DEMO = load_protocol(ROOT / "protocols" / "active_vs_passive.yaml", parameter_models())
OWN_WORDS = {"controls": [{"id": "own_words", "type": "text", "label": "Always keep in mind"}]}
ASKS = "What would you suggest now?"


@dataclass(frozen=True)
class Person:
    """`profile`: the true value of every attribute; `said`: the messages; `stated`: what they asked for in them."""

    task: Task
    profile: dict[str, str]
    said: tuple[str, ...]
    stated: dict[str, str]


def person(task: Task, number: int, seed: int) -> Person:
    """Somebody who states four wishes in two messages, takes one back in the third, and then asks for the plan.

    The profile is what they want in the end. What was taken back is another value of the same attribute.
    """
    random = generator(seed, number)
    profile = {name: drawn(random, list(attribute.values)) for name, attribute in task.attributes.items()}
    topics = [str(t) for t in random.permutation(list(task.attributes))][:4]
    first = {t: profile[t] for t in topics}
    changed = topics[0]
    first[changed] = drawn(random, [v for v in task.attributes[changed].values if v != profile[changed]])
    pairs = [[words(random, task, t, first[t]) for t in topics[n : n + 2]] for n in (0, 2)]
    said = [f"I would like it to be {' and '.join(pair)}." for pair in pairs]
    said.append(f"On second thought, rather {words(random, task, changed, profile[changed])}.")
    return Person(task, profile, (*said, ASKS), {t: profile[t] for t in topics})


def words(random: np.random.Generator, task: Task, attribute: str, value: str) -> str:
    """A way to say this value; none of the ways that hold a "not"."""
    return drawn(random, [w for w in task.attributes[attribute].values[value] if "not " not in w and "no " not in w])


def condition_of(arm: str, **params: object) -> Condition:
    """`one + another` as a condition of these mechanisms; `params` are those of the first."""
    names = arm.split(" + ")
    uses = [MechanismUse(name=name, params=OWN_WORDS if name == "preference_controls" else {}) for name in names]
    return Condition(
        id="arm", mechanisms=(uses[0].model_copy(update={"params": {**uses[0].params, **params}}), *uses[1:])
    )


@dataclass(frozen=True)
class Opened:
    """A study of one task under one condition, with nothing around it, open for participants."""

    study_id: str
    protocol: Protocol


def opened(engine: Engine, condition: Condition, task: Task) -> Opened:
    """Such a study in this record."""
    steps = (BlockStep(step="block", steps=(TaskStep(step="task"),)),)
    kept = {**DEMO.model_dump(), "analysis": {}, "conditions": (condition,), "tasks": (task,), "timeline": steps}
    protocol = Protocol.model_validate({**kept, "design": {}, "reply_timeout": 60.0})
    study = create_study(engine, protocol, seed=1)
    set_status(engine, study.id, "open")
    return Opened(study.id, protocol)


def sit_down(engine: Engine, worker: Worker, where: Opened) -> Desk:
    """A new participant at the task."""
    row, _token = enrol(engine, where.study_id, Arrival({}, simulated=True))
    (step,) = plan(where.protocol, assignment_of(row))
    desk = Desk(engine, worker, where.protocol, row.id, step, None)
    desk.open()
    return desk


def say(desk: Desk, message_id: str, text: str) -> None:
    """Send a message and wait until everything about it is done."""
    desk.send([(message_id, text)])
    desk.worker.wait(desk.session_id)
