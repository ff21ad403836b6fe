"""What is wrong with the file of a translation: its form, its language, its texts."""

import difflib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from study.errors import Problem
from study.events import Frozen
from study.languages import LanguageId
from study.problems import problems_of
from study.translation import SourceText, key_of, lost_placeholders, table_of
from study.yaml_file import Document

MOST_NAMED = 10
"""So many texts are named one by one; of more it is said how many."""
SHOWN = 60


class TranslationFile(Frozen):
    """The texts of a protocol in one language: source text → translation; an empty one is missing.

    `outdated` keeps the translations of texts that are no longer in the protocol.
    """

    language: LanguageId
    texts: dict[str, str | None]
    outdated: dict[str, str | None] = Field(default_factory=dict)


def file_name(protocol_id: str, language: str) -> str:
    """What the file is called, without its ending."""
    return f"{protocol_id}.{language}"


def read_translation(document: Document, language: str) -> tuple[TranslationFile | None, list[Problem]]:
    """What a file says, and what is wrong with its form."""
    try:
        read = TranslationFile.model_validate(document.content)
    except ValidationError as error:
        return None, problems_of(error, document, TranslationFile)
    if read.language != language:
        message = f"is '{read.language}' in a file that is called {Path(document.file).name}."
        line = document.spot(("language",)).line
        return read, [Problem(document.file, "language", message, "Give both one language.", line)]
    return read, []


def text_problems(
    document: Document, translated: Mapping[str, str | None], sources: Sequence[SourceText]
) -> list[Problem]:
    """Texts of the protocol without a translation, translations of other texts, and placeholders that were lost."""
    known, table = {source.key: source for source in sources}, table_of(translated)
    missing = [source for source in sources if source.needed and source.key not in table]
    strange = [text for text in translated if key_of(text) not in known]
    return [
        *_first(document, (_missing(document, source) for source in missing), len(missing), "have no translation"),
        *_first(document, (_strange(document, text, missing) for text in strange), len(strange), "are not in it"),
        *(problem for text in translated for problem in _changed(document, text, translated[text])),
        *_twice(document, translated),
    ]


def _missing(document: Document, source: SourceText) -> Problem:
    hint = f"Write it, or run “python manage.py translate” to have all texts listed. It stands at {source.place}."
    return Problem(document.file, "texts", f"“{_short(source.text)}” has no translation.", hint, _line(document))


def _strange(document: Document, text: str, missing: Sequence[SourceText]) -> Problem:
    close = difflib.get_close_matches(key_of(text), [source.key for source in missing], n=1)
    hint = f"Did you mean “{_short(close[0])}”?" if close else "Move it to outdated, or take it out."
    return Problem(document.file, "texts", f"“{_short(text)}” is no text of the protocol.", hint, _line(document, text))


def _changed(document: Document, text: str, said: str | None) -> Iterator[Problem]:
    if said and said.strip() and (lost := lost_placeholders(text, said)):
        message = f"the translation of “{_short(text)}” does not hold {', '.join(lost)} as often as the text."
        yield Problem(document.file, "texts", message, "Copy them as they are.", _line(document, text))


def _twice(document: Document, translated: Mapping[str, str | None]) -> Iterator[Problem]:
    seen: set[str] = set()
    for text in translated:
        if key_of(text) in seen:
            message = f"“{_short(text)}” stands twice, with other white space."
            yield Problem(document.file, "texts", message, "Keep one of the two.", _line(document, text))
        seen.add(key_of(text))


def _first(document: Document, problems: Iterator[Problem], count: int, what: str) -> Iterator[Problem]:
    """The first problems of a kind, and how many more there are."""
    yield from (problem for problem, _ in zip(problems, range(MOST_NAMED), strict=False))
    if count > MOST_NAMED:
        more = f"{count - MOST_NAMED} more texts {what}."
        yield Problem(document.file, "texts", more, "Run “python manage.py translate”.", _line(document))


def _line(document: Document, text: str | None = None) -> int | None:
    return document.spot(("texts",) if text is None else ("texts", text)).line


def _short(text: str) -> str:
    return textwrap.shorten(text, SHOWN, placeholder="…")
