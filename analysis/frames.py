"""Events → data frames. The columns are declared in `columns.py`; here is how rows are made.

A row stands for one event, unless `ROWS` says how a session becomes rows. A new kind of event needs
no edit: it stands in `events` with its whole payload.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pandas as pd
from pydantic_core import to_jsonable_python

from analysis.act_rows import ACTS, act_rows
from analysis.belief_states import memories, validity
from analysis.cells import CELLS, cell_rows
from analysis.columns import TABLES, TIME, Column, Table
from study.flow import Assignment, Step
from study.log import Logged
from study.plan import plan
from study.protocol import Protocol
from study.records import Record
from study.tables import Sitting

PIECE = ("text", "kind", "mechanism", "belief_id", "evidence", "score", "used", "reason")
"""What a row of `recalled` says about a piece."""
IDENTIFYING = {"session_started": ("url_params", "user_agent")}
"""Parts of payloads that could name a participant; blank unless identifiers are asked for."""


@dataclass(frozen=True)
class OneSession:
    """A session with its events and its plan of steps."""

    row: Sitting
    events: tuple[Logged, ...]
    protocol: Protocol
    identifiers: bool = False
    steps: Mapping[str, Step] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Logged]:
        """Its events of these kinds, in order; all of them if none is named."""
        return [entry for entry in self.events if not kinds or entry.kind in kinds]


Row = tuple[Logged | None, dict[str, Any]]
"""The event a row is read from, and the values of its derived columns."""


@dataclass(frozen=True)
class Frames:
    """The record as data frames; `data_dictionary()` explains every column."""

    sessions: pd.DataFrame
    events: pd.DataFrame
    messages: pd.DataFrame
    replies: pd.DataFrame
    recalled: pd.DataFrame
    model_calls: pd.DataFrame
    responses: pd.DataFrame
    beliefs: pd.DataFrame
    controls: pd.DataFrame
    steps: pd.DataFrame
    trials: pd.DataFrame
    judgements: pd.DataFrame
    solutions: pd.DataFrame
    cells: pd.DataFrame
    acts: pd.DataFrame

    def items(self) -> list[tuple[str, pd.DataFrame]]:
        """(name, frame) of each, in this order."""
        return [(f.name, getattr(self, f.name)) for f in fields(self)]

    def of_version(self, number: int) -> "Frames":
        """Only the sessions that ran on this version of the study's protocol."""
        ids = set(self.sessions.loc[self.sessions["study_version"] == number, "session_id"])
        of_sessions = {name: f[f["session_id"].isin(ids)] for name, f in self.items() if "session_id" in f}
        return replace(self, **of_sessions)


def frames(record: Record, identifiers: bool = False) -> Frames:
    """Every frame of a study; pseudonymous unless `identifiers` is set."""
    events: dict[str, list[Logged]] = {}
    for entry in record.events:
        events.setdefault(entry.session_id, []).append(entry)
    sessions = []
    for row in record.sessions:
        protocol = record.protocol_of(row)
        steps = {s.id: s for s in plan(protocol, Assignment(tuple(row.conditions), tuple(row.tasks)))}
        sessions.append(OneSession(row, tuple(events.get(row.id, ())), protocol, identifiers, steps))
    made = {table.name: _frame(table, sessions, identifiers) for table in TABLES}
    return Frames(
        **made,
        cells=frame_of(CELLS.columns, cell_rows(record)),
        acts=frame_of(ACTS.columns, act_rows(record)),
    )


def data_dictionary() -> pd.DataFrame:
    """One row per column of every frame: dtype, unit, meaning, source."""
    names = ["frame", "column", "dtype", "unit", "description", "source", "identifying"]
    rows = []
    for table in (*TABLES, CELLS, ACTS):
        kinds = " | ".join(table.kinds) or "every kind"
        for c in table.columns:
            source = c.source.replace("event", kinds, 1) if c.source.startswith("event") else c.source
            rows.append((table.name, c.name, c.dtype, c.unit, c.description, source, c.identifying))
    return pd.DataFrame(rows, columns=names)


def frame_of(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with exactly the declared columns and dtypes, also when there are none."""
    listed = list(rows)
    return pd.DataFrame({c.name: _series(c, [row[c.name] for row in listed]) for c in columns})


def _frame(table: Table, sessions: Iterable[OneSession], identifiers: bool) -> pd.DataFrame:
    columns = table.shown(identifiers)
    rows = [
        {c.name: derived[c.name] if c.name in derived else _read(c.source, one, logged) for c in columns}
        for one in sessions
        for logged, derived in _rows(table, one)
    ]
    return frame_of(columns, rows)


def _rows(table: Table, one: OneSession) -> Iterable[Row]:
    make = ROWS.get(table.name)
    return make(one) if make else [(entry, {}) for entry in one.of(*table.kinds)]


def _read(source: str, one: OneSession, logged: Logged | None) -> Any:
    root, *path = source.split(".")
    value: Any = one.row if root == "session" else logged if root == "logged" else getattr(logged, root, None)
    for part in path:
        value = getattr(value, part, None)
    return value


def _series(column: Column, values: list[Any]) -> pd.Series:
    if column.dtype == TIME:
        return pd.Series(pd.to_datetime(values, utc=True)).astype(TIME)
    if column.unit == "JSON":
        values = [None if value is None else as_json(value) for value in values]
    return pd.Series(values, dtype=column.dtype)


def as_json(value: Any) -> str:
    """A nested value as one line of JSON with sorted keys."""
    return json.dumps(to_jsonable_python(value), sort_keys=True, ensure_ascii=False)


# --- rows that are more than one event each ----------------------------------------------------


def _session_rows(one: OneSession) -> Iterable[Row]:
    started = next(iter(one.of("session_started")), None)
    ended = one.row.ended_at
    yield (
        started,
        {
            "complete": one.row.status == "complete",
            "consented": bool(one.of("consent_given")),
            "blocks_reached": max([e.place.block or 0 for e in one.events], default=0),
            "blocks_finished": len({e.place.block for e in one.of("task_finished")}),
            "late_returns": len(one.of("returned_late")),
            "minutes": (ended - one.row.started_at).total_seconds() / 60 if ended else None,
        },
    )


def _event_rows(one: OneSession) -> Iterable[Row]:
    for entry in one.events:
        hidden = () if one.identifiers else IDENTIFYING.get(entry.kind, ())
        payload = to_jsonable_python(entry.event)
        yield entry, {"payload": {key: value for key, value in payload.items() if key not in hidden}}


def _message_rows(one: OneSession) -> Iterable[Row]:
    for entry in one.of("message_sent"):
        yield entry, {"words": len(entry.event.text.split())}


def _reply_rows(one: OneSession) -> Iterable[Row]:
    rated = {entry.event.turn_id: entry.event for entry in one.of("reply_rated")}
    for entry in one.of("reply_given", "reply_failed"):
        event, given = entry.event, entry.kind == "reply_given"
        recalled = event.recalled if given else ()
        rating = rated.get(event.turn_id) if given else None
        yield (
            entry,
            {
                **_memory(one, entry),
                "given": given,
                "text": event.text if given else event.partial,
                "words": len(event.text.split()) if given else 0,
                "recalled_used": sum(piece.used for piece in recalled),
                "recalled_dropped": sum(not piece.used for piece in recalled),
                "rating": rating.rating if rating else None,
                "rating_why": rating.why if rating else None,
            },
        )


def _recalled_rows(one: OneSession) -> Iterable[Row]:
    for entry in one.of("reply_given"):
        for number, piece in enumerate(entry.event.recalled, 1):
            yield entry, {"piece": number, **{name: getattr(piece, name) for name in PIECE}}


def _belief_rows(one: OneSession) -> Iterable[Row]:
    for entry, until in validity(one.of("belief_changed"), memories(dict(one.steps))):
        yield entry, {**_memory(one, entry), "until_seq": until}


def _memory(one: OneSession, entry: Logged) -> dict[str, Any]:
    step = one.steps.get(entry.place.step)
    return {"memory": step.memory if step else entry.place.step, "session_number": step.session if step else None}


def _response_rows(one: OneSession) -> Iterable[Row]:
    seen: dict[tuple[str, int | None], int] = {}
    for entry in one.of("questionnaire_answered"):
        key = (entry.event.instrument, entry.place.block)
        seen[key] = seen.get(key, 0) + 1
        order, step = list(entry.event.shown_order), one.steps.get(entry.place.step)
        for item, answer in entry.event.answers.items():
            number = isinstance(answer, int | float)
            yield (
                entry,
                {
                    "label": _label(one, entry.place.block),
                    "nth": seen[key],
                    "round": step.round if step else None,
                    "session_number": step.session if step else None,
                    "item": item,
                    "position": order.index(item) + 1 if item in order else None,
                    "value": answer if number else None,
                    "text": as_json(answer) if isinstance(answer, list) else None if number else answer,
                    "missing": answer is None,
                },
            )


def _step_rows(one: OneSession) -> Iterable[Row]:
    entered, finished = _first(one, "step_entered", "step"), _first(one, "step_finished", "step")
    for step in dict.fromkeys(e.place.step for e in one.of("step_entered", "step_finished")):
        known = one.steps.get(step)
        yield (
            entered.get(step) or finished[step],
            {
                "kind": known.kind if known else None,
                "instrument": known.instrument if known else None,
                **_span(entered.get(step), finished.get(step), "seconds", 1),
            },
        )


def _trial_rows(one: OneSession) -> Iterable[Row]:
    finished = _first(one, "task_finished", "step")
    for entry in _first(one, "task_started", "step").values():
        end, step = finished.get(entry.place.step), one.steps.get(entry.place.step)
        yield (
            entry,
            {
                "round": step.round if step else None,
                "label": _label(one, entry.place.block),
                "by": end.event.by if end else None,
                **_span(entry, end, "minutes", 60),
            },
        )


def _judgement_rows(one: OneSession) -> Iterable[Row]:
    first: dict[str, Logged] = {}
    for entry in one.of("belief_changed"):
        first.setdefault(entry.event.belief.id, entry)
    for entry in one.of("belief_judged"):
        origin = first.get(entry.event.belief_id)
        place = origin.place if origin else entry.place
        mechanism = origin.event.mechanism if origin else None
        where = {"block": place.block, "condition": place.condition, "task": place.task}
        yield entry, {**where, "mechanism": mechanism}


def _solution_rows(one: OneSession) -> Iterable[Row]:
    for entry in one.of("solution_updated"):
        yield entry, {"options": sum(len(section.option_ids) for section in entry.event.sections)}


def _first(one: OneSession, kind: str, where: str) -> dict[Any, Logged]:
    """The first event of a kind at each place, in order."""
    found: dict[Any, Logged] = {}
    for entry in one.of(kind):
        found.setdefault(getattr(entry.place, where), entry)
    return found


def _label(one: OneSession, block: int | None) -> str | None:
    return one.protocol.design.labels[block - 1] if block else None


def _span(start: Logged | None, end: Logged | None, name: str, seconds: float) -> dict[str, Any]:
    length = (end.at - start.at).total_seconds() / seconds if start and end else None
    return {"started_at": start.at if start else None, "finished_at": end.at if end else None, name: length}


ROWS: dict[str, Callable[[OneSession], Iterable[Row]]] = {
    "sessions": _session_rows,
    "events": _event_rows,
    "messages": _message_rows,
    "replies": _reply_rows,
    "recalled": _recalled_rows,
    "beliefs": _belief_rows,
    "responses": _response_rows,
    "steps": _step_rows,
    "trials": _trial_rows,
    "judgements": _judgement_rows,
    "solutions": _solution_rows,
}
"""How a session becomes the rows of a frame, where that is not one row per event."""
