"""An interval for any statistic of participants, by drawing participants again: BCa and percentile."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Array, settled

RESAMPLES = 9_999
CONSTANT = "the statistic is the same however participants are drawn: the interval is that one point"
NO_BCA = "BCa's corrections do not exist here: use the percentile interval"


@dataclass(frozen=True)
class Bootstrap:
    """The statistic of the data (`point`), its BCa interval and its percentile interval, at `level`.

    `bias` (z0) and `acceleration` are BCa's two corrections. `undefined` of the `resamples` had no value and were left
    out. Where the statistic never varies, the interval is the point and `note` says so.
    """

    point: float
    low: float
    high: float
    percentile_low: float
    percentile_high: float
    bias: float
    acceleration: float
    n: int
    resamples: int
    undefined: int
    seed: int
    level: float
    note: str = ""


def bootstrap(
    rows: ArrayLike,
    statistic: Callable[[Array], float],
    seed: int,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> Bootstrap:
    """Draws rows with replacement: one row is one participant (n values, or n × what is known of each).

    `statistic` takes such an array and gives a number. All that belongs to a participant stands in one row, so who is
    drawn is drawn whole. Efron (1987). R: `boot.ci(boot(rows, …), type = "bca")`, which interpolates between resamples in
    another way: they agree to the noise of drawing. Raises NotEstimable for fewer than two rows, fewer
    than a hundred resamples, or a statistic that has no value.
    """
    values = np.asarray(rows, dtype=float)
    n = len(values)
    if n < 2:
        raise NotEstimable(f"There are {n} participant(s) to draw from; a bootstrap needs at least 2.")
    point = float(statistic(values))
    if np.isnan(point):
        raise NotEstimable("The statistic has no value on these data, so it has no interval either.")
    if resamples < 100:
        raise NotEstimable(f"{resamples} resamples are too few for an interval; draw at least 100.")
    chosen = np.random.default_rng(seed).integers(0, n, (resamples, n), dtype=np.int32)
    drawn = np.array([statistic(values[rows]) for rows in chosen], dtype=float)
    defined = ~np.isnan(drawn)
    known = settled(drawn[defined])
    made = Bootstrap(
        point=point,
        low=point,
        high=point,
        percentile_low=point,
        percentile_high=point,
        bias=0,
        acceleration=0,
        n=n,
        resamples=resamples,
        undefined=resamples - len(known),
        seed=seed,
        level=level,
    )
    if np.ptp(np.append(known, settled(point))) == 0:
        return replace(made, note=CONSTANT)
    enough = len(known) >= 10 * n
    influence = _by_regression(chosen[defined], known) if enough else _by_jackknife(values, statistic)
    return _with_intervals(made, known, _acceleration(influence))


def _with_intervals(made: Bootstrap, known: Array, acceleration: float) -> Bootstrap:
    tail = (1 - made.level) / 2
    bias = _bias(known, made.point)
    low, high = (_quantile(known, share) for share in _shares(bias, acceleration, tail))
    return replace(
        made,
        low=low,
        high=high,
        percentile_low=_quantile(known, tail),
        percentile_high=_quantile(known, 1 - tail),
        bias=bias,
        acceleration=acceleration,
        note=NO_BCA if isnan(low) else "",
    )


def _quantile(known: Array, share: float) -> float:
    return nan if isnan(share) else float(np.quantile(known, share))


def _bias(drawn: Array, point: float) -> float:
    """z0: how far the point lies from the middle of the resamples; those equal to it count half."""
    below = ((drawn < settled(point)).mean() + (drawn <= settled(point)).mean()) / 2
    return float(norm.ppf(below))


def _acceleration(influence: Array) -> float:
    centred = influence - influence.mean()
    spread = (centred**2).sum()
    return float((centred**3).sum() / (6 * spread**1.5)) if spread > 0 else nan


def _by_regression(chosen: Array, drawn: Array) -> Array:
    """The influence of each row: how the statistic of a resample follows from how often the row is in it.

    As R's `boot::empinf(type = "reg")`, which `boot.ci` uses; for a mean it is exactly the jackknife's.
    """
    resamples, n = chosen.shape
    places = chosen + n * np.arange(resamples)[:, None]
    counts = np.bincount(places.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)
    free = counts[:, 1:] - counts[:, 1:].mean(axis=0)  # counts add up to n: the first follows from the others
    slopes = np.linalg.lstsq(free.T @ free, free.T @ (drawn - drawn.mean()), rcond=None)[0]
    return np.append(0, slopes)


def _by_jackknife(values: Array, statistic: Callable[[Array], float]) -> Array:
    """The influence of each row by leaving it out, where there are too few resamples for a regression."""
    return -np.array([statistic(np.delete(values, row, axis=0)) for row in range(len(values))], dtype=float)


def _shares(bias: float, acceleration: float, tail: float) -> tuple[float, float]:
    """The two shares of the resamples between which BCa's interval lies; NaN where it has none."""
    if not (np.isfinite(bias) and np.isfinite(acceleration)):
        return nan, nan

    def moved(share: float) -> float:
        z = bias + float(norm.ppf(share))
        return float(norm.cdf(bias + z / (1 - acceleration * z))) if acceleration * z < 1 else nan

    return moved(tail), moved(1 - tail)
