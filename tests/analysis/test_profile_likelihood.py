"""Contrasts by the profile of the likelihood: test and interval belong together. What R finds stands in test_handover."""

from dataclasses import replace
from math import inf, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ordinal_reference import study
from scipy import stats

from analysis.inference.between_within import for_few_people
from analysis.inference.estimate import Estimate
from analysis.inference.generalised import GeneralisedFit, generalised, held_at, regression
from analysis.inference.profile_likelihood import by_profile, profiled
from analysis.inference.wald import pair_weights, wald_contrasts

pytestmark = pytest.mark.filterwarnings("error")
OUTCOME = {"logistic": "accepted", "poisson": "turns", "negative binomial": "edits"}
PAIRS = [("active", "passive"), ("active", "baseline"), ("passive", "active")]


def fitted(name: str, family: Any) -> GeneralisedFit:
    return generalised(study(name), f"{OUTCOME[family]} ~ condition + block", "participant", family)


def both(fit: GeneralisedFit) -> tuple[list[Estimate], list[Estimate]]:
    wald = wald_contrasts(for_few_people(fit.coefficients(), "condition"), "condition", PAIRS)
    return wald, profiled(fit, wald, pair_weights(fit.design, "condition", PAIRS))


@pytest.mark.parametrize("name", ["trials", "trials_gaps"])
@pytest.mark.parametrize("family", list(OUTCOME))
def test_the_interval_holds_what_the_test_does_not_reject(name: str, family: Any) -> None:
    fit = fitted(name, family)
    wald, found = both(fit)
    for w, one, weights in zip(wald, found, pair_weights(fit.design, "condition", PAIRS), strict=True):
        assert (one.difference, one.se, one.df, one.n) == (w.difference, w.se, w.df, w.n)
        assert one.low < one.difference < one.high and "likelihood ratio" in one.method and "Wald" not in one.method
        for bound in (one.low, one.high):
            lost = 2 * (fit.log_likelihood - held_at(fit, weights, bound)[0])
            assert 2 * stats.t.sf(sqrt(lost), one.df) == pytest.approx(0.05, rel=1e-6)
        assert (one.low > 0 or one.high < 0) == (one.p < 0.05)
        assert one.p == pytest.approx(2 * stats.t.sf(abs(one.value), one.df)) and np.sign(one.value) == np.sign(
            one.difference
        )
        assert one.standardised_low == pytest.approx(one.low / fit.coefficients().latent_sd, nan_ok=True)
    there, back = found[0], found[2]
    assert (back.p, back.low, back.high) == pytest.approx((there.p, -there.high, -there.low), rel=1e-6)


@pytest.mark.parametrize("family", list(OUTCOME))
def test_held_where_it_is_nothing_is_lost_and_the_slope_is_that_of_the_likelihood(family: Any) -> None:
    fit = fitted("trials", family)
    (weights, *_) = pair_weights(fit.design, "condition", PAIRS)
    best = float(weights @ fit.values)
    value, slope = held_at(fit, weights, best)
    assert value == pytest.approx(fit.log_likelihood, abs=1e-8) and slope == pytest.approx(0, abs=1e-4)
    aside, step = best + 0.7, 1e-4
    numeric = (held_at(fit, weights, aside + step)[0] - held_at(fit, weights, aside - step)[0]) / (2 * step)
    assert held_at(fit, weights, aside)[1] == pytest.approx(numeric, rel=1e-4)


def test_with_many_people_it_is_nearly_walds() -> None:
    rows = study("trials")
    many = [rows.assign(participant=rows["participant"].astype(str) + f"-{copy}") for copy in range(40)]
    wald, found = both(generalised(pd.concat(many), "accepted ~ condition + block", "participant", "logistic"))
    for w, one in zip(wald, found, strict=True):
        assert (one.low, one.high) == pytest.approx((w.low, w.high), abs=0.02 * (w.high - w.low))


def test_one_row_of_everybody_is_a_regression_without_levels() -> None:
    rows = study("trials").drop_duplicates("participant")
    fit = regression(rows, "turns ~ condition", "participant", "poisson")
    _, found = both(fit)
    assert all(
        "regression, signed root" in one.method and np.isfinite([one.low, one.high, one.p]).all() for one in found
    )


def test_where_not_even_an_endless_effect_is_rejected_the_interval_has_no_end() -> None:
    wald, _ = both(fitted("trials", "logistic"))
    one = replace(wald[0], difference=1.0, se=0.5, df=20.0)

    def levels_off(value: float) -> tuple[float, float]:
        """Above the estimate at most half a unit is lost."""
        away = value - 1.0
        return (-(away**2), -2 * away) if away < 0 else (-0.5 * np.tanh(away) ** 2, -np.tanh(away) / np.cosh(away) ** 2)

    found = by_profile(one, 0.0, levels_off)
    assert found.high == inf and found.low == pytest.approx(1 - stats.t.isf(0.025, 20) / sqrt(2), rel=1e-8)
