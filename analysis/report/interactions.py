"""Interactions of the design's factors that nobody planned: one line for each measure and pair of factors."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from math import isnan, nan

import pandas as pd

from analysis.answered import RANK
from analysis.asked import LEVEL, asked
from analysis.inference.aligned_ranks import CAUTION
from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import TermTest
from analysis.inference.interaction import interaction_test
from analysis.inference.multiplicity import benjamini_hochberg
from analysis.interactions import ranked_interaction
from analysis.measures import Measure
from analysis.planned_tests import linear_fit
from analysis.printed import df_text, number, p_cell
from analysis.report.document import Block, Bullets, Table
from analysis.report.models import term_text
from analysis.report.outcomes import Outcomes
from analysis.wording import title
from study.analysis_plan import Hypothesis, Interaction

NO_TWO = "The design has fewer than two factors, so there is no interaction of factors to look at."


@dataclass(frozen=True)
class Crossed:
    """One measure and two factors: F of the model, F of aligned ranks where there is one, and how many participants."""

    measure: Measure
    factors: tuple[str, str]
    n: int
    test: TermTest
    ranked: TermTest | None


def interactions(of: Outcomes) -> Iterator[Block]:
    """F of the interaction by the mixed model for every measure, aligned ranks beside it; corrected together."""
    if len(of.protocol.factors) < 2:
        yield NO_TWO
        return
    found, refused = crossed(of)
    yield (
        "Nothing here was planned. For each measure the model of its contrasts holds the interaction as well; F is type III, and "
        "a small p says that the effect of one factor is not the same at every level of the other."
    )
    if found:
        yield _table(found)
        if any(one.ranked for one in found):
            yield CAUTION
    else:
        yield "No interaction could be estimated."
    if refused:
        yield Bullets(tuple(f"{', '.join(titles)}: {reason}" for reason, titles in refused.items()))


def crossed(of: Outcomes) -> tuple[list[Crossed], dict[str, list[str]]]:
    """Every interaction that can be had and is not a hypothesis; and reason → measures for the rest."""
    pairs = list(combinations([factor.id for factor in of.protocol.factors], 2))
    planned = {
        (one.hypothesis.measure, frozenset((one.hypothesis.factor, one.hypothesis.interaction.factor)))
        for one in of.confirmed
        if one.hypothesis.interaction
    }
    found: list[Crossed] = []
    refused: dict[str, list[str]] = {}
    for name, measure in of.known.items():
        if not measure.covariate or measure.censored or measure.unit == RANK or of.rows(name).empty:
            continue
        for factors in (both for both in pairs if (name, frozenset(both)) not in planned):
            like = _asks(of, measure, factors)
            try:
                found.append(_of_measure(of, measure, like))
            except NotEstimable as error:
                refused.setdefault(term_text(str(error), like), []).append(title(measure))
    return found, refused


def _asks(of: Outcomes, measure: Measure, factors: tuple[str, str]) -> Hypothesis:
    """What stands in for a hypothesis, to ask for the rows."""
    first, second = ([level for f in of.protocol.factors if f.id == name for level in f.levels] for name in factors)
    return Hypothesis(
        id="crossed", text="Exploratory.", measure=measure.name, factor=factors[0], contrast=(first[1], first[0]),
        interaction=Interaction(factor=factors[1], contrast=(second[1], second[0])),
    )  # fmt: skip


def _of_measure(of: Outcomes, measure: Measure, like: Hypothesis) -> Crossed:
    crossing = like.interaction
    if crossing is None or like.factor is None:
        raise NotEstimable("There are no two factors to cross.")
    rows = asked(of.sample.rows, of.protocol, like)
    fit = linear_fit(rows)
    ranked = None
    with suppress(NotEstimable):  # the model's F stands without its twin, whose cell then says that there is none
        ranked = ranked_interaction(rows, crossing)
    factors = (like.factor, crossing.factor)
    return Crossed(measure, factors, fit.design.participants, interaction_test(fit, LEVEL, crossing.factor), ranked)


def _table(found: list[Crossed]) -> Table:
    adjusted = benjamini_hochberg([one.test.p for one in found])
    frame = pd.DataFrame(
        [
            {
                "measure": title(one.measure), "interaction": " × ".join(one.factors), "n": one.n,
                "f": one.test.f, "df1": one.test.df1, "df2": one.test.df2, "p": one.test.p, "p_adjusted": p,
                **{f"aligned_{name}": getattr(one.ranked, name) if one.ranked else nan for name in ("f", "df1", "df2", "p")},
            }
            for one, p in zip(found, adjusted, strict=True)
        ]
    )  # fmt: skip
    columns = {
        "measure": lambda row: row["measure"],
        "interaction": lambda row: row["interaction"],
        "n": lambda row: str(row["n"]),
        "F": lambda row: _f(row, ""),
        "p": lambda row: p_cell(row["p"]),
        "p (BH)": lambda row: p_cell(row["p_adjusted"]),
        "aligned ranks F": lambda row: _f(row, "aligned_"),
        "aligned ranks p": lambda row: p_cell(row["aligned_p"]),
    }
    note = (
        "F (its degrees of freedom): mixed model with Kenward–Roger's, ordinary regression where everybody has one row. BH: corrected by "
        "Benjamini–Hochberg over this table. Aligned ranks: the robust twin, not corrected."
    )
    return Table("interactions", "Exploratory: interactions of the factors", frame, columns, note)


def _f(row: pd.Series, prefix: str) -> str:
    if isnan(row[f"{prefix}f"]):
        return "–"
    return f"{number(row[f'{prefix}f'])} ({row[f'{prefix}df1']:g}, {df_text(row[f'{prefix}df2'])})"
