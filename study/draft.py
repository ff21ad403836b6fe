"""A protocol's text while it is edited: whether every check passes, and what is wrong at which line. Pure but for files read.

A draft may be as wrong as it likes; only what is in order can be given to participants.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import AtelierError, Problem, ProtocolInvalid
from study.protocol import KEY, Completion, Design, Mechanisms, Protocol, TaskRule
from study.protocol_file import file_problems, protocol_in
from study.shelf import Shelf
from study.yaml_edit import ABSENT, Fresh, Place, arrange, drop, put, value_at
from study.yaml_file import MAX_BYTES, Document, parse_yaml

ORDER = tuple(name for model in (Protocol, Design, TaskRule, Completion) for name in model.model_fields)
"""After which keys a new one is written."""
Further = Callable[[Protocol, str], Sequence[Problem]]
"""Checks of a protocol that is otherwise in order, which other packages know: (protocol, name of the file) → problems."""


class ChangedMeanwhile(AtelierError):
    """Somebody else changed the same place of a draft; nothing was overwritten."""


@dataclass(frozen=True)
class Note:
    """A problem at a line of the text, from 1; 0 where it belongs to no line. `place`: a path such as design.orders."""

    line: int
    place: str
    said: str


@dataclass(frozen=True)
class Checked:
    """A text after every check. `document` is what could be read of it, `protocol` is there if all is in order.

    `problems`: what the notes were made of, those of the files that it names among them.
    """

    protocol: Protocol | None
    notes: tuple[Note, ...]
    document: Document | None
    problems: tuple[Problem, ...] = ()

    def at(self, place: str) -> list[Note]:
        """The problems of one place, or of what is in it."""
        inner = re.compile(rf"{re.escape(place)}($|[.\[])")
        return [note for note in self.notes if inner.match(note.place)]


def check(
    text: str, own_id: str, beside: Shelf | Path, mechanisms: Mechanisms, further: Further | None = None
) -> Checked:
    """Everything that is wrong with a draft of the study that runs the protocol `own_id`.

    `beside` holds tasks, instruments and translations, and nothing outside it is read.
    """
    name, data = f"{own_id}.yaml", text.encode("utf-8", "surrogatepass")
    unread: list[Problem] = []
    document = parse_yaml(data, name, unread)
    try:
        protocol = protocol_in(document, beside, mechanisms, unread)
        problems = list(further(protocol, name)) if further else []
    except ProtocolInvalid as invalid:
        protocol, problems = None, list(invalid.problems)
    problems += _other_id(document, own_id, name)
    notes = sorted((_note(problem, name, text, document) for problem in problems), key=lambda note: note.line)
    return Checked(None if notes else protocol, tuple(notes), document, tuple(problems))


def check_file(path: str, text: str, of: Checked) -> tuple[Note, ...]:
    """What is wrong with a task, an instrument or a translation: by itself, and beside the draft `of` which it is."""
    found = dict.fromkeys([*file_problems(path, text), *(one for one in of.problems if one.file == path)])
    document = parse_yaml(text.encode("utf-8", "surrogatepass"), path, [])
    notes = dict.fromkeys(_note(problem, path, text, document) for problem in found)
    return tuple(sorted(notes, key=lambda note: note.line))


def path_of(place: Place) -> str:
    """A place as problems name it: design.orders, conditions[0].mechanisms[1]."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")


def with_value(text: str, place: Place, shown: Any, value: Any) -> str:
    """The text with another value at a place; None removes it, as does nothing written.

    `shown` is what somebody had before them. Raises ChangedMeanwhile where something else stands there by now,
    EditRefused, and AtelierError for what may be a key in the place of its name.
    """
    _still(text, place, shown)
    if tuple(place) == ("model_key",) and value and not KEY.fullmatch(str(value)):
        raise AtelierError(
            "This is no name of a secret: that consists of capitals, digits and _, and ends in _API_KEY. Nothing was saved. "
            "If it was the key itself, set it in the server’s environment and write the variable’s name here."
        )
    return drop(text, place) if value is None or value == "" else put(text, place, value, ORDER)


def with_items(text: str, place: Place, shown: Any, chosen: Sequence[str], key: str | None = None) -> str:
    """The text with a list of just these; those that were there stay as they are written.

    `key`: the items are mappings, named by it. Raises ChangedMeanwhile, EditRefused.
    """
    _still(text, place, shown)
    names = [item.get(key) if key and isinstance(item, dict) else item for item in shown or ()]
    fresh = [Fresh({key: name} if key else name) for name in chosen]
    return arrange(text, place, [names.index(n) if n in names else one for n, one in zip(chosen, fresh, strict=True)])


def _still(text: str, place: Place, shown: Any) -> None:
    document = parse_yaml(text.encode("utf-8", "surrogatepass"), "", [])
    found = value_at(document.content, place) if document else ABSENT
    if document and (None if found is ABSENT else found) != shown:
        raise ChangedMeanwhile(
            f"{path_of(place)} was changed meanwhile. Look at what stands there now; nothing was saved."
        )


def decoded(name: str, data: bytes) -> str:
    """The text of a file that was handed over. Raises AtelierError for what is no text, or too long for a protocol."""
    if len(data) > MAX_BYTES:
        raise AtelierError(f"{name} is larger than {MAX_BYTES:,} bytes, and no protocol. Nothing was changed.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AtelierError(f"{name} cannot be read: it is not UTF-8. Save it as UTF-8 text.") from error


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
