"""The draft of a study's protocol: kept with every word, never overwritten unseen, given to participants as a version."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from study.database import reading, writing
from study.draft import is_too_long
from study.errors import AtelierError
from study.log import UNSTORABLE, now
from study.protocol import Protocol
from study.protocol_text import as_text
from study.studies import get_study, held_study, protocol_of
from study.tables import Draft, Study, StudyVersion, VersionText
from study.versions import protocol_of_version, revise_in
from study.yaml_file import MAX_BYTES


class DraftMoved(AtelierError):
    """Somebody saved the draft, or made a version, after this text was opened; nothing was overwritten."""


@dataclass(frozen=True)
class Seen:
    """What somebody had before them when they changed something: the version it was begun on, and which saving."""

    version: int
    revision: int


@dataclass(frozen=True)
class OpenDraft:
    """What is edited. `by` is empty as long as nobody saved anything that differs from the version."""

    text: str
    seen: Seen
    by: str = ""
    saved: datetime | None = None

    @property
    def is_changed(self) -> bool:
        """Whether there is anything that participants do not get already."""
        return bool(self.by)


def open_draft(engine: Engine, study_id: str) -> OpenDraft:
    """The draft of a study; where nothing was changed, the text of its latest version. Raises NotFound."""
    study = get_study(engine, study_id)
    with reading(engine) as db:
        return _open(db, study)


def text_of(engine: Engine, study_id: str, number: int) -> str:
    """The text of one version: the one it was made from if that is known. Raises NotFound."""
    with reading(engine) as db:
        kept = db.get(VersionText, (study_id, number))
    return kept.text if kept else as_text(protocol_of_version(engine, study_id, number))


def keep_text(engine: Engine, study_id: str, number: int, text: str) -> None:
    """Remember the text that a version was made from, with its comments."""
    with writing(engine) as db:
        db.merge(VersionText(study_id=study_id, number=number, text=_storable(text)))


def save(engine: Engine, study_id: str, text: str, seen: Seen, by: str) -> Seen:
    """Keep a text as the draft, however wrong it is; what there is to see now.

    Saving the same text again does nothing. Raises DraftMoved where others changed it since it was `seen`, and
    AtelierError for what cannot be kept.
    """
    text = _storable(text)
    with writing(engine) as db:
        found = _open(db, held_study(db, study_id))
        if found.text == text:
            return found.seen
        if found.seen != seen:
            raise DraftMoved(_who_moved(found, seen))
        return _write(db, study_id, text, Seen(seen.version, seen.revision + 1), by)


def discard(engine: Engine, study_id: str, seen: Seen, by: str) -> Seen:
    """Back to the text of the latest version. Raises DraftMoved."""
    with writing(engine) as db:
        study = held_study(db, study_id)
        found = _open(db, study)
        if found.seen != seen:
            raise DraftMoved(_who_moved(found, seen))
        return _write(db, study_id, _current(db, study), Seen(study.version, seen.revision + 1), by)


def publish(engine: Engine, study_id: str, protocol: Protocol, read: OpenDraft, note: str, by: str) -> StudyVersion:
    """Give new participants what stands in the draft: `protocol` is what was read from the text of `read`.

    Raises DraftMoved where the draft is another by now, and what `study.versions.revise` raises.
    """
    with writing(engine) as db:
        found = _open(db, held_study(db, study_id))
        if (found.seen, found.text) != (read.seen, read.text):
            raise DraftMoved(_who_moved(found, read.seen))
        row = revise_in(db, study_id, protocol, note, by)
        db.merge(VersionText(study_id=study_id, number=row.number, text=read.text))
        _write(db, study_id, read.text, Seen(row.number, read.seen.revision + 1), by)
    return row


def _open(db: Session, study: Study) -> OpenDraft:
    current = _current(db, study)
    row = db.get(Draft, study.id)
    if row is None:
        return OpenDraft(current, Seen(study.version, 0))
    if row.text in (current, _text(db, study.id, row.version)):
        return OpenDraft(current, Seen(study.version, row.revision))
    return OpenDraft(row.text, Seen(row.version, row.revision), row.by, row.at)


def _current(db: Session, study: Study) -> str:
    return _text(db, study.id, study.version) or as_text(protocol_of(study))


def _text(db: Session, study_id: str, number: int) -> str:
    if kept := db.get(VersionText, (study_id, number)):
        return kept.text
    row = db.get(StudyVersion, (study_id, number))
    return as_text(protocol_of(row)) if row else ""


def _write(db: Session, study_id: str, text: str, seen: Seen, by: str) -> Seen:
    db.merge(Draft(study_id=study_id, text=text, version=seen.version, revision=seen.revision, by=by, at=now()))
    return seen


def _who_moved(found: OpenDraft, seen: Seen) -> str:
    if found.saved and found.seen.revision != seen.revision:
        minutes = (now() - found.saved).total_seconds() / 60
        return f"{found.by} saved this draft {minutes:.0f} min ago, after you had opened it. Nothing was overwritten."
    return f"New participants get version {found.seen.version} since you opened this draft. Nothing was overwritten."


def _storable(text: str) -> str:
    """The text with the line ends of the record. Raises AtelierError for what is too long or cannot be stored."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_too_long(text):
        raise AtelierError(f"A protocol has at most {MAX_BYTES:,} bytes. Shorten it; nothing was saved.")
    if found := UNSTORABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise AtelierError(f"Line {line} holds a character that cannot be stored. Remove it; nothing was saved.")
    return text
