"""The draft of a study's protocol: kept with every word, never overwritten unseen, given to participants as a version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from study.database import reading, writing
from study.draft import is_too_long
from study.errors import AtelierError
from study.file_rows import keep_with_version_in, own_in, put_back_in
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
    """What is edited. `by` is empty as long as nobody saved a text that differs from the version's.

    `files`: path → text, of the study's own tasks, instruments and translations.
    """

    text: str
    seen: Seen
    by: str = ""
    saved: datetime | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        """Whether the text is another than the version's; what it names may have changed as well (`differs`)."""
        return bool(self.by)

    def differs(self, read: Protocol | None, used: Protocol) -> bool:
        """Whether this is anything else than what participants get; `read`: what it says, if it is in order."""
        return self.is_changed if read is None else read.content_hash() != used.content_hash()


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
        db.merge(VersionText(study_id=study_id, number=number, text=storable(text)))


def save(engine: Engine, study_id: str, text: str, seen: Seen, by: str) -> Seen:
    """Keep a text as the draft, however wrong it is; what there is to see now.

    Saving the same text again does nothing. Raises DraftMoved where others changed it since it was `seen`, and
    AtelierError for what cannot be kept.
    """
    text = storable(text)
    with writing(engine) as db:
        found = _open(db, held_study(db, study_id))
        if found.text == text:
            return found.seen
        if found.seen != seen:
            raise DraftMoved(_who_moved(found, seen))
        return _write(db, study_id, text, Seen(seen.version, seen.revision + 1), by)


def discard(engine: Engine, study_id: str, seen: Seen, by: str, files: Mapping[str, str] | None = None) -> Seen:
    """Back to the text and the files of the latest version. Raises DraftMoved.

    `files`: those that somebody had before them; without them, files stay as they are.
    """
    with writing(engine) as db:
        study = held_study(db, study_id)
        found = _open(db, study)
        if found.seen != seen or (files is not None and found.files != files):
            raise DraftMoved(_who_moved(found, seen))
        if files is not None:
            put_back_in(db, study_id, study.version, by)
        return _write(db, study_id, _current(db, study), Seen(study.version, seen.revision + 1), by)


def publish(engine: Engine, study_id: str, protocol: Protocol, read: OpenDraft, note: str, by: str) -> StudyVersion:
    """Give new participants what stands in the draft: `protocol` is what was read from the text of `read`.

    Raises DraftMoved where the draft is another by now, and what `study.versions.revise` raises.
    """
    with writing(engine) as db:
        found = _open(db, held_study(db, study_id))
        if (found.seen, found.text, found.files) != (read.seen, read.text, read.files):
            raise DraftMoved(_who_moved(found, read.seen))
        row = revise_in(db, study_id, protocol, note, by)
        db.merge(VersionText(study_id=study_id, number=row.number, text=read.text))
        keep_with_version_in(db, study_id, row.number)
        _write(db, study_id, read.text, Seen(row.number, read.seen.revision + 1), by)
    return row


def _open(db: Session, study: Study) -> OpenDraft:
    current = _current(db, study)
    row, files = db.get(Draft, study.id), own_in(db, study.id)
    if row is None:
        return OpenDraft(current, Seen(study.version, 0), files=files)
    if row.text in (current, _text(db, study.id, row.version)):
        return OpenDraft(current, Seen(study.version, row.revision), files=files)
    return OpenDraft(row.text, Seen(row.version, row.revision), row.by, row.at, files)


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
    if found.seen == seen:
        return "A file of the study was changed since you opened this draft. Look at it again; nothing was overwritten."
    return f"New participants get version {found.seen.version} since you opened this draft. Nothing was overwritten."


def storable(text: str, what: str = "A protocol") -> str:
    """The text with the line ends of the record. Raises AtelierError for what is too long or cannot be stored."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_too_long(text):
        raise AtelierError(f"{what} has at most {MAX_BYTES:,} bytes. Shorten it; nothing was saved.")
    if found := UNSTORABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise AtelierError(f"Line {line} holds a character that cannot be stored. Remove it; nothing was saved.")
    return text
