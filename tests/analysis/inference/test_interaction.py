"""Differences of differences by hand, and what must not change them."""

import numpy as np
import pandas as pd
import pytest
from reference.handover_data import HERE

from analysis.inference.aligned_ranks import aligned_ranks
from analysis.inference.estimate import NotEstimable
from analysis.inference.generalised import generalised, regression
from analysis.inference.interaction import interaction_contrasts, interaction_test, wald_interactions
from analysis.inference.linear import linear_model
from analysis.inference.mixed import mixed_model
from study.analysis_plan import Interaction

CROSSED = Interaction(factor="b", contrast=("told", "withheld"))
PAIR = [("argues", "informs")]


def between() -> pd.DataFrame:
    """Two people in each cell, with the means 5, 2, 3 and 1: (5 − 2) − (3 − 1) = 1."""
    cells = {("argues", "told"): 5, ("informs", "told"): 2, ("argues", "withheld"): 3, ("informs", "withheld"): 1}
    rows = [(a, b, mean + step) for (a, b), mean in cells.items() for step in (-0.5, 0.5)]
    frame = pd.DataFrame(rows, columns=["a", "b", "value"])
    return frame.assign(participant=[f"P{n}" for n in range(len(frame))])


def within(seed: int = 3) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    rows = [
        (f"P{who}", a, b, draw.normal(4, 1) + (a == "argues") * (1 + (b == "told")) + person)
        for who, person in enumerate(draw.normal(0, 1, 12))
        for a in ("argues", "informs")
        for b in ("told", "withheld")
    ]
    return pd.DataFrame(rows, columns=["participant", "a", "b", "value"])


def test_by_hand_it_is_the_difference_of_the_differences_of_four_means() -> None:
    """Residual variance: each cell has 0.5² + 0.5² over 4 df = 0.5; se = √(0.5 × 4 / 2) = 1; t = 1; F = t²."""
    fit = linear_model(between(), "value ~ a + b + a:b")
    (found,) = interaction_contrasts(fit, "a", PAIR, CROSSED)
    assert (found.difference, found.se, found.value, found.df, found.n) == pytest.approx((1, 1, 1, 4, 8))
    assert (found.first, found.second) == ("(argues − informs | told)", "(argues − informs | withheld)")
    assert interaction_test(fit, "a", "b").f == pytest.approx(1)


def test_of_complete_people_the_model_repeats_the_mean_of_their_own_differences() -> None:
    """A 2 × 2 design within people with one row in each cell: F of the interaction has 33 df here, t is its root."""
    rows = within()
    wide = rows.pivot(index="participant", columns=["a", "b"], values="value")
    gaps = wide["argues", "told"] - wide["informs", "told"] - wide["argues", "withheld"] + wide["informs", "withheld"]
    fit = mixed_model(rows, "value ~ a + b + a:b")
    (found,) = interaction_contrasts(fit, "a", PAIR, CROSSED)
    test = interaction_test(fit, "b", "a")
    assert found.difference == pytest.approx(gaps.mean())
    assert (found.value**2, found.df, found.p) == pytest.approx((test.f, test.df2, test.p))


def test_which_factor_comes_first_does_not_matter_and_turning_one_turns_the_sign() -> None:
    fit = mixed_model(within(), "value ~ a + b + a:b")
    (found,) = interaction_contrasts(fit, "a", PAIR, CROSSED)
    other = Interaction(factor="a", contrast=("argues", "informs"))
    (swapped,) = interaction_contrasts(fit, "b", [("told", "withheld")], other)
    assert (swapped.difference, swapped.p) == pytest.approx((found.difference, found.p))
    (turned,) = interaction_contrasts(fit, "a", [("informs", "argues")], CROSSED)
    assert (turned.difference, turned.low, turned.high) == pytest.approx((-found.difference, -found.high, -found.low))


def test_of_counts_it_is_a_ratio_of_two_ratios() -> None:
    """One Poisson mean for each cell: (8 / 2) / (6 / 3) = 2, variance 1/16 + 1/4 + 1/12 + 1/6 of two people each."""
    rows = between().assign(value=[7.0, 9.0, 1.0, 3.0, 5.0, 7.0, 2.0, 4.0])
    fit = regression(rows, "value ~ a + b + a:b", "participant", "poisson")
    (found,) = wald_interactions(fit.coefficients(), "a", PAIR, CROSSED)
    assert np.exp(found.difference) == pytest.approx(2, rel=1e-7)
    assert found.se**2 == pytest.approx(1 / 16 + 1 / 4 + 1 / 12 + 1 / 6, rel=1e-6)
    assert (found.first, found.method) == ("(argues / informs | told)", "poisson regression, Wald z")


def test_who_has_several_rows_has_a_level_and_who_has_one_has_none() -> None:
    with pytest.raises(NotEstimable, match="belong together"):
        regression(within().assign(value=range(48)), "value ~ a", "participant", "poisson")
    with pytest.raises(NotEstimable, match="Every participant has one row"):
        generalised(between().assign(value=range(8)), "value ~ a", "participant", "poisson")


def test_a_level_or_an_interaction_that_is_not_there_is_refused_by_name() -> None:
    fit = linear_model(between(), "value ~ a + b + a:b")
    with pytest.raises(NotEstimable, match="no level 'asks'"):
        interaction_contrasts(fit, "a", [("asks", "informs")], CROSSED)
    with pytest.raises(NotEstimable, match="no level 'nobody'"):
        interaction_contrasts(fit, "a", PAIR, Interaction(factor="b", contrast=("told", "nobody")))
    with pytest.raises(NotEstimable, match="no interaction of 'a' and 'b'"):
        interaction_test(linear_model(between(), "value ~ a + b"), "a", "b")


def test_aligned_ranks_between_people_are_those_of_an_ordinary_regression() -> None:
    """R 4.2.2 on handover_between.csv (trust): ranks aligned by hand, drop1(lm(r ~ a * b), . ~ ., test = "F"), sum contrasts."""
    rows = pd.read_csv(HERE / "handover_between.csv").query("measure == 'trust'").dropna(subset=["value"])
    rows[["a", "b"]] = rows["condition"].str.split("_", expand=True).to_numpy()
    effect = next(one for one in aligned_ranks(rows, "value", ("a", "b")).effects if one.term == "a:b")
    assert (effect.df2, effect.p) == (76, pytest.approx(0.96238, abs=5e-6))
    assert effect.f == pytest.approx(1.25 / (42427.60 / 76), rel=1e-3)
