"""The file of a translation as `manage.py translate` writes it: every text in order, no translation lost."""

import os
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from study.errors import AtelierError, Problem, ProtocolInvalid
from study.translation import SourceText, key_of, table_of
from study.translation_check import TranslationFile, read_translation
from study.yaml_file import read_yaml

SCHEMA = "# yaml-language-server: $schema=translation.schema.json\n"


def completed(language: str, sources: Sequence[SourceText], before: TranslationFile | None) -> TranslationFile:
    """The file with every text in order: known translations are kept, new texts empty, outdated ones at the end.

    A text that came back gets its outdated translation again, unless there is a newer one.
    """
    old = before or TranslationFile(language=language, texts={})
    table = table_of(old.outdated) | table_of(old.texts)
    current = {source.key for source in sources}
    return TranslationFile(
        language=language,
        texts={s.text: table.get(s.key, "") for s in sources if s.needed or s.key in table},
        outdated={
            text: said for text, said in (_said(old.outdated) | _said(old.texts)).items() if key_of(text) not in current
        },
    )


def count_missing(file: TranslationFile) -> int:
    """Texts without a translation."""
    return sum(not (said and said.strip()) for said in file.texts.values())


def complete_file(path: Path, language: str, sources: Sequence[SourceText]) -> TranslationFile:
    """Write or complete a file; its leading comment lines stay. What cannot be read is left as it is.

    Raises ProtocolInvalid for a file that is there and cannot be read, AtelierError if it cannot be written.
    """
    before, head = None, SCHEMA
    if path.exists():
        before, head = _there(path, language), _head(path)
    file = completed(language, sources, before)
    try:
        path.parent.mkdir(exist_ok=True)
        _write(path, head + as_yaml(file, sources))
    except OSError as error:
        raise AtelierError(f"{path} cannot be written ({error.strerror}).") from error
    return file


def as_yaml(file: TranslationFile, sources: Sequence[SourceText] = ()) -> str:
    """The file as text; a comment says in which part of the protocol the following texts stand."""
    parts, part = {source.key: _part(source.place) for source in sources}, ""
    lines = [f"language: {file.language}\ntexts:" + ("" if file.texts else " {}")]
    for text, said in file.texts.items():
        if (here := parts.get(key_of(text), part)) != part:
            part = here
            lines.append(f"  # {part}")
        lines.append(_entry(text, said))
    if file.outdated:
        lines += ["outdated:", *(_entry(text, said) for text, said in file.outdated.items())]
    return "\n".join(lines) + "\n"


def _said(translated: Mapping[str, str | None]) -> dict[str, str | None]:
    return {text: said for text, said in translated.items() if said and said.strip()}


def _there(path: Path, language: str) -> TranslationFile:
    problems: list[Problem] = []
    document = read_yaml(path, f"{path.parent.name}/{path.name}", problems)
    read, more = read_translation(document, language) if document else (None, [])
    if read is None or problems or more:
        raise ProtocolInvalid([*problems, *more])
    return read


def _head(path: Path) -> str:
    """The comment lines with which a file begins."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    return "".join(lines[:first])


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a file that is being read, or a full disk, costs nobody a translation."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(text)
        os.chmod(name, path.stat().st_mode if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that a translator sees what a participant will.

    One that begins with white space, or ends with more than one line break, stands in quotes: a block would lose some of it.
    """


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if "\n" not in text else "|" if text.strip() and text.removesuffix("\n") == text.strip() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _as_block)


def _entry(text: str, said: str | None) -> str:
    options: dict[str, Any] = {"Dumper": _Dumper, "allow_unicode": True, "width": 110}
    return textwrap.indent(yaml.dump({text: said or ""}, **options).rstrip("\n"), "  ")


def _part(place: str) -> str:
    """The first part of a place: tasks[present], consent."""
    return place.split(".")[0]
