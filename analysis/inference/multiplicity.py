"""p values of several tests, adjusted within the family they belong to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.inference.estimate import NotEstimable

Method = Literal["holm", "benjamini-hochberg", "none"]


@dataclass(frozen=True)
class Family:
    """The tests that are corrected together: name → p (NaN: no test, does not count), and how."""

    name: str
    p: Mapping[str, float]
    method: Method = "holm"

    @property
    def size(self) -> int:
        """How many tests count."""
        return sum(not np.isnan(p) for p in self.p.values())


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment; NaN stays NaN and does not count. R: `p.adjust(p, "holm")`."""
    known = sorted((p, index) for index, p in enumerate(p_values) if not np.isnan(p))
    adjusted, highest = list(p_values), 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[index] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted for the false discovery rate; NaN stays NaN and does not count. R: `p.adjust(p, "BH")`."""
    known = sorted(((p, index) for index, p in enumerate(p_values) if not np.isnan(p)), reverse=True)
    adjusted, lowest = list(p_values), 1.0
    for above, (p, index) in enumerate(known):
        lowest = min(lowest, p * (len(known) / (len(known) - above)))
        adjusted[index] = lowest
    return adjusted


ADJUST: Mapping[Method, Callable[[Sequence[float]], list[float]]] = {
    "holm": holm,
    "benjamini-hochberg": benjamini_hochberg,
    "none": list,
}


def adjusted(families: Sequence[Family]) -> pd.DataFrame:
    """Every test of every family: columns family, test, p, p_adjusted, method, size (of the family).

    Raises NotEstimable for a p outside 0 to 1, or a test that stands in two families.
    """
    seen: dict[str, str] = {}
    rows = []
    for family in families:
        for test, p in family.p.items():
            if p < 0 or p > 1:
                raise NotEstimable(f"'{test}' of family '{family.name}' has p = {p}; p lies between 0 and 1.")
            if test in seen:
                raise NotEstimable(f"'{test}' stands in two families, '{seen[test]}' and '{family.name}'.")
            seen[test] = family.name
        corrected = ADJUST[family.method](list(family.p.values()))
        for (test, p), after in zip(family.p.items(), corrected, strict=True):
            rows.append((family.name, test, p, after, family.method, family.size))
    return pd.DataFrame(rows, columns=["family", "test", "p", "p_adjusted", "method", "size"])
