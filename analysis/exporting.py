"""Making an export and noting it in the record: what left, with whose data, in which file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from analysis.export import EVERYONE, export
from study.acts import Exported
from study.advance import Advance
from study.errors import AtelierError
from study.exports_folder import exports_folder
from study.records import Record, note_made
from study.sealing import seal_of_record
from study.selection import Selection


@dataclass(frozen=True)
class Asked:
    """What is to be in an export."""

    only: Selection = EVERYONE
    identifiers: bool = False

    @property
    def said(self) -> str:
        """In words, for the act."""
        return f"{self.only.said}; {'with platform ids' if self.identifiers else 'pseudonymous'}"


def make_export(record: Record, target: Path, asked: Asked, by: str, advance: Advance) -> Path:
    """Write an export to `target`. Raises AtelierError if that cannot be, or if somebody was erased meanwhile."""
    _write(record, target, asked, advance)
    _note(record, target, asked, by)
    return target


def make_kept_export(record: Record, data_dir: Path, asked: Asked, by: str, advance: Advance) -> Path:
    """Write an export into the study's folder of exports, named for its content; it takes the place of the last one."""
    folder = exports_folder(data_dir, record.study.id)
    made = _write(record, folder / f"{record.study.id}.zip", asked, advance)
    target = made.replace(folder / f"{record.study.id}-{_digest(made)[:8]}.zip")
    _note(record, target, asked, by, target.name)
    for earlier in set(folder.glob("*.zip")) - {target}:
        earlier.unlink(missing_ok=True)
    return target


def _write(record: Record, target: Path, asked: Asked, advance: Advance) -> Path:
    try:
        return export(record, target, asked.identifiers, advance, asked.only)
    except OSError as error:
        raise AtelierError(f"{target} cannot be written ({error.strerror}). Name another file with --to.") from error


def _note(record: Record, target: Path, asked: Asked, by: str, file: str = "") -> None:
    chosen, seal = asked.only.of(record), seal_of_record(record)
    act = Exported(
        what=asked.said,
        rows=chosen.size,
        file=file,
        content_hash=_digest(target),
        identifiers=asked.identifiers,
        complete=seal.people.complete if any(not row.simulated for row in chosen.sessions) else 0,
        sealed=seal.is_sealed,
    )
    try:
        note_made(record, by, act)
    except AtelierError:
        target.unlink(missing_ok=True)
        raise


def _digest(file: Path) -> str:
    with file.open("rb") as held:
        return hashlib.file_digest(held, "sha256").hexdigest()
