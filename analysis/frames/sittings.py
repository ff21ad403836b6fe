"""The frames of whole sessions, and of everything that happened in them."""

from collections.abc import Iterable, Mapping
from typing import Any

from analysis.columns import COUNT, NUMBER, TEXT, TIME, WHEN, WHERE, WHO, YES_NO, Column, Table
from analysis.frames.making import json_line
from analysis.frames.one_session import OneSession, Row

IDENTIFYING = {"session_started": ("url_params", "user_agent")}
"""Parts of payloads that could name a participant; blank unless identifiers are asked for."""


def session_rows(one: OneSession) -> Iterable[Row]:
    """One row per session, also if nothing happened in it."""
    started = next(iter(one.of("session_started")), None)
    ended = one.row.ended_at
    yield (
        started,
        {
            "complete": one.row.status == "complete",
            "consented": bool(one.of("consent_given")),
            "blocks_reached": max([e.block or 0 for e in one.events], default=0),
            "blocks_finished": len({e.block for e in one.of("task_finished")}),
            "late_returns": len(one.of("returned_late")),
            "minutes": (ended - one.row.started_at).total_seconds() / 60 if ended else None,
        },
    )


SESSIONS = Table(
    "sessions",
    ("session_started",),
    (
        *WHO,
        Column("status", TEXT, "", "running, or how it ended: complete, withdrawn, rejected …", "session.status"),
        Column("complete", YES_NO, "", "went through to the end", "derived: status"),
        Column("consented", YES_NO, "", "agreed to the consent text", "derived: consent_given"),
        Column("cell", COUNT, "", "cell of the design: order of conditions × rotation of tasks", "session.cell"),
        Column("levels", TEXT, "JSON", "levels of the strata, as the link said", "event.levels"),
        Column("conditions", TEXT, "JSON", "conditions in order of presentation", "session.conditions"),
        Column("tasks", TEXT, "JSON", "tasks in order of presentation", "session.tasks"),
        Column("blocks_reached", COUNT, "blocks", "highest block with an event", "derived: place of events"),
        Column("blocks_finished", COUNT, "blocks", "blocks whose task was finished", "derived: task_finished"),
        Column("late_returns", COUNT, "", "how often the participant came back late", "derived: returned_late"),
        Column("allocation_index", COUNT, "", "rank of arrival", "session.allocation_index"),
        Column("seed", COUNT, "", "seed of the study when allocated", "session.seed"),
        Column("protocol_hash", TEXT, "", "SHA-256 of the protocol", "session.protocol_hash"),
        Column("study_version", COUNT, "", "number of the study's version it ran on", "session.study_version"),
        Column("model", TEXT, "", "chat model", "session.model"),
        Column("language", TEXT, "", "language of all texts; empty: the protocol's own", "session.language"),
        Column("app_version", TEXT, "", "version of Atelier", "session.app_version"),
        Column("started_at", TIME, "UTC", "arrival", "session.started_at"),
        Column("ended_at", TIME, "UTC", "end; empty while running", "session.ended_at"),
        Column("minutes", NUMBER, "min", "arrival to end, pauses included", "derived: ended_at − started_at"),
        Column("platform_id", TEXT, "", "id on the platform", "session.platform_id", identifying=True),
        Column("url_params", TEXT, "JSON", "parameters of the link", "event.url_params", identifying=True),
        Column("user_agent", TEXT, "", "browser", "event.user_agent", identifying=True),
    ),
    session_rows,
)


def event_rows(one: OneSession) -> Iterable[Row]:
    """Every event with its payload."""
    for entry in one.events:
        hidden = () if one.identifiers else IDENTIFYING.get(entry.kind, ())
        yield entry, {"payload": _without(hidden, entry.payload) if hidden else entry.text}


def _without(hidden: Iterable[str], payload: Mapping[str, Any]) -> bytes:
    return json_line({name: value for name, value in payload.items() if name not in hidden})


EVENTS = Table(
    "events",
    (),
    (
        *WHO,
        *WHEN,
        Column("client_at", TIME, "UTC", "browser time, where reported", "logged.client_at"),
        Column("kind", TEXT, "", "kind of event", "logged.kind"),
        *WHERE,
        Column("payload", TEXT, "JSON", "what happened; parts that identify people are left out", "event"),
    ),
    event_rows,
)
