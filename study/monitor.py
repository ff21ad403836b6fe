"""What a researcher watches while a study runs: who is where, cells filled, drop-outs, cost."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, case
from sqlmodel import col, func, select

from study.database import reading
from study.enrolment import assignment_of
from study.flow import Step, due_step
from study.log import now
from study.places import cell_counts, order_counts, outcome
from study.plan import plan
from study.protocol import Protocol
from study.tables import EventRow, Sitting


@dataclass(frozen=True)
class Overview:
    """One look at a study. `sessions`, `cells` and `orders` are rows for a table; tokens are sums."""

    sessions: list[dict[str, Any]]
    cells: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    counts: dict[str, int]
    input_tokens: int
    output_tokens: int


def overview(engine: Engine, study_id: str, protocols: Mapping[int, Protocol]) -> Overview:
    """The state of a study now, from five queries whatever its size. Preview sessions are left out.

    `protocols` are the versions of the study by their number: everybody is shown on their own.
    """
    ours = (col(Sitting.study_id) == study_id) & col(Sitting.preview).is_(False)
    with reading(engine) as db:
        rows = list(db.exec(select(Sitting).where(ours).order_by(col(Sitting.allocation_index).desc())))
        counted = select(EventRow.session_id, EventRow.kind, func.count()).join(
            Sitting, col(Sitting.id) == col(EventRow.session_id)
        )
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        for session_id, kind, count in db.exec(
            counted.where(ours).group_by(col(EventRow.session_id), col(EventRow.kind))
        ):
            kinds[session_id][kind] = count
        walks: dict[str, _Walk] = defaultdict(_Walk)
        marks = select(EventRow.session_id, EventRow.kind, EventRow.step).join(
            Sitting, col(Sitting.id) == col(EventRow.session_id)
        )
        seen = marks.where(ours, col(EventRow.kind).in_(("step_entered", "step_finished")))
        for session_id, kind, step in db.exec(seen.order_by(col(EventRow.session_id), col(EventRow.seq))):
            walks[session_id].mark(kind, step)
        tokens = _tokens(db, ours)
    at = now()
    sessions = [_session(row, protocols[row.study_version], walks[row.id], kinds[row.id], at) for row in rows]
    counts = Counter(session["status"] for session in sessions if not session["simulated"])
    late = {row.id for row in rows if kinds[row.id]["returned_late"]}
    filled = cell_counts(protocols[max(protocols)], rows, late, at)
    return Overview(sessions, filled, order_counts(filled), dict(counts), *tokens)


def _tokens(db: Any, ours: Any) -> tuple[int, int]:
    """Tokens of all model calls, as the providers counted them."""
    given = col(EventRow.kind) == "model_called"
    fields = [EventRow.payload[name].as_integer() for name in ("input_tokens", "output_tokens")]  # type: ignore[index]
    query = select(*(func.sum(case((given, field), else_=0)) for field in fields)).join(
        Sitting, col(Sitting.id) == col(EventRow.session_id)
    )
    found = db.exec(query.where(ours, given)).one()
    return int(found[0] or 0), int(found[1] or 0)


@dataclass
class _Walk:
    """How far somebody is: the steps they finished, and the one they were shown last."""

    done: set[str] = field(default_factory=set)
    shown: str = ""

    def mark(self, kind: str, step: str) -> None:
        """One more step shown or finished."""
        if kind == "step_finished":
            self.done.add(step)
        else:
            self.shown = step

    def now(self, steps: Sequence[Step]) -> Step | None:
        """The step on the screen, whatever answers led there; where none is shown yet, the next one."""
        on_screen = next((step for step in steps if step.id == self.shown and step.id not in self.done), None)
        return on_screen or due_step(steps, self.done)


def _session(row: Sitting, protocol: Protocol, walk: _Walk, kinds: Counter[str], at: datetime) -> dict[str, Any]:
    steps = plan(protocol, assignment_of(row))
    step = walk.now(steps) if row.status == "running" else None
    return {
        "participant": row.participant,
        "status": outcome(row, at),
        "simulated": row.simulated,
        "step": f"{len(walk.done) + 1} of {len(steps)}" if step else "–",
        "screen": (step.instrument or step.kind) if step else "–",
        "condition": (step.condition or "–") if step else "–",
        "order": " → ".join(row.conditions),
        "minutes": round(((row.ended_at or row.seen_at) - row.started_at).total_seconds() / 60, 1),
        "last activity": row.seen_at,
        "messages": kinds["message_sent"],
        "failed replies": kinds["reply_failed"],
        "late returns": kinds["returned_late"],
    }
