"""What a column of a frame is, and the columns that many frames have.

Each frame declares its columns as data in `analysis/frames/`, beside the function that makes its rows. To add a
column: one line there. The frames, the exports and the data dictionary follow by themselves.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

TEXT, NUMBER, COUNT, YES_NO, TIME = "str", "float64", "int64", "bool", "datetime64[us, UTC]"


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
class Table:
    """The columns of one frame and the kinds of event its rows come from (none: every kind).

    A row stands for one event, unless `rows` says how a session becomes rows: for each the event it is read from
    and the values of its derived columns.
    """

    name: str
    kinds: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Callable[[Any], Iterable[tuple[Any, dict[str, Any]]]] | None = None

    def shown(self, identifiers: bool = False) -> tuple[Column, ...]:
        """Its columns, without the identifying ones unless asked for."""
        return tuple(c for c in self.columns if identifiers or not c.identifying)


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
LABEL = Column("label", TEXT, "", "what the condition was called, in the protocol's language", "derived: design.labels")
SPAN = (
    Column("started_at", TIME, "UTC", "when it was first shown", "derived: first event"),
    Column("finished_at", TIME, "UTC", "when it was done; empty if it never was", "derived: last event"),
)
MEMORY = (
    Column("memory", TEXT, "", "memory of the task: what tasks with the same one learn is shared", "derived: timeline"),
    Column("session_number", NUMBER, "", "session of a study over several days, from 1", "derived: timeline"),
)
TOKENS = (
    Column("input_tokens", NUMBER, "tokens", "as the provider counted them", "event.input_tokens"),
    Column("output_tokens", NUMBER, "tokens", "as the provider counted them", "event.output_tokens"),
    Column("first_token_ms", NUMBER, "ms", "time to the first token, where reported", "event.first_token_ms"),
    Column("duration_ms", NUMBER, "ms", "from the call to the last token", "event.duration_ms"),
)
