"""After a server died: what it had not learned yet is learned when the next one starts, also from tasks that are over.

The task that is on the screen takes its own work up again (`Desk.view`). One that the participant has left is on no screen any
more, and what it taught may be wanted in the next.
"""

from datetime import timedelta

from memory.mechanisms.registry import parameter_models
from memory.state import exchanges
from memory.worker import GIVEN, TASK_KINDS, Block, Worker, is_learned
from study.enrolment import assignment_of, seen_since
from study.log import Logged, events, now
from study.plan import plan
from study.tables import Sitting
from study.versions import protocol_of_session

RECENT = timedelta(days=1)
"""Whoever was seen in this time may have been at work when the server died."""


def take_up(worker: Worker) -> None:
    """See to it that every reply of late is learned from; it goes on in the worker's own threads."""
    for row in seen_since(worker.engine, now() - RECENT):
        if left := _unlearned(events(worker.engine, row.id, TASK_KINDS)):
            for block in _blocks(worker, row, left):
                worker.ensure(block)


def _unlearned(log: list[Logged]) -> set[str]:
    """The steps with a reply that nothing was learned from."""
    by_step: dict[str, list[Logged]] = {}
    for entry in log:
        by_step.setdefault(entry.place.step, []).append(entry)
    return {
        step
        for step, mine in by_step.items()
        if any(turn.status in GIVEN and not is_learned(mine, turn) for turn in exchanges(mine))
    }


def _blocks(worker: Worker, row: Sitting, steps: set[str]) -> list[Block]:
    protocol = protocol_of_session(worker.engine, row, parameter_models())
    planned = plan(protocol, assignment_of(row))
    return [Block(row.id, step, protocol) for step in planned if step.id in steps and step.kind == "task"]
