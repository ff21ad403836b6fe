"""The robust twin of a mixed model: effects averaged over the sample, with intervals that do not trust the correlation.

Generalised estimating equations with exchangeable correlation within participants and sandwich standard errors (Liang &
Zeger, 1986). Effects are marginal: for log odds they are nearer to zero than those for one participant. With fewer than
about 40 participants the intervals are too narrow; `few` says so.
"""

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from statsmodels.genmod import families
from statsmodels.genmod.cov_struct import Exchangeable
from statsmodels.genmod.generalized_estimating_equations import GEE
from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

from analysis.inference.design_matrix import Design, design
from analysis.inference.estimate import NotEstimable, Scale
from analysis.inference.generalised import refuse_infinite
from analysis.inference.generalised_rows import Bernoulli, Poisson
from analysis.inference.maximise import maximise
from analysis.inference.random_intercept import Pooled
from analysis.inference.sandwich import refuse_few
from analysis.inference.wald import Coefficients, wald_table

Array = np.ndarray
Family = Literal["gaussian", "logistic", "poisson"]
SCALE: dict[Family, Scale] = {"gaussian": "raw", "logistic": "log odds", "poisson": "log rate"}
FEW = 40
ONE = 1 - 1e-8
"""A correlation from here on is 1."""


@dataclass(frozen=True)
class GeeFit:
    """Effects (p) with their robust covariance; `correlation` is the one within participants."""

    family: Family
    design: Design
    values: Array
    covariance: Array
    correlation: float
    converged: bool

    @property
    def few(self) -> bool:
        """Too few participants for the sandwich to be trusted (Mancl & DeRouen, 2001)."""
        return self.design.participants < FEW

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per coefficient."""
        return wald_table(self.design.columns, self.values, self.covariance, SCALE[self.family], level)

    def coefficients(self) -> Coefficients:
        """What contrasts between conditions are made of (`wald.wald_contrasts`)."""
        note = f"{self.design.participants} participants: robust intervals are somewhat too narrow" if self.few else ""
        method = f"GEE ({self.family}), exchangeable, robust Wald z"
        return Coefficients(self.design, self.values, self.covariance, SCALE[self.family], method, note=note)


def gee(frame: pd.DataFrame, formula: str, participant: str, family: Family) -> GeeFit:
    """Raises NotEstimable. R: geepack::geeglm(formula, id = participant, family, corstr = "exchangeable").

    The moments of scale and correlation are divided by their number, not by that less p, as geepack does.
    """
    asked = design(frame, formula, participant)
    if family == "logistic" and set(np.unique(asked.y)) != {0.0, 1.0}:
        raise NotEstimable(f"'{formula.split('~')[0].strip()}' must be 0 or 1 for a logistic model.")
    if asked.participants == len(asked.y):
        raise NotEstimable("Every participant has one row: there is no correlation within participants to allow for.")
    refuse_few(formula, asked.participants, asked.x.shape[1])
    if family != "gaussian":
        rows = {"logistic": Bernoulli, "poisson": Poisson}[family](asked.y, asked.x)
        refuse_infinite(asked, maximise(Pooled(rows), np.zeros(asked.x.shape[1])).covariance, family)
    chosen = {"gaussian": families.Gaussian, "logistic": families.Binomial, "poisson": families.Poisson}[family]()
    correlation = Exchangeable()
    model = GEE(asked.y, asked.x, groups=asked.groups, family=chosen, cov_struct=correlation)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        for kind in (ConvergenceWarning, IterationLimitWarning):  # `converged` of the result says so
            warnings.simplefilter("ignore", kind)
        found = model.fit(maxiter=200, ctol=1e-12, ddof_scale=0)
    values, covariance = np.asarray(found.params), np.asarray(found.cov_robust)
    if not float(correlation.dep_params) < ONE or not np.isfinite(covariance).all():
        raise NotEstimable(
            f"'{formula}': each participant has the same value everywhere (a correlation of 1 within participants), so "
            "nothing is left to compare conditions by."
        )
    return GeeFit(family, asked, values, covariance, float(correlation.dep_params), bool(found.converged))
