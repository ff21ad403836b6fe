"""The report of a study: one HTML file that needs nothing else, and the act that says who made it."""

import hashlib
import os
import tempfile
from pathlib import Path

from sqlalchemy import Engine

from analysis.frames import frames
from analysis.report.page import report_page
from study.act_log import record_act
from study.acts import ReportMade
from study.advance import Advance
from study.errors import AtelierError
from study.records import load_record
from study.sealing import seal_of_record
from study.settings import VERSION

PARTS = 4


def make_report(engine: Engine, study_id: str, folder: Path, by: str, advance: Advance) -> Path:
    """Write the report of a study into `folder` and note it in the record; returns its path.

    While the results are sealed, no outcome by condition is even computed. Raises NotFound naming the known studies,
    and AtelierError if the folder cannot be written.
    """
    advance(0, PARTS, "reading the record")
    record = load_record(engine, study_id)
    seal = seal_of_record(record)
    advance(1, PARTS, "making the tables")
    data = frames(record)
    advance(2, PARTS, "describing the data" if seal.is_sealed else "computing the measures")
    page = report_page(record, data, seal, by).encode()
    advance(3, PARTS, "writing the report")
    digest = hashlib.sha256(page).hexdigest()
    target = folder / f"{record.read_at:%Y%m%d-%H%M%S}-{digest[:8]}.html"
    _write(target, page)
    act = ReportMade(
        file=target.name,
        content_hash=digest,
        app_version=VERSION,
        complete=seal.people.complete,
        sealed=seal.is_sealed,
        simulated=seal.why == "simulated",
    )
    record_act(engine, study_id, by, act)
    advance(PARTS, PARTS, "the report is ready")
    return target


def _write(target: Path, content: bytes) -> None:
    """Beside its place first, so that nobody ever meets half a report."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise AtelierError(f"The report cannot be written to {target.parent} ({error.strerror}).") from error
