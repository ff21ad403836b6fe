"""The contrasts of one measure, as rows to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, nan

import pandas as pd

from analysis.findings import Finding
from analysis.inference.estimate import RATIO, Estimate

ESTIMATE_COLUMNS = ("title", "unit", "contrast", "robust", "scale", "estimate", "low", "high", "level", "n", "method")
LARGEST = 700
"""Beyond this the exponential is more than a number holds."""


@dataclass(frozen=True)
class Panel:
    """The contrasts of one measure, all on one scale; `robust` are the same contrasts by a method that assumes less."""

    title: str
    unit: str
    estimates: Sequence[Estimate]
    robust: Sequence[Estimate] = ()

    def rows(self, robust: bool = False) -> pd.DataFrame:
        """One row per estimate, ratios instead of logarithms. Raises ValueError where estimates are on several scales."""
        estimates = self.robust if robust else self.estimates
        if len({one.scale for one in estimates}) > 1:
            raise ValueError(f"The estimates of '{self.title}' are on several scales; give each a panel of its own.")
        rows = []
        for one in estimates:
            scale = RATIO.get(one.scale, "raw")
            values = [_shown(value, scale != "raw") for value in (one.difference, one.low, one.high)]
            contrast = f"{one.first} − {one.second}" if scale == "raw" else f"{one.first} / {one.second}"
            rows.append((self.title, self.unit, contrast, robust, scale, *values, one.level, one.n, one.method))
        return pd.DataFrame(rows, columns=list(ESTIMATE_COLUMNS))

    def method(self, robust: bool = False) -> str:
        """How its estimates were made."""
        return " · ".join(dict.fromkeys(one.method for one in (self.robust if robust else self.estimates)))


def panels(found: Sequence[Finding]) -> list[Panel]:
    """A panel for each finding that has an estimate, its robust twin beside it."""
    return [
        Panel(
            f"{one.hypothesis.id}: {one.measure.title}",
            one.measure.unit,
            (one.estimate,),
            (one.twin,) if one.twin else (),
        )
        for one in found
        if one.estimate
    ]


def _shown(value: float, ratio: bool) -> float:
    """The number as drawn; a bound that is endless is none."""
    if not isfinite(value) or (ratio and abs(value) > LARGEST):
        return nan
    return exp(value) if ratio else value
