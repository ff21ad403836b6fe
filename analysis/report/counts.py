"""Counts and yes–no outcomes by the model that is made for them: rate ratios and odds ratios."""

from collections.abc import Iterator

import pandas as pd

from analysis.asked import LEVEL, WHO, Asked, asked, pairs
from analysis.generalised_tests import family_fit
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.gee import gee
from analysis.inference.generalised import Family, GeneralisedFit
from analysis.inference.multiplicity import benjamini_hochberg
from analysis.inference.wald import wald_contrasts
from analysis.measure import Measure
from analysis.printed import contrast_text, effect_bounds, effect_number, number, p_cell
from analysis.report.document import Block, Bullets, Table
from analysis.report.outcomes import Outcomes
from analysis.terms import term_text
from study.analysis_plan import Hypothesis

COUNTED = ("turns", "words", "versions", "changes", "replies", "needs", "questions", "beliefs")
"""Units of measures that are counts of something."""
FEWEST = 2
"""A count that has fewer different values than this says nothing about conditions."""
LIKE = Hypothesis(id="counted", text="Exploratory.", measure="any", contrast=("first", "second"))
"""What stands in for a hypothesis, to ask for the rows of a measure."""
Row = tuple[Measure, str, Estimate, str]


def counts(of: Outcomes) -> Iterator[Block]:
    """Every count and every yes–no outcome that no hypothesis is about, by its generalised mixed model."""
    planned = {one.hypothesis.measure for one in of.confirmed}
    found: list[Row] = []
    refused: dict[str, list[str]] = {}
    for measure in (m for name, m in of.known.items() if name not in planned and m.covariate and not m.censored):
        family = family_of(measure, of.rows(measure.name)["value"])
        if family is None:
            continue
        try:
            found += _of_measure(of, measure, family)
        except NotEstimable as error:
            refused.setdefault(term_text(str(error), LIKE), []).append(measure.title)
    if found:
        yield _table(found)
    else:
        yield "No count and no yes–no outcome could be compared between conditions by its own model."
    if refused:
        yield Bullets(tuple(f"{', '.join(titles)}: {reason}" for reason, titles in refused.items()))


def family_of(measure: Measure, values: pd.Series) -> Family | None:
    """Which model the values are for, None where a linear one is as good."""
    if len(values) and measure.unit in COUNTED and values.nunique() >= FEWEST and not (values % 1).any():
        return "poisson"
    return "logistic" if set(values) == {0.0, 1.0} else None


def _of_measure(of: Outcomes, measure: Measure, family: Family) -> list[Row]:
    contrasts = pairs(of.protocol)
    like = LIKE.model_copy(update={"measure": measure.name, "contrast": contrasts[0]})
    rows = asked(of.sample.rows, of.protocol, like)
    fit, which = family_fit(rows, family)
    remark = _model(fit, which)
    met = set(rows.rows[LEVEL])
    met_pairs = [names for names in contrasts if set(names) <= met]
    twins = _twins(rows, family, met_pairs)
    made = wald_contrasts(fit.coefficients(), LEVEL, met_pairs)
    return [(measure, remark, one, twins.get((one.first, one.second), "–")) for one in made]


def _model(fit: GeneralisedFit, which: str) -> str:
    name = {"logistic": "logistic", "poisson": "Poisson"}.get(fit.family, fit.family)
    spread = f" ({which.split(':')[0]})" if which else ""
    said = ("; singular" if fit.singular else "") + ("" if fit.converged else "; not converged")
    return f"{name}{spread}{said}"


def _twins(rows: Asked, family: Family, contrasts: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The same ratios by GEE, which trusts neither the distribution nor the correlation."""
    try:
        fit = gee(rows.rows, rows.formula()[0], WHO, "logistic" if family == "logistic" else "poisson")
    except NotEstimable:
        return {}
    made = wald_contrasts(fit.coefficients(), LEVEL, contrasts)
    return {(one.first, one.second): f"{effect_number(one)} {effect_bounds(one)}" for one in made}


def _table(found: list[Row]) -> Table:
    adjusted = benjamini_hochberg([one.p for _, _, one, _ in found])
    frame = pd.DataFrame(
        [
            {"row": place, "measure": measure.title, "model": model, **vars(one), "p_adjusted": p}
            for place, ((measure, model, one, _), p) in enumerate(zip(found, adjusted, strict=True))
        ]
    )
    columns = {
        "measure": lambda row: row["measure"],
        "contrast": lambda row: contrast_text(found[row["row"]][2]),
        "n": lambda row: str(row["n"]),
        "ratio": lambda row: effect_number(found[row["row"]][2]),
        "95 % CI": lambda row: effect_bounds(found[row["row"]][2]),
        "z": lambda row: number(row["value"]),
        "p": lambda row: p_cell(row["p"]),
        "p (BH)": lambda row: p_cell(row["p_adjusted"]),
        "GEE ratio [95 % CI]": lambda row: found[row["row"]][3],
        "model": lambda row: row["model"],
    }
    note = (
        "Rate ratios of counts and odds ratios of yes–no outcomes, with a level per participant, adaptive quadrature with 10 "
        "nodes; the negative binomial where Poisson's dispersion is above 1. GEE: averages over the sample, robust errors. "
        f"BH: corrected by Benjamini–Hochberg over these {len(found)}, apart from the contrasts by linear models. "
        "Intervals: two-sided, not adjusted."
    )
    return Table("counts", "Exploratory: counts and yes–no outcomes", frame, columns, note, grouped=1)
