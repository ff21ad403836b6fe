"""What lies beside a report: its tables as CSV and LaTeX, the numbers behind its figures as CSV."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from analysis.csv_text import safe_csv
from analysis.report.document import Section
from analysis.report.latex import latex

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that equal tables give equal bytes."""


def beside(sections: Sequence[Section], label: str) -> dict[str, bytes]:
    """Path within the folder → content. Raises ValueError where two tables or two figures have one name."""
    found: dict[str, bytes] = {}
    for path, content in _files(sections, label):
        if path in found:
            raise ValueError(f"Two parts of the report would be written to {path}.")
        found[path] = content
    return found


def zipped(files: Mapping[str, bytes]) -> bytes:
    """All of them in one archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, date_time=EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def _files(sections: Sequence[Section], label: str) -> Iterator[tuple[str, bytes]]:
    for section in sections:
        for table in section.tables():
            yield f"tables/{table.name}.csv", safe_csv(table.frame)
            yield f"tables/{table.name}.tex", latex(table, label).encode()
        for drawing in section.drawings():
            yield f"figures/{drawing.name}.csv", safe_csv(drawing.figure.frame)
