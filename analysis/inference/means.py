"""Means and differences of conditions as a fitted model sees them: every other factor at equal weight, covariates at their mean.

These are emmeans' estimated marginal means (Searle, Speed & Milliken, 1980): R: emmeans(fit, ~ condition), pairs(…, adjust = "none").
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt

import pandas as pd
from scipy import stats

from analysis.inference.design_matrix import Array, Design
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.fitted import Combination, Fitted, levels_of

INTERVAL = "interval by the delta method from the standard errors of the difference and of the variances, t with its df"


@dataclass(frozen=True)
class MarginalMean:
    """The mean of one level over `n` participants who have a row there, with its interval from `low` to `high`."""

    level: str
    n: int
    mean: float
    se: float
    df: float
    low: float
    high: float


def marginal_means(
    fit: Fitted, term: str, level: float = 0.95, at: Mapping[str, object] | None = None
) -> list[MarginalMean]:
    """One mean per level of the factor `term`; `at` holds other columns at a value (a level, or a number)."""
    weights_of, found = mean_weights(fit.design, term, at), []
    met = _met(fit.design, term)
    for name, weights in weights_of.items():
        mean = fit.combination(weights)
        found.append(MarginalMean(name, len(met[name]), mean.estimate, mean.se, mean.df, *mean.interval(level)))
    return found


def mean_table(means: Sequence[MarginalMean]) -> pd.DataFrame:
    """One row per level."""
    return pd.DataFrame([asdict(mean) for mean in means], columns=list(MarginalMean.__dataclass_fields__))


def condition_contrasts(
    fit: Fitted,
    term: str,
    pairs: Sequence[tuple[str, str]],
    level: float = 0.95,
    at: Mapping[str, object] | None = None,
) -> list[Estimate]:
    """Each pair of levels of `term`, first minus second, from the fitted model, in the measure's own unit.

    `n` counts the participants who have a row in either of the two; a note says how many have both. p is not corrected
    for the number of pairs. The standardised difference is over the root of `fit.spread()`. Raises NotEstimable for a
    level that no row has.
    """
    weights = mean_weights(fit.design, term, at)
    found, met = [], _met(fit.design, term)
    for first, second in pairs:
        for name in (first, second):
            if name not in weights:
                raise NotEstimable(f"'{term}' has no level '{name}' in these data. It has: {', '.join(weights)}.")
        if first == second:
            raise NotEstimable(f"'{first}' cannot be compared with itself.")
        difference = fit.combination(weights[first] - weights[second])
        n, note = _informed(met[first], met[second])
        found.append(estimate(fit, difference, (first, second), n, level, note))
    return found


def estimate(
    fit: Fitted, difference: Combination, names: tuple[str, str], n: int, level: float = 0.95, note: str = ""
) -> Estimate:
    """A combination of coefficients with all that a paper says about it.

    The standardised difference is d = b / sd; its standard error is by the delta method,
    se_d² = se² / sd² + d² var(sd²) / (4 sd⁴): b and the variances are independent in large samples.
    """
    low, high = difference.interval(level)
    spread = fit.spread()
    d = difference.estimate / spread.sd
    se_d = sqrt(difference.se**2 / spread.variance + d**2 * spread.sampling_variance / (4 * spread.variance**2))
    half = float(stats.t.ppf(0.5 + level / 2, difference.df)) * se_d
    return Estimate(
        names[0],
        names[1],
        n,
        difference.estimate,
        fit.method,
        level=level,
        se=difference.se,
        low=low,
        high=high,
        statistic="t",
        value=difference.t,
        df=difference.df,
        p=difference.p,
        standardised=d,
        standardised_low=d - half,
        standardised_high=d + half,
        denominator=f"{spread.name}; {INTERVAL}",
        note=note,
    )


def mean_weights(made: Design, term: str, at: Mapping[str, object] | None = None) -> dict[str, Array]:
    """For each level of the factor `term`, the weights (p) that make its marginal mean of the coefficients."""
    levels = levels_of(made)
    if term not in levels:
        raise NotEstimable(f"'{term}' is not a factor of the model. Its factors are: {', '.join(levels) or 'none'}.")
    grid = _grid(made, levels, at or {})
    coded = made.coded(grid)
    return {label(level): coded[(grid[term] == level).to_numpy()].mean(axis=0) for level in levels[term]}


def label(level: object) -> str:
    """A level as it is printed: block 1, not block 1.0."""
    return f"{level:g}" if isinstance(level, float) else str(level)


def _grid(made: Design, levels: Mapping[str, list[object]], at: Mapping[str, object]) -> pd.DataFrame:
    """Every combination of levels once; a number where the formula has a number."""
    response = {str(name) for name in made.rows.columns} - {str(name) for name in made.spec.required_variables}
    held = {name: list(found) for name, found in levels.items()}
    for name in made.spec.required_variables:
        if str(name) not in held and str(name) not in response:
            held[str(name)] = [float(made.rows[str(name)].mean())]
    for name, value in at.items():
        if name not in held:
            raise NotEstimable(f"'{name}' is not in the model, so it cannot be held at {value}.")
        if name in levels and label(value) not in [label(known) for known in levels[name]]:
            raise NotEstimable(f"'{name}' has no level '{value}' in these data.")
        held[name] = [next((known for known in held[name] if label(known) == label(value)), value)]
    return pd.DataFrame(list(itertools.product(*held.values())), columns=list(held))


def _met(made: Design, term: str) -> dict[str, set[int]]:
    """Level → the participants who have a row there."""
    return {label(level): people for level, people in made.met(term).items()}


def _informed(first: set[int], second: set[int]) -> tuple[int, str]:
    either, both = len(first | second), len(first & second)
    return either, "" if both == either else f"{both} of {either} participants have both"
