"""Counts and yes–no outcomes of a plan under another choice: the model that is made for them, or robust errors in its place."""

from collections.abc import Callable

from analysis.asked import WHO, Asked, asked
from analysis.contrasted import likely, ratio_contrasts
from analysis.findings import Finding
from analysis.generalised_tests import FAMILIES, family_fit
from analysis.inference.estimate import Estimate
from analysis.inference.gee import gee
from analysis.inference.generalised import Family
from analysis.report.counts import family_of
from analysis.report.outcomes import Outcomes

NAMES: dict[Family, str] = {"poisson": "a model of counts", "logistic": "a model of yes and no"}
MARGINAL = "GEE, robust errors"
Way = tuple[str, Callable[[], list[Estimate]]]


def own_model(of: Outcomes, one: Finding) -> Way | None:
    """What the other choice is called, and what gives its estimate; None where there is none."""
    asks = one.hypothesis
    rows = asked(of.sample.rows, of.protocol, asks.model_copy(update={"log": False}))
    if asks.test in FAMILIES:
        return (MARGINAL, lambda: _marginal(one, rows)) if rows.repeated else None
    family = family_of(one.measure, of.rows(asks.measure)["value"])
    if family is None or asks.direction == "equivalent":
        return None
    return NAMES[family], lambda: likely(family_fit(rows, family)[0], rows, [asks.contrast])


def _marginal(one: Finding, rows: Asked) -> list[Estimate]:
    fit = gee(rows.rows, rows.formula()[0], WHO, FAMILIES[one.hypothesis.test])
    return ratio_contrasts(fit.coefficients(), rows, [one.hypothesis.contrast])
