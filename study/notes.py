"""Notes of researchers to a participant: which are still to be read, and putting one away."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Engine

from study.events import NoteRead
from study.log import Entry, Logged, append


class Note(NamedTuple):
    """One note that the participant has not put away."""

    id: str
    text: str


def unread(logged: Iterable[Logged]) -> tuple[Note, ...]:
    """The notes among these events that were not put away, the oldest first."""
    events = [entry.event for entry in logged if entry.kind in ("note_sent", "note_read")]
    away = {event.note_id for event in events if event.kind == "note_read"}
    return tuple(Note(e.note_id, e.text) for e in events if e.kind == "note_sent" and e.note_id not in away)


def put_away(engine: Engine, session_id: str, note_id: str, lease: str) -> None:
    """The participant has read a note; it is not shown again."""
    append(engine, session_id, [Entry(NoteRead(note_id=note_id), once_key=f"note_read:{note_id}")], lease)
