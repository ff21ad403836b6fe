"""The frame of cells: how many started in each, finished, dropped out (how), or came back late."""

from collections.abc import Iterable
from typing import Any

from analysis.columns import COUNT, NUMBER, TEXT, Column, Table
from study.places import OUTCOMES, cell_counts
from study.records import Record

HOW = {
    "running": "under way when the record was read, place still held",
    "expired": "away for longer than the place was kept, without having left",
}
"""What the outcomes mean that are not the ending of a session."""

CELLS = Table(
    "cells",
    (),
    (
        Column("cell", NUMBER, "", "cell of the design (none: only an earlier version had it)", "derived: design"),
        Column("order", TEXT, "", "conditions in order of presentation", "derived: design"),
        Column("tasks", TEXT, "", "tasks in order of presentation", "derived: design"),
        Column("started", COUNT, "sessions", "sessions of people", "derived: sessions"),
        *(
            Column(name, COUNT, "sessions", HOW.get(name, f"ended as {name}"), "derived: status, last activity")
            for name in OUTCOMES
        ),
        Column("dropped", COUNT, "sessions", "started, and neither running nor complete", "derived: the others"),
        Column(
            "late", COUNT, "sessions", "came back after the place was free; kept the cell", "derived: returned_late"
        ),
    ),
)


def cell_rows(record: Record, late: set[str]) -> Iterable[dict[str, Any]]:
    """One row per cell of the design, also where nobody has started; the monitor shows the same numbers.

    `late`: sessions of participants who came back late.
    """
    return cell_counts(record.protocol, record.sessions, late, record.read_at)
