"""What a power simulation takes for granted about people and their answers; every number can be set."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from study.errors import AtelierError

SHARES = ("missing", "drop_out", "failed_checks", "item_correlation")
MEANS = {
    "words_sent": 100.0,
    "turns": 6.0,
    "task_minutes": 8.0,
    "first_token_ms": 1000.0,
}
"""Of behaviour, per block: round figures of ours, to be replaced by a pilot's. Other counts: `COUNT`."""
COUNT = 5.0


@dataclass(frozen=True)
class Assumptions:
    """How much people differ, and what gets lost.

    `participant_sd` (between people) and `residual_sd` (within, from one time to the next) of an item, in shares of its
    range: a sixth each is 1 point each on a 7-point item, and an intraclass correlation of .5. Two items of a scale correlate
    by `item_correlation`. `variation`: the same two for counts and times, as coefficients of variation. `order_effect`: how
    much higher each period is than the one before, as a share of the range (of the mean, for counts and times).
    `drop_out`: share of those who begin a block and do not finish it. `missing`: share of values that are lacking.
    `failed_checks`: share of participants whom a rule about failed checks leaves out. `means`: of counts and times.
    """

    participant_sd: float = 1 / 6
    residual_sd: float = 1 / 6
    item_correlation: float = 0.5
    variation: float = 0.5
    order_effect: float = 0.0
    drop_out: float = 0.05
    missing: float = 0.05
    failed_checks: float = 0.0
    means: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in SHARES:
            if not 0 <= getattr(self, name) < 1:
                raise AtelierError(f"{name} is a share from 0 to below 1, not {getattr(self, name):g}.")
        for name in ("participant_sd", "residual_sd", "variation"):
            if not 0 < getattr(self, name) <= 2:
                raise AtelierError(f"{name} has to be above 0 and at most 2, not {getattr(self, name):g}.")

    @property
    def icc(self) -> float:
        """The share of the variance of a rating that lies between participants."""
        return self.participant_sd**2 / (self.participant_sd**2 + self.residual_sd**2)

    def mean(self, measure: str) -> float:
        """The mean of a count or a time."""
        return self.means.get(measure, MEANS.get(measure, COUNT))

    def as_dict(self) -> dict[str, object]:
        """All of them, for a file."""
        return asdict(self)

    def sentences(self) -> list[str]:
        """All of them in words."""
        said = [
            f"Ratings: SD between participants {self.participant_sd:.3g} and within {self.residual_sd:.3g} of the range of "
            f"an item (intraclass correlation {self.icc:.2g}); items of a scale correlate by {self.item_correlation:g}.",
            f"Counts and times: coefficient of variation {self.variation:g} between participants and {self.variation:g} within.",
            f"In each block {self.drop_out:.0%} of those who begin it drop out; {self.missing:.0%} of values are missing.",
        ]
        if self.order_effect:
            said.append(f"Each period is higher than the one before by {self.order_effect:g} of the range.")
        if self.failed_checks:
            said.append(f"{self.failed_checks:.0%} of participants fail the attention checks.")
        return said
