"""Bayes factors: against R's BayesFactor, swapped and scaled, and refused by name."""

from math import isnan, log

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference, starting
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.inference.bayes import (
    MEDIUM,
    WIDE,
    bic,
    bic_bayes_factor,
    binomial_bayes_factor,
    independent_bayes_factor,
    jzs,
    paired_bayes_factor,
    uniform_bayes_factor,
)
from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Pair, pair, two_groups

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")


@pytest.mark.parametrize("id", starting(R, "jzs"))
def test_paired_bayes_factors_are_rs(id: str) -> None:
    theirs, (value, first, second) = R[f"jzs.{id}"], id.split(".")[:3]
    found = paired_bayes_factor(pair(RATINGS, value, "condition", "participant", first, second), theirs["rscale"])
    ours = (found.bf10, found.above, found.below)
    # BayesFactor integrates to about 1e-9, and the unlikely side of a strong effect to about 1e-6
    assert ours == pytest.approx((theirs["bf10"], theirs["above"], theirs["below"]), rel=1e-6)
    assert found.bf01 == pytest.approx(1 / theirs["bf10"], rel=1e-6)


@pytest.mark.parametrize("value", starting(R, "jzs_groups"))
def test_bayes_factors_of_groups_are_rs(value: str) -> None:
    active = RATINGS[RATINGS["condition"] == "active"]
    found = independent_bayes_factor(two_groups(active, value, "group", "participant", "novice", "expert"))
    theirs = R[f"jzs_groups.{value}"]
    assert (found.bf10, found.above, found.below) == pytest.approx(
        (theirs["bf10"], theirs["above"], theirs["below"]), rel=1e-7
    )


@pytest.mark.parametrize("id", starting(R, "binomial_bf"))
def test_binomial_bayes_factors_are_rs(id: str) -> None:
    theirs = R[f"binomial_bf.{id}"]
    assert binomial_bayes_factor(theirs["x"], theirs["n"]).bf10 == pytest.approx(theirs["bf10"], rel=1e-8)
    assert uniform_bayes_factor(theirs["x"], theirs["n"]).bf10 == pytest.approx(theirs["beta"], rel=1e-12)


@needs_oracle
def test_the_shared_answers() -> None:
    sleep = pair(oracle_data("sleep.csv"), "extra", "condition", "participant", "drug1", "drug2")
    theirs = oracle("10_paired")["sleep.bf"]["expected"]
    assert paired_bayes_factor(sleep, MEDIUM).bf10 == pytest.approx(theirs["bf10_r0707"], rel=1e-6)
    assert paired_bayes_factor(sleep, WIDE).bf10 == pytest.approx(theirs["bf10_r1"], rel=1e-6)
    assert paired_bayes_factor(sleep).above == pytest.approx(theirs["bf10_greater_r0707"], rel=1e-6)
    theirs = oracle("95_bayes")["bf.binom"]["expected"]
    assert binomial_bayes_factor(17, 24).bf10 == pytest.approx(theirs["bf10_logistic_prior_r05"], rel=1e-6)
    assert uniform_bayes_factor(17, 24).bf10 == pytest.approx(theirs["bf10_beta11"], rel=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.floats(-30, 30), st.integers(2, 200), st.sampled_from([MEDIUM, WIDE]))
def test_the_two_sides_make_the_whole_and_swap_with_the_sign(t: float, n: int, scale: float) -> None:
    there, back = jzs(t, n, n - 1, n, scale), jzs(-t, n, n - 1, n, scale)
    assert there.bf10 == pytest.approx((there.above + there.below) / 2, rel=1e-9)
    assert (there.above, there.below) == pytest.approx((back.below, back.above), rel=1e-6, abs=1e-300)


def test_data_without_an_effect_speak_for_the_null_the_more_there_are() -> None:
    few, many = jzs(0, 10, 9, 10), jzs(0, 1000, 999, 1000)
    assert 1 < few.bf01 < many.bf01
    assert few.above == pytest.approx(few.below)
    even, other = binomial_bayes_factor(12, 24), binomial_bayes_factor(5, 24)
    assert even.bf10 < 1 < other.bf10 and other.below > other.above


def test_unit_and_order_do_not_matter() -> None:
    given = pair(RATINGS, "item", "condition", "participant", "active", "passive")
    moved = Pair("x", "y", given.a[::-1] * 10 + 3, given.b[::-1] * 10 + 3)
    assert paired_bayes_factor(moved).bf10 == pytest.approx(paired_bayes_factor(given).bf10, rel=1e-9)


def test_models_are_compared_by_their_bic() -> None:
    """One parameter more, and log L higher by 3, of 60 rows: exp(3) / √60."""
    found = bic_bayes_factor(bic(-100, 3, 60), bic(-97, 4, 60), 60)
    assert log(found.bf10) == pytest.approx(3 - log(60) / 2)
    assert isnan(found.above) and found.method == "BIC approximation"


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(NotEstimable, match="the same difference"):
        paired_bayes_factor(Pair("a", "b", np.array([3.0, 4]), np.array([1.0, 2])))
    with pytest.raises(NotEstimable, match="larger than 1e300"):
        jzs(1e9, 400, 399, 400)
    with pytest.raises(NotEstimable, match="a finite t"):
        jzs(float("nan"), 10, 9, 10)
    with pytest.raises(NotEstimable, match="3 of 2 is no proportion"):
        binomial_bayes_factor(3, 2)
    with pytest.raises(NotEstimable, match="0 of 0 is no proportion"):
        uniform_bayes_factor(0, 0)
    with pytest.raises(NotEstimable, match="needs the BIC of both"):
        bic_bayes_factor(float("nan"), 2, 10)
