"""The frames of qualitative codes: what each coder says of each message now, and how it came about."""

from collections.abc import Iterable
from typing import Any

from analysis.columns import COUNT, NUMBER, TEXT, TIME, WHO, YES_NO, Column, Table
from study.coding import codebook, coded, gone_through
from study.records import Record

CODE = (
    Column("code", TEXT, "", "id of the code; empty where there is only a memo", "derived: coding.code"),
    Column("code_name", TEXT, "", "its name now", "derived: coding.name"),
)
CODES = Table(
    "codes",
    (),
    (
        *WHO[:2],
        Column("event_id", TEXT, "", "event that was coded, such as a message or a reply", "derived: coding.event_id"),
        Column("coder", TEXT, "", "the researcher who coded it", "derived: coding.by"),
        *CODE,
        Column("memo", TEXT, "", "the coder's memo on the event", "derived: coding.memo"),
        Column("gone_through", YES_NO, "", "the coder has coded the whole session", "derived: coding.done"),
    ),
)
CODE_HISTORY = Table(
    "code_history",
    (),
    (
        Column("seq", COUNT, "", "number of the mark in its study", "derived: coding.seq"),
        Column("at", TIME, "UTC", "server time", "derived: coding.at"),
        Column("coder", TEXT, "", "who", "derived: coding.by"),
        Column("kind", TEXT, "", "what was noted, such as code_applied or session_coded", "derived: coding.kind"),
        *WHO[:2],
        Column("event_id", TEXT, "", "event it is about; empty: a session or the codebook", "derived: coding.event_id"),
        *CODE,
        Column("text", TEXT, "", "memo, or description of the code", "derived: coding.text"),
        Column(
            "done", NUMBER, "", "of session_coded: 1 the session is coded as a whole, 0 not yet", "derived: coding.done"
        ),
    ),
)


def code_rows(record: Record) -> Iterable[dict[str, Any]]:
    """One row per event, coder and code that stands; one for a memo alone."""
    names, book, through = _participants(record), codebook(record.marks), gone_through(record.marks)
    for one in coded(record.marks):
        for code in one.codes or ("",):
            yield {
                "session_id": one.session_id,
                "participant": names[one.session_id],
                "event_id": one.event_id,
                "coder": one.coder,
                "code": code,
                "code_name": book[code].name if code else "",
                "memo": one.memo,
                "gone_through": (one.session_id, one.coder) in through,
            }


def code_history_rows(record: Record) -> Iterable[dict[str, Any]]:
    """One row per mark, in order: nothing that was noted is left out."""
    names, book = _participants(record), codebook(record.marks)
    for one in record.marks:
        code = getattr(one.mark, "code", "")
        yield {
            "seq": one.seq,
            "at": one.at,
            "coder": one.by,
            "kind": one.kind,
            "session_id": one.session_id,
            "participant": names.get(one.session_id or ""),
            "event_id": one.event_id,
            "code": code,
            "code_name": book[code].name if code else "",
            "text": getattr(one.mark, "text", "") or getattr(one.mark, "description", ""),
            "done": getattr(one.mark, "done", None),
        }


def _participants(record: Record) -> dict[str, str]:
    return {row.id: row.participant for row in record.sessions}
