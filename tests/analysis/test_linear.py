"""Ordinary regression and its HC3 twin, against R; reference: `reference/mixed.R`, the case one_each.regression."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import coefficient_table, term_tests
from analysis.inference.linear import linear_model
from analysis.inference.means import condition_contrasts, marginal_means

pytestmark = pytest.mark.filterwarnings("error")
HERE = Path(__file__).parent / "reference"
CASE = {case["id"]: case for case in json.loads((HERE / "mixed.json").read_text())["cases"]}["one_each.regression"]
FORMULA = CASE["formula"]
near = pytest.approx


def data() -> pd.DataFrame:
    return pd.read_csv(HERE / "mixed_one_each.csv")


def test_coefficients_and_terms() -> None:
    """R: lm(), car::Anova(type = 3) with contr.sum, sandwich::vcovHC(type = "HC3")."""
    plain, robust, expected = (
        linear_model(data(), FORMULA),
        linear_model(data(), FORMULA, errors="HC3"),
        CASE["expected"],
    )
    table, twin = coefficient_table(plain), coefficient_table(robust)
    assert list(table["estimate"]) == near(expected["estimate"], rel=1e-9)
    assert list(table["se"]) == near(expected["se"], rel=1e-9)
    assert list(twin["se"]) == near(expected["se_hc3"], rel=1e-9)
    assert (plain.r2, plain.residual, plain.df) == near(
        (expected["r2"], expected["residual"], expected["df"]), rel=1e-9
    )
    for fit, theirs in ((plain, expected["f"]), (robust, expected["f_hc3"])):
        assert {test.term: test.f for test in term_tests(fit)} == near(theirs, rel=1e-8)


@pytest.mark.parametrize(("errors", "key"), [("equal variances", "pairs"), ("HC3", "pairs_hc3")])
def test_contrasts(errors: Any, key: str) -> None:
    """R: emmeans(fit, "condition"), and with vcov. = vcovHC(fit, type = "HC3")."""
    fit = linear_model(data(), FORMULA, errors=errors)
    for pair, theirs in CASE["expected"][key].items():
        (found,) = condition_contrasts(fit, "condition", [tuple(pair.split(" - "))])
        for name, value in theirs.items():
            assert getattr(found, name) == near(value, rel=1e-8), name


def test_two_groups_are_the_t_test_of_equal_variances() -> None:
    frame = data().query("condition != 'baseline'")
    (found,) = condition_contrasts(linear_model(frame, "score ~ condition"), "condition", [("active", "passive")])
    values = {name: group["score"] for name, group in frame.groupby("condition")}
    usual = stats.ttest_ind(values["active"], values["passive"])
    assert (found.value, found.p, found.df) == near((usual.statistic, usual.pvalue, usual.df), rel=1e-10)
    pooled = np.sqrt(sum((len(v) - 1) * v.var() for v in values.values()) / usual.df)
    assert found.standardised == near(found.difference / pooled)
    assert found.n == len(frame) and found.note.startswith("0 of")


def test_means_are_those_of_the_groups() -> None:
    means = marginal_means(linear_model(data(), "score ~ condition"), "condition")
    assert {m.level: m.mean for m in means} == near(data().groupby("condition")["score"].mean().to_dict())
    assert {m.level: m.n for m in means} == data()["condition"].value_counts().to_dict()


def test_what_is_refused() -> None:
    twice = pd.concat([data(), data().iloc[:1]])
    with pytest.raises(NotEstimable, match=r"several rows.*mixed_model\(\)"):
        linear_model(twice, "score ~ condition")
    alone = pd.concat([data(), pd.DataFrame([("P999", "odd", "low", 30, 4.0)], columns=data().columns)])
    with pytest.raises(NotEstimable, match="only one of its kind"):
        linear_model(alone, "score ~ condition", errors="HC3")
    exact = data().assign(score=data()["condition"].str.len())
    with pytest.raises(NotEstimable, match="repeats every value exactly"):
        linear_model(exact, "score ~ condition")
