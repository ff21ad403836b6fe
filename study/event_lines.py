"""Events as lines to read: what happened, in a few words. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from study.log import Logged

GROUPS: dict[str, tuple[str, ...]] = {
    "Conversation": (
        "message_sent", "reply_started", "reply_given", "reply_failed", "retry_requested", "reply_rated",
    ),
    "Plan and controls": ("solution_updated", "control_changed", "replanned"),
    "Beliefs": (
        "belief_changed", "belief_previewed", "belief_refused", "page_written", "belief_judged", "turn_learned",
        "learning_failed",
    ),
    "Model": ("model_called",),
    "Questionnaires": ("questionnaire_answered", "check_failed"),
    "Browser": ("client_reported", "tab_changed"),
}  # fmt: skip
REST = "Steps"
"""The group of every kind that is in no other."""
HIDDEN_FROM_BLIND = frozenset(
    ("model_called", "belief_changed", "belief_previewed", "belief_refused", "page_written", "turn_learned",
     "learning_failed", "replanned")
)  # fmt: skip
"""What no participant sees either, and what says which condition it is."""
REASONED = ("session_rejected",)
"""Why, in a researcher's words: they may name the condition."""
LONGEST = 90

_SAID: dict[str, Callable[[Any], str]] = {
    "language_chosen": lambda e: e.new,
    "step_finished": lambda e: {"time_limit": "time was over", "researcher": "passed over in a preview"}.get(e.by, ""),
    "questionnaire_answered": lambda e: e.instrument,
    "check_failed": lambda e: f"{e.instrument}, attempt {e.attempt}",
    "session_ended": lambda e: e.ending,
    "session_rejected": lambda e: e.reason,
    "returned_late": lambda e: f"after {e.minutes_away:g} minutes",
    "client_reported": lambda e: e.what,
    "message_sent": lambda e: e.text,
    "reply_given": lambda e: e.text,
    "reply_failed": lambda e: f"{e.outcome} {e.error}",
    "reply_rated": lambda e: f"{e.rating} {e.why}",
    "model_called": lambda e: f"{e.purpose}, {e.model}, {e.duration_ms:.0f} ms, {e.outcome}",
    "solution_updated": lambda e: f"version {e.version}",
    "control_changed": lambda e: f"{e.control}: {e.action}",
    "belief_changed": lambda e: f"{e.action}: {e.belief.text}",
    "belief_judged": lambda e: f"{e.verdict}{', not comfortable' if e.comfortable is False else ''}: {e.belief_text}",
    "belief_refused": lambda e: e.reason,
    "learning_failed": lambda e: e.error,
    "page_written": lambda e: f"version {e.version}",
}


@dataclass(frozen=True)
class Wanted:
    """Which events are listed: of these groups (none: all but the browser's), of one step, with these words in them."""

    groups: tuple[str, ...] = ()
    step: str = ""
    words: str = ""
    blind: bool = False


def group_of(kind: str) -> str:
    """Under which heading a kind of event stands."""
    return next((name for name, kinds in GROUPS.items() if kind in kinds), REST)


def name_of(kind: str) -> str:
    """A kind as words."""
    return kind.replace("_", " ").capitalize()


def detail(entry: Logged, blind: bool = False) -> str:
    """What an event says, in full; empty where its kind says it all, and where it may name the condition to who is blinded."""
    say = None if blind and entry.kind in REASONED else _SAID.get(entry.kind)
    return " ".join(say(entry.event).split()) if say else ""


def short(text: str) -> str:
    """A text cut to a line."""
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def clock(at: datetime, start: datetime) -> str:
    """Minutes and seconds since the start; hours where it took so long."""
    minutes, seconds = divmod(int((at - start).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def seconds_of(text: str) -> float | None:
    """“1:30”, “0:01:30” or “90” in seconds; None if it is no time."""
    parts = text.strip().split(":")
    if not text.strip() or len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return float(sum(int(part) * 60**power for power, part in enumerate(reversed(parts))))


def visible(every: Iterable[Logged], blind: bool) -> list[Logged]:
    """What somebody may see of a session: blinded, only what says nothing of the condition."""
    return [entry for entry in every if not (blind and entry.kind in HIDDEN_FROM_BLIND)]


def nearest(seen: Sequence[Logged], seq: int) -> int:
    """The number of the last event at or before this one that may be seen; of the first, if there is none."""
    return max((entry.seq for entry in seen if entry.seq <= seq), default=seen[0].seq)


def chosen(every: Sequence[Logged], wanted: Wanted) -> list[Logged]:
    """The events that are wanted, in order."""
    words = wanted.words.casefold().split()
    groups = wanted.groups or tuple(name for name in (*GROUPS, REST) if name != "Browser")
    return [
        entry
        for entry in every
        if group_of(entry.kind) in groups
        and (not wanted.step or entry.place.step == wanted.step)
        and all(word in f"{name_of(entry.kind)} {detail(entry, wanted.blind)}".casefold() for word in words)
    ]
