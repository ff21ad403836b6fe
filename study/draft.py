"""A protocol's text while it is edited: whether every check passes, and what is wrong at which line. Pure but for files read.

A draft may be as wrong as it likes; only what is in order can be given to participants.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from study.errors import Problem, ProtocolInvalid
from study.protocol import Mechanisms, Protocol
from study.protocol_file import parse_protocol
from study.yaml_file import MAX_BYTES, Document, parse_yaml

Further = Callable[[Protocol, str], Sequence[Problem]]
"""Checks of a protocol that is otherwise in order, which other packages know: (protocol, name of the file) → problems."""


@dataclass(frozen=True)
class Note:
    """A problem at a line of the text, from 1; 0 where it belongs to no line. `place`: a path such as design.orders."""

    line: int
    place: str
    said: str


@dataclass(frozen=True)
class Checked:
    """A text after every check. `document` is what could be read of it, `protocol` is there if all is in order."""

    protocol: Protocol | None
    notes: tuple[Note, ...]
    document: Document | None

    def at(self, place: str) -> list[Note]:
        """The problems of one place, or of what is in it."""
        inner = re.compile(rf"{re.escape(place)}($|[.\[])")
        return [note for note in self.notes if inner.match(note.place)]


def check(text: str, own_id: str, folder: Path, mechanisms: Mechanisms, further: Further | None = None) -> Checked:
    """Everything that is wrong with a draft of the study that runs the protocol `own_id`.

    `folder` holds tasks, instruments and translations, and nothing outside it is read.
    """
    name, data = f"{own_id}.yaml", text.encode("utf-8", "surrogatepass")
    document = parse_yaml(data, name, [])
    try:
        protocol = parse_protocol(data, name, folder, mechanisms)
        problems = list(further(protocol, name)) if further else []
    except ProtocolInvalid as invalid:
        protocol, problems = None, list(invalid.problems)
    problems += _other_id(document, own_id, name)
    notes = sorted((_note(problem, name, text, document) for problem in problems), key=lambda note: note.line)
    return Checked(None if notes else protocol, tuple(notes), document)


def is_too_long(text: str) -> bool:
    """Whether it is more than a protocol may be, in bytes."""
    return len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES


def _other_id(document: Document | None, own_id: str, name: str) -> list[Problem]:
    found = document.content.get("id") if document else None
    if not isinstance(found, str) or found == own_id:
        return []
    return [
        Problem(name, "id", f"the study runs '{own_id}'.", "Keep it, or make a new study of this on the page Studies.")
    ]


def _note(problem: Problem, name: str, text: str, document: Document | None) -> Note:
    said = f"{problem.message} {problem.suggestion}".strip()
    if problem.file != name:
        where = f"{problem.file}: {problem.place}" if problem.place else problem.file
        return Note(_naming(problem.file, text), "", f"{where}: {said}")
    if problem.line is not None:
        return Note(problem.line, problem.path, f"{problem.path}: {said}" if problem.path else said)
    if found := re.match(r"line (\d+)", problem.path):  # no YAML: only a place in the text is known
        return Note(int(found[1]), "", said)
    parts = [int(part) if part.isdigit() else part for part in re.findall(r"\w+", problem.path)]
    line = document.spot(parts).line if document else None
    return Note(line or 0, problem.path, f"{problem.path}: {said}" if problem.path else said)


def _naming(file: str, text: str) -> int:
    """The line that names a task, an instrument or a language whose file is meant."""
    folder, _, stem = file.removesuffix(".yaml").rpartition("/")
    word = stem.rpartition(".")[2]
    key = (
        rf"(?m)^languages:.*\b{re.escape(word)}\b"
        if folder == "translations"
        else rf"[\[\s,]{re.escape(word)}(?=[\],\s])"
    )
    found = re.search(key, text)
    return text.count("\n", 0, found.end()) + 1 if found else 0
