"""Proportions, McNemar and Cochran: against R and published numbers, swapped, and refused by name."""

from math import inf, isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, reference, starting
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.inference.binary import cochran_q, mcnemar, proportion, tango
from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import Pair, pair

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")


def of(both: int, only_first: int, only_second: int, neither: int) -> Pair:
    """The pair with these four counts."""
    cells = [(1, 1)] * both + [(1, 0)] * only_first + [(0, 1)] * only_second + [(0, 0)] * neither
    a, b = np.array(cells, dtype=float).T
    return Pair("a", "b", a, b)


@pytest.mark.parametrize("id", starting(R, "mcnemar"))
def test_mcnemar_is_rs(id: str) -> None:
    theirs = R[f"mcnemar.{id}"]
    found = mcnemar(pair(RATINGS, "success", "condition", "participant", *id.split(".")))
    assert (found.n, found.value) == (theirs["n"], theirs["b"])
    ours = (found.difference, found.p, found.low, found.high)
    assert ours == pytest.approx(tuple(theirs[k] for k in ("difference", "p", "low", "high")), rel=1e-9)
    odds = (found.standardised, found.standardised_low, found.standardised_high)
    # binom.test searches the ends of its interval to about 1e-8
    assert odds == pytest.approx((theirs["odds"], theirs["odds_low"], theirs["odds_high"]), rel=1e-6)


@pytest.mark.parametrize("id", starting(R, "tango"))
def test_the_score_interval_is_rs(id: str) -> None:
    theirs = R[f"tango.{id}"]
    found = tango(theirs["b"], theirs["c"], theirs["n"])
    assert found == pytest.approx((theirs["low"], theirs["high"]), abs=1e-9)


def test_the_score_interval_is_the_published_one() -> None:
    """Fagerland, Lydersen & Laake (2013): 1 and 7 of 21 changed; Tango's interval is −0.517 to −0.026."""
    assert tango(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)


def test_cochrans_q_is_rs() -> None:
    found, theirs = cochran_q(RATINGS, "success", "condition", "participant"), R["cochran_q"]
    assert (found.n, found.dropped, found.df) == (theirs["n"], 2, 2)
    assert (found.q, found.p) == pytest.approx((theirs["q"], theirs["p"]), rel=1e-9)
    assert list(found.table()["condition"]) == ["active", "baseline", "passive"]


@pytest.mark.parametrize("id", starting(R, "proportion"))
def test_proportions_are_rs(id: str) -> None:
    theirs = R[f"proportion.{id}"]
    found = proportion(theirs["x"], theirs["n"])
    assert (found.p, found.exact_low, found.exact_high) == pytest.approx(
        (theirs["p"], theirs["low"], theirs["high"]), rel=1e-6
    )
    ours = (found.wilson_low, found.wilson_high)
    assert ours == pytest.approx((theirs["wilson_low"], theirs["wilson_high"]), rel=1e-9, abs=1e-15)


@needs_oracle
def test_the_shared_answers() -> None:
    theirs, found = oracle("70_preference_power")["binom.ci"]["expected"], proportion(17, 24)
    ours = (found.p, found.exact_low, found.exact_high, found.wilson_low, found.wilson_high)
    names = ("p_two_sided", "cp_low", "cp_high", "wilson_low", "wilson_high")
    assert ours == pytest.approx(tuple(theirs[k] for k in names), rel=1e-8)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_swapping_turns_the_interval_and_keeps_p(only_first: int, only_second: int, others: int) -> None:
    n = only_first + only_second + others
    if n < 2:
        return
    there, back = mcnemar(of(others, only_first, only_second, 0)), mcnemar(of(0, only_second, only_first, others))
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)
    assert there.p == pytest.approx(back.p, nan_ok=True)
    assert -1 <= there.low <= there.difference <= there.high <= 1


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 2), min_size=2, max_size=15))
def test_with_two_conditions_cochrans_q_is_mcnemars_chi_squared(cells: list[tuple[int, int]]) -> None:
    b, c = cells.count((1, 0)), cells.count((0, 1))
    rows = [(who, name, value) for who, pair in enumerate(cells) for name, value in zip("ab", pair, strict=True)]
    frame = pd.DataFrame(rows, columns=["p", "c", "v"])
    if b + c == 0:
        with pytest.raises(NotEstimable, match="nothing tells the conditions apart"):
            cochran_q(frame, "v", "c", "p")
        return
    found = cochran_q(frame, "v", "c", "p")
    assert (found.q, found.informative) == (pytest.approx((b - c) ** 2 / (b + c)), b + c)


def test_where_nobody_changed_there_is_an_interval_and_no_test() -> None:
    """With no change in n, the end of the interval is z² / (n + z²)."""
    found = mcnemar(of(10, 0, 0, 14))
    z = stats.norm.ppf(0.975)
    assert isnan(found.p) and found.note == "nobody changed between the two: no test"
    assert (found.low, found.high) == pytest.approx((-(z**2) / (24 + z**2), z**2 / (24 + z**2)))


def test_everybody_changed_the_same_way() -> None:
    found = mcnemar(of(0, 6, 0, 0))
    assert (found.difference, found.high, found.p) == (1, 1, 2 / 64)
    assert found.standardised == inf and found.low > 1 - 4 / sqrt(6)


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(NotEstimable, match="A value of 4 is neither 0 nor 1"):
        mcnemar(Pair("a", "b", np.array([0.0, 4]), np.array([1.0, 1])))
    with pytest.raises(NotEstimable, match="neither 0 nor 1"):
        cochran_q(RATINGS, "item", "condition", "participant")
    for counts in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(NotEstimable, match="is no proportion"):
            proportion(*counts)
    with pytest.raises(NotEstimable, match="1 condition"):
        cochran_q(RATINGS[RATINGS["condition"] == "active"], "success", "condition", "participant")
