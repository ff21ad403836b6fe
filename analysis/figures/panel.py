"""The contrasts of one measure, as rows to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, nan

import pandas as pd

from analysis.findings import Finding
from analysis.inference.estimate import RATIO, Estimate
from analysis.printed import effect_name

ESTIMATE_COLUMNS = (
    "title",
    "unit",
    "contrast",
    "twin",
    "scale",
    "effect",
    "estimate",
    "low",
    "high",
    "level",
    "n",
    "method",
)
ROBUST, ANOTHER = "robust", "another test"
LARGEST = 700
"""Beyond this the exponential is more than a number holds."""


@dataclass(frozen=True)
class Panel:
    """The contrasts of one measure, all on one scale; `twins` are the same contrasts by another test, `beside` its name."""

    title: str
    unit: str
    estimates: Sequence[Estimate]
    twins: Sequence[Estimate] = ()
    beside: str = ROBUST

    def rows(self, twin: bool = False) -> pd.DataFrame:
        """One row per estimate, ratios instead of logarithms. Raises ValueError where estimates are on several scales."""
        estimates = self.twins if twin else self.estimates
        if len({one.scale for one in estimates}) > 1:
            raise ValueError(f"The estimates of '{self.title}' are on several scales; give each a panel of its own.")
        rows = []
        for one in estimates:
            scale = RATIO.get(one.scale, "raw")
            values = [_shown(value, scale != "raw") for value in (one.difference, one.low, one.high)]
            contrast = f"{one.first} − {one.second}" if scale == "raw" else f"{one.first} / {one.second}"
            about = (self.title, self.unit, contrast, twin, scale, effect_name(one))
            rows.append((*about, *values, one.level, one.n, one.method))
        return pd.DataFrame(rows, columns=list(ESTIMATE_COLUMNS))

    def method(self, twin: bool = False) -> str:
        """How its estimates were made."""
        return " · ".join(dict.fromkeys(one.method for one in (self.twins if twin else self.estimates)))


def panels(found: Sequence[Finding]) -> list[Panel]:
    """A panel for each finding that has an estimate, its twin beside it."""
    return [
        Panel(
            f"{one.hypothesis.id}: {one.measure.title}",
            one.measure.unit,
            (one.estimate,),
            (one.twin,) if one.twin else (),
            twin_name(one),
        )
        for one in found
        if one.estimate
    ]


def twin_name(one: Finding) -> str:
    """What stands over the twins of this finding and of those with the same test."""
    return ROBUST if one.twin_assumes_less else ANOTHER


def _shown(value: float, ratio: bool) -> float:
    """The number as drawn; a bound that is endless is none."""
    if not isfinite(value) or (ratio and abs(value) > LARGEST):
        return nan
    return exp(value) if ratio else value
