"""After a server died: what it had not learned yet is learned when the next one starts, also from tasks that are over.

The task that is on the screen takes its own work up again (`Desk.view`). One that the participant has left is on no screen any
more, and what it taught may be wanted in the next.
"""

import logging
from datetime import timedelta

from pydantic import ValidationError

from memory.mechanisms.registry import parameter_models
from memory.outstanding import GIVEN, is_learned
from memory.state import exchanges
from memory.worker import TASK_KINDS, Block, Worker
from study.enrolment import assignment_of, seen_since
from study.errors import AtelierError
from study.log import Logged, events, now
from study.plan import plan
from study.tables import Sitting
from study.versions import protocol_of_session

logger = logging.getLogger(__name__)
RECENT = timedelta(days=1)
"""Whoever was seen in this time may have been at work when the server died."""


def take_up(worker: Worker) -> None:
    """See to it that every reply of late is learned from; it goes on in the worker's own threads.

    A session that cannot be read is named in the log, and keeps no other from its turn.
    """
    for row in seen_since(worker.engine, now() - RECENT):
        try:
            blocks = _blocks(worker, row, _unlearned(events(worker.engine, row.id, TASK_KINDS)))
        except (AtelierError, ValidationError) as error:
            logger.error("session %s of the study %s was not taken up: %s", row.id, row.study_id, error)
            continue
        for block in blocks:
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
    if not steps:
        return []
    protocol = protocol_of_session(worker.engine, row, parameter_models())
    planned = plan(protocol, assignment_of(row))
    return [Block(row.id, step, protocol) for step in planned if step.id in steps and step.kind == "task"]
