"""Languages: their ids and names, and which of those offered fits a visitor best. Pure."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

LONGEST = 35
TAG = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
LanguageId = Annotated[str, Field(pattern=f"^{TAG}$", max_length=LONGEST)]
"""A language as browsers name it (BCP 47): de, es, pt-BR."""
ENGLISH = "en"
NAMES = {
    "ar": ("العربية", "Arabic"),
    "bg": ("Български", "Bulgarian"),
    "ca": ("Català", "Catalan"),
    "cs": ("Čeština", "Czech"),
    "da": ("Dansk", "Danish"),
    "de": ("Deutsch", "German"),
    "el": ("Ελληνικά", "Greek"),
    "en": ("English", "English"),
    "es": ("Español", "Spanish"),
    "et": ("Eesti", "Estonian"),
    "fa": ("فارسی", "Persian"),
    "fi": ("Suomi", "Finnish"),
    "fr": ("Français", "French"),
    "he": ("עברית", "Hebrew"),
    "hi": ("हिन्दी", "Hindi"),
    "hr": ("Hrvatski", "Croatian"),
    "hu": ("Magyar", "Hungarian"),
    "id": ("Bahasa Indonesia", "Indonesian"),
    "it": ("Italiano", "Italian"),
    "ja": ("日本語", "Japanese"),
    "ko": ("한국어", "Korean"),
    "lt": ("Lietuvių", "Lithuanian"),
    "lv": ("Latviešu", "Latvian"),
    "nb": ("Norsk bokmål", "Norwegian Bokmål"),
    "nl": ("Nederlands", "Dutch"),
    "pl": ("Polski", "Polish"),
    "pt": ("Português", "Portuguese"),
    "ro": ("Română", "Romanian"),
    "ru": ("Русский", "Russian"),
    "sk": ("Slovenčina", "Slovak"),
    "sl": ("Slovenščina", "Slovenian"),
    "sr": ("Српски", "Serbian"),
    "sv": ("Svenska", "Swedish"),
    "th": ("ไทย", "Thai"),
    "tr": ("Türkçe", "Turkish"),
    "uk": ("Українська", "Ukrainian"),
    "vi": ("Tiếng Việt", "Vietnamese"),
    "zh": ("中文", "Chinese"),
}
"""Id → (own name, English name); one that is not here is called by its id."""
RANGE = re.compile(r"([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.I)
"""One language of an Accept-Language header with its weight (RFC 9110, 12.5.4)."""
MOST_RANGES = 50


def own_name(language: str) -> str:
    """What its speakers call it, e.g. Deutsch, Português (BR)."""
    return _name(language, 0)


def english_name(language: str) -> str:
    """What it is called in English, e.g. German, Portuguese (BR)."""
    return _name(language, 1)


def is_language(value: object) -> bool:
    """Whether this can be the id of a language."""
    return isinstance(value, str) and len(value) <= LONGEST and bool(re.fullmatch(TAG, value))


def is_english(language: str) -> bool:
    """Whether it is English of any country."""
    return _primary(language) == ENGLISH


def preferred(offered: Sequence[str], asked: str = "", accepts: str = "") -> str:
    """The language of a visitor: what the link asks for, else what the browser accepts, else the first offered.

    `accepts` is an Accept-Language header. A range such as de-AT is content with de, one such as pt with pt-BR.
    """
    ranges = _ranges(accepts)
    refused = [name for name, weight in ranges if not weight]
    welcome = [one for one in offered if not any(_holds(name, one) for name in refused)]
    wanted = [name for name, weight in sorted(ranges, key=lambda pair: -pair[1]) if weight]
    found = [closest(asked.strip(), offered), *(closest(name, welcome) for name in wanted)]
    return next((language for language in found if language), offered[0])


def _ranges(accepts: str) -> list[tuple[str, float]]:
    """(range, weight) of each that can be read, as they stand."""
    matches = (RANGE.fullmatch(part.strip()) for part in accepts.split(",", MOST_RANGES)[:MOST_RANGES])
    return [(match[1], float(match[2] or 1)) for match in matches if match]


def closest(name: str, offered: Sequence[str]) -> str:
    """The language itself, else its ever shorter beginnings, else another kind of it; empty if there is none."""
    if name == "*":
        return next(iter(offered), "")
    parts = name[:LONGEST].split("-")
    kinds = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    exact = (one for kind in kinds for one in offered if _same(kind, one))
    return next(exact, next((one for one in offered if _same(parts[0], _primary(one))), ""))


def _holds(name: str, language: str) -> bool:
    """Whether a language is in a range: en-GB is in en."""
    return _same(name, language) or language.lower().startswith(f"{name.lower()}-")


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _primary(language: str) -> str:
    return language.split("-")[0].lower()


def _name(language: str, which: int) -> str:
    primary, _, rest = language.partition("-")
    name = NAMES.get(primary.lower())
    if name is None:
        return language
    return f"{name[which]} ({rest})" if rest else name[which]
