"""How scores are computed from the items of an instrument, as data; `analysis.scoring` does it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from study.events import Frozen


class Band(Frozen):
    """What a score in `at_least` ≤ score < `below` is called in a published benchmark; no end: open."""

    label: str
    at_least: float | None = None
    below: float | None = None
    citation: str = Field(min_length=1)

    @model_validator(mode="after")
    def _runs_upwards(self) -> Self:
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError(f"band '{self.label}' needs at_least < below")
        return self

    def holds(self, score: float) -> bool:
        """Whether a score lies in this band."""
        return (self.at_least is None or score >= self.at_least) and (self.below is None or score < self.below)


class Scale(Frozen):
    """How one score is computed; higher is not always better.

    Reversed items are turned first (min + max − x). Then the items are averaged, summed or averaged with
    weights, and the result is (that + shift) × factor + offset. A weight counts how often an item was
    chosen in `pairs`; where the options of the pairs are no item ids, `weighs` says which items each means.
    Up to `max_missing` items may lack an answer: `mean` leaves them out (a sum is then the mean times the
    number of items), `middle` takes the middle of their own scale. With more there is no score.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    items: tuple[str, ...] = Field(min_length=1)
    method: Literal["mean", "sum", "weighted"] = "mean"
    pairs: tuple[str, ...] = ()
    weighs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    shift: float = 0
    factor: float = 1
    offset: float = 0
    max_missing: int = Field(default=0, ge=0)
    missing: Literal["mean", "middle"] = "mean"
    range: tuple[float, float]
    direction: Literal["lower", "higher", "none"] = "none"
    bands: tuple[Band, ...] = ()

    @model_validator(mode="after")
    def _fits_its_method(self) -> Self:
        if (self.method == "weighted") != bool(self.pairs):
            raise ValueError(f"scale '{self.id}': 'weighted' and 'pairs' go together")
        if self.weighs and set().union(*self.weighs.values()) != set(self.items):
            raise ValueError(f"scale '{self.id}': 'weighs' must name exactly its items")
        return self

    def weighed_by(self, choice: str) -> tuple[str, ...]:
        """The items whose weight grows when `choice` is taken in a pair."""
        return self.weighs.get(choice, ()) if self.weighs else (choice,)
