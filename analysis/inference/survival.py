"""How long until something first happens, when the session may end before it does: Kaplan–Meier and restricted means.

Times that end without the event are censored, not dropped: their mean would be too short. One row per participant and
condition. The median follows R: where the curve is exactly one half over an interval of time, it is the middle of that
interval (other programs take its end).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.estimate import Estimate, NotEstimable

Array = np.ndarray
ROUNDING = 1e-9


@dataclass(frozen=True)
class Curve:
    """Kaplan–Meier of one condition: at each time of an event, how many were at risk, had it, and are still without.

    `low` and `high` are the pointwise interval on the log-log scale; NaN where the curve is 1 or 0.
    """

    condition: str
    n: int
    events: int
    times: Array
    at_risk: Array
    happened: Array
    survival: Array
    low: Array
    high: Array

    def table(self) -> pd.DataFrame:
        """One row per time of an event."""
        names = ("times", "at_risk", "happened", "survival", "low", "high")
        return pd.DataFrame({name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class Median:
    """Half had the event by `median`; infinite where fewer did, `high` infinite where the interval has no end."""

    condition: str
    n: int
    events: int
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class RestrictedMean:
    """The mean time without the event, counted up to `horizon`: the area under the curve, in the unit of the times."""

    condition: str
    n: int
    events: int
    horizon: float
    mean: float
    se: float
    low: float
    high: float


def kaplan_meier(
    frame: pd.DataFrame, time: str, event: str, condition: str, participant: str, level: float = 0.95
) -> dict[str, Curve]:
    """The curve of each condition. `event` is 1 where it happened at `time`, 0 where the time was cut off.

    Raises NotEstimable: duplicate rows, negative times, a condition in which everything is censored.
    R: survival::survfit(Surv(time, event) ~ condition, conf.type = "log-log").
    """
    rows = times_to_event(frame, time, event, condition, participant)
    return {str(name): _curve(str(name), held, time, event, level) for name, held in rows.groupby(condition, sort=True)}


def medians(curves: dict[str, Curve]) -> list[Median]:
    """The median time of each condition, with the interval read off the curve's own."""
    return [
        Median(
            name, curve.n, curve.events, _first_half(curve.times, curve.survival),
            _first_half(curve.times, curve.low), _first_half(curve.times, curve.high),
        )
        for name, curve in curves.items()
    ]  # fmt: skip


def restricted_means(
    frame: pd.DataFrame, time: str, event: str, condition: str, participant: str, horizon: float, level: float = 0.95
) -> list[RestrictedMean]:
    """One per condition, variance by Greenwood's formula. R: summary(survfit(...), rmean = horizon).

    Raises NotEstimable as `kaplan_meier` does, and where nobody of a condition was followed up to the horizon.
    """
    rows = times_to_event(frame, time, event, condition, participant)
    found = []
    for name, held in rows.groupby(condition, sort=True):
        mean, influence = _restricted(held, str(name), time, event, horizon)
        se = sqrt(float(influence @ influence))
        reach = float(stats.norm.isf((1 - level) / 2)) * se
        found.append(
            RestrictedMean(str(name), len(held), int(held[event].sum()), horizon, mean, se, mean - reach, mean + reach)
        )
    return found


def restricted_mean_differences(
    frame: pd.DataFrame, time: str, event: str, condition: str, participant: str, horizon: float,
    pairs: Sequence[tuple[str, str]], level: float = 0.95,
) -> list[Estimate]:  # fmt: skip
    """Each pair (first, second), first minus second, in the unit of the times.

    The same people are in both conditions: what each contributes to both means (infinitesimal jackknife) is subtracted
    before it is squared. R: survfit(..., influence = 1), its columns integrated to the horizon. Raises NotEstimable as
    `restricted_means` does, and where up to the horizon nobody differs from anybody.
    """
    rows = times_to_event(frame, time, event, condition, participant)
    parts = {}
    for name, held in rows.groupby(condition, sort=True):
        mean, influence = _restricted(held, str(name), time, event, horizon)
        parts[str(name)] = mean, pd.Series(influence, index=list(held[participant]))
    made = []
    for first, second in pairs:
        if absent := [name for name in (first, second) if name not in parts]:
            raise NotEstimable(f"Nobody has a time in condition '{absent[0]}'.")
        (one, here), (other, there) = parts[first], parts[second]
        apart = here.sub(there, fill_value=0.0)
        difference, se = one - other, sqrt(float((apart**2).sum()))
        if se <= ROUNDING * horizon:
            raise NotEstimable(
                f"Up to {horizon:g} all times in '{first}' and '{second}' come out alike, so there is nothing to test "
                "their means against. Choose a later horizon, or describe the curves."
            )
        z, reach = difference / se, float(stats.norm.isf((1 - level) / 2)) * se
        made.append(
            Estimate(
                first=first, second=second, n=len(apart), difference=difference, scale="raw", level=level, se=se,
                method=f"restricted mean to {horizon:g}, clustered within participants",
                low=difference - reach, high=difference + reach, statistic="z", value=z,
                p=2 * float(stats.norm.sf(abs(z))),
            )
        )  # fmt: skip
    return made


def times_to_event(frame: pd.DataFrame, time: str, event: str, condition: str, participant: str) -> pd.DataFrame:
    """The rows without gaps, in numpy's own types, each participant once per condition. Raises NotEstimable."""
    names = [participant, condition, time, event]
    if absent := [name for name in names if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}'.")
    rows = frame.dropna(subset=names).reset_index(drop=True)
    rows = rows.assign(**{time: rows[time].astype(float), event: rows[event].astype(float)})
    if rows[participant].nunique() < 2:
        raise NotEstimable(f"Times to an event need at least 2 participants; there are {rows[participant].nunique()}.")
    again = rows[rows.duplicated([participant, condition])]
    if len(again):
        who, where = again.iloc[0][participant], again.iloc[0][condition]
        raise NotEstimable(f"{who} has more than one time in condition '{where}'; keep the first.")
    if not rows[event].isin([0.0, 1.0]).all():
        raise NotEstimable(f"'{event}' must be 1 (it happened) or 0 (the time was cut off).")
    if (rows[time] < 0).any() or not np.isfinite(rows[time]).all():
        raise NotEstimable(f"'{time}' must be times from 0 on; the least is {rows[time].min():g}.")
    for name, held in rows.groupby(condition, sort=True):
        if not held[event].any():
            raise NotEstimable(f"In condition '{name}' all {len(held)} times are censored: it never happened there.")
    return rows


def _steps(rows: pd.DataFrame, time: str, event: str) -> tuple[Array, Array, Array, Array]:
    """Times of events, numbers at risk and with the event, and the curve after each."""
    times = np.unique(rows.loc[rows[event] == 1, time])
    at_risk = (rows[time].to_numpy() >= times[:, None]).sum(1)
    happened = ((rows[time].to_numpy() == times[:, None]) & (rows[event].to_numpy() == 1)).sum(1)
    return times, at_risk, happened, np.cumprod(1 - happened / at_risk)


def _curve(name: str, rows: pd.DataFrame, time: str, event: str, level: float) -> Curve:
    times, at_risk, happened, survival = _steps(rows, time, event)
    inside = (survival > ROUNDING) & (survival < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(happened / (at_risk * (at_risk - happened))))
        reach = float(stats.norm.isf((1 - level) / 2)) * spread / np.log(survival)
        low, high = survival ** np.exp(-reach), survival ** np.exp(reach)
    low, high = np.where(inside, low, nan), np.where(inside, high, nan)
    return Curve(name, len(rows), int(rows[event].sum()), times, at_risk, happened, survival, low, high)


def _first_half(times: Array, curve: Array) -> float:
    """Where a falling curve passes one half; the middle of the step where it rests there."""
    below = np.flatnonzero(curve < 0.5 + ROUNDING)
    if not len(below):
        return inf
    first = below[0]
    rests = abs(curve[first] - 0.5) < ROUNDING and first + 1 < len(times)
    return float((times[first] + times[first + 1]) / 2) if rests else float(times[first])


def _restricted(rows: pd.DataFrame, name: str, time: str, event: str, horizon: float) -> tuple[float, Array]:
    """The area under the curve to the horizon, and what each row contributes to its error (n)."""
    last = rows[time].max()
    if horizon <= 0 or (last < horizon and rows.loc[rows[time] == last, event].min() == 0):
        raise NotEstimable(
            f"In condition '{name}' nobody was followed up to {horizon:g}; the longest time is {last:g}."
        )
    times, at_risk, happened, survival = _steps(rows, time, event)
    inside = times < horizon
    edges = np.concatenate([[0.0], times[inside], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], survival[inside]])
    left = areas[::-1].cumsum()[::-1][1:]
    seconds, events = rows[time].to_numpy()[:, None], rows[event].to_numpy()[:, None]
    times, at_risk, happened = times[inside], at_risk[inside], happened[inside]
    surprise = ((seconds == times) & (events == 1)) - (seconds >= times) * (happened / at_risk)
    weight = np.where(at_risk > happened, left / np.maximum(at_risk - happened, 1), 0.0)
    return float(areas.sum()), -(surprise @ weight)
