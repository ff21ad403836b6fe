"""What values of a measure look like: ratings on the points of their items, counts, times.

A value lies at a *location*: 0 is the middle of a rating's range, or the mean of a count. `location` turns a difference in the
measure's own unit into the distance between two locations around 0 that makes exactly this difference between means, so that
what is planted is what the analysis estimates, also where answers bunch at the end of a scale.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from analysis.measures import Measure
from analysis.power.assumptions import Assumptions
from analysis.scoring import scale_measure
from study.errors import AtelierError
from study.instruments import RATED, Instrument, Item
from study.protocol import Protocol

Array = np.ndarray
FARTHEST = 3.0
"""Locations this many ranges from the middle: everybody gives the same answer."""
CONTINUOUS = 101
"""Points of an item that takes any number."""
ITEMS_OF_A_SHARE = 4
"""How many things are judged in a block, for shares of behaviour."""


@dataclass(frozen=True)
class Rating:
    """A score from `low` to `high`: the mean of items with so many `points` each, whose answers are thresholds on a normal."""

    low: float
    high: float
    points: tuple[int, ...]
    assumed: Assumptions

    @property
    def middle(self) -> float:
        """Around which two means lie."""
        return (self.low + self.high) / 2

    def location(self, difference: float) -> float:
        """Raises AtelierError for a difference that does not fit on the scale."""
        wanted = abs(difference) / (self.high - self.low) / 2
        if self._mean(FARTHEST) - 0.5 <= wanted:
            raise AtelierError(
                f"A difference of {abs(difference):g} does not fit on a scale from {self.low:g} to {self.high:g}. "
                "Plan a smaller effect."
            )
        found = brentq(lambda at: self._mean(at) - 0.5 - wanted, 0, FARTHEST, xtol=1e-12) if wanted else 0.0
        return 2 * float(np.copysign(found, difference))

    def difference(self, location: float) -> float:
        """The difference between means that two locations make which lie this far apart; the inverse of `location`."""
        return (self.high - self.low) * (self._mean(location / 2) - self._mean(-location / 2))

    def sd(self, within: bool) -> float:
        """The SD of the difference of two values: of one participant, or (`within` false) in units of one value of anybody."""
        shrunk = sqrt(self.assumed.item_correlation + (1 - self.assumed.item_correlation) / len(self.points))
        one = sqrt(2) * self.assumed.residual_sd if within else _both(self.assumed)
        return one * shrunk * (self.high - self.low)

    def draw(self, at: Array, later: Array, who: Array, rng: np.random.Generator) -> Array:
        """Values at these locations, in periods counted from 0, of participants counted from 0."""
        people, items = int(who.max(initial=-1)) + 1, len(self.points)
        common, own = sqrt(self.assumed.item_correlation), sqrt(1 - self.assumed.item_correlation)
        if items == 1:
            common, own = 1.0, 0.0
        person = common * rng.standard_normal((people, 1)) + own * rng.standard_normal((people, items))
        moment = common * rng.standard_normal((len(who), 1)) + own * rng.standard_normal((len(who), items))
        centre = 0.5 + at + self.assumed.order_effect * later
        latent = centre[:, None] + self.assumed.participant_sd * person[who] + self.assumed.residual_sd * moment
        steps = np.array(self.points) - 1
        shares = (np.rint(np.clip(latent, 0, 1) * steps) / steps).mean(axis=1)
        return np.round(self.low + shares * (self.high - self.low), 10)

    def _mean(self, at: float) -> float:
        """The mean share of the range at a location: the chance to pass each threshold, over all of them."""
        means = []
        for points in self.points:
            thresholds = (np.arange(points - 1) + 0.5) / (points - 1)
            means.append(norm.sf(thresholds, 0.5 + at, _both(self.assumed)).mean())
        return float(np.mean(means))


@dataclass(frozen=True)
class Amount:
    """A count (negative binomial) or a time (log-normal) with this mean; people differ by a log-normal factor."""

    mean: float
    whole: bool
    assumed: Assumptions

    @property
    def middle(self) -> float:
        """As of a rating."""
        return self.mean

    def location(self, difference: float) -> float:
        """Raises AtelierError where one of the two means would not be above zero."""
        if abs(difference) / 2 >= self.mean:
            raise AtelierError(
                f"A difference of {abs(difference):g} is more than a mean of {self.mean:g} allows. "
                "Plan a smaller effect, or assume a larger mean."
            )
        return difference

    def sd(self, within: bool) -> float:
        """As of a rating."""
        return sqrt(2) * self.assumed.variation * self.mean

    def draw(self, at: Array, later: Array, who: Array, rng: np.random.Generator) -> Array:
        """As of a rating."""
        people, spread = int(who.max(initial=-1)) + 1, log(1 + self.assumed.variation**2)
        factor = np.exp(sqrt(spread) * rng.standard_normal(people) - spread / 2)
        means = (self.mean + at) * (1 + self.assumed.order_effect * later) * factor[who]
        if self.whole:
            size = 1 / self.assumed.variation**2
            return rng.poisson(means * rng.gamma(size, 1 / size, len(who))).astype(float)
        return means * np.exp(sqrt(spread) * rng.standard_normal(len(who))) * exp(-spread / 2)


Values = Rating | Amount


def values_of(protocol: Protocol, measure: Measure, assumed: Assumptions) -> Values:
    """What a measure's values look like. Raises AtelierError for a ranking, which is not simulated."""
    if measure.unit == "rank":
        raise AtelierError(f"'{measure.name}' is a ranking; its power is not simulated. Plan it by hand.")
    if measure.instrument:
        return _of_instrument(protocol.instrument(measure.instrument), measure, assumed)
    if measure.name == "answered_right":
        tests = [sum(item.right is not None for item in i.items) for i in protocol.instruments]
        return Rating(0, 1, (2,) * max(tests), assumed)
    if measure.unit == "share":
        return Rating(0, 1, (2,) * ITEMS_OF_A_SHARE, assumed)
    return Amount(assumed.mean(measure.name), measure.unit not in ("min", "s", "ms"), assumed)


def _of_instrument(instrument: Instrument, measure: Measure, assumed: Assumptions) -> Rating:
    name = measure.name.removesuffix(f".{measure.occasion}") if measure.occasion else measure.name
    for scale in instrument.scoring:
        if scale_measure(instrument, scale) == name:
            return Rating(*scale.range, tuple(_points(instrument.item(item)) for item in scale.items), assumed)
    item = instrument.item(name.removeprefix(f"{instrument.id}."))
    return Rating(item.min or 0, item.max or 0, (_points(item),), assumed)


def _points(item: Item) -> int:
    return len(item.scale()) if item.type in RATED else CONTINUOUS


def _both(assumed: Assumptions) -> float:
    return sqrt(assumed.participant_sd**2 + assumed.residual_sd**2)
