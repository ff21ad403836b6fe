"""Events → data frames. Each frame's columns and rows are declared together in one of the modules here.

A new kind of event needs no edit: it stands in `events` with its whole payload.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import pandas as pd

from analysis.act_rows import ACTS, act_rows
from analysis.cells import CELLS, cell_rows
from analysis.code_rows import CODE_HISTORY, CODES, code_history_rows, code_rows
from analysis.frames.filled_in import FilledIn, filled_in
from analysis.frames.making import frame_of, to_pandas
from analysis.frames.reading import TABLES, read
from analysis.frames.shares import MANY, read_in_shares
from study.records import Record


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

    @cached_property
    def filled_in(self) -> FilledIn:
        """The answers of each time that an instrument was filled in; every scale is scored from them."""
        return filled_in(self.responses)

    def of_version(self, number: int) -> "Frames":
        """Only the sessions that ran on this version of the study's protocol."""
        mine = self.sessions["study_version"] == number
        return self if mine.all() else self.of_sessions(set(self.sessions.loc[mine, "session_id"]))

    def of_sessions(self, ids: set[str]) -> "Frames":
        """Only these sessions."""
        return replace(self, **{name: f[f["session_id"].isin(ids)] for name, f in self.items() if "session_id" in f})


def frames(record: Record, identifiers: bool = False) -> Frames:
    """Every frame of a study; pseudonymous unless `identifiers` is set.

    The events are read session by session, so that only the frames have to fit into memory; those of a large study
    by several processes, each of which reads a share of the sessions.
    """
    found = read_in_shares(record, identifiers) if record.size >= MANY else read(record, identifiers)
    return Frames(
        **{name: to_pandas(table) for name, table in found.tables.items()},
        cells=frame_of(CELLS.columns, cell_rows(record, found.late)),
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
