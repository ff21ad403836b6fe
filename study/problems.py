"""What is wrong with a file, in the words of somebody who writes one: where, what was expected, what to do."""

import datetime
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from study.errors import Problem
from study.yaml_file import Document, Spot

Location = tuple[int | str, ...]
EXPECTED = {
    "string_type": "a text",
    "string_unicode": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "date_type": "a date such as 2026-03-31",
    "date_parsing": "a date such as 2026-03-31",
    "date_from_datetime_parsing": "a date such as 2026-03-31",
    "date_from_datetime_inexact": "a date such as 2026-03-31",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "less than {lt:g}",
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
"""Type of a pydantic error → what should stand there."""
PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "an id: small letters, digits and _, beginning with a letter",
    r"^https?://[^\s/?#{}]+([/?#]\S*)?$": "an address that begins with http:// or https:// and a host",
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "a language as browsers name it, such as de or pt-BR",
    r"^[A-Z][A-Z0-9_]*_API_KEY$": "the name of an environment variable that ends in _API_KEY, never a key itself",
    r"^[\w.-]+$": "the name of a parameter of the link: letters, digits, _, . and -",
}
SPOKEN_PLACE = re.compile(r"([a-z_]+)((?:\[\d+\]|\.[a-z_]+)*): (.+)")
"""A sentence of a cross-check that begins with the place it speaks of."""


@dataclass(frozen=True)
class _Error:
    """One error of pydantic's, with the spot it is about."""

    type: str
    spot: Spot
    location: Location
    found: Any
    context: Mapping[str, Any]

    @property
    def expected(self) -> str | None:
        """What should stand there, where that can be said so."""
        if self.type == "string_pattern_mismatch":
            return PATTERNS.get(self.context["pattern"], f"a text of the form {self.context['pattern']}")
        return EXPECTED[self.type].format(**self.context) if self.type in EXPECTED else None


def problems_of(
    error: ValidationError, document: Document, model: type[BaseModel], prefix: Location = ()
) -> list[Problem]:
    """Every problem that a validation found, once each; `prefix` is where in the document it began."""
    places: dict[str, list[_Error]] = {}
    for item in error.errors():
        location, context = tuple(item["loc"]), item.get("ctx", {})
        spot = _spot(document, (*prefix, *location), item["type"], str(context.get("discriminator", "")).strip("'"))
        places.setdefault(spot.path, []).append(_Error(item["type"], spot, location, item["input"], context))
    return [
        problem
        for path, errors in places.items()
        if not any(other.startswith((f"{path}.", f"{path}[")) for other in places)  # what is in it is wrong, and said
        for problem in _worded(errors, document, model)
    ]


def _spot(document: Document, location: Location, kind: str, discriminator: str) -> Spot:
    """The place of an error: that of a missing key is where it should be, that of a wrong tag is the tag."""
    if kind == "missing":
        return document.spot(location[:-1], absent=location[-1])
    if kind == "union_tag_not_found":
        return document.spot(location, absent=discriminator)
    return document.spot((*location, discriminator) if discriminator else location)


def nearest(word: str, known: Sequence[str]) -> str:
    """The hint for a word that is not among the known ones."""
    if close := difflib.get_close_matches(word, known, n=1):
        return f"Did you mean '{close[0]}'?"
    return f"Known: {', '.join(sorted(known))}." if len(known) <= 12 else "See protocols/active_vs_passive.yaml."


def _worded(errors: list[_Error], document: Document, model: type[BaseModel]) -> Iterator[Problem]:
    """The problems at one place; where a value may be of several types, each of them said what it expected."""
    first, file = errors[0], document.file
    path, line = first.spot.path, first.spot.line
    if first.type == "extra_forbidden":
        key, known = str(first.location[-1]), _known_keys(model, first.location)
        yield Problem(file, path, f"'{key}' is not a known key.", nearest(key, known), line)
    elif first.type in ("missing", "union_tag_not_found"):
        yield Problem(file, path, "is missing.", "Add it.", line)
    elif first.type == "union_tag_invalid":
        tags, named = _quoted(first.context["expected_tags"]), first.context["tag"]
        yield Problem(file, path, f"'{named}' is not known here.", nearest(named, tags), line)
    elif first.type == "value_error":
        yield from _spoken(first, document, model)
    else:
        wanted = list(dict.fromkeys(one.expected for one in errors if one.expected))
        message = f"must be {' or '.join(wanted)}." if wanted else f"does not fit ({first.type})."
        yield Problem(file, path, message, _hint(errors, wanted), line)


def _spoken(error: _Error, document: Document, model: type[BaseModel]) -> Iterator[Problem]:
    """Sentences of the models' own checks, each at the place it begins with, if it does."""
    for sentence in str(error.context["error"]).split("\n"):
        named = SPOKEN_PLACE.fullmatch(sentence)
        hint = _reading(error.found, error.spot.written) if isinstance(error.found, bool) else ""
        if named is None or named[1] not in model.model_fields:
            yield Problem(document.file, error.spot.path, f"{sentence}.", hint, error.spot.line)
            continue
        parts = re.findall(r"[a-z_]+|\d+", named[1] + named[2])
        spot = document.spot([int(part) if part.isdigit() else part for part in parts])
        path = spot.path if len(spot.path) == len(named[1] + named[2]) else named[1] + named[2]
        yield Problem(document.file, path, f"{named[3]}.", hint, spot.line)


def _hint(errors: list[_Error], wanted: list[str]) -> str:
    found, written = errors[0].found, errors[0].spot.written
    allowed = [word for one in errors for word in _quoted(str(one.context.get("expected", "")))]
    if allowed and isinstance(found, str) and difflib.get_close_matches(found, allowed, n=1):
        return nearest(found, allowed)
    texts = any(one.type in ("string_type", "literal_error") for one in errors)
    if texts and not isinstance(found, str | dict | list):
        return _reading(found, written)
    if isinstance(found, str) and any("number" in words for words in wanted) and _is_number(found):
        return f"'{found}' is read as a text; write {float(found):g}."
    return f"Found: {str(found)[:80]!r}."


def _reading(found: Any, written: str | None) -> str:
    """What YAML made of an unquoted word."""
    if found is None and not written:
        return "Nothing is written there."
    kinds = ((bool, str(found).lower()), (int | float, "a number"), (datetime.date, "a date"), (type(None), "nothing"))
    kind = next((name for kind, name in kinds if isinstance(found, kind)), type(found).__name__)
    word = written if written is not None else str(found)
    return f'YAML reads {word} as {kind}; for the text write "{word}" in quotes.'


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def _quoted(words: str) -> list[str]:
    return re.findall(r"'([^']*)'", words)


def _known_keys(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that may stand at this place."""
    here = [model]
    for part in location[:-1]:
        fields = [m.model_fields[part] for m in here if isinstance(part, str) and part in m.model_fields]
        if fields:
            here = [inner for field in fields for inner in _models_in(field.annotation)]
        elif isinstance(part, str):  # the tag of a union, or the key of a mapping
            here = [
                m for m in here if any(f.default == part or _is_tag(f, part) for f in m.model_fields.values())
            ] or here
    return list(dict.fromkeys(name for m in here for name in m.model_fields))


def _is_tag(field: FieldInfo, part: str) -> bool:
    return (
        part in getattr(field.annotation, "__args__", ()) and getattr(field.annotation, "__origin__", None) is Literal
    )


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arg in getattr(annotation, "__args__", ()) for model in _models_in(arg)]
