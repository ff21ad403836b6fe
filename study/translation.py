"""The texts of a protocol, and the protocol in another language. Pure.

A walk over the models finds every field marked as `Text`. Translations go by the source text, as in gettext, so
that shared tasks and instruments need no ids for them; the white space of a folded text does not count.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel

from study.instruments import Item
from study.protocol import Mechanisms, MechanismUse, Protocol
from study.text import is_marked

Model = TypeVar("Model", bound=BaseModel)
Turn = Callable[[str, str], str]
"""(text, its place) → the text that stands there from now on."""
PLACEHOLDER = re.compile(r"\{+[\w.-]+\}+")
WITHOUT_WORDS = re.compile(r"[^\W\d_]?|[\W\d_]*")
NO_TEXTS = ("translations", "languages")


@dataclass(frozen=True)
class SourceText:
    """A text that participants read, and where it is first used."""

    text: str
    place: str

    @property
    def key(self) -> str:
        """What its translation is found by."""
        return key_of(self.text)

    @property
    def needed(self) -> bool:
        """Whether it has to be translated: a single letter (version A) or a number stays as it is."""
        return not WITHOUT_WORDS.fullmatch(self.text.strip())


def texts(protocol: Protocol, mechanisms: Mechanisms) -> list[SourceText]:
    """Every text of a protocol, in order, once each; places name elements of lists by their id."""
    found: dict[str, SourceText] = {}

    def note(text: str, place: str) -> str:
        found.setdefault(key_of(text), SourceText(text, place))
        return text

    _Walk(mechanisms, note).model(protocol, "")
    return list(found.values())


def in_language(protocol: Protocol, language: str, mechanisms: Mechanisms) -> Protocol:
    """The protocol as somebody meets it who takes it in this language: a protocol of that language alone.

    Raises KeyError if the study does not offer the language.
    """
    if language == protocol.language:
        return protocol
    known = protocol.translations[language]
    turned = _Walk(mechanisms, lambda text, _place: known.get(key_of(text), text)).model(protocol, "")
    return turned.model_copy(update={"language": language, "languages": (), "translations": {}})


def key_of(text: str) -> str:
    """What a translation is found by: the text, its white space made one."""
    return " ".join(text.split())


def table_of(translated: Mapping[str, str | None]) -> dict[str, str]:
    """Key → translation, of those that say something."""
    return {key_of(text): said for text, said in translated.items() if said and said.strip()}


def lost_placeholders(text: str, translation: str) -> list[str]:
    """Placeholders such as {task} that do not stand equally often in both."""
    one, other = (Counter(PLACEHOLDER.findall(said)) for said in (text, translation))
    return sorted({*(one - other), *(other - one)})


class _Walk:
    """Puts a text in the place of each; what does not change stays the same object."""

    def __init__(self, mechanisms: Mechanisms, turn: Turn) -> None:
        self.mechanisms, self.turn = mechanisms, turn

    def model(self, value: Model, place: str) -> Model:
        changed = {}
        for name, holds_text in _fields(type(value)):
            old = getattr(value, name)
            new = self.value(old, holds_text, f"{place}.{name}" if place else name)
            if new is not old:
                changed[name] = new
        return value.model_copy(update=changed) if changed else value

    def value(self, value: Any, holds_text: bool, place: str) -> Any:
        match value:
            case str():
                return self.turn(value, place) if holds_text and value.strip() else value
            case MechanismUse():
                return self.mechanism(value, place)
            case Item() if value.type == "semantic" and value.only_names_its_ends():
                return self.ends(value, place)
            case BaseModel():
                return self.model(value, place)
            case tuple() | list():
                turned = [self.value(v, holds_text, f"{place}[{_name(v, n)}]") for n, v in enumerate(value)]
                return type(value)(turned) if _differ(turned, value) else value
            case dict():
                entries = {key: self.value(v, holds_text, f"{place}.{key}") for key, v in value.items()}
                return entries if _differ(entries.values(), value.values()) else value
        return value

    def mechanism(self, use: MechanismUse, place: str) -> MechanismUse:
        """The parameters as their model reads them; unknown ones are left to the check of mechanisms."""
        model = self.mechanisms.get(use.name)
        if model is None:
            return use
        params = model.model_validate(use.params)
        turned = self.model(params, f"{place}.params")
        if turned is params:
            return use
        return use.model_copy(update={"params": turned.model_dump(mode="json", exclude_unset=True)})

    def ends(self, item: Item, place: str) -> Item:
        """A semantic differential that is called by its ends has no text beyond them."""
        bare = item.model_copy(update={"text": ""})
        turned = self.model(bare, place)
        return item if turned is bare else turned.named_by_its_ends()


@lru_cache(maxsize=200)
def _fields(model: type[BaseModel]) -> tuple[tuple[str, bool], ...]:
    """(name, whether it holds texts) of every field of a model."""
    return tuple(
        (name, is_marked(field.annotation) or any(map(is_marked, field.metadata)))
        for name, field in model.model_fields.items()
        if name not in NO_TEXTS
    )


def _name(element: Any, number: int) -> str:
    """What an element of a list is called: by its id, name or value, if it has one."""
    names = (getattr(element, key, None) for key in ("id", "name", "value"))
    return next((str(name) for name in names if name), str(number))


def _differ(new: Iterable[Any], old: Iterable[Any]) -> bool:
    return any(a is not b for a, b in zip(new, old, strict=True))
