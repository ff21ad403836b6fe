"""How much sooner something happens under one condition: Cox regression for people who were in several conditions.

Either stratified by participant, which compares each with themselves only, or over all with standard errors that allow
for the rows of a participant belonging together (Lin & Wei, 1989). Ties by Efron's method.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from analysis.inference.design_matrix import Design, design
from analysis.inference.estimate import NotEstimable
from analysis.inference.sandwich import refuse_few
from analysis.inference.separation import NEVER_LATER, refuse_separation
from analysis.inference.wald import Coefficients, wald_table

Array = np.ndarray
INTERCEPT = "Intercept"


@dataclass(frozen=True)
class CoxFit:
    """Effects (p) as log hazard ratios, with their covariance; `informative` participants have a say in them.

    `per` says whether participants are strata or clusters.
    """

    per: Literal["strata", "clusters"]
    design: Design
    names: tuple[str, ...]
    values: Array
    covariance: Array
    log_likelihood: float
    informative: int
    converged: bool

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per effect, with its hazard ratio."""
        return wald_table(self.names, self.values, self.covariance, "log hazard", level)

    def coefficients(self) -> Coefficients:
        """What contrasts between conditions are made of (`wald.wald_contrasts`)."""
        place = self.design.columns.index(INTERCEPT)
        wide = np.insert(np.insert(self.covariance, place, 0.0, axis=0), place, 0.0, axis=1)
        method = (
            "Cox regression stratified by participant" if self.per == "strata" else "Cox regression, cluster-robust"
        )
        note = f"{self.informative} of {self.design.participants} participants inform the estimate"
        return Coefficients(
            self.design, np.insert(self.values, place, 0.0), wide, "log hazard", f"{method}, Wald z",
            note=note if self.per == "strata" else "",
        )  # fmt: skip


def cox_stratified(frame: pd.DataFrame, formula: str, event: str, participant: str) -> CoxFit:
    """`time ~ condition`; participants are strata. R: coxph(Surv(time, event) ~ condition + strata(participant))."""
    asked, status = _timed(frame, formula, event, participant)
    informative = _informative(asked, status)
    if not informative:
        raise NotEstimable(
            "No participant has an event while another of their times still ran: nothing can be compared."
        )
    fitted, converged = _fit(asked, status, strata=asked.groups)
    return _held("strata", asked, fitted, np.asarray(fitted.cov_params()), informative, converged)


def cox_clustered(frame: pd.DataFrame, formula: str, event: str, participant: str) -> CoxFit:
    """The same over all participants, sandwich by participant. R: coxph(Surv(time, event) ~ condition, cluster = participant)."""
    asked, status = _timed(frame, formula, event, participant)
    refuse_few(formula, asked.participants, asked.x.shape[1] - 1)
    fitted, converged = _fit(asked, status, strata=None)
    scores = (
        pd.DataFrame(_score_residuals(asked, status, np.asarray(fitted.params))).groupby(asked.groups).sum().to_numpy()
    )
    naive = np.asarray(fitted.cov_params())
    robust = naive @ (scores.T @ scores) @ naive
    return _held("clusters", asked, fitted, robust, asked.participants, converged)


def _timed(frame: pd.DataFrame, formula: str, event: str, participant: str) -> tuple[Design, Array]:
    if event not in frame.columns:
        raise NotEstimable(f"The data have no column '{event}'.")
    asked = design(frame.dropna(subset=[event]), formula, participant)
    status = asked.rows[event].to_numpy(dtype=float)
    if not np.isin(status, (0.0, 1.0)).all():
        raise NotEstimable(f"'{event}' must be 1 (it happened) or 0 (the time was cut off).")
    if not status.any():
        raise NotEstimable(f"All {len(status)} times are censored: it never happened.")
    if asked.y.min() < 0:
        raise NotEstimable(f"Times must not be negative; the least is {asked.y.min():g}.")
    if INTERCEPT not in asked.columns:
        raise NotEstimable(f"'{formula}' leaves out the intercept, in whose place the baseline hazard stands.")
    return asked, status


def _fit(asked: Design, status: Array, strata: Sequence[int] | None) -> tuple[object, bool]:
    x = np.delete(asked.x, asked.columns.index(INTERCEPT), axis=1)
    model = PHReg(asked.y, x, status=status, strata=strata, ties="efron")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        fitted = model.fit(method="newton", maxiter=100, disp=False)
    return fitted, not any(issubclass(w.category, ConvergenceWarning) for w in said)


def _held(
    per: Literal["strata", "clusters"], asked: Design, fitted: object, covariance: Array, informative: int,
    converged: bool,
) -> CoxFit:  # fmt: skip
    names = tuple(name for name in asked.columns if name != INTERCEPT)
    x = np.delete(asked.x, asked.columns.index(INTERCEPT), axis=1)
    refuse_separation(names, np.asarray(fitted.cov_params()), x, "the times", NEVER_LATER)  # type: ignore[attr-defined]
    values, value = np.asarray(fitted.params), float(fitted.llf)  # type: ignore[attr-defined]
    return CoxFit(per, asked, names, values, covariance, value, informative, converged)


def _score_residuals(asked: Design, status: Array, values: Array) -> Array:
    """What each row adds to the gradient (n × p), ties by Efron; statsmodels has those of Breslow's ties only.

    Of d events at one time, the k-th is drawn from those at risk less k/d of the d (Therneau & Grambsch, 2000, 3.3).
    """
    x = np.delete(asked.x, asked.columns.index(INTERCEPT), axis=1)
    hazard = np.exp((x - x.mean(0)) @ values)
    residuals = np.zeros_like(x)
    for time in np.unique(asked.y[status == 1]):
        tied, at_risk = (asked.y == time) & (status == 1), asked.y >= time
        for share in np.arange(tied.sum()) / tied.sum():
            weight = hazard * (at_risk - share * tied)
            away = x - weight @ x / weight.sum()
            residuals += tied[:, None] * away / tied.sum() - weight[:, None] * away / weight.sum()
    return residuals


def _informative(asked: Design, status: Array) -> int:
    """Participants with an event while at least one other of their times still ran."""
    return sum(
        any(status[k] == 1 and (asked.y[rows] >= asked.y[k]).sum() > 1 for k in np.flatnonzero(rows))
        for rows in (asked.groups == group for group in range(asked.participants))
    )
