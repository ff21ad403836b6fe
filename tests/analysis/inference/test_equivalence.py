"""TOST: against R, against its own interval, for any estimate, and refused by name."""

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference, starting
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.inference.equivalence import tost, tost_independent, tost_paired
from analysis.inference.estimate import Estimate, NotEstimable
from analysis.inference.paired import wilcoxon
from analysis.inference.samples import Pair, pair, two_groups

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")
NAMES = ("t_lower", "p_lower", "t_upper", "p_upper", "low", "high")


@pytest.mark.parametrize("id", starting(R, "tost"))
def test_the_paired_test_is_rs(id: str) -> None:
    theirs, (value, first, second) = R[f"tost.{id}"], id.split(".")
    given = pair(RATINGS, value, "condition", "participant", first, second)
    found = tost_paired(given, -theirs["bound"], theirs["bound"])
    assert [getattr(found, k) for k in NAMES] == pytest.approx([theirs[k] for k in NAMES], rel=1e-9)
    assert found.p == max(found.p_lower, found.p_upper) and found.level == 0.9


@pytest.mark.parametrize("value", starting(R, "tost_groups"))
def test_the_test_of_groups_is_rs(value: str) -> None:
    theirs, active = R[f"tost_groups.{value}"], RATINGS[RATINGS["condition"] == "active"]
    given = two_groups(active, value, "group", "participant", "novice", "expert")
    found = tost_independent(given, -theirs["bound"], theirs["bound"])
    assert (found.p_lower, found.p_upper) == pytest.approx((theirs["p_lower"], theirs["p_upper"]), rel=1e-9)
    assert "Welch" in found.method
    assert "Student" in tost_independent(given, -1, 1, equal_variances=True).method


@needs_oracle
def test_the_shared_answers_on_sleep() -> None:
    theirs = oracle("10_paired")["sleep.tost"]["expected"]
    sleep = pair(oracle_data("sleep.csv"), "extra", "condition", "participant", "drug1", "drug2")
    bound = 0.5 * sleep.differences.std(ddof=1)
    found = tost_paired(sleep, -bound, bound)
    ours = (found.lower, found.t_lower, found.p_lower, found.t_upper, found.p_upper, found.p, found.low, found.high)
    names = ("low", "t_lower", "p_lower", "t_upper", "p_upper", "p_tost", "ci90_low", "ci90_high")
    assert ours == pytest.approx(tuple(theirs[k] for k in names), rel=1e-7)


@settings(deadline=None, max_examples=60)
@given(st.floats(-2, 2), st.floats(0.05, 2), st.sampled_from([5.0, 40.0, float("nan")]), st.floats(0.1, 3))
def test_equivalent_is_when_the_interval_lies_within_the_bounds(b: float, se: float, df: float, bound: float) -> None:
    found = tost(Estimate("a", "b", 24, b, "some model", se=se, df=df), -bound, bound)
    assert found.equivalent == (-bound < found.low and found.high < bound)
    back = tost(Estimate("b", "a", 24, -b, "some model", se=se, df=df), -bound, bound)
    assert (back.p, back.low) == pytest.approx((found.p, -found.high))


def test_what_cannot_be_estimated_is_said() -> None:
    given = Pair("a", "b", np.array([1.0, 2, 4, 4]), np.array([2.0, 2, 2, 1]))
    with pytest.raises(NotEstimable, match="a lower bound below an upper one, not 1 and -1"):
        tost_paired(given, 1, -1)
    with pytest.raises(NotEstimable, match="has no standard error"):
        tost(wilcoxon(given), -1, 1)
    with pytest.raises(NotEstimable, match="the same difference"):
        tost_paired(Pair("a", "b", given.a, given.a), -1, 1)
