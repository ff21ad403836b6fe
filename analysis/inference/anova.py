"""Analysis of variance for reviewers who ask for it: factors within participants, between them, or both.

Every participant is one row of a matrix (people × cells); each effect within is a set of orthonormal contrasts of the
cells, each effect between a set of sum-coded columns, tested by type III, so groups of unequal size count alike.
Only people who have every cell are used (the mixed model keeps the others). R: afex::aov_ez(…, type = 3).
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.design_matrix import Array, plain
from analysis.inference.estimate import NotEstimable
from analysis.inference.noncentral import f_bounds
from analysis.inference.sphericity import Sphericity, sphericity

ROUNDING = 1e-20


@dataclass(frozen=True)
class Effect:
    """One line of the table: sums of squares, F, the p as it is, after Greenhouse–Geisser and after Huynh–Feldt.

    `ges` is generalised eta² with every factor manipulated (Olejnik & Algina, 2003), `pes` partial eta² with its 90 %
    interval. Where an effect has one degree of freedom within, both corrections are 1 and Mauchly's test does not exist.
    """

    term: str
    ss: float
    df1: int
    sse: float
    df2: int
    f: float
    p: float
    epsilon_gg: float
    p_gg: float
    epsilon_hf: float
    p_hf: float
    mauchly_w: float
    mauchly_p: float
    ges: float
    pes: float
    pes_low: float
    pes_high: float

    @property
    def df_gg(self) -> tuple[float, float]:
        """The degrees of freedom after Greenhouse–Geisser, as they are reported beside p_gg."""
        return self.df1 * self.epsilon_gg, self.df2 * self.epsilon_gg


@dataclass(frozen=True)
class Anova:
    """All effects, over `n` participants; `left_out` names those who lacked a cell."""

    effects: tuple[Effect, ...]
    n: int
    left_out: tuple[str, ...]
    method: str

    def effect(self, term: str) -> Effect:
        """The effect of this name, such as "condition:phase"."""
        for found in self.effects:
            if found.term == term:
                return found
        raise NotEstimable(f"There is no effect '{term}'. There are: {', '.join(e.term for e in self.effects)}.")

    def table(self) -> pd.DataFrame:
        """One row per effect, with the degrees of freedom after Greenhouse–Geisser."""
        return pd.DataFrame([{**asdict(e), "df1_gg": e.df_gg[0], "df2_gg": e.df_gg[1]} for e in self.effects])


def anova(
    frame: pd.DataFrame,
    value: str,
    within: Sequence[str] = (),
    between: Sequence[str] = (),
    participant: str = "participant",
    level: float = 0.90,
) -> Anova:
    """One value per participant and cell of the factors `within`; the factors `between` are one per participant.

    Raises NotEstimable for duplicate rows, a factor with one level, a group with nobody in it, a factor `between` that
    changes within a person, too few people, or values that leave no error.
    """
    rows = _rows(frame, value, within, between, participant)
    wide, left_out = _wide(rows, value, within, participant)
    groups = _groups(rows, between, participant).reindex(wide.index)
    coded = _between_columns(groups)
    x = np.column_stack([*coded.values()])
    df = len(wide) - x.shape[1]
    if np.linalg.matrix_rank(x) < x.shape[1] or df < 1:
        raise NotEstimable(
            f"{len(wide)} participants have every cell of {', '.join(within) or value}; with {x.shape[1]} group means "
            "to estimate that is too few, or a group has nobody in it."
        )
    lines = _lines(wide.to_numpy(dtype=float), x, coded, _within_contrasts(wide, within), df)
    error = sum(lines.errors.values())
    if error <= ROUNDING * float(np.sum((wide.to_numpy() - wide.to_numpy().mean()) ** 2)):
        raise NotEstimable(
            "The factors and the participants repeat every value exactly: no error is left to test against."
        )
    effects = tuple(_effect(term, lines, df, wide.shape[1], error, level) for term in lines.hypotheses)
    return Anova(effects, len(wide), left_out, _method(within, between))


@dataclass(frozen=True)
class _Lines:
    hypotheses: Mapping[str, tuple[float, int]]
    stratum: Mapping[str, str]
    matrices: Mapping[str, Array]

    @property
    def errors(self) -> dict[str, float]:
        return {name: float(np.trace(matrix)) for name, matrix in self.matrices.items()}


def _lines(y: Array, x: Array, between: Mapping[str, Array], within: Mapping[str, Array], df: int) -> _Lines:
    """Sums of squares of every pair (effect between, effect within); the error matrix of every effect within."""
    inverse = np.linalg.inv(x.T @ x)
    solved = inverse @ x.T @ y
    residuals = y - x @ solved
    hypotheses, stratum, matrices = {}, {}, {}
    for inner, contrast in within.items():
        moved = residuals @ contrast
        matrices[inner] = moved.T @ moved
        place = 0
        for outer, columns in between.items():
            here = slice(place, place + columns.shape[1])
            place += columns.shape[1]
            if not (name := ":".join(filter(None, [outer, inner]))):
                continue
            b = solved[here] @ contrast
            ss = float(np.sum(b * np.linalg.solve(inverse[here, here], b)))
            hypotheses[name], stratum[name] = (ss, b.size), inner
    return _Lines(hypotheses, stratum, matrices)


def _effect(term: str, lines: _Lines, df: int, cells: int, error: float, level: float) -> Effect:
    ss, df1 = lines.hypotheses[term]
    matrix = lines.matrices[lines.stratum[term]]
    sse, df2 = float(np.trace(matrix)), df * len(matrix)
    if sse <= ROUNDING * error:
        raise NotEstimable(f"'{term}' has no error to be tested against: everybody changes by the same amount.")
    f = (ss / df1) / (sse / df2)
    found: Sphericity = sphericity(matrix, df, cells)
    p, p_gg, p_hf = (
        float(stats.f.sf(f, df1 * e, df2 * e)) for e in (1, found.greenhouse_geisser, min(1.0, found.huynh_feldt))
    )
    low, high = (bound / (bound + df2) for bound in f_bounds(f, df1, df2, level))
    return Effect(
        term,
        ss,
        df1,
        sse,
        df2,
        f,
        p,
        found.greenhouse_geisser,
        p_gg,
        found.huynh_feldt,
        p_hf,
        found.mauchly_w,
        found.mauchly_p,
        ss / (ss + error),
        ss / (ss + sse),
        low,
        high,
    )


# --- from rows to matrices ---------------------------------------------------------------------


def _rows(
    frame: pd.DataFrame, value: str, within: Sequence[str], between: Sequence[str], participant: str
) -> pd.DataFrame:
    needed = [value, participant, *within, *between]
    if not (within or between):
        raise NotEstimable("Name at least one factor, within or between participants.")
    if absent := [name for name in needed if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}'.")
    rows = plain(frame[needed].dropna())
    if rows[value].nunique() < 2:
        raise NotEstimable(f"'{value}' has {rows[value].nunique()} different value(s): there is nothing to explain.")
    for name in (*within, *between):
        if rows[name].nunique() < 2:
            raise NotEstimable(
                f"'{name}' has only one level ({rows[name].iloc[0]}); an analysis of variance needs two."
            )
    return rows


def _wide(
    rows: pd.DataFrame, value: str, within: Sequence[str], participant: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    twice = rows[rows.duplicated([participant, *within], keep=False)]
    if len(twice):
        place = ", ".join(f"{name} {twice.iloc[0][name]}" for name in (participant, *within))
        raise NotEstimable(f"More than one value for {place}. Aggregate them to one first.")
    if not within:
        return rows.set_index(participant)[[value]], ()
    wide = rows.pivot(index=participant, columns=list(within), values=value)
    levels = [sorted(rows[name].unique()) for name in within]
    cells = list(itertools.product(*levels)) if len(within) > 1 else levels[0]
    wide = wide.reindex(columns=cells)
    return wide.dropna(), tuple(str(name) for name in wide.index[wide.isna().any(axis=1)])


def _groups(rows: pd.DataFrame, between: Sequence[str], participant: str) -> pd.DataFrame:
    once = rows[[participant, *between]].drop_duplicates()
    if len(changing := once[once.duplicated(participant)]):
        raise NotEstimable(
            f"Participant {changing.iloc[0][participant]} is in more than one group of {', '.join(between)}; "
            "a factor between participants is one value each."
        )
    return once.set_index(participant)


def _between_columns(groups: pd.DataFrame) -> dict[str, Array]:
    """Every effect between, "" for the grand mean, as columns that sum to zero over the levels."""
    codes = {}
    for name in groups.columns:
        levels = sorted(groups[name].unique())
        code = np.vstack([np.eye(len(levels) - 1), -np.ones(len(levels) - 1)])
        codes[str(name)] = code[pd.Index(levels).get_indexer(groups[name])]
    found = {"": np.ones((len(groups), 1))}
    for chosen in _combinations(list(codes)):
        columns = np.ones((len(groups), 1))
        for name in chosen:
            columns = np.einsum("ni,nj->nij", columns, codes[name]).reshape(len(groups), -1)
        found[":".join(chosen)] = columns
    return found


def _within_contrasts(wide: pd.DataFrame, within: Sequence[str]) -> dict[str, Array]:
    """Every effect within, "" for the mean over cells, as orthonormal contrasts (cells × df)."""
    if not within:
        return {"": np.ones((1, 1))}
    sizes = {name: wide.columns.get_level_values(name).nunique() for name in within}
    found = {}
    for chosen in [(), *_combinations(list(within))]:
        contrast = np.ones((1, 1))
        for name, size in sizes.items():
            contrast = np.kron(contrast, _orthonormal(size) if name in chosen else np.full((size, 1), 1 / sqrt(size)))
        found[":".join(chosen)] = contrast
    return found


def _orthonormal(size: int) -> Array:
    """Helmert's contrasts, each of length one: any orthonormal set gives the same sums of squares."""
    made = np.zeros((size, size - 1))
    for place in range(1, size):
        made[:place, place - 1], made[place, place - 1] = 1, -place
    return made / np.linalg.norm(made, axis=0)


def _combinations(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(1, len(names) + 1) for chosen in itertools.combinations(names, size)]


def _method(within: Sequence[str], between: Sequence[str]) -> str:
    parts = [f"within: {', '.join(within)}"] if within else []
    parts += [f"between: {', '.join(between)}"] if between else []
    return f"analysis of variance, type III, complete cases ({'; '.join(parts)})"
