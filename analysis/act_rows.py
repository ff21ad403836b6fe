"""The frame of acts: what researchers did to a study, one row each."""

from collections.abc import Iterable
from typing import Any

from analysis.columns import COUNT, TEXT, TIME, Column, Table
from study.records import Record

ACTS = Table(
    "acts",
    (),
    (
        Column("seq", COUNT, "", "number of the act in its study", "derived: act.seq"),
        Column("at", TIME, "UTC", "server time", "derived: act.at"),
        Column("by", TEXT, "", "who: a signed-in researcher, terminal:name, or app", "derived: act.by"),
        Column("kind", TEXT, "", "what was done", "derived: act.kind"),
        Column("payload", TEXT, "JSON", "everything about it", "derived: act.payload"),
    ),
)


def act_rows(record: Record) -> Iterable[dict[str, Any]]:
    """One row per act, in order."""
    for one in record.acts:
        yield {
            "seq": one.seq,
            "at": one.at,
            "by": one.by,
            "kind": one.kind,
            "payload": one.act.model_dump(mode="json"),
        }
