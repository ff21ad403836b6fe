"""Coefficients of a model whose estimates are normal in large samples: their table, and conditions compared by them.

z = estimate / standard error, intervals are estimate ± z × standard error, ratios are exponentials of both (Wald).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import inf, isfinite, nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.design_matrix import Design
from analysis.inference.estimate import RATIO, Estimate, NotEstimable, Scale

Array = np.ndarray


@dataclass(frozen=True)
class Coefficients:
    """The effects of a fitted model: `values` (p) and `covariance` (p × p), in the order of `design.columns`.

    `latent_sd` is what a difference is divided by to standardise it (named by `denominator`); NaN where nothing is.
    With `df` a contrast is held against Student's t, else against the normal distribution.
    """

    design: Design
    values: Array
    covariance: Array
    scale: Scale
    method: str
    latent_sd: float = nan
    denominator: str = ""
    note: str = ""
    df: float = inf


def wald_table(
    names: Sequence[str], values: Array, covariance: Array, scale: Scale | None = None, level: float = 0.95
) -> pd.DataFrame:
    """One row per coefficient: estimate, se, z, p, low, high; with a scale also its ratio and the interval of that."""
    errors = np.sqrt(np.diag(covariance))
    z, reach = values / errors, stats.norm.isf((1 - level) / 2) * errors
    shown = pd.DataFrame({"term": list(names), "estimate": values, "se": errors, "z": z})
    shown["p"], shown["low"], shown["high"] = 2 * stats.norm.sf(np.abs(z)), values - reach, values + reach
    if scale in RATIO:
        with np.errstate(over="ignore"):
            shown[RATIO[scale]] = np.exp(values)
            shown["ratio_low"], shown["ratio_high"] = np.exp(shown["low"]), np.exp(shown["high"])
    return shown


def wald_contrasts(
    coefficients: Coefficients, factor: str, pairs: Sequence[tuple[str, str]], level: float = 0.95
) -> list[Estimate]:
    """Each pair (first, second) of levels of `factor`, first minus second, the other variables held alike.

    `n` counts the participants who have a row in either. Other factors count each of their combinations in the data equally,
    numbers stand at their mean (emmeans' reference grid). R: pairs(emmeans(fit, ~ condition), adjust = "none").
    """
    if not pairs:
        return []
    weights, met = pair_weights(coefficients.design, factor, pairs), coefficients.design.met(factor)
    return [
        wald_combination(coefficients, own, (a, b), len(met[a] | met[b]), level, factor)
        for own, (a, b) in zip(weights, pairs, strict=True)
    ]


def pair_weights(design: Design, factor: str, pairs: Sequence[tuple[str, str]]) -> list[Array]:
    """For each pair of levels what the coefficients (p) count in it: its first mean of the reference grid less its second."""
    means = _means_at(design, factor, list(dict.fromkeys(name for both in pairs for name in both)))
    return [means[a] - means[b] for a, b in pairs]


def levels_of(design: Design, factor: str) -> list[Any]:
    """The levels of a factor that the rows have, the reference first."""
    if factor not in design.rows.columns:
        raise NotEstimable(f"The model has no variable '{factor}'.")
    column = design.rows[factor]
    held = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else sorted(column.unique())
    return list(held)


def all_at(design: Design, rows: pd.DataFrame, factor: str, level: Any) -> Array:
    """The design matrix (rows × p) if every row had this level of the factor."""
    return design.coded(_moved(design, rows, factor, level))


def _moved(design: Design, rows: pd.DataFrame, factor: str, level: Any) -> pd.DataFrame:
    if level not in levels_of(design, factor):
        raise NotEstimable(f"No row of the model has '{factor}' = '{level}'; it has {levels_of(design, factor)}.")
    made = rows.copy()
    column = design.rows[factor]
    if isinstance(column.dtype, pd.CategoricalDtype):
        made[factor] = pd.Categorical([level] * len(rows), categories=column.cat.categories)
    else:
        made[factor] = level
    return made


def _means_at(design: Design, factor: str, levels: Sequence[str]) -> dict[str, Array]:
    """Level → the mean row (p) of the reference grid there; all are coded at once, which takes as long as one."""
    grid = _reference_grid(design, factor)
    coded = design.coded(pd.concat([_moved(design, grid, factor, level) for level in levels], ignore_index=True))
    return dict(zip(levels, coded.reshape(len(levels), len(grid), -1).mean(axis=1), strict=True))


def wald_combination(
    held: Coefficients,
    weights: Array,
    names: tuple[str, str],
    n: int,
    level: float = 0.95,
    of: str = "this combination",
) -> Estimate:
    """`weights` (p) times the coefficients, under these two names, of `n` participants. R: emmeans::contrast(…, list(weights))."""
    first, second = names
    if not np.any(weights):
        raise NotEstimable(f"{first} − {second}: the model has no effect of '{of}'.")
    difference = float(weights @ held.values)
    variance = float(weights @ held.covariance @ weights)
    if not variance > 0:
        raise NotEstimable(f"{first} − {second}: the data leave no error to test the difference against.")
    se = sqrt(variance)
    value, reach = difference / se, float(stats.t.isf((1 - level) / 2, held.df)) * se
    return Estimate(
        first=str(first),
        second=str(second),
        n=n,
        difference=difference,
        method=held.method,
        scale=held.scale,
        level=level,
        se=se,
        low=difference - reach,
        high=difference + reach,
        statistic="t" if isfinite(held.df) else "z",
        value=value,
        df=held.df if isfinite(held.df) else nan,
        p=2 * float(stats.t.sf(abs(value), held.df)),
        standardised=difference / held.latent_sd,
        standardised_low=(difference - reach) / held.latent_sd,
        standardised_high=(difference + reach) / held.latent_sd,
        denominator=held.denominator,
        note=held.note,
    )


def _reference_grid(design: Design, factor: str) -> pd.DataFrame:
    """Every combination of the other factors that the rows have, once; numbers at their mean."""
    levels_of(design, factor)
    names = sorted(str(name) for name in design.spec.required_variables if str(name) in design.rows and name != factor)
    coded = " ".join(design.terms)
    held: Mapping[str, list[Any]] = {
        name: sorted(design.rows[name].unique()) if _is_factor(design, name, coded) else [design.rows[name].mean()]
        for name in names
    }
    grid = pd.DataFrame(list(product(*held.values())), columns=names)
    for name in names:
        if isinstance(design.rows[name].dtype, pd.CategoricalDtype):
            grid[name] = pd.Categorical(grid[name], categories=design.rows[name].cat.categories)
    return grid


def _is_factor(design: Design, name: str, coded: str) -> bool:
    return not pd.api.types.is_numeric_dtype(design.rows[name]) or f"C({name}" in coded
