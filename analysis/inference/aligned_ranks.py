"""Aligned rank transform, for factorial designs where a reviewer asks for ranks. Always beside the mixed model, never alone.

For each effect the other effects are taken out of the values, what is left is ranked, and the effect is tested on those
ranks (Wobbrock, Findlater, Gergle & Higgins, 2011). The F is that of a mixed model of the ranks with all factors and a
random intercept, type III, Kenward–Roger df: not that of an ANOVA with error strata, which differs for unequal groups. Where
everybody has one row it is that of an ordinary regression.
R: ARTool::art(value ~ a * b + (1 | participant)) with anova(), and art.con(…).
"""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd
from scipy.stats import rankdata

from analysis.inference.design_matrix import plain
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.fitted import TermTest, term_tests
from analysis.inference.linear import LinearModel, linear_model
from analysis.inference.means import condition_contrasts
from analysis.inference.mixed import MixedModel, mixed_model

DIGITS = 8
"""Aligned values are rounded so far before ranking, as ARTool does: equal ones differ in their last bits."""
CAUTION = (
    "Aligned ranks reject a true null too often on discrete or skewed data when another effect is large: with 24 people, "
    "7-point items and a large effect of condition, a null interaction was rejected in 9.4 % of simulated studies at the "
    "5 % level, against 4.8 % by ANOVA (Tsandilas & Casiez find the same). Read it beside the mixed model."
)
JOINED = " · "
RANKS = "aligned_ranks"


@dataclass(frozen=True)
class AlignedRanks:
    """One F test per effect, each from its own ranks. `singular` names the effects whose ranks leave no variance between
    participants."""

    effects: tuple[TermTest, ...]
    n: int
    singular: tuple[str, ...]
    caution: str = CAUTION

    def table(self) -> pd.DataFrame:
        """One row per effect."""
        return pd.DataFrame([asdict(effect) for effect in self.effects])


def aligned_ranks(
    frame: pd.DataFrame, value: str, factors: Sequence[str], participant: str = "participant"
) -> AlignedRanks:
    """Every main effect and interaction of two or three `factors`, each within or between participants.

    Raises NotEstimable for one factor (its aligned ranks are the ranks: use Friedman), for an empty cell, and wherever
    no mixed model can be fitted.
    """
    rows = _rows(frame, value, factors, participant)
    found, singular, people = [], [], rows[participant].nunique()
    for term in _terms(factors):
        fit = _fitted(rows, value, factors, term, participant)
        found += [test for test in term_tests(fit) if set(test.term.split(":")) == set(term)]
        if _singular(fit):
            singular.append(":".join(term))
    return AlignedRanks(
        tuple(replace(test, method=f"aligned ranks; {test.method}") for test in found), people, tuple(singular)
    )


def aligned_rank_contrasts(
    frame: pd.DataFrame,
    value: str,
    factors: Sequence[str],
    of: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    participant: str = "participant",
    level: float = 0.95,
) -> list[Estimate]:
    """Pairs of levels by ART-C, in aligned ranks; the contrasts of the ordinary ART would be wrong for interactions.

    `of` names the factors that the levels are of; with several, a level is written "active · late". Those factors are
    joined to one, and the values are aligned for its main effect (Elkin, Kay, Higgins & Wobbrock, 2021). p is not
    corrected for the number of pairs.
    """
    rows = _rows(frame, value, factors, participant)
    if unknown := set(of) - set(factors):
        raise NotEstimable(f"'{sorted(unknown)[0]}' is not among the factors: {', '.join(factors)}.")
    rows["joined"] = rows[list(of)].astype(str).agg(JOINED.join, axis=1)
    rest = [name for name in factors if name not in of]
    fit = _fitted(rows, value, ["joined", *rest], ("joined",), participant)
    said = f"in aligned ranks (ART-C of {', '.join(of)}){'; singular fit' if _singular(fit) else ''}"
    found = condition_contrasts(fit, "joined", pairs, level)
    return [replace(one, note="; ".join(filter(None, [said, one.note]))) for one in found]


def aligned(rows: pd.DataFrame, value: str, factors: Sequence[str], term: Sequence[str]) -> pd.Series:
    """The ranks of the values with every effect but `term` taken out. Cell means weigh every row alike."""
    left = rows[value] - rows.groupby(list(factors))[value].transform("mean")
    for size in range(len(term) + 1):
        sign = (-1) ** (len(term) - size)
        for chosen in itertools.combinations(term, size):
            means = rows.groupby(list(chosen))[value].transform("mean") if chosen else rows[value].mean()
            left = left + sign * means
    return pd.Series(rankdata(left.round(DIGITS)), index=rows.index)


def _fitted(
    rows: pd.DataFrame, value: str, factors: Sequence[str], term: Sequence[str], participant: str
) -> MixedModel | LinearModel:
    ranked = rows.assign(**{RANKS: aligned(rows, value, factors, term)})
    formula = f"{RANKS} ~ {' * '.join(factors)}"
    if not rows[participant].duplicated().any():
        return linear_model(ranked, formula, participant)
    return mixed_model(ranked, formula, participant)


def _singular(fit: MixedModel | LinearModel) -> bool:
    return isinstance(fit, MixedModel) and fit.singular


def _terms(factors: Sequence[str]) -> list[tuple[str, ...]]:
    return [term for size in range(1, len(factors) + 1) for term in itertools.combinations(factors, size)]


def _rows(frame: pd.DataFrame, value: str, factors: Sequence[str], participant: str) -> pd.DataFrame:
    if len(factors) < 2:
        raise NotEstimable(
            "Aligned ranks are for two or more factors; with one they are the ranks: use Friedman's test."
        )
    needed = [participant, value, *factors]
    if absent := [name for name in needed if name not in frame.columns]:
        raise NotEstimable(f"The data have no column '{absent[0]}'.")
    rows = plain(frame[needed].dropna()).reset_index(drop=True)
    for name in (value, *factors):
        if rows[name].nunique() == 1:
            raise NotEstimable(f"'{name}' has only one value ({rows[name].iloc[0]}): there are no ranks to compare.")
    for name in factors:
        rows[name] = rows[name].astype(str)
    cells = rows.groupby(list(factors)).ngroups
    if cells < (whole := int(rows[list(factors)].nunique().prod())):
        raise NotEstimable(f"{whole - cells} of the {whole} cells of {', '.join(factors)} are empty.")
    return rows
