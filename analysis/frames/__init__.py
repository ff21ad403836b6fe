"""Events → data frames. Each frame's columns and rows are declared together in one of the modules here.

A new kind of event needs no edit: it stands in `events` with its whole payload.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache

import pandas as pd

from analysis.act_rows import ACTS, act_rows
from analysis.cells import CELLS, cell_rows
from analysis.code_rows import CODE_HISTORY, CODES, code_history_rows, code_rows
from analysis.frames.answers import RESPONSES
from analysis.frames.held import BELIEFS, CONTROLS, JUDGEMENTS, SOLUTIONS
from analysis.frames.making import Making, frame_of
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

TOGETHER = 2_000
"""After so many events the rows made of them are put away."""


@dataclass(frozen=True)
class Frames:
    """The record as data frames; `data_dictionary()` explains every column."""

    sessions: pd.DataFrame
    blocks: pd.DataFrame
    events: pd.DataFrame
    messages: pd.DataFrame
    replies: pd.DataFrame
    turns: pd.DataFrame
    recalled: pd.DataFrame
    model_calls: pd.DataFrame
    responses: pd.DataFrame
    beliefs: pd.DataFrame
    controls: pd.DataFrame
    steps: pd.DataFrame
    page_times: pd.DataFrame
    trials: pd.DataFrame
    judgements: pd.DataFrame
    solutions: pd.DataFrame
    cells: pd.DataFrame
    acts: pd.DataFrame
    codes: pd.DataFrame
    code_history: pd.DataFrame

    def items(self) -> list[tuple[str, pd.DataFrame]]:
        """(name, frame) of each, in this order."""
        return [(f.name, getattr(self, f.name)) for f in fields(self)]

    def of_version(self, number: int) -> "Frames":
        """Only the sessions that ran on this version of the study's protocol."""
        return self.of_sessions(set(self.sessions.loc[self.sessions["study_version"] == number, "session_id"]))

    def of_sessions(self, ids: set[str]) -> "Frames":
        """Only these sessions."""
        return replace(self, **{name: f[f["session_id"].isin(ids)] for name, f in self.items() if "session_id" in f})


def frames(record: Record, identifiers: bool = False) -> Frames:
    """Every frame of a study; pseudonymous unless `identifiers` is set.

    The events are read session by session, so that only the frames have to fit into memory.
    """
    making = [Making(table, identifiers) for table in TABLES]
    steps_of, late, read = _plans(record), set(), 0
    for row, events in record.stored():
        one = OneSession(row, events, record.protocol_of(row), identifiers, steps_of(row))
        for frame in making:
            frame.add(one)
            if read // TOGETHER < (read + len(events)) // TOGETHER:
                frame.put_away()
        read += len(events)
        if one.of("returned_late"):
            late.add(row.id)
    made = {frame.table.name: frame.frame() for frame in making}
    return Frames(
        **made,
        cells=frame_of(CELLS.columns, cell_rows(record, late)),
        acts=frame_of(ACTS.columns, act_rows(record)),
        codes=frame_of(CODES.columns, code_rows(record)),
        code_history=frame_of(CODE_HISTORY.columns, code_history_rows(record)),
    )


def data_dictionary() -> pd.DataFrame:
    """One row per column of every frame: dtype, unit, meaning, source."""
    names = ["frame", "column", "dtype", "unit", "description", "source", "identifying"]
    rows = []
    for table in (*TABLES, CELLS, ACTS, CODES, CODE_HISTORY):
        kinds = " | ".join(table.kinds) or "every kind"
        for c in table.columns:
            source = c.source.replace("event", kinds, 1) if c.source.startswith("event") else c.source
            rows.append((table.name, c.name, c.dtype, c.unit, c.description, source, c.identifying))
    return pd.DataFrame(rows, columns=names)


def _plans(record: Record) -> Callable[[Sitting], Mapping[str, Step]]:
    """Gives the steps of a session by their id, planned once for every assignment that occurs."""

    @cache
    def planned(version: int, assignment: Assignment) -> Mapping[str, Step]:
        return {step.id: step for step in plan(record.protocols[version], assignment)}

    return lambda row: planned(row.study_version, Assignment(tuple(row.conditions), tuple(row.tasks)))
