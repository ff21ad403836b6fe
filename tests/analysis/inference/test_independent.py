"""Two groups: against R, against every division of the ranks, swapped, and refused by name."""

from itertools import combinations
from math import isnan

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, reference, starting
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.inference.effect_sizes import pooled_effect_sizes
from analysis.inference.estimate import NotEstimable
from analysis.inference.independent import mann_whitney, student_t, welch_t
from analysis.inference.rank_sum import rank_sum, shift_interval
from analysis.inference.samples import Groups, two_groups

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")
ACTIVE = RATINGS[RATINGS["condition"] == "active"]
some = st.lists(st.integers(1, 7).map(float), min_size=2, max_size=6)


def groups(value: str) -> Groups:
    return two_groups(ACTIVE, value, "group", "participant", "novice", "expert")


def of(a: list[float], b: list[float]) -> Groups:
    return Groups("a", "b", np.array(a, dtype=float), np.array(b, dtype=float))


@pytest.mark.parametrize("value", starting(R, "welch"))
def test_both_t_tests_are_rs(value: str) -> None:
    for name, analysis in (("welch", welch_t), ("student", student_t)):
        found, theirs = analysis(groups(value)), R[f"{name}.{value}"]
        ours = (found.value, found.df, found.p, found.low, found.high)
        assert ours == pytest.approx(tuple(theirs[k] for k in ("t", "df", "p", "low", "high")), rel=1e-9)
    assert found.note == "14 in 'novice', 10 in 'expert'" and found.n == 24


@pytest.mark.parametrize("value", starting(R, "d"))
def test_the_effect_sizes_are_effectsizes(value: str) -> None:
    """It searches the ends of the intervals to about 1e-7 of the noncentrality."""
    theirs, given = R[f"d.{value}"], groups(value)
    sizes = pooled_effect_sizes(given)
    made = {"d": sizes["d"], "g": sizes["g"]}
    for name, size in made.items():
        assert size.value == pytest.approx(theirs[name], rel=1e-9)
        assert (size.low, size.high) == pytest.approx((theirs[f"{name}_low"], theirs[f"{name}_high"]), rel=1e-5)
    welch = welch_t(given)
    assert (welch.standardised, welch.standardised_low, welch.standardised_high) == pytest.approx(
        (theirs["d_av"], theirs["d_av_low"], theirs["d_av_high"]), rel=1e-5
    )
    ranks = mann_whitney(given)
    assert (ranks.standardised, ranks.standardised_low, ranks.standardised_high) == pytest.approx(
        (theirs["delta"], theirs["delta_low"], theirs["delta_high"]), rel=1e-9
    )


@pytest.mark.parametrize("value", starting(R, "mann_whitney"))
def test_the_rank_sum_test_is_rs(value: str) -> None:
    theirs, given = R[f"mann_whitney.{value}"], groups(value)
    found = mann_whitney(given)
    assert found.method == "Mann–Whitney, exact permutation of the mid-ranks"
    assert (found.value, found.p) == pytest.approx((theirs["u"], theirs["p_exact"]), rel=1e-9)
    ours = (found.difference, found.low, found.high)
    assert ours == pytest.approx((theirs["shift"], theirs["low"], theirs["high"]), abs=1e-9)
    assert mann_whitney(given, variant="normal").p == pytest.approx(theirs["p_normal"], rel=1e-9)
    assert mann_whitney(given, variant="normal-continuity").p == pytest.approx(theirs["p_continuity"], rel=1e-9)


def test_without_ties_it_is_rs_own_exact_test_and_interval() -> None:
    theirs, found = R["mann_whitney_untied.seconds"], mann_whitney(groups("seconds"))
    ours = (found.p, found.difference, found.low, found.high)
    assert ours == pytest.approx((theirs["p"], theirs["shift"], theirs["low"], theirs["high"]), rel=1e-9)


@settings(deadline=None, max_examples=80)
@given(some, some)
def test_p_is_the_share_of_divisions_at_least_as_far_from_the_middle(a: list[float], b: list[float]) -> None:
    found = rank_sum(a, b)
    if found is None:
        assert len({*a, *b}) == 1
        return
    ranks = stats.rankdata([*a, *b])
    sums = np.array([sum(chosen) for chosen in combinations(ranks, len(a))])
    middle = ranks.sum() * len(a) / len(ranks)
    far = np.abs(sums - middle) >= abs(ranks[: len(a)].sum() - middle) - 1e-9
    assert found.p == pytest.approx(far.mean(), abs=1e-12)
    wins = [(x > y) - (x < y) for x in a for y in b]
    assert found.delta == pytest.approx(np.mean(wins))


@settings(deadline=None, max_examples=40)
@given(some, some)
def test_a_shift_is_in_the_interval_exactly_when_it_is_not_rejected(a: list[float], b: list[float]) -> None:
    low, high = shift_interval(a, b, 0.83)
    steps = np.unique(np.subtract.outer(a, b))
    for by in [steps[0] - 1, *((steps[1:] + steps[:-1]) / 2), steps[-1] + 1]:
        found = rank_sum(np.array(a) - by, b)
        assert (found is None or found.p > 0.17) == (low < by < high)


@settings(deadline=None, max_examples=40)
@given(some, some, st.sampled_from([0.5, 10.0]))
def test_swapping_scaling_and_shifting(a: list[float], b: list[float], unit: float) -> None:
    if len(set(a)) == 1 or len(set(b)) == 1:
        return
    moved = of([unit * x + 3 for x in reversed(b)], [unit * x + 3 for x in a])
    for analysis in (welch_t, student_t, mann_whitney):
        one, other = analysis(of(a, b)), analysis(moved)
        assert (one.difference * unit, one.low * unit) == pytest.approx(
            (-other.difference, -other.high), abs=1e-8, nan_ok=True
        )
        assert (one.p, one.standardised) == pytest.approx((other.p, -other.standardised), abs=1e-8)


def test_large_groups_are_compared_by_the_normal_approximation_and_say_so() -> None:
    draw = np.random.default_rng(1)
    found = mann_whitney(of(list(draw.integers(1, 8, 40)), list(draw.integers(2, 8, 40))))
    assert found.method == "Mann–Whitney, normal approximation with continuity correction" and found.statistic == "z"


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(NotEstimable, match="within each group everybody has the same value"):
        welch_t(of([1, 1], [2, 2]))
    with pytest.raises(NotEstimable, match="within each group everybody has the same value"):
        student_t(of([0.1 + 0.2, 0.3], [2, 2]))
    with pytest.raises(NotEstimable, match="every value is 4, so there are no ranks"):
        mann_whitney(of([4, 4], [4, 4]))
    with pytest.raises(NotEstimable, match=r"Group 'expert' has 1 participant\(s\) with 'item'"):
        two_groups(ACTIVE.head(15), "item", "group", "participant", "novice", "expert")
    with pytest.raises(NotEstimable, match="P001 has more than one value. Aggregate"):
        two_groups(RATINGS, "item", "group", "participant", "novice", "expert")
    with pytest.raises(NotEstimable, match=r"Group 'novice' has 0"):
        two_groups(ACTIVE.iloc[:0], "item", "group", "participant", "novice", "expert")
    found = mann_whitney(of([5, 6], [1, 2]))
    assert isnan(found.low) and "too few participants" in found.note and "2 in 'a', 2 in 'b'" in found.note
    one_sided = welch_t(of([1, 1, 1], [1, 2, 4]))
    assert one_sided.df == pytest.approx(2)
