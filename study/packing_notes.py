"""What researchers did and said, in the file of a study with its sessions: acts, codes and memos, each checked on its way in.

They come back as they were, with the names and times of then, before what is done in the new place.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session, col, func, select

from study.acts import ACT
from study.archive import ArchiveInvalid
from study.coding import MARK
from study.log import UNSTORABLE, new_id
from study.tables import ActRow, CodingRow, EventRow, Sitting

CODES, ACTS = "codes.jsonl", "acts.jsonl"
OF_THE_PLACE = ("study_created", "study_copied", "member_added", "member_changed", "member_removed", "door_changed",
                "links_made", "links_renewed", "link_revoked", "status_changed", "exported", "file_fetched", "report_made")  # fmt: skip
"""Acts about what a file does not hold: members, links, status and files of the place it comes from."""
WHEN: TypeAdapter[datetime] = TypeAdapter(datetime)


def act_lines(db: Session, study_id: str) -> Iterator[bytes]:
    """The acts that go with the study, in order."""
    rows = select(ActRow).where(ActRow.study_id == study_id, col(ActRow.kind).not_in(OF_THE_PLACE))
    for row in db.exec(rows.order_by(col(ActRow.seq))):
        yield _line({"at": row.at.isoformat(), "by": row.by, "payload": row.payload})


def coded_lines(db: Session, study_id: str) -> Iterator[bytes]:
    """The codebook and every mark, in order; those on previews stay behind with them."""
    previews = select(Sitting.id).where(Sitting.study_id == study_id, col(Sitting.preview))
    on_others = col(CodingRow.session_id).is_(None) | col(CodingRow.session_id).not_in(previews)
    rows = select(CodingRow).where(CodingRow.study_id == study_id, on_others).order_by(col(CodingRow.seq))
    for row in db.exec(rows):
        where = {"session_id": row.session_id, "event_id": row.event_id}
        yield _line({"at": row.at.isoformat(), "by": row.by, "payload": row.payload, **where})


def put_acts(db: Session, study_id: str, lines: Iterable[dict[str, Any]]) -> None:
    """The acts of a file, after those that made the study. Raises ArchiveInvalid for one that no such file holds."""
    begin = db.exec(select(func.max(ActRow.seq)).where(ActRow.study_id == study_id)).one() or 0
    for seq, line in enumerate(lines, start=begin + 1):
        payload = ACT.validate_python(line["payload"]).model_dump(mode="json")
        if payload["kind"] in OF_THE_PLACE:
            raise ArchiveInvalid("The file holds an act that does not go with a study.")
        db.add(ActRow(seq=seq, **_signed(study_id, line, payload)))
    db.flush()


def put_coded(db: Session, study_id: str, lines: Iterable[dict[str, Any]]) -> None:
    """The codes and memos of a file. Raises ArchiveInvalid for one on what is not in this study."""
    for seq, line in enumerate(lines, start=1):
        payload = MARK.validate_python(line["payload"]).model_dump(mode="json")
        session_id, event_id = line.get("session_id"), line.get("event_id")
        _check(db, study_id, session_id, event_id)
        signed = _signed(study_id, line, payload)
        db.add(CodingRow(seq=seq, session_id=session_id, event_id=event_id, **signed))
    db.flush()


def _check(db: Session, study_id: str, session_id: Any, event_id: Any) -> None:
    row = db.get(Sitting, str(session_id)) if session_id is not None else None
    event = db.get(EventRow, str(event_id)) if event_id is not None else None
    fits = session_id is None or (row is not None and row.study_id == study_id)
    if not fits or (event_id is not None and (event is None or event.session_id != session_id)):
        raise ArchiveInvalid("The file holds a code or memo on something that is not in it.")


def _signed(study_id: str, line: dict[str, Any], payload: dict[str, Any]) -> dict[str, Any]:
    """What every such row has."""
    stored = {
        key: UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else value for key, value in payload.items()
    }
    by = UNSTORABLE.sub("", str(line["by"])).strip()[:200]
    if not by:
        raise ArchiveInvalid("The file holds something that nobody has signed.")
    at = WHEN.validate_python(line["at"])
    return {"id": new_id(), "study_id": study_id, "at": at, "by": by, "kind": payload["kind"], "payload": stored}


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n").encode()
