"""What every analysis here gives back: one contrast with all that a paper says about it, or a refusal by name."""

from dataclasses import dataclass
from math import nan
from typing import Literal

from study.errors import AtelierError

Scale = Literal["raw", "log odds", "log rate", "log hazard", "log ratio"]
RATIO = {"log odds": "odds ratio", "log rate": "rate ratio", "log hazard": "hazard ratio", "log ratio": "ratio"}
"""What the exponential of a difference is called."""
DIFFERENCE, SHIFT = "difference", "shift (Hodges–Lehmann)"
"""What a difference on the raw scale is called: of means, or of a test of ranks, which knows no means."""


class NotEstimable(AtelierError):
    """The data do not allow this analysis; the message says why, and what would."""


@dataclass(frozen=True)
class Estimate:
    """One comparison, first minus second, over `n` participants.

    `difference` and its interval (`low` to `high`, at `level`) are on `scale`: the measure's own unit, or a
    logarithm whose exponential is the ratio that is reported; `called` is what a raw one is called. `statistic` names
    what `value` is (t, z, F, W …); `df` is NaN where the reference distribution has none. The standardised effect names
    its `denominator`.
    NaN where a number does not exist (`note` says why), never in place of one that could not be trusted.
    """

    first: str
    second: str
    n: int
    difference: float
    method: str
    scale: Scale = "raw"
    level: float = 0.95
    se: float = nan
    low: float = nan
    high: float = nan
    statistic: str = ""
    value: float = nan
    df: float = nan
    p: float = nan
    standardised: float = nan
    standardised_low: float = nan
    standardised_high: float = nan
    denominator: str = ""
    note: str = ""
    called: str = DIFFERENCE
