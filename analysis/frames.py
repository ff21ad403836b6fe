"""Events → data frames. What a column is and where it comes from is declared as data.

To add a column: one line in a table below. To add a table: one `Table` and one field of `Frames`.
A new kind of event needs neither: it stands in `events` with its whole payload.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd
from pydantic_core import to_jsonable_python

from study.flow import Assignment, Step, plan
from study.log import Logged
from study.protocol import Protocol
from study.records import Record
from study.tables import Sitting

TEXT, NUMBER, COUNT, YES_NO, TIME = "str", "float64", "int64", "bool", "datetime64[us, UTC]"
IDENTIFYING = {"session_started": ("url_params", "user_agent")}
"""Parts of payloads that could name a participant; blank unless identifiers are asked for."""


@dataclass(frozen=True)
class Column:
    """One column: plain pandas dtype, unit (`JSON` for nested values), meaning and origin.

    `source` is the path it is read from (`session`, `logged`, `place`, `event`) or `derived`.
    """

    name: str
    dtype: str
    unit: str
    description: str
    source: str
    identifying: bool = False


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
class Table:
    """One frame: a row per event of these kinds, or whatever `rows` makes of a session."""

    name: str
    kinds: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Callable[[OneSession], Iterable[Row]] | None = None

    def shown(self, identifiers: bool = False) -> tuple[Column, ...]:
        """Its columns, without the identifying ones unless asked for."""
        return tuple(c for c in self.columns if identifiers or not c.identifying)


@dataclass(frozen=True)
class Frames:
    """The record as data frames; `data_dictionary()` explains every column."""

    sessions: pd.DataFrame
    events: pd.DataFrame
    messages: pd.DataFrame
    replies: pd.DataFrame
    model_calls: pd.DataFrame
    responses: pd.DataFrame
    beliefs: pd.DataFrame
    controls: pd.DataFrame
    steps: pd.DataFrame
    trials: pd.DataFrame
    judgements: pd.DataFrame
    solutions: pd.DataFrame

    def items(self) -> list[tuple[str, pd.DataFrame]]:
        """(name, frame) of each, in this order."""
        return [(f.name, getattr(self, f.name)) for f in fields(self)]


def frames(record: Record, identifiers: bool = False) -> Frames:
    """Every frame of a study; pseudonymous unless `identifiers` is set."""
    events: dict[str, list[Logged]] = {}
    for entry in record.events:
        events.setdefault(entry.session_id, []).append(entry)
    sessions = []
    for row in record.sessions:
        steps = {s.id: s for s in plan(record.protocol, Assignment(tuple(row.conditions), tuple(row.tasks)))}
        sessions.append(OneSession(row, tuple(events.get(row.id, ())), record.protocol, identifiers, steps))
    return Frames(**{table.name: _frame(table, sessions, identifiers) for table in TABLES})


def data_dictionary() -> pd.DataFrame:
    """One row per column of every frame: dtype, unit, meaning, source."""
    rows = []
    for table in TABLES:
        kinds = " | ".join(table.kinds) or "every kind"
        for c in table.columns:
            source = c.source.replace("event", kinds, 1) if c.source.startswith("event") else c.source
            rows.append((table.name, c.name, c.dtype, c.unit, c.description, source, c.identifying))
    return pd.DataFrame(rows, columns=["frame", "column", "dtype", "unit", "description", "source", "identifying"])


def frame_of(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with exactly the declared columns and dtypes, also when there are none."""
    listed = list(rows)
    return pd.DataFrame({c.name: _series(c, [row[c.name] for row in listed]) for c in columns})


def _frame(table: Table, sessions: Iterable[OneSession], identifiers: bool) -> pd.DataFrame:
    columns = table.shown(identifiers)
    rows = [
        {c.name: derived[c.name] if c.name in derived else _read(c.source, one, logged) for c in columns}
        for one in sessions
        for logged, derived in (table.rows(one) if table.rows else ((e, {}) for e in one.of(*table.kinds)))
    ]
    return frame_of(columns, rows)


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
    yield started, {
        "complete": one.row.status == "complete",
        "consented": bool(one.of("consent_given")),
        "blocks_reached": max([e.place.block or 0 for e in one.events], default=0),
        "blocks_finished": len({e.place.block for e in one.of("task_finished")}),
        "minutes": (ended - one.row.started_at).total_seconds() / 60 if ended else None,
    }


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
        yield entry, {
            "given": given,
            "text": event.text if given else event.partial,
            "words": len(event.text.split()) if given else 0,
            "recalled_used": sum(piece.used for piece in recalled),
            "recalled_dropped": sum(not piece.used for piece in recalled),
            "rating": rating.rating if rating else None,
            "rating_why": rating.why if rating else None,
        }


def _response_rows(one: OneSession) -> Iterable[Row]:
    seen: dict[tuple[str, int | None], int] = {}
    for entry in one.of("questionnaire_answered"):
        key = (entry.event.instrument, entry.place.block)
        seen[key] = seen.get(key, 0) + 1
        order = list(entry.event.shown_order)
        for item, answer in entry.event.answers.items():
            number = isinstance(answer, int | float)
            yield entry, {
                "label": _label(one, entry.place.block),
                "occasion": seen[key],
                "item": item,
                "position": order.index(item) + 1 if item in order else None,
                "value": answer if number else None,
                "text": as_json(answer) if isinstance(answer, list) else None if number else answer,
                "missing": answer is None,
            }


def _step_rows(one: OneSession) -> Iterable[Row]:
    entered = {e.place.step: e for e in reversed(one.of("step_entered"))}
    finished = {e.place.step: e for e in reversed(one.of("step_finished"))}
    for step in dict.fromkeys(e.place.step for e in one.of("step_entered", "step_finished")):
        known = one.steps.get(step)
        yield entered.get(step) or finished[step], {
            "kind": known.kind if known else None,
            "instrument": known.instrument if known else None,
            **_span(entered.get(step), finished.get(step), "seconds", 1),
        }


def _trial_rows(one: OneSession) -> Iterable[Row]:
    finished = {e.place.block: e for e in reversed(one.of("task_finished"))}
    for entry in {e.place.block: e for e in reversed(one.of("task_started"))}.values():
        end = finished.get(entry.place.block)
        yield entry, {
            "label": _label(one, entry.place.block),
            "by": end.event.by if end else None,
            **_span(entry, end, "minutes", 60),
        }


def _judgement_rows(one: OneSession) -> Iterable[Row]:
    first: dict[str, Logged] = {}
    for entry in one.of("belief_changed"):
        first.setdefault(entry.event.belief.id, entry)
    for entry in one.of("belief_judged"):
        origin = first.get(entry.event.belief_id)
        place = origin.place if origin else entry.place
        mechanism = origin.event.mechanism if origin else None
        yield entry, {"block": place.block, "condition": place.condition, "task": place.task, "mechanism": mechanism}


def _solution_rows(one: OneSession) -> Iterable[Row]:
    for entry in one.of("solution_updated"):
        yield entry, {"options": sum(len(section.option_ids) for section in entry.event.sections)}


def _label(one: OneSession, block: int | None) -> str | None:
    return one.protocol.design.labels[block - 1] if block else None


def _span(start: Logged | None, end: Logged | None, name: str, seconds: float) -> dict[str, Any]:
    length = (end.at - start.at).total_seconds() / seconds if start and end else None
    return {"started_at": start.at if start else None, "finished_at": end.at if end else None, name: length}


# --- the tables --------------------------------------------------------------------------------

WHO = (
    Column("session_id", TEXT, "", "session (one sitting)", "session.id"),
    Column("participant", TEXT, "", "pseudonym of the participant", "session.participant"),
    Column("simulated", YES_NO, "", "a simulated participant, not a person", "session.simulated"),
)
WHEN = (
    Column("event_id", TEXT, "", "event this row was read from", "logged.id"),
    Column("seq", COUNT, "", "number of the event in its session", "logged.seq"),
    Column("at", TIME, "UTC", "server time", "logged.at"),
)
WHERE = (
    Column("step", TEXT, "", "step that occupied the screen", "place.step"),
    Column("block", NUMBER, "", "period, from 1; empty outside blocks", "place.block"),
    Column("condition", TEXT, "", "condition id; empty outside blocks", "place.condition"),
    Column("task", TEXT, "", "task id; empty outside blocks", "place.task"),
)
PLACE = WHO + WHEN + WHERE
LABEL = Column("label", TEXT, "", "what the participant read for the condition", "derived: design.labels")
SPAN = (
    Column("started_at", TIME, "UTC", "when it was first shown", "derived: time of the first event"),
    Column("finished_at", TIME, "UTC", "when it was done; empty if it never was", "derived: time of the last event"),
)
TOKENS = (
    Column("input_tokens", NUMBER, "tokens", "as the provider counted them", "event.input_tokens"),
    Column("output_tokens", NUMBER, "tokens", "as the provider counted them", "event.output_tokens"),
    Column("first_token_ms", NUMBER, "ms", "time to the first token, where reported", "event.first_token_ms"),
    Column("duration_ms", NUMBER, "ms", "from the call to the last token", "event.duration_ms"),
)

SESSIONS = Table("sessions", ("session_started",), (
    *WHO,
    Column("status", TEXT, "", "running, complete, refused_consent or withdrawn", "session.status"),
    Column("complete", YES_NO, "", "went through to the end", "derived: status"),
    Column("consented", YES_NO, "", "agreed to the consent text", "derived: consent_given"),
    Column("cell", COUNT, "", "cell of the design: order of conditions × rotation of tasks", "session.cell"),
    Column("conditions", TEXT, "JSON", "conditions in order of presentation", "session.conditions"),
    Column("tasks", TEXT, "JSON", "tasks in order of presentation", "session.tasks"),
    Column("blocks_reached", COUNT, "blocks", "highest block with an event", "derived: place of events"),
    Column("blocks_finished", COUNT, "blocks", "blocks whose task was finished", "derived: task_finished"),
    Column("allocation_index", COUNT, "", "rank of arrival", "session.allocation_index"),
    Column("seed", COUNT, "", "seed of the study when allocated", "session.seed"),
    Column("protocol_hash", TEXT, "", "SHA-256 of the protocol", "session.protocol_hash"),
    Column("model", TEXT, "", "chat model", "session.model"),
    Column("app_version", TEXT, "", "version of Atelier", "session.app_version"),
    Column("started_at", TIME, "UTC", "arrival", "session.started_at"),
    Column("ended_at", TIME, "UTC", "end; empty while running", "session.ended_at"),
    Column("minutes", NUMBER, "min", "arrival to end, pauses included", "derived: ended_at − started_at"),
    Column("platform_id", TEXT, "", "id on the recruitment platform", "session.platform_id", identifying=True),
    Column("url_params", TEXT, "JSON", "parameters of the link", "event.url_params", identifying=True),
    Column("user_agent", TEXT, "", "browser", "event.user_agent", identifying=True),
), _session_rows)

EVENTS = Table("events", (), (
    *WHO, *WHEN,
    Column("client_at", TIME, "UTC", "browser time, where reported", "logged.client_at"),
    Column("kind", TEXT, "", "kind of event", "logged.kind"),
    *WHERE,
    Column("payload", TEXT, "JSON", "what happened; parts that identify people are left out", "event"),
), _event_rows)

MESSAGES = Table("messages", ("message_sent",), (
    *PLACE,
    Column("message_id", TEXT, "", "message", "event.message_id"),
    Column("text", TEXT, "", "what the participant wrote", "event.text"),
    Column("words", COUNT, "words", "parts between white space", "derived: text"),
), _message_rows)

REPLIES = Table("replies", ("reply_given", "reply_failed"), (
    *PLACE,
    Column("turn_id", TEXT, "", "turn (message + reply)", "event.turn_id"),
    Column("message_id", TEXT, "", "message it answers", "event.message_id"),
    Column("given", YES_NO, "", "a reply was shown; otherwise it failed", "derived: kind"),
    Column("outcome", TEXT, "", "how it ended", "event.outcome"),
    Column("text", TEXT, "", "reply as shown; of a failed one what had arrived", "derived: text or partial"),
    Column("words", COUNT, "words", "parts between white space of a reply given", "derived: text"),
    Column("model", TEXT, "", "chat model that answered", "event.model"),
    Column("call_id", TEXT, "", "call in model_calls", "event.call_id"),
    *TOKENS,
    Column("recalled", TEXT, "JSON", "what the assistant was told about the participant, and why", "event.recalled"),
    Column("recalled_used", COUNT, "pieces", "recalled pieces that were used", "derived: recalled"),
    Column("recalled_dropped", COUNT, "pieces", "recalled pieces that were dropped", "derived: recalled"),
    Column("rating", TEXT, "", "newest rating of the turn: up, down or empty", "derived: reply_rated"),
    Column("rating_why", TEXT, "", "reason given with it", "derived: reply_rated"),
    Column("error", TEXT, "", "why it failed", "event.error"),
), _reply_rows)

MODEL_CALLS = Table("model_calls", ("model_called",), (
    *PLACE,
    Column("call_id", TEXT, "", "call", "event.call_id"),
    Column("purpose", TEXT, "", "what it was for", "event.purpose"),
    Column("turn_id", TEXT, "", "turn it belongs to", "event.turn_id"),
    Column("model", TEXT, "", "chat model", "event.model"),
    Column("parameters", TEXT, "JSON", "settings of the call", "event.parameters"),
    Column("messages", TEXT, "JSON", "prompt as sent", "event.messages"),
    Column("raw", TEXT, "", "answer as received", "event.raw"),
    Column("parsed", TEXT, "JSON", "structured answer", "event.parsed"),
    *TOKENS,
    Column("retries", COUNT, "", "attempts before this outcome", "event.retries"),
    Column("outcome", TEXT, "", "how it ended", "event.outcome"),
    Column("error", TEXT, "", "why it failed", "event.error"),
))

RESPONSES = Table("responses", ("questionnaire_answered",), (
    *PLACE, LABEL,
    Column("instrument", TEXT, "", "instrument id", "event.instrument"),
    Column("instrument_version", TEXT, "", "its version", "event.instrument_version"),
    Column("occasion", COUNT, "", "1 for the first time it was answered in this block, 2 …", "derived: order of events"),
    Column("item", TEXT, "", "item id", "derived: answers"),
    Column("position", NUMBER, "", "place on the page, from 1", "derived: shown_order"),
    Column("value", NUMBER, "scale", "raw answer of a rating or number, not reversed", "derived: answers"),
    Column("text", TEXT, "", "answer of a choice or text; a list as JSON", "derived: answers"),
    Column("missing", YES_NO, "", "item was shown and skipped", "derived: answers"),
), _response_rows)

BELIEFS = Table("beliefs", ("belief_changed",), (
    *PLACE,
    Column("mechanism", TEXT, "", "mechanism that holds it", "event.mechanism"),
    Column("by", TEXT, "", "who changed it: person or mechanism", "event.by"),
    Column("action", TEXT, "", "what was done", "event.action"),
    Column("turn_id", TEXT, "", "turn that led to it", "event.turn_id"),
    Column("belief_id", TEXT, "", "belief", "event.belief.id"),
    Column("text", TEXT, "", "what is held from now on", "event.belief.text"),
    Column("kind", TEXT, "", "need, preference, fact, style or constraint", "event.belief.kind"),
    Column("source", TEXT, "", "stated, inferred, edited or asked", "event.belief.source"),
    Column("status", TEXT, "", "open, held, declined, retracted or outdated", "event.belief.status"),
    Column("confidence", NUMBER, "0–1", "1: stated by the person", "event.belief.confidence"),
    Column("importance", NUMBER, "0–1", "weight when recalled", "event.belief.importance"),
    Column("durability", NUMBER, "0–1", "1: never fades", "event.belief.durability"),
    Column("scope", TEXT, "", "trial, block, session or study", "event.belief.scope"),
    Column("topic", TEXT, "", "what it is about", "event.belief.topic"),
    Column("reasoning", TEXT, "", "why it was inferred", "event.belief.reasoning"),
    Column("evidence", TEXT, "JSON", "ids of the events it rests on", "event.belief.evidence"),
    Column("supersedes", TEXT, "", "belief it replaces", "event.belief.supersedes"),
))

CONTROLS = Table("controls", ("control_changed",), (
    *PLACE,
    Column("mechanism", TEXT, "", "mechanism that offers the control", "event.mechanism"),
    Column("control", TEXT, "", "control id", "event.control"),
    Column("action", TEXT, "", "what the participant did", "event.action"),
    Column("old", TEXT, "JSON", "value before", "event.old"),
    Column("new", TEXT, "JSON", "value after", "event.new"),
))

STEPS = Table("steps", ("step_entered", "step_finished"), (
    *WHO, *WHERE,
    Column("kind", TEXT, "", "kind of step", "derived: protocol"),
    Column("instrument", TEXT, "", "instrument of a questionnaire", "derived: protocol"),
    *SPAN,
    Column("seconds", NUMBER, "s", "first shown to finished, pauses included", "derived: finished_at − started_at"),
), _step_rows)

TRIALS = Table("trials", ("task_started", "task_finished"), (
    *WHO, *WHERE, LABEL, *SPAN,
    Column("minutes", NUMBER, "min", "task shown to task finished, pauses included", "derived: finished_at − started_at"),
    Column("by", TEXT, "", "participant or time_limit", "derived: task_finished.by"),
), _trial_rows)

JUDGEMENTS = Table("judgements", ("belief_judged",), (
    *WHO, *WHEN,
    Column("step", TEXT, "", "step that occupied the screen", "place.step"),
    Column("block", NUMBER, "", "block in which the belief arose", "derived: belief_changed"),
    Column("condition", TEXT, "", "condition in which the belief arose", "derived: belief_changed"),
    Column("task", TEXT, "", "task in which the belief arose", "derived: belief_changed"),
    Column("mechanism", TEXT, "", "mechanism that held it", "derived: belief_changed"),
    Column("belief_id", TEXT, "", "belief", "event.belief_id"),
    Column("belief_text", TEXT, "", "text the participant judged", "event.belief_text"),
    Column("verdict", TEXT, "", "right, wrong or not_comfortable", "event.verdict"),
), _judgement_rows)

SOLUTIONS = Table("solutions", ("solution_updated",), (
    *PLACE,
    Column("version", COUNT, "", "version of the solution", "event.version"),
    Column("cause", TEXT, "", "what led to it", "event.cause"),
    Column("options", COUNT, "options", "chosen options in all sections", "derived: sections"),
    Column("sections", TEXT, "JSON", "the solution", "event.sections"),
), _solution_rows)

TABLES = (
    SESSIONS, EVENTS, MESSAGES, REPLIES, MODEL_CALLS, RESPONSES,
    BELIEFS, CONTROLS, STEPS, TRIALS, JUDGEMENTS, SOLUTIONS,
)
