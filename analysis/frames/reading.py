"""The events of a study, session by session, into one Arrow table for each frame."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from analysis.frames.answers import RESPONSES
from analysis.frames.held import BELIEFS, CONTROLS, JUDGEMENTS, SOLUTIONS
from analysis.frames.making import Making
from analysis.frames.one_session import OneSession
from analysis.frames.page_times import PAGE_TIMES
from analysis.frames.sittings import EVENTS, SESSIONS
from analysis.frames.talk import MESSAGES, MODEL_CALLS, RECALLED, REPLIES, TURNS
from analysis.frames.times import BLOCKS, STEPS, TRIALS
from study.flow import Assignment, Step
from study.plan import plan
from study.records import Record
from study.tables import Sitting

TABLES = (
    SESSIONS,
    BLOCKS,
    EVENTS,
    MESSAGES,
    REPLIES,
    TURNS,
    RECALLED,
    MODEL_CALLS,
    RESPONSES,
    BELIEFS,
    CONTROLS,
    STEPS,
    PAGE_TIMES,
    TRIALS,
    JUDGEMENTS,
    SOLUTIONS,
)

TOGETHER = 10_000
"""After so many events the rows made of them are put away."""


@dataclass(frozen=True)
class Read:
    """What was read: the table of each frame by its name, and the sessions that came back late."""

    tables: Mapping[str, pa.Table]
    late: frozenset[str]


def read(record: Record, identifiers: bool) -> Read:
    """Every session of the record, in its order; one at a time is in memory as Python objects."""
    with _without_looking_for_cycles():
        return _read(record, identifiers)


def _read(record: Record, identifiers: bool) -> Read:
    making = [Making(table, identifiers) for table in TABLES]
    steps_of, late, events_read = _plans(record), set(), 0
    for row, events in record.stored():
        one = OneSession(row, events, record.protocol_of(row), identifiers, steps_of(row))
        for frame in making:
            frame.add(one)
            if events_read // TOGETHER < (events_read + len(events)) // TOGETHER:
                frame.put_away()
        events_read += len(events)
        if one.of("returned_late"):
            late.add(row.id)
    return Read({frame.table.name: frame.made() for frame in making}, frozenset(late))


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """Payloads are trees: Python would look for cycles among their many parts again and again, and find none."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def _plans(record: Record) -> Callable[[Sitting], Mapping[str, Step]]:
    """Gives the steps of a session by their id, planned once for every assignment that occurs."""

    @cache
    def planned(version: int, assignment: Assignment) -> Mapping[str, Step]:
        return {step.id: step for step in plan(record.protocols[version], assignment)}

    return lambda row: planned(row.study_version, Assignment(tuple(row.conditions), tuple(row.tasks)))
