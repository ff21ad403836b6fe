"""What a researcher who watches a study should know at once: what is wrong, where, and what to do. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

Kind = Literal[
    "waiting", "stuck", "session_failing", "model_failing", "budget", "full", "nearly_full", "cell_full",
    "imbalance", "quiet",
]  # fmt: skip

STUCK_MINUTES = 10.0
"""Longer than anybody takes to read a reply and think about the next message; telemetry counts as activity."""
WAITING_GRACE_SECONDS = 20.0
"""A reply that times out is noted as failed within this; if it still waits then, nobody works on it."""
FAILURES = 3
"""One failed call happens, and is tried again by itself; three in a short time are no accident."""
FAILING_SHARE = 0.2
"""Of a whole study, three failures in hundreds of calls are none; one call in five is felt by everybody."""
NEARLY_FULL = 0.9
"""Time enough to close the door at the recruiter before people are sent away from it."""
BUDGET_WARNING = 0.8
"""What is under way will still cost something."""
IMBALANCE_PLACES, IMBALANCE_SHARE = 2, 0.2
"""Allocation itself keeps cells within one place; two more, or a fifth of a large cell, come of people leaving."""
QUIET_HOURS = 24.0
"""A day and a night without anybody is longer than any time zone sleeps."""


@dataclass(frozen=True)
class Alert:
    """`what` happened, `where` (a participant, a cell, or nothing: the study), and what `todo`."""

    kind: Kind
    what: str
    todo: str
    where: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class SessionState:
    """What is judged of one session under way. `waiting_since`: a reply is due since then.

    `reply_timeout` in seconds; `recent_calls` and `recent_failed` are those of the last 15 minutes.
    """

    participant: str
    at_task: bool
    seen_at: datetime
    waiting_since: datetime | None = None
    reply_timeout: float = 60
    recent_calls: int = 0
    recent_failed: int = 0
    error: str = ""


@dataclass(frozen=True)
class CellState:
    """One cell: its name and the people who hold a place in it (under way or complete)."""

    name: str
    held: int


@dataclass(frozen=True)
class StudyState:
    """What is judged of the whole study; `wanted` is the number of people it is full with, `spent` in the budget's currency.

    `balanced`: the design keeps cells even. `last_arrival`: the newest start, else since when it could be taken.
    """

    status: str
    wanted: int
    cells: Sequence[CellState]
    complete: int
    balanced: bool = True
    spent: float | None = None
    budget: float | None = None
    currency: str = ""
    last_arrival: datetime | None = None


def alerts(study: StudyState, sessions: Iterable[SessionState], at: datetime) -> list[Alert]:
    """Everything that is wrong at a time, the urgent first, each thing once."""
    known = list(sessions)
    found = [*_model(known), *(alert for one in known for alert in _session(one, at)), *_places(study)]
    found += [*_budget(study), *_imbalance(study), *_quiet(study, at)]
    return sorted(found, key=lambda alert: not alert.urgent)


def _session(one: SessionState, at: datetime) -> Iterator[Alert]:
    limit = timedelta(seconds=one.reply_timeout + WAITING_GRACE_SECONDS)
    if one.waiting_since is not None and at - one.waiting_since > limit:
        minutes = (at - one.waiting_since).total_seconds() / 60
        todo = "Offer the reply again. If it waits again, look whether the server and the model run."
        yield Alert(
            "waiting", f"{one.participant} waits for a reply for {minutes:.0f} min.", todo, one.participant, True
        )
    elif one.at_task and at - one.seen_at > timedelta(minutes=STUCK_MINUTES):
        minutes = (at - one.seen_at).total_seconds() / 60
        todo = "Send a note if their page is open; if they are gone, free the place."
        yield Alert(
            "stuck", f"{one.participant} has done nothing at a task for {minutes:.0f} min.", todo, one.participant
        )
    if one.recent_failed >= FAILURES:
        what = f"{one.recent_failed} of the last {one.recent_calls} model calls for {one.participant} failed{_said(one.error)}."
        yield Alert("session_failing", what, "Offer the failed reply again, or send a note.", one.participant)


def _model(sessions: Sequence[SessionState]) -> Iterator[Alert]:
    """The model fails for the study as a whole, not only for one."""
    calls, failed = sum(one.recent_calls for one in sessions), sum(one.recent_failed for one in sessions)
    hit = [one for one in sessions if one.recent_failed]
    if failed >= FAILURES and failed >= FAILING_SHARE * calls and len(hit) > 1:
        what = f"The model fails: {failed} of the last {calls} calls, for {len(hit)} participants{_said(hit[0].error)}."
        todo = "Pause the study so that nobody new meets it; check the key, the limit and the status of the provider."
        yield Alert("model_failing", what, todo, urgent=True)


def _places(study: StudyState) -> Iterator[Alert]:
    held = sum(cell.held for cell in study.cells)
    if study.status != "open":
        return
    if study.complete >= study.wanted:
        yield Alert(
            "full", f"The study has its {study.wanted} complete participants.", "Close it, and end it at the recruiter."
        )
    elif held >= study.wanted:
        what = f"Every place is taken: {held} of {study.wanted}, {study.complete} complete."
        yield Alert("full", what, "Nobody is needed before somebody leaves; pause the recruiter.")
    elif held >= NEARLY_FULL * study.wanted:
        yield Alert(
            "nearly_full", f"{held} of {study.wanted} places are taken.", "Send no more people than are still needed."
        )
    if held < study.wanted and study.balanced and len(study.cells) > 1:
        size = ceil(study.wanted / len(study.cells))
        full = [cell for cell in study.cells if cell.held >= size and size > 1]
        for cell in full:
            todo = "Newcomers go to the emptier cells by themselves; nothing is to be done unless it grows further."
            yield Alert("cell_full", f"{cell.name} has {cell.held} of about {size} places taken.", todo, cell.name)


def _budget(study: StudyState) -> Iterator[Alert]:
    if study.spent is None or not study.budget:
        return
    share, of = study.spent / study.budget, f"{study.spent:,.2f} of {study.budget:,.2f} {study.currency}"
    if share >= 1:
        yield Alert(
            "budget",
            f"The budget is spent: {of}.",
            "Pause the study, or raise the budget in the protocol.",
            urgent=True,
        )
    elif share >= BUDGET_WARNING:
        yield Alert(
            "budget",
            f"{share:.0%} of the budget is spent: {of}.",
            "Compare what is left with the people still to come.",
        )


def _imbalance(study: StudyState) -> Iterator[Alert]:
    if not study.balanced or len(study.cells) < 2:
        return
    most, least = max(study.cells, key=lambda c: c.held), min(study.cells, key=lambda c: c.held)
    if most.held - least.held > max(IMBALANCE_PLACES, IMBALANCE_SHARE * most.held):
        what = f"Cells are uneven: {most.name} has {most.held}, {least.name} {least.held}."
        todo = (
            "Newcomers fill the gap by themselves. If people leave one order more than others, look at the way below."
        )
        yield Alert("imbalance", what, todo, least.name)


def _quiet(study: StudyState, at: datetime) -> Iterator[Alert]:
    if study.status != "open" or study.last_arrival is None or study.complete >= study.wanted:
        return
    hours = (at - study.last_arrival).total_seconds() / 3600
    if hours > QUIET_HOURS:
        todo = "Open the participant link yourself, and look whether the study is active at the recruiter."
        yield Alert("quiet", f"Nobody has come for {hours:.0f} hours.", todo)


def _said(error: str) -> str:
    return f" ({error[:160].rstrip('.')})" if error else ""
