"""What is known of every session of a study at one look, from four queries that read no payload but of failures."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, case, col, func, select

from study.act_log import LoggedAct
from study.tables import EventRow, Sitting

RECENT_MINUTES = 15
"""A model that failed longer ago may well work again: only calls since then say how it does now."""
USABLE = ("answered", "stopped")
"""Outcomes of a call that are no failure; stopping is what the participant wanted."""
CONVERSATION = ("message_sent", "reply_started", "reply_given", "reply_failed", "retry_requested")
AWAITED = ("message_sent", "reply_started", "retry_requested")
"""While the newest event of a conversation is one of these, a reply is due."""
COUNTED = ("message_sent", "reply_failed", "returned_late", "step_finished")


@dataclass(frozen=True)
class Calls:
    """The model calls of a session: all of them, those of the last RECENT_MINUTES, tokens, and when one failed last."""

    number: int = 0
    failed: int = 0
    recent: int = 0
    recent_failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    failed_at: datetime | None = None


@dataclass(frozen=True)
class Newest:
    """The newest event of some kinds: what it is, where and when."""

    kind: str = ""
    step: str = ""
    seq: int = 0
    at: datetime | None = None


@dataclass(frozen=True)
class Watched:
    """One session as its events have it, before a plan says what they mean.

    `counts`: how many events of each kind in COUNTED; `error`: what the last failed call said; `marked`: why
    the participant is to be left out of the analysis, if they are.
    """

    row: Sitting
    entered: Newest = Newest()
    finished: Newest = Newest()
    talk: Newest = Newest()
    counts: dict[str, int] = field(default_factory=dict)
    calls: Calls = Calls()
    error: str = ""
    marked: str = ""

    @property
    def waiting_since(self) -> datetime | None:
        """Since when a reply is due; None when none is."""
        return self.talk.at if self.row.status == "running" and self.talk.kind in AWAITED else None


def watched_in(
    db: Session, study_id: str, at: datetime, marked: Mapping[str, str], participant: str | None = None
) -> list[Watched]:
    """Every session of a study but previews, the newest first, or that of one participant.

    `marked`: participant → why they are to be left out.
    """
    ours = (col(Sitting.study_id) == study_id) & col(Sitting.preview).is_(False)
    if participant is not None:
        ours = ours & (col(Sitting.participant) == participant)
    found = _newest(db, ours)
    of_study = col(EventRow.session_id).in_(select(Sitting.id).where(ours))
    counts: dict[str, dict[str, int]] = {}
    counted = select(EventRow.session_id, EventRow.kind, func.count()).where(of_study, col(EventRow.kind).in_(COUNTED))
    for session_id, kind, count in db.exec(counted.group_by(col(EventRow.session_id), col(EventRow.kind))):
        counts.setdefault(session_id, {})[kind] = count
    calls = _calls(db, of_study, at - timedelta(minutes=RECENT_MINUTES))
    errors = _errors(db, [name for name, one in calls.items() if one.failed])
    return [
        Watched(
            row=row,
            entered=entered,
            finished=finished,
            talk=talk,
            counts=counts.get(row.id, {}),
            calls=calls.get(row.id, Calls()),
            error=errors.get(row.id, ""),
            marked=marked.get(row.participant, ""),
        )
        for row, (entered, finished, talk) in found
    ]


def exclusions(acts: Iterable[LoggedAct]) -> dict[str, str]:
    """Participant → why they are to be left out, after these acts of marking and taking back, in order."""
    marked: dict[str, str] = {}
    for one in acts:
        if one.kind == "exclusion_marked":
            marked[one.act.participant] = one.act.reason
        elif one.kind == "exclusion_unmarked":
            marked.pop(one.act.participant, None)
    return marked


def _newest(db: Session, ours: Any) -> list[tuple[Sitting, tuple[Newest, ...]]]:
    """Each session with its last step shown, its last step finished, and the last event of its conversation."""
    kinds = (("step_entered",), ("step_finished",), CONVERSATION)
    aliases = [aliased(EventRow) for _ in kinds]
    columns = [column for one in aliases for column in (one.kind, one.step, one.seq, one.at)]
    query: Any = select(Sitting, *columns).select_from(Sitting).where(ours)  # type: ignore[call-overload]
    for one, wanted in zip(aliases, kinds, strict=True):
        last = _last(wanted)
        query = query.outerjoin(one, (col(one.session_id) == col(Sitting.id)) & (col(one.seq) == last))
    found = []
    for row, *values in db.exec(query.order_by(col(Sitting.allocation_index).desc())):
        parts = [values[n : n + 4] for n in range(0, len(values), 4)]
        found.append((row, tuple(Newest(*part) if part[0] else Newest() for part in parts)))
    return found


def _last(kinds: Collection[str]) -> Any:
    """The number of a session's last event of these kinds, looked up in the index."""
    event = aliased(EventRow)
    query = select(func.max(event.seq)).where(col(event.session_id) == col(Sitting.id), col(event.kind).in_(kinds))
    return query.correlate(Sitting).scalar_subquery()


def _calls(db: Session, of_study: Any, recent: datetime) -> dict[str, Calls]:
    failed = col(EventRow.call_outcome).not_in(USABLE)
    late = col(EventRow.at) > recent
    query: Any = select(  # type: ignore[call-overload]
        EventRow.session_id,
        func.count(),
        func.sum(case((failed, 1), else_=0)),
        func.sum(case((late, 1), else_=0)),
        func.sum(case((failed & late, 1), else_=0)),
        func.coalesce(func.sum(EventRow.call_input_tokens), 0),
        func.coalesce(func.sum(EventRow.call_output_tokens), 0),
        func.max(case((failed, EventRow.at))),
    ).where(of_study, col(EventRow.call_outcome).is_not(None))
    return {name: Calls(*numbers) for name, *numbers in db.exec(query.group_by(col(EventRow.session_id)))}


def _errors(db: Session, sessions: list[str]) -> dict[str, str]:
    """Session → what its last failed call said, in words."""
    if not sessions:
        return {}
    failure = aliased(EventRow)
    failed = col(failure.call_outcome).not_in(USABLE)
    last = select(func.max(failure.seq)).where(col(failure.session_id) == col(EventRow.session_id), failed)
    query = select(EventRow.session_id, EventRow.call_outcome, EventRow.payload["error"].as_string()).where(  # type: ignore[index]
        col(EventRow.session_id).in_(sessions),
        col(EventRow.call_outcome).not_in(USABLE),
        col(EventRow.seq) == last.correlate(EventRow).scalar_subquery(),
    )
    return {name: error or str(outcome).replace("_", " ") for name, outcome, error in db.exec(query)}
