"""Places: which sessions hold one, how full the cells are, and what became of those who started in them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlmodel import Session, col, func, or_, select

from study.design import Cell, cells, cells_met
from study.events import Ending
from study.log import now
from study.protocol import Protocol
from study.tables import Sitting
from study.under_way import is_reserved

Met = tuple[tuple[str, ...], tuple[str, ...]]
"""Conditions in order of presentation, and the tasks of all of them."""
OUTCOMES = ("running", *get_args(Ending), "expired")
"""What a session of a cell can be: under way, ended in one of the fixed ways, or left without a word."""


Places = Counter[tuple[int, int, str]]
"""(version of the protocol, cell in it, strata as text) → places held."""


def taken(db: Session, study_id: str, minutes: float, simulated: bool = False) -> Places:
    """The places that are held, counted by the database.

    A place is held by who is complete, and by who is running and was active in the last `minutes` or has
    it reserved, unless a researcher freed it. Previews never hold one; people and simulated participants are counted apart.
    """
    at = now()
    active = or_(col(Sitting.seen_at) > at - timedelta(minutes=minutes), col(Sitting.reserved_until) > at)
    query = (
        select(Sitting.study_version, Sitting.cell, Sitting.strata, func.count())
        .where(
            Sitting.study_id == study_id,
            col(Sitting.simulated).is_(simulated),
            col(Sitting.preview).is_(False),
            or_(
                Sitting.status == "complete",
                (col(Sitting.status) == "running") & active & col(Sitting.freed_at).is_(None),
            ),
        )
        .group_by(col(Sitting.study_version), col(Sitting.cell), col(Sitting.strata))
    )
    return Counter({(version, cell, strata): count for version, cell, strata, count in db.exec(query)})


def in_table(places: Places, table: Sequence[Cell], tables: Mapping[int, Sequence[Cell]]) -> Counter[tuple[int, str]]:
    """(cell of this table, strata) → places; those of other versions as far as their orders still exist.

    `tables`: version → its cells, for every version that is not this table's own.
    """
    found: Counter[tuple[int, str]] = Counter()
    for (version, cell, strata), count in sorted(places.items()):
        if version not in tables:
            found[cell, strata] += count
            continue
        met = tables[version][cell]
        found.update((now_in, strata) for now_in in cells_met(table, [(met.conditions, met.tasks)] * count))
    return found


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
    What only earlier versions of the protocol gave somebody follows in rows without the number of a cell.
    """
    table: dict[Met, int | None] = {(cell.conditions, cell.tasks): cell.index for cell in cells(protocol)}
    found: dict[Met, Counter[str]] = {met: Counter() for met in table}
    for row in sessions:
        if not (row.simulated or row.preview):
            met = (tuple(row.conditions), tuple(row.tasks))
            seen = (outcome(row, at), "started", *(["late"] if row.id in late else []))
            found.setdefault(met, Counter()).update(seen)
    return [
        {
            "cell": table.get(met),
            "order": " → ".join(met[0]),
            "tasks": " → ".join(met[1]),
            "started": count["started"],
            **{name: count[name] for name in OUTCOMES},
            "dropped": count["started"] - count["running"] - count["complete"],
            "late": count["late"],
        }
        for met, count in found.items()
    ]


def order_counts(counts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `cell_counts` summed over the rotations of the tasks: one row per order of conditions."""
    shown = ("started", "running", "complete", "dropped", "late")
    orders: dict[str, Counter[str]] = {}
    for row in counts:
        orders.setdefault(row["order"], Counter()).update({name: row[name] for name in shown})
    return [{"order": order, **{name: count[name] for name in shown}} for order, count in orders.items()]
