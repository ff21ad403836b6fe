"""How much of the variance lies between participants: the variances of a mixed model, by REML or maximum likelihood.

The model is y = X β + Z u + e with u ~ N(0, σ² D) drawn once per participant and e ~ N(0, σ²). Both β and σ² are
profiled out, so the search is over θ, the lower triangle of Λ in D = Λ Λ' (Bates, Mächler, Bolker & Walker, 2015,
equations 34 and 42). Everything is computed from sums over each participant's rows; gradient and Hessian are analytic
(Lindstrom & Bates, 1988), so the optimum is exact to rounding.

To keep the arithmetic well scaled, X is replaced by an orthonormal basis, y by its least-squares residuals and each
column of Z by itself over its root mean square. Only `degrees` and `mixed` see these coordinates.
"""

from dataclasses import dataclass
from functools import cache
from math import log, pi

import numpy as np
from scipy.optimize import minimize

Array = np.ndarray
SINGULAR = 1e-4
"""A diagonal element of Λ below this is a variance of zero (or a correlation of ±1), as lme4's isSingular has it."""
FLAT = 1e-6
"""The largest slope of the deviance that still counts as its bottom."""


@dataclass(frozen=True)
class Sums:
    """What the rows say, participant by participant: Z'Z (m × q × q), Z'X (m × q × p), Z'y (m × q); over all, X'X and so on."""

    ztz: Array
    ztx: Array
    zty: Array
    xtx: Array
    xty: Array
    yty: float
    n: int
    reml: bool = True

    @property
    def free(self) -> int:
        """What the residual sum of squares is divided by."""
        return self.n - (len(self.xtx) if self.reml else 0)


@dataclass(frozen=True)
class State:
    """Everything at one θ, with V = σ² (I + Z D Z') and A = (I + Z D Z')⁻¹.

    `s` = Z'AZ and `t` = Z'AX per participant, `w` = Z'A(y − Xβ), `c` = (X'AX)⁻¹.
    """

    theta: Array
    relative: Array
    s: Array
    t: Array
    w: Array
    c: Array
    beta: Array
    rss: float
    sigma2: float
    deviance: float


def sums(y: Array, x: Array, z: Array, groups: Array, reml: bool = True) -> Sums:
    """The sums of n rows: `y` (n), `x` (n × p), `z` (n × q), `groups` (n, from 0 to m − 1)."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(groups.max() + 1))
    y, x, z = y[order], x[order], z[order]

    def per_group(products: Array) -> Array:
        return np.add.reduceat(products, starts, axis=0)

    ztz = per_group(z[:, :, None] * z[:, None, :])
    ztx = per_group(z[:, :, None] * x[:, None, :])
    return Sums(ztz, ztx, per_group(z * y[:, None]), x.T @ x, x.T @ y, float(y @ y), len(y), reml)


def at(known: Sums, theta: Array) -> State:
    """The profiled fit at θ."""
    q = known.ztz.shape[1]
    root = lower(theta, q)
    relative = root @ root.T
    inner = np.eye(q) + known.ztz @ relative
    solved = np.linalg.solve(inner, np.concatenate([known.ztz, known.ztx, known.zty[:, :, None]], axis=2))
    s, t, u = solved[:, :, :q], solved[:, :, q:-1], solved[:, :, -1]
    information = known.xtx - np.einsum("mqp,qr,mrk->pk", known.ztx, relative, t)
    c = np.linalg.inv(information)
    right = known.xty - np.einsum("mqp,qr,mr->p", known.ztx, relative, u)
    beta = c @ right
    rss = known.yty - float(np.einsum("mq,qr,mr->", known.zty, relative, u)) - float(right @ beta)
    rss = max(rss, np.finfo(float).tiny)
    sigma2 = rss / known.free
    logdet = float(np.log(np.linalg.det(inner)).sum())
    deviance = known.free * (log(2 * pi * sigma2) + 1) + logdet
    if known.reml:
        deviance += float(np.linalg.slogdet(information)[1])
    return State(theta, relative, s, t, u - t @ beta, c, beta, rss, sigma2, deviance)


def lower(theta: Array, q: int) -> Array:
    """θ as the lower triangle of Λ, column by column (lme4's order)."""
    root = np.zeros((q, q))
    rows, columns = _places(q)
    root[rows, columns] = theta
    return root


@cache
def _places(q: int) -> tuple[Array, Array]:
    columns, rows = np.triu_indices(q)
    return rows, columns


def directions(theta: Array, q: int) -> tuple[list[Array], list[list[Array]]]:
    """First and second derivatives of D by θ: one matrix per element, one per pair of elements."""
    root, rows_columns = lower(theta, q), list(zip(*_places(q), strict=True))
    units = []
    for row, column in rows_columns:
        unit = np.zeros((q, q))
        unit[row, column] = 1
        units.append(unit)
    first = [unit @ root.T + root @ unit.T for unit in units]
    second = [[a @ b.T + b @ a.T for b in units] for a in units]
    return first, second


def gradient(known: Sums, state: State) -> Array:
    """The gradient of the deviance by θ, with σ² at its profiled value."""
    first, _second = directions(state.theta, known.ztz.shape[1])
    return np.array([_trace(known, state, e) - _squared(state, e) for e in first])


def hessian(known: Sums, state: State) -> Array:
    """The Hessian of the deviance by (log σ², θ), with σ² at its profiled value."""
    first, second = directions(state.theta, known.ztz.shape[1])
    made = np.empty((len(first) + 1, len(first) + 1))
    made[0, 0] = known.free
    made[0, 1:] = made[1:, 0] = [_squared(state, e) for e in first]
    pulled = [np.einsum("mqp,mq->p", state.t, state.w @ e) for e in first]
    for a, e in enumerate(first):
        for b, f in enumerate(first):
            twice = float(np.einsum("mq,mqr,mr->", state.w @ e, state.s, state.w @ f))
            made[1 + a, 1 + b] = (
                _trace(known, state, second[a][b])
                - _product_trace(known, state, e, f)
                + 2 * (twice - pulled[a] @ state.c @ pulled[b]) / state.sigma2
                - _squared(state, second[a][b])
            )
    return made


def spread_in(state: State, direction: Array) -> Array:
    """X'A Z E Z' A X: what a change of D in the direction E does to the information about β."""
    return _over_participants(state.t, direction @ state.t)


def spread_between(state: State, a: Array, b: Array) -> Array:
    """X'A Z E Z' A Z F Z' A X, for two directions E and F."""
    return _over_participants(a @ state.t, state.s @ (b @ state.t))


def product(state: State, a: Array, b: Array) -> float:
    """The trace of A Z E Z' A Z F Z', for two directions E and F."""
    return float(np.einsum("mqr,mrq->", state.s @ a, state.s @ b))


def _over_participants(left: Array, right: Array) -> Array:
    p = left.shape[2]
    return left.reshape(-1, p).T @ right.reshape(-1, p)


def _squared(state: State, direction: Array) -> float:
    """y'P Z E Z' P y in units of σ²."""
    return float(np.sum((state.w @ direction) * state.w)) / state.sigma2


def _trace(known: Sums, state: State, direction: Array) -> float:
    """The trace of P Z E Z', or of A Z E Z' under maximum likelihood."""
    whole = float(np.sum(state.s.sum(axis=0) * direction.T))
    return whole - float(np.sum(state.c * spread_in(state, direction))) if known.reml else whole


def _product_trace(known: Sums, state: State, a: Array, b: Array) -> float:
    whole = product(state, a, b)
    if not known.reml:
        return whole
    crossed = state.c @ spread_in(state, a) @ state.c @ spread_in(state, b)
    return whole - 2 * float(np.sum(state.c * spread_between(state, a, b))) + float(np.trace(crossed))


# --- the search ------------------------------------------------------------------------------------


def best(known: Sums) -> tuple[State, bool]:
    """The θ of least deviance, and whether the search ended at the bottom."""
    q = known.ztz.shape[1]
    if q == 1:
        return _polished(known, _best_scalar(known))
    rows, columns = _places(q)
    diagonal = rows == columns
    found = _polished(known, _descended(known, [diagonal * scale for scale in (1.0, 0.2, 5.0)]))
    at_zero = diagonal & (found[0].theta == 0)
    if at_zero.any():  # the deviance is even in these, hence flat at zero even where zero is a saddle: look beside it
        beside = [np.where(at_zero, nudge, found[0].theta) for nudge in (0.05, 0.3)]
        other = _polished(known, _descended(known, beside))
        found = min(found, other, key=lambda pair: pair[0].deviance)
    return found


def _best_scalar(known: Sums) -> Array:
    """One variance: a coarse grid finds the valley, so that a second, shallower one cannot catch the search; then a fine one."""
    coarse = np.concatenate([[0.0], np.logspace(-3, 4, 36)])
    lowest = int(np.argmin(_heights(known, coarse)))
    fine = np.append(np.linspace(coarse[max(lowest - 1, 0)], coarse[min(lowest + 1, 36)], 36), coarse[lowest])
    return fine[[np.argmin(_heights(known, fine))]]


def _heights(known: Sums, thetas: Array) -> Array:
    """The deviance at each of these θ, for one variance; `at` says what is done."""
    own, crossed, with_y = known.ztz[:, 0, 0], known.ztx[:, 0], known.zty[:, 0]
    inner = 1 + np.outer(thetas**2, own)
    share = thetas[:, None] ** 2 / inner
    information = known.xtx - np.einsum("km,mp,mq->kpq", share, crossed, crossed, optimize=True)
    right = known.xty - share @ (crossed * with_y[:, None])
    explained = np.sum(right * np.linalg.solve(information, right[:, :, None])[:, :, 0], axis=1)
    rss = np.maximum(known.yty - share @ with_y**2 - explained, np.finfo(float).tiny)
    deviance = known.free * (np.log(2 * pi * rss / known.free) + 1) + np.log(inner).sum(axis=1)
    return deviance + np.linalg.slogdet(information)[1] if known.reml else deviance


def _descended(known: Sums, starts: list[Array]) -> Array:
    """Several variances: the lowest point that a bounded quasi-Newton search reaches from any of these."""
    rows, columns = _places(known.ztz.shape[1])
    bounds = [(0.0, None) if on else (None, None) for on in rows == columns]

    def height(theta: Array) -> tuple[float, Array]:
        state = at(known, theta)
        return state.deviance, gradient(known, state)

    tries = [minimize(height, s.astype(float), jac=True, method="L-BFGS-B", bounds=bounds) for s in starts]
    return np.asarray(min(tries, key=lambda found: found.fun).x)


def _polished(known: Sums, theta: Array, rounds: int = 30) -> tuple[State, bool]:
    """Newton's steps from near the bottom to the bottom; elements at zero that want to be negative stay there."""
    q = known.ztz.shape[1]
    rows, columns = _places(q)
    diagonal = rows == columns
    state = at(known, np.where(diagonal & (theta < SINGULAR / 10), 0.0, theta))
    for _ in range(rounds):
        slope, curvature = gradient(known, state), hessian(known, state)
        profiled = curvature[1:, 1:] - np.outer(curvature[1:, 0], curvature[0, 1:]) / curvature[0, 0]
        free = ~(diagonal & (state.theta == 0))
        if not free.any() or np.abs(slope[free]).max() < FLAT / 1000:
            break
        step = np.zeros_like(slope)
        step[free] = -np.linalg.lstsq(profiled[np.ix_(free, free)], slope[free], rcond=1e-12)[0]
        moved = _no_worse(known, state, step, diagonal)
        if moved is None:
            break
        state = moved
    free = ~(diagonal & (state.theta == 0))
    return state, not free.any() or bool(np.abs(gradient(known, state)[free]).max() < FLAT)


def _no_worse(known: Sums, state: State, step: Array, diagonal: Array) -> State | None:
    for halvings in range(20):
        theta = state.theta + step / 2**halvings
        tried = at(known, np.where(diagonal, np.maximum(theta, 0), theta))
        if tried.deviance <= state.deviance + 1e-10 * max(1.0, abs(state.deviance)):
            return tried
    return None
