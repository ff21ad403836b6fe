"""Which part of a full factorial design the conditions are, and what can then not be told apart."""

from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from study.protocol import Protocol

ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI"}


@dataclass(frozen=True)
class Fraction:
    """The combinations of levels that no condition has; for two-level factors the defining words.

    A word is a set of factors whose product is the same in every condition: the effect of each part of it
    is confounded with that of the rest (Box, Hunter & Hunter, 1978). `resolution`: length of the shortest.
    """

    missing: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def resolution(self) -> int | None:
        """How many factors stand in the shortest word; None where there is none."""
        return min(map(len, self.words), default=None)

    def sentence(self) -> str:
        """What a researcher should know about it."""
        shown = "; ".join(self.missing[:6]) + (" …" if len(self.missing) > 6 else "")
        said = f"the conditions are a fraction of the full factorial design; missing: {shown}."
        if self.resolution is None:
            return said
        words = ", ".join(" × ".join(word) for word in self.words)
        name = ROMAN.get(self.resolution, str(self.resolution))
        return f"{said} Resolution {name}: the same in every condition is {words}."


def fraction(protocol: Protocol) -> Fraction | None:
    """The fraction that the conditions are; None without factors or when every combination is there."""
    factors = protocol.factors
    there = {tuple(c.levels.get(f.id, "") for f in factors) for c in protocol.conditions}
    wanted = list(product(*(factor.levels for factor in factors)))
    missing = tuple(" · ".join(levels) for levels in wanted if levels not in there)
    if not factors or not missing:
        return None
    return Fraction(missing, _words(protocol, there) if all(len(f.levels) == 2 for f in factors) else ())


def _words(protocol: Protocol, there: set[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    signs = [
        [1 if level == factor.levels[1] else -1 for level, factor in zip(levels, protocol.factors, strict=True)]
        for levels in there
    ]
    places = range(len(protocol.factors))
    sets = [chosen for size in places for chosen in combinations(places, size + 1)]
    constant = [chosen for chosen in sets if len({prod(row[i] for i in chosen) for row in signs}) == 1]
    return tuple(tuple(protocol.factors[i].id for i in chosen) for chosen in constant)
