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
from analysis.inference.generalised import GeneralisedFit, generalised, regression
from analysis.inference.profile_likelihood import Profile, by_profile, profiled
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
            root, _ = Profile.of(fit, weights).at(bound)
            assert 2 * stats.t.sf(abs(root), one.df) == pytest.approx(0.05, rel=1e-6)
        assert (one.low > 0 or one.high < 0) == (one.p < 0.05)
        assert one.p == pytest.approx(2 * stats.t.sf(abs(one.value), one.df)) and np.sign(one.value) == np.sign(
            one.difference
        )
        assert one.standardised_low == pytest.approx(one.low / fit.coefficients().latent_sd, nan_ok=True)
    there, back = found[0], found[2]
    assert (back.p, back.low, back.high) == pytest.approx((there.p, -there.high, -there.low), rel=1e-6)


@pytest.mark.parametrize("family", list(OUTCOME))
def test_held_where_it_is_nothing_is_lost_and_the_slope_is_that_of_the_root(family: Any) -> None:
    fit = fitted("trials", family)
    (weights, *_) = pair_weights(fit.design, "condition", PAIRS)
    profile = Profile.of(fit, weights)
    assert profile.at(profile.best)[0] == pytest.approx(0, abs=1e-4)
    aside, step = profile.best + 0.7, 1e-4
    numeric = (profile.at(aside + step)[0] - profile.at(aside - step)[0]) / (2 * step)
    assert profile.at(aside)[1] == pytest.approx(numeric, rel=1e-4) and numeric < 0


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


class Made(Profile):
    """Below the estimate, which is 1, a parabola; above it at most half a unit is lost."""

    def __init__(self) -> None:
        self.asked = 0

    def at(self, value: float) -> tuple[float, float]:
        self.asked += 1
        away = value - 1.0
        return (-np.tanh(away), -1 / np.cosh(away) ** 2) if away > 0 else (-sqrt(2) * away, -sqrt(2))


def test_where_not_even_an_endless_effect_is_rejected_the_interval_has_no_end() -> None:
    wald, _ = both(fitted("trials", "logistic"))
    profile = Made()
    found = by_profile(replace(wald[0], difference=1.0, se=0.5, df=20.0), profile)
    assert found.high == inf and found.low == pytest.approx(1 - stats.t.isf(0.025, 20) / sqrt(2), rel=1e-8)
    assert found.value == pytest.approx(sqrt(2)) and profile.asked < 15


def test_an_estimate_far_out_has_zero_within_reach() -> None:
    """Else the interval would hold zero where the test rejects it."""
    wald, _ = both(fitted("trials", "logistic"))

    class Far(Made):
        def at(self, value: float) -> tuple[float, float]:
            away = value - 45.0
            return -away / 20, -1 / 20

    found = by_profile(replace(wald[0], difference=45.0, se=1e3, df=20.0), Far())
    assert 0 < found.low < 45 < found.high < inf and found.p < 0.05


def test_no_difference_at_all_has_an_interval_around_zero() -> None:
    rows = study("trials")
    swapped = rows.assign(
        participant=rows["participant"].astype(str) + " again",
        condition=rows["condition"].astype(str).replace({"active": "passive", "passive": "active"}),
    )
    both_ways = pd.concat([rows.assign(condition=rows["condition"].astype(str)), swapped])
    _, (one, *_) = both(generalised(both_ways, "accepted ~ condition + block", "participant", "logistic"))
    assert one.difference == pytest.approx(0, abs=1e-7) and one.p == pytest.approx(1, abs=1e-4)
    assert one.low == pytest.approx(-one.high, rel=1e-5) and one.standardised_high == pytest.approx(
        -one.standardised_low, rel=1e-5
    )
    assert 0 < one.standardised_high < one.high
