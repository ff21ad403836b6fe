"""One factor behind the items of a scale, by maximum likelihood: loadings, fit and McDonald's omega."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy import optimize, stats

from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Array

BOUNDARY = 1e-3
"""A residual below this share of its item's variance lies at the boundary (a Heywood case)."""


@dataclass(frozen=True)
class OneFactor:
    """`loadings` (k, raw, variance of the factor 1) and `residuals` (k variances), and how well they fit.

    `omega` = (Σ loadings)² / ((Σ loadings)² + Σ residuals); `omega_observed` divides by the variance of the sum.
    Fit is NaN where nothing is left to test (three items, df 0). `heywood`: an item has (almost) no residual, so
    neither loadings nor omega can be trusted.
    """

    loadings: Array
    residuals: Array
    omega: float
    omega_observed: float
    chi2: float
    df: int
    p: float
    cfi: float
    tli: float
    rmsea: float
    srmr: float
    converged: bool
    heywood: bool


def one_factor(items: Array) -> OneFactor:
    """Fits one factor to complete rows (n × k, at least 3 items), as lavaan does.

    R: `lavaan::cfa("f =~ i1 + …", std.lv = TRUE)`. Raises NotEstimable for fewer than 3 items, an item that does not
    vary, or items of which one follows from the others.
    """
    n, k = items.shape
    if k < 3:
        raise NotEstimable(f"One factor needs at least 3 items; there are {k}. For two items use Spearman–Brown.")
    s = np.cov(items, rowvar=False, bias=True)
    scale = np.sqrt(np.diag(s))
    if n <= k or scale.min() < 1e-9 or np.linalg.cond(s / np.outer(scale, scale)) > 1e12:
        raise NotEstimable(
            f"{n} complete rows of {k} items do not identify one factor: some item does not vary or follows from others."
        )
    r = s / np.outer(scale, scale)
    load, rest, discrepancy, converged = _fit(r)
    loadings, residuals = load * scale, rest * scale**2
    if loadings.sum() < 0:
        loadings, load = -loadings, -load
    total = loadings.sum() ** 2
    return OneFactor(
        loadings,
        residuals,
        float(total / (total + residuals.sum())),
        float(total / s.sum()),
        *_indices(r, load, rest, n * discrepancy, n),
        converged,
        bool(rest.min() < BOUNDARY),
    )


def _fit(r: Array) -> tuple[Array, Array, float, bool]:
    """Loadings and residuals of a correlation matrix: by the residuals alone, the loadings follow (Jöreskog, 1967).

    Minimises log|Σ| + tr(RΣ⁻¹) − log|R| − k over the logarithms of the residuals.
    """
    k = len(r)
    log_det = np.linalg.slogdet(r)[1]

    def loaded(rest: Array) -> Array:
        root = np.sqrt(rest)
        values, vectors = np.linalg.eigh(r / np.outer(root, root))
        return root * vectors[:, -1] * sqrt(max(values[-1] - 1, 0))

    def discrepancy(log_rest: Array) -> tuple[float, Array]:
        rest = np.exp(log_rest)
        load = loaded(rest)
        implied = np.outer(load, load) + np.diag(rest)
        inverse = np.linalg.inv(implied)
        slope = np.diag(inverse @ (implied - r) @ inverse) * rest
        return float(np.linalg.slogdet(implied)[1] + np.trace(r @ inverse) - log_det - k), slope

    start = np.log(1 / np.diag(np.linalg.inv(r)))
    bounds = [(np.log(1e-6), 0.0)] * k
    found = optimize.minimize(
        discrepancy, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-9}
    )
    inside = (found.x > bounds[0][0]) & (found.x < bounds[0][1])
    settled = float(np.abs(found.jac[inside]).max(initial=0)) < 1e-5
    rest = np.exp(found.x)
    return loaded(rest), rest, max(float(found.fun), 0.0), settled


def _indices(
    r: Array, load: Array, rest: Array, chi2: float, n: int
) -> tuple[float, int, float, float, float, float, float]:
    """chi2, df, p, CFI, TLI, RMSEA, SRMR, against the model in which no two items go together."""
    k = len(r)
    df, free = k * (k - 3) // 2, k * (k - 1) // 2
    lower = np.tril_indices(k)
    srmr = float(np.sqrt(((r - np.outer(load, load) - np.diag(rest))[lower] ** 2).mean()))
    if df == 0:
        return chi2, 0, nan, nan, nan, nan, srmr
    base = -n * float(np.linalg.slogdet(r)[1])
    over, base_over = max(chi2 - df, 0.0), max(base - free, chi2 - df, 0.0)
    cfi = 1 - over / base_over if base_over > 0 else 1.0
    tli = (base / free - chi2 / df) / (base / free - 1) if base != free else nan
    return chi2, df, float(stats.chi2.sf(chi2, df)), cfi, tli, sqrt(over / (n * df)), srmr
