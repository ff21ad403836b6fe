"""A session as it was after one of its events: where the participant stood, and what they were being written. Pure.

Screens of the past are drawn from this by the same functions that drew them then; nothing here knows how a screen looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from study.log import Logged, Mark
from study.position import MARKS, SAID, Position, position_after
from study.protocol import Protocol
from study.tables import Sitting

NOBODY = "nobody"
"""The lease of a session of the past: no tab ever holds it, so that nothing can be written with it."""
ENDED = ("session_ended", "session_rejected")


@dataclass(frozen=True)
class Moment:
    """What was so after the last of `events`, at the time `at`, which is before the next one.

    `sitting` and `protocol` (in the language of the session) as they were then; `writing`: the reply under way, as far
    as it had come.
    """

    protocol: Protocol
    sitting: Sitting
    events: tuple[Logged, ...]
    at: datetime
    writing: str = ""

    @cached_property
    def position(self) -> Position:
        """The step that was due."""
        marks = [Mark(entry.kind, entry.place.step, entry.at) for entry in self.of(*MARKS)]
        return position_after(self.protocol, self.sitting, marks, self.of(*SAID), self.at)

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return self.events[-1].seq

    def of(self, *kinds: str) -> list[Logged]:
        """The events of these kinds so far."""
        return [entry for entry in self.events if entry.kind in kinds]

    def at_step(self, step: str) -> list[Logged]:
        """The events of one step so far."""
        return [entry for entry in self.events if entry.place.step == step]


def moment(
    protocol_in: Callable[[str], Protocol], row: Sitting, every: Sequence[Logged], seq: int, at: datetime | None = None
) -> Moment:
    """The moment after event `seq` of a session with `every` event, or later up to the next one.

    `protocol_in` gives the protocol of the session by its language. A number that is out of range leads to the nearest.
    """
    count = min(max(seq, 1), len(every))
    events = tuple(every[:count])
    soonest = events[-1].at
    latest = every[count].at if count < len(every) else None
    time = max(soonest, at or soonest)
    time = min(time, latest) if latest else time
    language = _language(row, every, count)
    return Moment(protocol_in(language), _as_it_was(row, events, language), events, time, _writing(every, count, time))


def last_before(every: Sequence[Logged], seconds: float) -> int:
    """The number of the last event in the first seconds of a session; the first one happens at 0."""
    until = every[0].at + timedelta(seconds=seconds)
    return max((entry.seq for entry in every if entry.at <= until), default=every[0].seq)


def _as_it_was(row: Sitting, events: Sequence[Logged], language: str) -> Sitting:
    ends = [getattr(entry.event, "ending", "rejected") for entry in events if entry.kind in ENDED]
    then = {"status": ends[-1] if ends else "running", "lease": NOBODY, "language": language, "seen_at": events[-1].at}
    return Sitting(**{**row.model_dump(), **then})


def _language(row: Sitting, every: Sequence[Logged], count: int) -> str:
    """What the session was in then: the last choice so far, else what the first choice changed, else what it is in."""
    chosen = [entry for entry in every if entry.kind == "language_chosen"]
    so_far = [entry for entry in chosen if entry.seq <= every[count - 1].seq]
    if so_far:
        return str(so_far[-1].event.new)
    return str(chosen[0].event.old) if chosen else row.language


def _writing(every: Sequence[Logged], count: int, at: datetime) -> str:
    """The reply that had begun and was not there yet: of its text as much as of its time had gone by.

    The record holds when the first word came and when the last; how fast words came in between it does not.
    """
    begun = next(
        (e for e in reversed(every[:count]) if e.kind in ("reply_started", "reply_given", "reply_failed")), None
    )
    if begun is None or begun.kind != "reply_started":
        return ""
    given = next((e for e in every[count:] if e.kind == "reply_given" and e.event.turn_id == begun.event.turn_id), None)
    if given is None:
        return ""
    first = timedelta(milliseconds=given.event.first_token_ms or 0)
    whole = max(timedelta(milliseconds=given.event.duration_ms) - first, timedelta(milliseconds=1))
    share = min(1.0, max(0.0, (at - begun.at - first) / whole))
    text = str(given.event.text)
    return text[: int(len(text) * share)]
