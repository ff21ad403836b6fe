"""Conditions as a blinded researcher may meet them: under neutral codes that say nothing of their order."""

import hashlib
from collections.abc import Iterable, Mapping
from string import ascii_uppercase

from study.access import Access
from study.tables import Study


def shown_conditions(access: Access, study: Study, ids: Iterable[str]) -> dict[str, str]:
    """Condition id → what is shown for it: itself, or for who is blinded a letter, always the same within a study."""
    wanted = sorted(set(ids))
    if access.may("see_condition"):
        return {name: name for name in wanted}
    return codes(study.seed, wanted)


def codes(seed: int, ids: Iterable[str]) -> dict[str, str]:
    """A letter for each condition, shuffled by the study's seed, which no page shows."""
    shuffled = sorted(set(ids), key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).hexdigest())
    return {name: _letters(place) for place, name in enumerate(shuffled)}


def coded(text: str, shown: Mapping[str, str], between: str = " → ") -> str:
    """An order such as “a → b” with each condition as it is shown."""
    return between.join(shown.get(part, part) for part in text.split(between))


def _letters(place: int) -> str:
    more, last = divmod(place, len(ascii_uppercase))
    return (_letters(more - 1) if more else "") + ascii_uppercase[last]
