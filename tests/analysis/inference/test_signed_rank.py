"""The exact signed-rank test against R, and against every sign pattern written out."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.inference.signed_rank import SignedRank, hodges_lehmann, signed_rank

ORACLE = Path(__file__).resolve().parents[3].parent / "shared" / "oracle"
SLEEP = [-1.2, -2.4, -1.3, -1.3, 0.0, -1.0, -1.8, -0.8, -4.6, -1.4]
"""Hours of sleep gained, drug 1 minus drug 2, of ten patients (Student, 1908)."""

halves = st.integers(-6, 6).map(lambda value: value / 2)  # few values: ties and zeros are common
some = st.lists(halves, min_size=1, max_size=10)


def by_hand(differences: list[float]) -> float:
    """Two-sided p from all 2^n sign patterns of the mid-ranks of what is not zero."""
    ranks = stats.rankdata([abs(d) for d in differences if d])
    seen = sum(rank for rank, d in zip(ranks, [d for d in differences if d], strict=True) if d > 0)
    centre = ranks.sum() / 2
    sums = [
        sum(r for r, sign in zip(ranks, signs, strict=True) if sign) for signs in product((0, 1), repeat=len(ranks))
    ]
    return float(np.mean([abs(w - centre) >= abs(seen - centre) for w in sums]))


def result_of(differences: list[float]) -> SignedRank:
    """The test of differences of which one at least is not zero."""
    found = signed_rank(differences)
    assert found is not None
    return found


# --- against R ---------------------------------------------------------------------------------


def test_ties_and_a_zero_as_r_has_them() -> None:
    """R 4.2.2, with x, y the two columns of `SLEEP`'s source.

    coin::wilcoxsign_test(x ~ y, distribution = "exact", zero.method = "Wilcoxon"): p = 0.00390625
    exactRankTests::wilcox.exact(x, y, paired = TRUE): V = 0, p-value = 0.00390625
    effectsize::rank_biserial(x, y, paired = TRUE): -1
    """
    found = result_of(SLEEP)
    assert found == SignedRank(n=9, zeros=1, w_plus=0, w_minus=45, p=0.00390625, rank_biserial=-1)
    assert hodges_lehmann(SLEEP) == pytest.approx(-1.3)  # median of the Walsh averages: outer(d, d, "+") / 2


def test_without_ties_it_is_the_usual_exact_test() -> None:
    """SciPy's exact method is R's `psignrank` where there is neither a tie nor a zero."""
    differences = [0.953, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01]
    usual = stats.wilcoxon(differences, method="exact")
    assert result_of(differences).p == pytest.approx(usual.pvalue, abs=1e-15)
    assert min(result_of(differences).w_plus, result_of(differences).w_minus) == usual.statistic


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
def test_rs_answers() -> None:
    case = {c["id"]: c for c in json.loads((ORACLE / "expected" / "10_paired.json").read_text())}["sleep.wilcoxon"]
    lines = (ORACLE / "data" / case["dataset"]).read_text().split()[1:]
    held = {(who, drug): float(extra) for who, drug, extra in (line.split(",") for line in lines)}
    people = sorted({who for who, _drug in held})
    differences = [held[who, case["spec"]["x"]] - held[who, case["spec"]["y"]] for who in people]
    found, expected = result_of(differences), case["expected"]
    assert (found.n, found.zeros) == (expected["n_nonzero"], expected["n_ties_zero"])
    assert (found.w_plus, found.w_minus) == (expected["W_plus"], expected["W_minus"])
    assert found.p == pytest.approx(expected["p_exact_coin_wilcox"], rel=case["tol"]["rel"])
    assert found.p == pytest.approx(expected["p_exact_zeros_dropped"], rel=case["tol"]["rel"])
    assert found.rank_biserial == pytest.approx(expected["rank_biserial_effectsize"])
    assert hodges_lehmann(differences) == pytest.approx(expected["hodges_lehmann_walsh"], rel=case["tol"]["rel"])


# --- against every sign pattern ----------------------------------------------------------------


@settings(deadline=None, max_examples=150)
@given(some)
def test_p_is_the_share_of_sign_patterns_at_least_as_extreme(differences: list[float]) -> None:
    if not any(differences):
        assert signed_rank(differences) is None
        return
    found = result_of(differences)
    assert found.p == pytest.approx(by_hand(differences), abs=1e-15)
    left = [d for d in differences if d]
    assert (found.n, found.zeros) == (len(left), len(differences) - len(left))
    assert found.w_plus + found.w_minus == found.n * (found.n + 1) / 2


@settings(deadline=None)
@given(some)
def test_turning_every_sign_swaps_the_sums_and_keeps_p(differences: list[float]) -> None:
    one, other = signed_rank(differences), signed_rank([-d for d in differences])
    if one is None or other is None:
        assert one is other
        return
    assert (one.w_plus, one.w_minus, one.p) == (other.w_minus, other.w_plus, other.p)
    assert one.rank_biserial == -other.rank_biserial
    assert hodges_lehmann(differences) == -hodges_lehmann([-d for d in differences])


@settings(deadline=None)
@given(some, st.randoms(use_true_random=False), st.sampled_from([0.1, 3.0, 250.0]))
def test_order_and_unit_do_not_matter(differences: list[float], random, unit: float) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(differences, len(differences))
    assert signed_rank([unit * d for d in shuffled]) == signed_rank(differences)


@settings(deadline=None)
@given(st.lists(halves, min_size=1, max_size=12))
def test_p_and_the_effect_stay_in_their_ranges(differences: list[float]) -> None:
    if (found := signed_rank(differences)) is not None:
        assert 2 / 2**found.n <= found.p <= 1
        assert -1 <= found.rank_biserial <= 1
        assert (found.p == 1) or found.w_plus != found.w_minus


# --- corners -----------------------------------------------------------------------------------


def test_nothing_but_zeros_has_no_test() -> None:
    assert signed_rank([0.0, 0.0, 0.0]) is None
    assert signed_rank([]) is None


def test_one_difference_says_nothing() -> None:
    assert result_of([2.0]) == SignedRank(n=1, zeros=0, w_plus=1, w_minus=0, p=1.0, rank_biserial=1)


def test_differences_that_are_equal_but_for_the_last_bits_are_tied() -> None:
    assert 0.1 + 0.2 != 0.3
    assert result_of([0.1 + 0.2, -0.3, 1e-13]) == SignedRank(
        n=2, zeros=1, w_plus=1.5, w_minus=1.5, p=1.0, rank_biserial=0
    )


def test_many_participants_stay_exact() -> None:
    """200 differences of one sign: p is 2 of 2^200 patterns, far beyond 64-bit counts."""
    assert result_of([float(n) for n in range(1, 201)]).p == 2.0**-199


def test_hodges_lehmann_is_the_median_of_the_walsh_averages() -> None:
    """Of 1, 2, 6: the averages are 1, 1.5, 2, 3.5, 4, 6; their median is 2.75."""
    assert hodges_lehmann([6, 1, 2]) == 2.75
