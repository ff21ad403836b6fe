"""Small samples taken seriously: degrees of freedom of a mixed model after Kenward and Roger, or after Satterthwaite.

Kenward & Roger (1997) also enlarge the standard errors; Satterthwaite's (Giesbrecht & Burns, 1985; several degrees:
Fai & Cornelius, 1996) leave them as they are. Same numbers as R's pbkrtest::Lb_ddf and KRmodcomp, and lmerTest's contest.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from analysis.inference.estimate import NotEstimable
from analysis.inference.variances import Array, State, Sums, directions, hessian, product, spread_between, spread_in

ZERO = 1e-10
"""What counts as zero among the quotients of Kenward and Roger, as pbkrtest has it."""
EVEN = 1e-8
"""Degrees of freedom closer than this are the same, as lmerTest has it."""


@dataclass(frozen=True)
class Precision:
    """How sure the coefficients are: `plain` and `adjusted` (Kenward–Roger) covariance (p × p).

    `weight` (r × r) is the covariance of the variance parameters by their expected information, `moves` (r × p × p)
    what each of them does to `plain`; `observed` and `drifts` are the same for (log σ², θ) by the observed information,
    which is what Satterthwaite's degrees use.
    """

    plain: Array
    adjusted: Array
    weight: Array
    moves: Array
    observed: Array
    drifts: Array


def precision(known: Sums, state: State, back: Array) -> Precision:
    """Both kinds at a REML fit; `back` (p × p) takes the coefficients to the researcher's coordinates."""
    plain = state.sigma2 * state.c
    weight, moves, adjusted = _kenward_roger(known, state)
    first, _second = directions(state.theta, known.ztz.shape[1])
    drifts = np.array([plain, *(state.sigma2 * state.c @ spread_in(state, e) @ state.c for e in first)])
    observed = 2 * _inverse(hessian(known, state))
    return Precision(
        back @ plain @ back.T,
        back @ adjusted @ back.T,
        weight,
        back @ moves @ back.T,
        observed,
        back @ drifts @ back.T,
    )


def kenward_roger(known: Precision, hypothesis: Array) -> tuple[float, float]:
    """Denominator degrees of freedom, and the factor on F, of `hypothesis` (q × p) times the coefficients."""
    q = len(hypothesis)
    middle = np.linalg.inv(hypothesis @ known.plain @ hypothesis.T)
    moved = [middle @ hypothesis @ move @ hypothesis.T for move in known.moves]
    traces = np.array([np.trace(m) for m in moved])
    a1 = float(traces @ known.weight @ traces)
    a2 = float(sum(known.weight[i, j] * np.sum(m * n.T) for i, m in enumerate(moved) for j, n in enumerate(moved)))
    if q == 1:  # what the general form comes to, without its divisions by zero at 2 and 4 df
        return 2 / a2, 1.0
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    divisor = 3 * q + 2 * (1 - g)
    v0, v1, v2 = 1 + g / divisor * b, 1 - (q - g) / divisor * b, 1 - (q + 2 - g) / divisor * b
    if abs(v2) < ZERO:
        df = 4.0
    else:
        left = 1 - a2 / q
        ratio = 1.0 if abs(left) < ZERO and abs(v1) < ZERO else left / v1
        df = 4 + (q + 2) / (ratio**2 * (0.0 if abs(v0) < ZERO else v0) / v2 - 1)
    if not df > 0:
        raise NotEstimable(
            f"Too few rows to test {q} coefficients at once: Kenward–Roger leaves no degrees of freedom."
        )
    return df, 1.0 if abs(df - 2) < 1e-2 else df * (1 - a2 / q) / (df - 2)


def satterthwaite(known: Precision, hypothesis: Array) -> float:
    """Denominator degrees of freedom of `hypothesis` (q × p) times the coefficients."""
    values, vectors = np.linalg.eigh(hypothesis @ known.plain @ hypothesis.T)
    rows = vectors.T @ hypothesis
    each = []
    for variance, row in zip(values, rows, strict=True):
        gradient = np.einsum("p,rpk,k->r", row, known.drifts, row)
        each.append(2 * variance**2 / float(gradient @ known.observed @ gradient))
    df = np.array(each)
    if len(df) == 1 or np.abs(np.diff(df)).max() < EVEN * max(1.0, df.max()):
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    expected = float(np.sum(df / (df - 2)))
    return 2 * expected / (expected - len(df)) if expected > len(df) else inf


def _kenward_roger(known: Sums, state: State) -> tuple[Array, Array, Array]:
    """The covariance is linear in its parameters, so any basis of them serves: here V itself, and each element of D."""
    q = known.ztz.shape[1]
    elements = _elements(q)
    information = np.linalg.inv(state.c)
    changes = [information, *(spread_in(state, e) for e in elements)]
    r = len(changes)
    expected, between = np.empty((r, r)), np.empty((r, r, *state.c.shape))
    for i in range(r):
        for j in range(r):
            if i == 0 or j == 0:
                between[i, j] = changes[max(i, j)]
                whole = float(known.n) if i == j else float(np.einsum("mqr,rq->", state.s, elements[max(i, j) - 1]))
            else:
                a, b = elements[i - 1], elements[j - 1]
                between[i, j] = spread_between(state, a, b)
                whole = product(state, a, b)
            crossed = np.trace(state.c @ changes[i] @ state.c @ changes[j])
            expected[i, j] = whole - 2 * np.sum(state.c * between[i, j]) + crossed
    weight = 2 * _inverse(expected)
    extra = sum(weight[i, j] * (between[i, j] - changes[i] @ state.c @ changes[j]) for i in range(r) for j in range(r))
    moves = state.sigma2 * np.array([state.c @ change @ state.c for change in changes])
    return weight, moves, state.sigma2 * (state.c + 2 * state.c @ extra @ state.c)


def _elements(q: int) -> list[Array]:
    made = []
    for row in range(q):
        for column in range(row + 1):
            unit = np.zeros((q, q))
            unit[row, column] = unit[column, row] = 1
            made.append(unit)
    return made


def _inverse(symmetric: Array) -> Array:
    """The inverse over the directions that the data inform (all of them but at a singular fit)."""
    values, vectors = np.linalg.eigh((symmetric + symmetric.T) / 2)
    told = values > 1e-10 * values.max()
    return vectors[:, told] @ np.diag(1 / values[told]) @ vectors[:, told].T
