"""What a participant is called, blotted out of what researchers wrote elsewhere: for whoever is erased."""

import re

from annotated_types import MaxLen
from pydantic.fields import FieldInfo
from sqlmodel import Session, col, select

from study.acts import ACT_CLASSES
from study.coding import MARK_CLASSES
from study.events import EVENT_CLASSES, Frozen
from study.tables import (
    ActRow,
    CodingRow,
    Draft,
    EventRow,
    PersonalLink,
    Sitting,
    StudyFile,
    StudyVersion,
    VersionFile,
    VersionText,
)
from study.yaml_comments import in_comments

GONE = "[erased]"
SHORTEST = 3
"""An id with fewer letters is found everywhere, and says nothing."""
BY_RESEARCHERS = [
    kind for kind, of in EVENT_CLASSES.items() if (by := of.model_fields.get("by")) and by.annotation is str
]
"""Events that researchers write into the sessions of participants."""
WRITTEN = frozenset({
    ("study_created", "title"), ("version_added", "note"),
    ("participant_rejected", "reason"), ("place_freed", "reason"), ("moved_on", "reason"), ("exclusion_marked", "reason"),
    ("exclusion_unmarked", "old"), ("exclusion_unmarked", "reason"), ("results_unsealed", "reason"),
    ("status_changed", "reason"),
    ("session_rejected", "reason"), ("note_sent", "text"),
    ("code_defined", "name"), ("code_defined", "description"), ("memo_written", "text"),
    ("code_renamed", "old"), ("code_renamed", "new"), ("code_offered", "name"),
})  # fmt: skip
"""What researchers write freely: kind and field. All else is chosen or made, and says what was done to whom: an id that
happens to be a word of it (anybody can come with the id “P007” or “open”) must not change the record of others."""
WHOLE = re.compile(r"(?s).+")


def blot_out_in(db: Session, row: Sitting) -> None:
    """An act about a participant keeps its kind, time and name alone; elsewhere what they are called is blotted out.

    That is in other acts, in what researchers noted in the sessions of others, in codes and memos on those, and in what
    they noted on versions of the protocol. What is on their own session is no matter of this: it is deleted with it.
    """
    called, study = _called(db, row), row.study_id
    for act in db.exec(select(ActRow).where(ActRow.study_id == study)):
        about_them = act.payload.get("participant") == row.participant
        _blot(act, ACT_CLASSES[act.kind], WHOLE if about_them else called)
    noted = (
        select(EventRow)
        .join(Sitting, col(Sitting.id) == col(EventRow.session_id))
        .where(Sitting.study_id == study, col(EventRow.kind).in_(BY_RESEARCHERS), Sitting.id != row.id)
    )
    for entry in db.exec(noted):
        _blot(entry, EVENT_CLASSES[entry.kind], called)
    for mark in db.exec(select(CodingRow).where(CodingRow.study_id == study)):
        _blot(mark, MARK_CLASSES[mark.kind], called)
    _blot_versions(db, study, called)
    db.flush()


def _blot_versions(db: Session, study: str, called: re.Pattern[str]) -> None:
    """Notes on versions, and comments in what they were made from. What participants were given stays as it was."""
    for version in db.exec(select(StudyVersion).where(StudyVersion.study_id == study)):
        version.note = called.sub(GONE, version.note)
    for text in db.exec(select(VersionText).where(VersionText.study_id == study)):
        text.text = _without(text.text, called)
    for kept in db.exec(select(VersionFile).where(VersionFile.study_id == study)):
        kept.text = _without(kept.text, called)
    drafts: list[Draft | StudyFile] = [*db.exec(select(Draft).where(Draft.study_id == study))]
    drafts += [*db.exec(select(StudyFile).where(StudyFile.study_id == study))]
    for draft in drafts:
        if draft.text and (text_now := _without(draft.text, called)) != draft.text:
            draft.text, draft.revision = text_now, draft.revision + 1  # a page that is open must not bring it back


def _without(text: str, called: re.Pattern[str]) -> str:
    return in_comments(text, lambda comment: called.sub(GONE, comment)) if called.search(text) else text


def _called(db: Session, row: Sitting) -> re.Pattern[str]:
    """Their pseudonym and every id that leads to them, as a word of its own."""
    invited = db.exec(select(PersonalLink.person).where(PersonalLink.session_id == row.id)).all()
    names = [name for name in (row.participant, row.id, row.platform_id, *invited) if name and len(name) >= SHORTEST]
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.IGNORECASE)


def _blot(row: ActRow | EventRow | CodingRow, kind: type[Frozen], called: re.Pattern[str]) -> None:
    """Its texts without the names, no longer than such a text may be: the written ones, or each where all of it goes."""
    texts = {name: field for name, field in kind.model_fields.items() if field.annotation is str}
    row.payload = row.payload | {
        name: called.sub(GONE, str(row.payload[name]))[: _longest(field)]
        for name, field in texts.items()
        if name in row.payload and (called is WHOLE or (row.kind, name) in WRITTEN)
    }


def _longest(field: FieldInfo) -> int | None:
    return next((limit.max_length for limit in field.metadata if isinstance(limit, MaxLen)), None)
