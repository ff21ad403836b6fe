"""Places: which sessions hold one, how full the cells are, and what became of those who started in them."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlmodel import Session, col, func, or_, select

from study.design import cells
from study.events import Ending
from study.log import is_reserved, now
from study.protocol import Protocol
from study.tables import Sitting

OUTCOMES = ("running", *get_args(Ending), "expired")
"""What a session of a cell can be: under way, ended in one of the fixed ways, or left without a word."""


def taken(db: Session, study_id: str, minutes: float, simulated: bool = False) -> Counter[tuple[int, str]]:
    """(cell, strata as text) → places held there, counted by the database.

    A place is held by who is complete, and by who is running and was active in the last `minutes` or has
    it reserved. Previews never hold one; people and simulated participants are counted apart.
    """
    at = now()
    active = or_(col(Sitting.seen_at) > at - timedelta(minutes=minutes), col(Sitting.reserved_until) > at)
    query = (
        select(Sitting.cell, Sitting.strata, func.count())
        .where(
            Sitting.study_id == study_id,
            col(Sitting.simulated).is_(simulated),
            col(Sitting.preview).is_(False),
            or_(Sitting.status == "complete", (col(Sitting.status) == "running") & active),
        )
        .group_by(col(Sitting.cell), col(Sitting.strata))
    )
    return Counter({(cell, strata): count for cell, strata, count in db.exec(query)})


def per_cell(places: Counter[tuple[int, str]]) -> Counter[int]:
    """Places held in each cell, whatever the strata."""
    filled: Counter[int] = Counter()
    for (cell, _strata), count in places.items():
        filled[cell] += count
    return filled


def outcome(row: Sitting, at: datetime) -> str:
    """One of OUTCOMES: the status, or `expired` for who is away longer than their place was kept."""
    return "expired" if row.status == "running" and not is_reserved(row, at) else row.status


def cell_counts(
    protocol: Protocol, sessions: Iterable[Sitting], late: Collection[str], at: datetime
) -> list[dict[str, Any]]:
    """One row per cell of the design: started, each outcome, dropped (all but running and complete), late.

    `late`: ids of sessions that came back after their reservation had run out. Only people are counted.
    """
    table = cells(protocol)
    found: list[Counter[str]] = [Counter() for _ in table]
    for row in sessions:
        if not (row.simulated or row.preview):
            found[row.cell] += Counter((outcome(row, at), "started", *(["late"] if row.id in late else [])))
    return [
        {
            "cell": cell.index,
            "order": " → ".join(cell.conditions),
            "tasks": " → ".join(cell.tasks),
            "started": count["started"],
            **{name: count[name] for name in OUTCOMES},
            "dropped": count["started"] - count["running"] - count["complete"],
            "late": count["late"],
        }
        for cell, count in zip(table, found, strict=True)
    ]


def order_counts(counts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `cell_counts` summed over the rotations of the tasks: one row per order of conditions."""
    shown = ("started", "running", "complete", "dropped", "late")
    orders: dict[str, Counter[str]] = {}
    for row in counts:
        orders.setdefault(row["order"], Counter()).update({name: row[name] for name in shown})
    return [{"order": order, **{name: count[name] for name in shown}} for order, count in orders.items()]
