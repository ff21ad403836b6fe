"""Sentences of the interface that participants read: English in the code, other languages beside it.

As in gettext the English is the key: `sentences/<language>.yaml` says the same in another language. What stands in no
catalogue (a protocol's own text, a language that has none) stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import yaml

from study.languages import ENGLISH, closest, is_english, preferred

CATALOGUES = Path(__file__).with_name("sentences")
BLANK = re.compile(r"\{(\w+)\}")


class Sentence(str):
    """An English sentence that knows its {blanks}, so that a page can say it in the participant's language.

    `one` is said instead where `count` is 1.
    """

    pattern: str
    values: Mapping[str, Any]

    def __new__(cls, pattern: str, one: str = "", **values: Any) -> Self:
        """The sentence with its blanks filled in."""
        chosen = one if one and values.get("count") == 1 else pattern
        made = super().__new__(cls, _filled(chosen, values, "."))
        made.pattern, made.values = chosen, values
        return made


@dataclass(frozen=True)
class Catalogue:
    """What the interface says in one language: English sentence → the same, and how a number is written."""

    texts: Mapping[str, str]
    decimal: str = "."


NO_CATALOGUE = Catalogue({})


def in_language(language: str, text: str) -> str:
    """A sentence as participants of this language read it."""
    sentence = text if isinstance(text, Sentence) else Sentence(text)
    said = catalogue_of(language)
    values = {k: in_language(language, v) if isinstance(v, Sentence) else v for k, v in sentence.values.items()}
    return _filled(said.texts.get(sentence.pattern, sentence.pattern), values, said.decimal)


def recognised(text: str, language: str) -> Sentence:
    """A sentence that was recorded in English, with the blanks it was filled in with."""
    said = catalogue_of(language)
    if text not in said.texts:
        for pattern, form in _forms(said):
            if match := form.fullmatch(text):
                return Sentence(pattern, **{k: recognised(v, language) for k, v in match.groupdict().items()})
    return Sentence(text)


def catalogues() -> tuple[str, ...]:
    """The languages besides English that the interface can be in."""
    return tuple(sorted(file.stem for file in CATALOGUES.glob("*.yaml")))


def for_visitor(asked: str = "", accepts: str = "") -> str:
    """The language for somebody whose study is not known: what the link asks for, else an Accept-Language header."""
    return preferred((ENGLISH, *catalogues()), asked, accepts)


def has_catalogue(language: str) -> bool:
    """Whether the interface can be in this language."""
    return is_english(language) or closest(language, catalogues()) != ""


@lru_cache(maxsize=100)
def catalogue_of(language: str) -> Catalogue:
    """The catalogue for a language: its own, else that of its more general form (de for de-AT), else English."""
    if is_english(language) or not (name := closest(language, catalogues())):
        return NO_CATALOGUE
    read = yaml.safe_load((CATALOGUES / f"{name}.yaml").read_text(encoding="utf-8"))
    return Catalogue(read["texts"], read["decimal"])


@lru_cache(maxsize=100)
def _form_of(pattern: str) -> re.Pattern[str]:
    parts = re.split(BLANK, pattern)
    return re.compile("".join(f"(?P<{p}>.+)" if n % 2 else re.escape(p) for n, p in enumerate(parts)), re.DOTALL)


def _forms(said: Catalogue) -> list[tuple[str, re.Pattern[str]]]:
    return [(pattern, _form_of(pattern)) for pattern in said.texts if BLANK.search(pattern)]


def _filled(pattern: str, values: Mapping[str, Any], decimal: str) -> str:
    if not values:
        return pattern
    written = {k: f"{v:g}".replace(".", decimal) if isinstance(v, float) else v for k, v in values.items()}
    return BLANK.sub(lambda blank: str(written[blank[1]]), pattern)
