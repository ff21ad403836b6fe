"""Do people who code the same units agree beyond chance? Cohen's kappa of two, Krippendorff's alpha of any number."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any, Literal

import numpy as np
import pandas as pd

from analysis.inference.bootstrap import bootstrap
from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Array

RESAMPLES = 4_999
Weights = Literal["none", "linear", "quadratic"]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True)
class Agreement:
    """`value` from chance (0) to perfect (1); the interval is by drawing units again (BCa), `seed` repeats it."""

    value: float
    low: float
    high: float
    units: int
    coders: int
    method: str
    seed: int
    level: float = 0.95
    note: str = ""


def cohen_kappa(
    codes: pd.DataFrame,
    weights: Weights = "none",
    seed: int = 1,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> Agreement:
    """Two coders (columns) over the same units (rows); units that one left out are dropped.

    Weights count how far apart two codes are, by their order (of a category's levels, else sorted). R:
    `psych::cohen.kappa(codes)`, quadratic: its `weighted.kappa`. Raises NotEstimable for other than two coders, fewer
    than two units, or where both use one code throughout.
    """
    if codes.shape[1] != 2:
        raise NotEstimable(f"Cohen's kappa compares 2 coders; there are {codes.shape[1]}. Use Krippendorff's alpha.")
    numbers, levels = _numbered(codes.dropna())
    if len(numbers) < 2 or len(levels) < 2:
        raise NotEstimable(f"{len(numbers)} unit(s) with {len(levels)} code(s): kappa needs at least 2 of each.")
    apart = _apart(len(levels), weights)

    def kappa(pairs: Array) -> float:
        one, two = pairs.astype(int).T
        chance = np.bincount(one, minlength=len(apart)) @ apart @ np.bincount(two, minlength=len(apart)) / len(pairs)
        return 1 - float(apart[one, two].sum() / chance) if chance > 0 else nan

    named = {"none": "Cohen's kappa"}.get(weights, f"Cohen's kappa, {weights} weights")
    return _interval(numbers, kappa, 2, named, seed, resamples, level)


def krippendorff_alpha(
    codes: pd.DataFrame,
    metric: Metric,
    seed: int = 1,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> Agreement:
    """Any number of coders (columns) over units (rows), with gaps; a unit with one code says nothing and is dropped.

    Krippendorff (2011), by the coincidence matrix. `ordinal` takes the order of the codes, `interval` and `ratio` their
    numbers. Raises NotEstimable where fewer than two units have two codes, or where all codes are the same.
    """
    kept = codes[codes.notna().sum(axis=1) >= 2]
    numbers, levels = _numbered(kept)
    if len(kept) < 2 or len(levels) < 2:
        raise NotEstimable(
            f"{len(kept)} unit(s) with at least two codes, {len(levels)} different code(s): alpha needs 2 of each."
        )
    if metric in ("interval", "ratio") and not all(isinstance(level, int | float) for level in levels):
        raise NotEstimable(f"Codes such as '{levels[0]}' are no numbers: use the nominal or the ordinal alpha.")
    if metric == "ratio" and min(levels) < 0:
        raise NotEstimable(f"A ratio scale has no values below zero, such as {min(levels):g}.")
    size = len(levels)
    units = np.array([_coincidences(row[~np.isnan(row)].astype(int), size).ravel() for row in numbers])

    def alpha(drawn: Array) -> float:
        together = drawn.sum(axis=0).reshape(size, size)
        counts = together.sum(axis=1)
        apart = _distance(metric, levels, counts)
        chance = counts @ apart @ counts
        return 1 - float((counts.sum() - 1) * (together * apart).sum() / chance) if chance > 0 else nan

    coders = int(kept.notna().any().sum())
    return _interval(units, alpha, coders, f"Krippendorff's alpha, {metric}", seed, resamples, level)


def _interval(
    rows: Array, statistic: Callable[[Array], float], coders: int, method: str, seed: int, resamples: int, level: float
) -> Agreement:
    found = bootstrap(rows, statistic, seed, resamples, level)
    undefined = f"{found.undefined} resamples held one code only and were left out" if found.undefined else ""
    note = "; ".join(filter(None, [found.note, undefined]))
    return Agreement(found.point, found.low, found.high, len(rows), coders, method, seed, level, note)


def _numbered(codes: pd.DataFrame) -> tuple[Array, list[Any]]:
    """Each code as its place in the order of all codes; NaN stays."""
    kinds = {str(column.dtype): column.dtype for _, column in codes.items()}
    only = next(iter(kinds.values())) if len(kinds) == 1 else None
    used = pd.unique(pd.Series(codes.astype(object).to_numpy().ravel()).dropna())
    if isinstance(only, pd.CategoricalDtype):
        levels = [level for level in only.categories if level in used]
    elif len({isinstance(code, str) for code in used}) > 1:
        raise NotEstimable("Some codes are numbers and some are text: write all of them in one way.")
    else:
        levels = sorted(used.tolist())
    places = {level: place for place, level in enumerate(levels)}
    numbers = codes.astype(object).map(lambda code: nan if pd.isna(code) else places[code])
    return numbers.to_numpy(dtype=float, na_value=nan), levels


def _apart(size: int, weights: Weights) -> Array:
    steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size))).astype(float)
    return {"none": (steps > 0).astype(float), "linear": steps, "quadratic": steps**2}[weights]


def _coincidences(codes: Array, size: int) -> Array:
    """How often each code meets each other one in a unit, each pair counted 1/(codes of the unit − 1)."""
    counts = np.bincount(codes, minlength=size).astype(float)
    return (np.outer(counts, counts) - np.diag(counts)) / (len(codes) - 1)


def _distance(metric: Metric, levels: list[Any], counts: Array) -> Array:
    if metric == "nominal":
        return 1 - np.eye(len(levels))
    if metric == "ordinal":
        middle = np.cumsum(counts) - counts / 2
        return np.subtract.outer(middle, middle) ** 2
    values = np.array(levels, dtype=float)
    apart = np.subtract.outer(values, values) ** 2
    if metric == "interval":
        return apart
    total = np.add.outer(values, values) ** 2
    return np.divide(apart, total, out=np.zeros_like(apart), where=total > 0)
