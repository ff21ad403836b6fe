"""The report of a study: one HTML file that needs nothing else, its tables beside it, and the act that says who made it."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from analysis.frames import Frames, frames
from analysis.report import contents
from analysis.report.contents import section
from analysis.report.document import Section
from analysis.report.files import beside, zipped
from analysis.report.head import flow, head, quality
from analysis.report.outcomes import outcomes_of
from analysis.report.page import page
from analysis.results import SIMULATED_LABEL
from study.acts import ReportMade
from study.advance import Advance
from study.errors import AtelierError
from study.records import Record, load_record, note_made
from study.sealing import Seal, seal_of_record
from study.settings import VERSION

STEPS = 7
"""Reading, frames, what may always be seen, three of outcomes, writing; each part of outcomes is one more."""


def make_report(engine: Engine, study_id: str, folder: Path, by: str, advance: Advance) -> Path:
    """Write the report of a study into `folder` and note it in the record; returns its path.

    Beside `NAME.html` lie `NAME.zip` and the folder `NAME` with the same content: tables as CSV and LaTeX, the numbers behind
    figures as CSV. While the results are sealed, no outcome by condition is even computed. Raises NotFound naming the
    known studies, and AtelierError if the folder cannot be written.
    """
    told = _Told(advance)
    told("reading the record")
    record = load_record(engine, study_id)
    seal = seal_of_record(record)
    told("making the tables")
    data = frames(record)
    label = SIMULATED_LABEL if seal.why == "simulated" else ""
    sections = made(record, data, seal, told)
    told("writing the report")
    content = page(f"{record.study.title}: report", head(record, seal, by), sections, label).encode()
    digest = hashlib.sha256(content).hexdigest()
    target = folder / f"{record.read_at:%Y%m%d-%H%M%S}-{digest[:8]}.html"
    _write(target, content, beside(sections, label))
    act = ReportMade(
        file=target.name,
        content_hash=digest,
        app_version=VERSION,
        complete=seal.people.complete,
        sealed=seal.is_sealed,
        simulated=seal.why == "simulated",
    )
    try:
        note_made(record, by, act)
    except AtelierError:
        _remove(target)
        raise
    advance(told.total, told.total, "the report is ready")
    return target


def made(record: Record, data: Frames, seal: Seal, told: "_Told") -> list[Section]:
    """Every section that the seal allows."""
    told("describing the data")
    simulated = seal.why == "simulated"
    checked = Section("quality", "Quality of the data", tuple(quality(data, record.protocols, simulated)))
    if seal.is_sealed:
        return [Section("participants", "Participants", tuple(flow(data))), checked]
    of = outcomes_of(record, data, seal, told)
    design, people = section(contents.DESIGN, of), section(contents.PEOPLE, of)
    people = Section(
        people.id, people.title, (*flow(data), *people.blocks) if len(data.sessions) else tuple(flow(data))
    )
    found = [design, people, checked]
    for part in contents.PARTS:
        told(part[1].lower())
        found.append(section(part, of))
    return found


class _Told:
    """Counts what was done and passes it on."""

    def __init__(self, advance: Advance) -> None:
        self.done, self.total, self._advance = 0, STEPS + len(contents.PARTS), advance

    def __call__(self, text: str) -> None:
        self._advance(self.done, self.total, text)
        self.done += 1


def _write(target: Path, content: bytes, files: Mapping[str, bytes]) -> None:
    """All of it in a place of its own first, the page moved last, so that nobody ever meets half a report."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.stem}.") as name:
            place = Path(name)
            tables = place / target.stem
            for path, text in files.items():
                (tables / path).parent.mkdir(parents=True, exist_ok=True)
                (tables / path).write_bytes(text)
            (place / target.name).write_bytes(content)
            (place / f"{target.stem}.zip").write_bytes(zipped(files))
            _move(place, target)
    except OSError as error:
        raise AtelierError(f"The report cannot be written to {target.parent} ({error.strerror}).") from error


def _move(place: Path, target: Path) -> None:
    """Tables, archive, page. Broken off between them, what was moved is taken back."""
    parts = [target.with_suffix(""), target.with_suffix(".zip"), target]
    try:
        shutil.rmtree(parts[0], ignore_errors=True)
        for part in parts:
            os.replace(place / part.name, part)
    except BaseException:
        _remove(target)
        raise


def _remove(target: Path) -> None:
    shutil.rmtree(target.with_suffix(""), ignore_errors=True)
    for part in (target.with_suffix(".zip"), target):
        part.unlink(missing_ok=True)
