"""What a researcher watches while a study runs: who is where, cells filled, drop-outs, cost, and what is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select

from study.act_log import acts_in
from study.alerts import Alert, CellState, SessionState, StudyState, alerts
from study.database import reading
from study.design import cells as cells_of
from study.enrolment import assignment_of
from study.errors import NotFound
from study.flow import Assignment, Step, due_step
from study.funnel import Reached, Station, funnel
from study.log import now
from study.places import cell_counts, order_counts, outcome
from study.plan import plan
from study.protocol import Protocol
from study.tables import Study
from study.watched import Watched, exclusions, watched_in

SPEED_HOURS = 24
OPENED = ("study_created", "status_changed")
ARROW = " → "


@dataclass(frozen=True)
class SessionSeen:
    """One session as it is watched. `number` counts the step as the participant reads it; `came_to` is how far they came."""

    watched: Watched
    outcome: str
    steps: Sequence[Step]
    came_to: Step | None
    number: int
    minutes: float

    @property
    def step(self) -> Step | None:
        """The step that is due; None when the session is over."""
        return self.came_to if self.watched.row.status == "running" else None

    @property
    def participant(self) -> str:
        """The pseudonym."""
        return self.watched.row.participant

    @property
    def failed_replies(self) -> int:
        """How many replies could not be given."""
        return self.watched.counts.get("reply_failed", 0)

    @property
    def is_person(self) -> bool:
        """Not simulated."""
        return not self.watched.row.simulated


@dataclass(frozen=True)
class Spent:
    """Tokens of all model calls, as the providers counted them."""

    input_tokens: int
    output_tokens: int

    def cost(self, protocol: Protocol) -> float | None:
        """What they cost; None where the protocol names no prices."""
        return protocol.prices.cost(self.input_tokens, self.output_tokens) if protocol.prices else None


@dataclass(frozen=True)
class Overview:
    """One look at a study, at one time. Counts are of people only; tokens are those of every session.

    `cells` and `orders` are rows for a table; `counts` are by outcome; `came` are starts in the last 24 hours.
    """

    at: datetime
    status: str
    sessions: list[SessionSeen]
    cells: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    counts: dict[str, int]
    spent: Spent
    funnel: list[Station]
    came: int
    alerts: list[Alert]


def overview(engine: Engine, study_id: str, protocols: Mapping[int, Protocol]) -> Overview:
    """The state of a study now, from as many queries whatever its size. Preview sessions are left out.

    `protocols` are the versions of the study by their number: everybody is shown on their own.
    """
    at, protocol = now(), protocols[max(protocols)]
    with reading(engine) as db:
        status = db.exec(select(Study.status).where(Study.id == study_id)).one()
        acts = acts_in(db, study_id, "exclusion_marked", "exclusion_unmarked", "study_created", "status_changed")
        watched = watched_in(db, study_id, at, exclusions(acts))
    sessions = [_seen(one, protocols[one.row.study_version], at) for one in watched]
    people = [one for one in sessions if one.is_person]
    late = {one.row.id for one in watched if one.counts.get("returned_late")}
    cells = cell_counts(protocol, [one.row for one in watched], late, at)
    spent = Spent(*(sum(getattr(one.calls, name) for one in watched) for name in ("input_tokens", "output_tokens")))
    starts = [one.watched.row.started_at for one in people]
    state = StudyState(
        status=status,
        wanted=wanted(protocol),
        cells=_cells(cells, people),
        complete=sum(one.outcome == "complete" for one in people),
        balanced=protocol.design.orders != "random",
        spent=spent.cost(protocol),
        budget=protocol.prices.budget if protocol.prices else None,
        currency=protocol.prices.currency if protocol.prices else "",
        last_arrival=max([*starts, *(one.at for one in acts if one.kind in OPENED)], default=None),
    )
    return Overview(
        at=at,
        status=status,
        sessions=sessions,
        cells=cells,
        orders=order_counts(cells),
        counts=dict(Counter(one.outcome for one in people)),
        spent=spent,
        funnel=funnel([Reached(one.steps, one.came_to, one.outcome) for one in people], way(protocol)),
        came=sum(start > at - timedelta(hours=SPEED_HOURS) for start in starts),
        alerts=alerts(state, [_state(one, protocols) for one in people if one.outcome == "running"], at),
    )


def seen_one(engine: Engine, study_id: str, participant: str, protocols: Mapping[int, Protocol]) -> SessionSeen:
    """One session as it is now. Raises NotFound."""
    at = now()
    with reading(engine) as db:
        acts = acts_in(db, study_id, "exclusion_marked", "exclusion_unmarked")
        found = watched_in(db, study_id, at, exclusions(acts), participant)
    if not found:
        raise NotFound(f"There is no participant '{participant}' in the study '{study_id}'.")
    return _seen(found[0], protocols[found[0].row.study_version], at)


def wanted(protocol: Protocol) -> int:
    """With how many people a study is full: its quota, what its stopping rule says, or what was planned."""
    rule = protocol.stopping.after_complete if protocol.stopping else None
    return protocol.design.quota or rule or protocol.design.planned_participants


def _seen(watched: Watched, protocol: Protocol, at: datetime) -> SessionSeen:
    row, done = watched.row, watched.counts.get("step_finished", 0)
    steps = plan(protocol, assignment_of(row))
    came_to = steps[-1] if row.status == "complete" else _on_screen(watched, steps)
    minutes = ((row.ended_at or row.seen_at) - row.started_at).total_seconds() / 60
    return SessionSeen(watched, outcome(row, at), steps, came_to, done + 1, round(minutes, 1))


def _on_screen(watched: Watched, steps: Sequence[Step]) -> Step | None:
    """The step on the screen, whatever answers led there; where none is shown yet, the next one."""
    entered, finished = watched.entered, watched.finished
    if entered.seq > finished.seq and entered.step != finished.step:
        shown = next((step for step in steps if step.id == entered.step), None)
        if shown is not None:
            return shown
    return due_step(steps, {finished.step} if finished.step else ())


def _cells(cells: Sequence[dict[str, Any]], people: Sequence[SessionSeen]) -> list[CellState]:
    """The cells of the design with the places held in them; they have numbers, for names would say the conditions."""
    rows = [one.watched.row for one in people if one.outcome == "running" and one.watched.row.freed_at is not None]
    freed = Counter((ARROW.join(row.conditions), ARROW.join(row.tasks)) for row in rows)
    return [
        CellState(f"Cell {cell['cell']}", cell["running"] + cell["complete"] - freed[cell["order"], cell["tasks"]])
        for cell in cells
        if cell["cell"] is not None
    ]


def _state(one: SessionSeen, protocols: Mapping[int, Protocol]) -> SessionState:
    calls, row = one.watched.calls, one.watched.row
    return SessionState(
        participant=one.participant,
        at_task=one.step is not None and one.step.kind == "task",
        seen_at=row.seen_at,
        waiting_since=one.watched.waiting_since,
        reply_timeout=protocols[row.study_version].reply_timeout,
        recent_calls=calls.recent,
        recent_failed=calls.recent_failed,
        error=one.watched.error,
    )


def way(protocol: Protocol) -> Sequence[Step]:
    """The steps of whoever is in the first cell; those of others have the same ids as far as they are the same."""
    first = cells_of(protocol)[0]
    return plan(protocol, Assignment(first.conditions, first.tasks))
