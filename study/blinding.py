"""Conditions as a blinded researcher may meet them: under neutral codes that say nothing of their order."""

import hashlib
from collections.abc import Iterable, Mapping
from string import ascii_uppercase

from study.access import Access
from study.protocol import Protocol
from study.tables import Study


def shown_conditions(access: Access, study: Study, versions: Iterable[Protocol]) -> dict[str, str]:
    """Condition id → what is shown for it: itself, or for who is blinded a letter, always the same within a study.

    `versions`: every version of the study's protocol, the first one first; of fewer, letters would not be the same.
    """
    told = [[condition.id for condition in version.conditions] for version in versions]
    if access.may("see_condition"):
        return {name: name for ids in told for name in ids}
    return codes(study.seed, told)


def codes(seed: int, versions: Iterable[Iterable[str]]) -> dict[str, str]:
    """A letter for each condition, shuffled by the study's seed, which no page shows.

    What a later version adds comes after what was there, so that no letter changes its meaning.
    """
    order: list[str] = []
    for ids in versions:
        new = set(ids) - set(order)
        order += sorted(new, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).hexdigest())
    return {name: _letters(place) for place, name in enumerate(order)}


def coded(text: str, shown: Mapping[str, str], between: str = " → ") -> str:
    """An order such as “a → b” with each condition as it is shown."""
    return between.join(shown.get(part, part) for part in text.split(between))


def _letters(place: int) -> str:
    more, last = divmod(place, len(ascii_uppercase))
    return (_letters(more - 1) if more else "") + ascii_uppercase[last]
