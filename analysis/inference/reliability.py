"""Do the items of a scale measure one thing? Cronbach's alpha, omega, item-rest correlations; Spearman–Brown of two.

Rows are fillings-in of a questionnaire, columns its items, already turned where reversed (`scored_items`). Compute it
per condition: rows of the same participant in several conditions mix differences between people with those within.
"""

from dataclasses import dataclass
from functools import partial
from math import isfinite, nan

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.estimate import NotEstimable
from analysis.inference.one_factor import one_factor
from analysis.inference.samples import settled
from analysis.scoring import scored_value
from study.instruments import Instrument
from study.scales import Scale


@dataclass(frozen=True)
class ItemReliability:
    """One item: its mean and SD, correlation with the sum of the others, and alpha of the scale without it."""

    item: str
    mean: float
    sd: float
    item_rest: float
    alpha_if_deleted: float
    loading: float


@dataclass(frozen=True)
class Reliability:
    """Internal consistency of `k` items over `n` complete rows; `dropped` had a gap.

    `alpha` has Feldt's interval (`low` to `high`); `omega` is total omega of one factor by maximum likelihood (NaN for
    two items, or where `note` says why). `spearman_brown` is the coefficient of two items, NaN for more. `warnings`
    are sentences for the researcher.
    """

    n: int
    k: int
    dropped: int
    alpha: float
    low: float
    high: float
    alpha_standardised: float
    guttman_6: float
    mean_r: float
    omega: float
    omega_observed: float
    spearman_brown: float
    items: tuple[ItemReliability, ...]
    warnings: tuple[str, ...] = ()
    note: str = ""

    def table(self) -> pd.DataFrame:
        """One row per item."""
        return pd.DataFrame([vars(item) for item in self.items])


def reliability(items: pd.DataFrame, level: float = 0.95) -> Reliability:
    """All coefficients of one set of items (rows × items). Rows with a gap are left out.

    R: `psych::alpha(items)`, `lavaan::cfa`; Feldt's (1965) interval from the F distribution with n − 1 and
    (n − 1)(k − 1) df. Raises NotEstimable for fewer than two items or three rows, or an item that does not vary.
    """
    rows = _complete(items)
    n, k = rows.shape
    s, r = rows.cov().to_numpy(), rows.corr().to_numpy()
    alpha = _alpha(s)
    low, high = feldt_interval(alpha, n, k, level)
    mean_r = float((r.sum() - k) / (k * (k - 1)))
    loadings, omega, observed, note = _omega(rows)
    made = tuple(_item(rows, s, place, loadings) for place in range(k))
    return Reliability(
        n,
        k,
        len(items) - n,
        alpha,
        low,
        high,
        _of_length(k, mean_r),
        _guttman_6(r),
        mean_r,
        omega,
        observed,
        _of_length(2, mean_r) if k == 2 else nan,
        made,
        tuple(_warning(item, alpha) for item in made if item.item_rest < 0),
        note,
    )


def reliability_by(items: pd.DataFrame, condition: str) -> dict[str, Reliability]:
    """The coefficients in each condition, a level of the index of `items`. Raises what `reliability` does, naming it."""
    made = {}
    for name, rows in items.groupby(level=condition, observed=True):
        try:
            made[str(name)] = reliability(rows)
        except NotEstimable as error:
            raise NotEstimable(f"In condition '{name}': {error}") from error
    return made


def pooled_within_alpha(items: pd.DataFrame, by: str) -> float:
    """Alpha from how items vary together within each group of rows: within participants, or within conditions.

    `by` is a level of the index of `items`. The covariances of the rows around the mean of their own group, added up:
    within participants it says whether items change together, within conditions it takes out differences between them.
    Raises NotEstimable where no group has two rows.
    """
    rows = items.dropna().astype(float)
    centred = settled(rows - rows.groupby(level=by, observed=True).transform("mean"))
    s = centred.T @ centred
    if rows.shape[1] < 2 or s.sum() <= 1e-9:
        raise NotEstimable(f"The items do not vary together within '{by}': each needs rows that differ.")
    return _alpha(s)


def feldt_interval(alpha: float, n: int, k: int, level: float = 0.95) -> tuple[float, float]:
    """Feldt's (1965) interval of Cronbach's alpha over n rows of k items."""
    df = n - 1, (n - 1) * (k - 1)
    low, high = (1 - (1 - alpha) * float(stats.f.ppf(share, *df)) for share in ((1 + level) / 2, (1 - level) / 2))
    return low, high


def scored_items(
    responses: pd.DataFrame,
    instrument: Instrument,
    scale: Scale,
    keys: tuple[str, ...] = ("participant", "condition"),
) -> pd.DataFrame:
    """The answers to one scale, reversed items turned: index `keys`, one column per item, NaN where unanswered.

    `responses` has the keys, instrument, item and value. Raises NotEstimable where the scale was not answered, or where
    the keys name the same filling-in twice (then add block, round or nth to them).
    """
    mine = responses[(responses["instrument"] == instrument.id) & responses["item"].isin(scale.items)]
    if mine.empty:
        raise NotEstimable(f"Nobody has answered '{scale.id}' of '{instrument.id}'.")
    twice = mine[mine.duplicated([*keys, "item"], keep=False)]
    if len(twice):
        place = ", ".join(f"{key} {twice.iloc[0][key]}" for key in keys)
        raise NotEstimable(
            f"'{twice.iloc[0]['item']}' of '{instrument.id}' was answered more than once by {place}. "
            "Name the block or the time too."
        )
    wide = mine.assign(value=mine["value"].astype(float)).pivot(index=list(keys), columns="item", values="value")
    turned = {id: wide[id].map(partial(scored_value, instrument.item(id))) for id in scale.items if id in wide}
    return pd.DataFrame(turned, dtype="float64")


def _complete(items: pd.DataFrame) -> pd.DataFrame:
    rows = items.dropna().astype(float)
    n, k = rows.shape
    if k < 2 or n < 3:
        raise NotEstimable(f"{n} complete row(s) of {k} item(s): reliability needs at least 3 rows and 2 items.")
    if flat := [name for name in rows if np.ptp(settled(rows[name])) == 0]:
        raise NotEstimable(
            f"Everybody answered item '{flat[0]}' with {rows[flat[0]].iloc[0]:g}: it goes together with nothing."
        )
    if np.ptp(settled(rows.sum(axis=1))) == 0:
        raise NotEstimable("The sum of the items is the same for everybody: some item runs exactly against the others.")
    return rows


def _alpha(s: np.ndarray | pd.DataFrame) -> float:
    covariances = np.asarray(s)
    k = len(covariances)
    return float(k / (k - 1) * (1 - np.trace(covariances) / covariances.sum()))


def _item(rows: pd.DataFrame, s: np.ndarray, place: int, loadings: list[float]) -> ItemReliability:
    name, values = rows.columns[place], rows.iloc[:, place]
    rest = rows.drop(columns=name).sum(axis=1)
    others = np.delete(np.delete(s, place, 0), place, 1)
    deleted = _alpha(others) if len(others) > 1 and others.sum() > 1e-12 else nan
    together = float(values.corr(rest)) if np.ptp(settled(rest)) else nan
    return ItemReliability(
        str(name), float(values.mean()), float(values.std(ddof=1)), together, deleted, loadings[place]
    )


def _omega(rows: pd.DataFrame) -> tuple[list[float], float, float, str]:
    none = [nan] * rows.shape[1], nan, nan
    if rows.shape[1] < 3:
        return *none, "two items: Spearman–Brown stands in for omega"
    try:
        fit = one_factor(rows.to_numpy())
    except NotEstimable as error:
        return *none, f"no omega: {error}"
    if not fit.converged:
        return *none, "no omega: the fit of one factor did not converge"
    said = "an item has (almost) no residual variance: do not trust omega" if fit.heywood else ""
    return [float(load) for load in fit.loadings], fit.omega, fit.omega_observed, said


def _of_length(k: int, r: float) -> float:
    """Spearman and Brown's formula: k items that go together by r. NaN where they cancel each other out wholly."""
    weight = 1 + (k - 1) * r
    return k * r / weight if weight > 1e-12 else nan


def _guttman_6(r: np.ndarray) -> float:
    """1 − Σ unexplained shares of the items / variance of their standardised sum; NaN where one follows from others."""
    if np.linalg.cond(r) > 1e12:
        return nan
    return float(1 - (1 / np.diag(np.linalg.inv(r))).sum() / r.sum())


def _warning(item: ItemReliability, alpha: float) -> str:
    without = f" and {item.alpha_if_deleted:.2f} without" if isfinite(item.alpha_if_deleted) else ""
    return (
        f"Item '{item.item}' runs against the rest of its scale (r = {item.item_rest:.2f}); check its wording and whether "
        f"it is reversed. Alpha is {alpha:.2f} with it{without}."
    )
