"""Tables as CSV that no spreadsheet takes for anything but text, and reading a list of ids from one."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from study.errors import AtelierError

FORMULA = r"^[=+\-@\t\r]"
"""How a text begins that a spreadsheet would compute."""
MAX_IDS, MAX_ID_LENGTH = 10_000, 100
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 CSV; a text that could be read as a formula has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def read_ids(data: bytes, name: str = "The file") -> list[str]:
    """The ids in a CSV file, in order: its only column, or the one that is headed `id`.

    Raises AtelierError saying which line is wrong: not UTF-8, empty, twice the same, too long, too many.
    """
    rows = _rows(data, name)
    if not rows:
        raise AtelierError(f"{name} is empty. Give one id on each line.")
    heads = [cell.strip().lower() for cell in rows[0][1]]
    column = heads.index("id") if "id" in heads else 0
    if "id" not in heads and any(len(row) > 1 for _line, row in rows):
        raise AtelierError(f"{name} has several columns. Head the one with the ids “id”.")
    seen: dict[str, int] = {}
    for line, row in rows[1:] if "id" in heads else rows:
        found = row[column].strip() if column < len(row) else ""
        if problem := _problem(found, seen):
            raise AtelierError(f"{name}, line {line}: {problem}")
        seen[found] = line
    if not seen:
        raise AtelierError(f"{name} has a heading and no ids. Give one id on each line.")
    if len(seen) > MAX_IDS:
        raise AtelierError(f"{name} has {len(seen):,} ids; {MAX_IDS:,} can be given at a time. Split it.")
    return list(seen)


def _rows(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """Line number and cells of every line that is not blank."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AtelierError(f"{name} is not UTF-8 text. Save it as CSV in UTF-8.") from error
    first = text.lstrip().split("\n", 1)[0]
    between = next((mark for mark in (";", "\t") if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise AtelierError(f"{name}, line {reader.line_num}: this is no CSV ({error}).") from error


def _problem(found: str, seen: dict[str, int]) -> str:
    if not found:
        return "there is no id."
    if _UNPRINTABLE.search(found):
        return "the id holds a character that cannot be printed."
    if len(found) > MAX_ID_LENGTH:
        return f"the id is longer than {MAX_ID_LENGTH} characters."
    return f"“{found}” stands on line {seen[found]} already." if found in seen else ""


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and re.match(FORMULA, cell) else "" if cell is None else cell
