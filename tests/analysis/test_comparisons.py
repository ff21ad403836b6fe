"""Paired comparisons: against R, against numbers worked out by hand, and where the data allow none."""

import json
from math import isnan, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.comparisons import Contrast, contrast_table, describe, paired_contrasts
from analysis.inference.effect_sizes import hedges_j
from analysis.inference.estimate import NotEstimable
from analysis.inference.multiplicity import holm

ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracle"
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
"""Hours of sleep gained by ten patients under two drugs (Student, 1908)."""


def table(**columns: list[float | None]) -> pd.DataFrame:
    """One column per condition, one value per participant, as the long frame that measures have; None: no row."""
    rows = [
        (f"P{number:03d}", condition, value)
        for condition, values in columns.items()
        for number, value in enumerate(values, 1)
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["participant", "condition", "score"])


def compare(frame: pd.DataFrame, *pairs: tuple[str, str], **options: Any) -> list[Contrast]:
    return paired_contrasts(frame, "score", "condition", "participant", pairs, **options)


# --- against R ---------------------------------------------------------------------------------


def test_the_t_test_and_its_effect_sizes_as_r_has_them() -> None:
    """R 4.2.2: t.test(x, y, paired = TRUE); the effect sizes by their closed forms (Lakens 2013, Cumming 2012)."""
    (found,) = compare(table(one=DRUG_1, two=DRUG_2), ("one", "two"))
    assert (found.n, found.n_missing, found.df) == (10, 0, 9)
    assert found.difference == pytest.approx(-1.58, rel=1e-12)
    assert found.t == pytest.approx(-4.06212768338204, rel=1e-10)
    assert found.p_t == pytest.approx(0.00283289019738427, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((-2.45988576327698, -0.700114236723018), rel=1e-10)
    assert found.dz == pytest.approx(-1.28455756259105, rel=1e-10)
    # effectsize::cohens_d(x, y, paired = TRUE) 0.8.3 has the same interval to seven digits
    assert (found.dz_low, found.dz_high) == pytest.approx((-2.11801651397707, -0.414627756380144), rel=1e-6)
    assert found.d_av == pytest.approx(-0.833496341312704, rel=1e-10)  # by the mean of the two SDs
    assert found.g_av == pytest.approx(-0.761711378726636, rel=1e-10)
    assert hedges_j(9) == pytest.approx(0.913874891792552, rel=1e-12)


def test_the_ranks_as_r_has_them() -> None:
    """R 4.2.2: coin::wilcoxsign_test(x ~ y, distribution = "exact", zero.method = "Wilcoxon")."""
    (found,) = compare(table(one=DRUG_1, two=DRUG_2), ("one", "two"))
    assert (found.w_plus, found.p_wilcoxon, found.p_holm) == (0, 0.00390625, 0.00390625)
    assert (found.rank_biserial, found.hodges_lehmann) == (-1, pytest.approx(-1.3))


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
@pytest.mark.parametrize(
    ("case", "names"),
    [
        (
            "sleep.t",
            {"n": "n", "t": "t", "df": "df", "p": "p_t", "mean_diff": "difference", "ci_low": "low", "ci_high": "high"},
        ),
        (
            "sleep.d",
            {
                "dz": "dz",
                "dz_ci_low": "dz_low",
                "dz_ci_high": "dz_high",
                "d_av_meanSD": "d_av",
                "g_av_meanSD": "g_av",
            },
        ),
        ("sleep.effectsize", {"dz": "dz", "ci_low": "dz_low", "ci_high": "dz_high"}),
        (
            "sleep.wilcoxon",
            {
                "n": "n",
                "W_plus": "w_plus",
                "p_exact_coin_wilcox": "p_wilcoxon",
                "rank_biserial_effectsize": "rank_biserial",
                "hodges_lehmann_walsh": "hodges_lehmann",
            },
        ),
    ],
)
def test_rs_answers(case: str, names: dict[str, str]) -> None:
    cases = {c["id"]: c for c in json.loads((ORACLE / "expected" / "10_paired.json").read_text())}
    asked = cases[case]
    frame = pd.read_csv(ORACLE / "data" / asked["dataset"]).rename(columns={"extra": "score"})
    (found,) = compare(frame, ("drug1", "drug2"))
    for theirs, ours in names.items():
        assert getattr(found, ours) == pytest.approx(asked["expected"][theirs], rel=asked["tol"]["rel"]), ours


# --- by hand -----------------------------------------------------------------------------------


def test_a_contrast_worked_out_by_hand() -> None:
    """Differences 1, 2, 3, 2: mean 2, SD √(2/3), t = 2 / (√(2/3) / 2) = √24, df 3."""
    (found,) = compare(table(a=[4, 6, 8, 5], b=[3, 4, 5, 3]), ("a", "b"))
    assert (found.first, found.second, found.mean_first, found.mean_second) == ("a", "b", 5.75, 3.75)
    assert (found.difference, found.df, found.note) == (2, 3, "")
    assert found.t == pytest.approx(sqrt(24))
    assert found.dz == pytest.approx(2 / sqrt(2 / 3))
    half = stats.t.ppf(0.975, 3) * sqrt(2 / 3) / 2
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))
    assert (found.w_plus, found.rank_biserial, found.hodges_lehmann) == (10, 1, 2)
    assert found.p_wilcoxon == 2 / 16  # all four differences point the same way


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 70), st.integers(1, 70)), min_size=3, max_size=30), st.sampled_from([0.05, 0.1])
)
def test_difference_interval_and_t_are_scipys(pairs: list[tuple[int, int]], alpha: float) -> None:
    first, second = np.array(pairs, dtype=float).T / 10
    (found,) = compare(table(a=list(first), b=list(second)), ("a", "b"), alpha=alpha)
    differences = np.round(first - second, 10)
    assert found.difference == pytest.approx(differences.mean(), abs=1e-9)
    if np.ptp(differences) == 0:
        assert isnan(found.t) and isnan(found.low) and "no t" in found.note
        return
    usual = stats.ttest_rel(first, second)
    low, high = stats.t.interval(1 - alpha, len(pairs) - 1, differences.mean(), stats.sem(differences))
    assert (found.t, found.p_t) == pytest.approx((usual.statistic, usual.pvalue), rel=1e-6, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=2, max_size=20))
def test_the_other_way_round_is_the_same_with_signs_turned(pairs: list[tuple[int, int]]) -> None:
    frame = table(a=[float(a) for a, _ in pairs], b=[float(b) for _, b in pairs])
    there, back = compare(frame, ("a", "b"), ("b", "a"))
    same = pytest.approx
    assert (there.difference, there.t, there.dz) == same((-back.difference, -back.t, -back.dz), nan_ok=True)
    assert (there.low, there.high) == same((-back.high, -back.low), nan_ok=True, abs=1e-12)
    assert (there.dz_low, there.dz_high) == same((-back.dz_high, -back.dz_low), nan_ok=True, abs=1e-6)
    assert (there.p_t, there.p_wilcoxon, there.p_holm) == same((back.p_t, back.p_wilcoxon, back.p_holm), nan_ok=True)
    assert there.rank_biserial == same(-back.rank_biserial, nan_ok=True)


def test_the_interval_of_dz_covers_what_it_says() -> None:
    """At each end of the interval, the observed t is the 2.5 % or the 97.5 % point of the noncentral t."""
    (found,) = compare(table(a=[5, 6, 4, 7, 6, 5, 3], b=[4, 4, 5, 5, 3, 4, 4]), ("a", "b"))
    root = sqrt(found.n)
    assert stats.nct.sf(found.t, found.df, found.dz_low * root) == pytest.approx(0.025, rel=1e-6)
    assert stats.nct.cdf(found.t, found.df, found.dz_high * root) == pytest.approx(0.025, rel=1e-6)


def test_a_huge_effect_has_an_interval_or_none_at_all() -> None:
    """Differences of almost one value: t is in the millions."""
    (found,) = compare(table(a=[5, 5, 5, 5.000001], b=[1, 1, 1, 1]), ("a", "b"))
    assert found.t > 1e6
    assert (isnan(found.dz_low) and isnan(found.dz_high)) or found.dz_low < found.dz < found.dz_high


# --- Holm --------------------------------------------------------------------------------------


def test_holm_by_hand() -> None:
    """0.01 × 3 = 0.03; 0.02 × 2 = 0.04; 0.03 × 1 = 0.03 is raised to the 0.04 before it."""
    assert holm([0.02, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])


def test_holm_never_passes_one_and_leaves_out_what_is_unknown() -> None:
    """Two known values: 0.4 × 2 = 0.8 and 0.9 × 1 = 0.9; the third is no test and does not count."""
    adjusted = holm([0.4, float("nan"), 0.9])
    assert adjusted[0] == pytest.approx(0.8) and isnan(adjusted[1]) and adjusted[2] == pytest.approx(0.9)
    assert holm([0.7, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    by_size = [q for _p, q in sorted(zip(p_values, adjusted, strict=True))]
    assert by_size == sorted(by_size)


def test_holm_runs_over_the_contrasts_of_the_table() -> None:
    """Six participants. a − b: all up, p = 2/64. a − c: one of six down by the least, p = 4/64. b − c is last."""
    frame = table(a=[7, 7, 6, 7, 6, 7], b=[1, 2, 3, 2, 2, 1], c=[8, 2, 1, 3, 1, 4])
    found = compare(frame, ("a", "b"), ("a", "c"), ("b", "c"))
    assert [c.p_wilcoxon for c in found][:2] == [2 / 64, 4 / 64]
    assert [c.p_holm for c in found] == pytest.approx([6 / 64, 8 / 64, max(8 / 64, found[2].p_wilcoxon)])


# --- what is not there -------------------------------------------------------------------------


def test_who_lacks_one_condition_is_left_out_and_counted() -> None:
    """Of five participants, one has no `a`, one has no `b` and one has an empty value; a sixth has only `c`."""
    frame = table(a=[4, 6, None, 8, 5], b=[3, 4, 9, None, 3], c=[None, None, None, None, None, 1])
    frame.loc[len(frame)] = ["P007", "a", float("nan")]
    frame.loc[len(frame)] = ["P007", "b", 2.0]
    (found,) = compare(frame, ("a", "b"))
    assert (found.n, found.n_missing) == (3, 3)
    assert (found.mean_first, found.mean_second) == (5, pytest.approx(10 / 3))
    (alone,) = compare(table(a=[4, 6, 5], b=[3, 4, 3]), ("a", "b"))
    assert (found.difference, found.t, found.p_wilcoxon) == (alone.difference, alone.t, alone.p_wilcoxon)


def test_each_contrast_counts_its_own_pairs() -> None:
    frame = table(a=[4, 6, 5, 7], b=[3, 4, 3, None], c=[1, 5, None, None])
    assert [(c.n, c.n_missing) for c in compare(frame, ("a", "b"), ("a", "c"))] == [(3, 1), (2, 2)]


def test_the_same_difference_for_everybody_is_said() -> None:
    """The difference and the ranks stand; what divides by the SD of the differences does not exist."""
    (found,) = compare(table(a=[3, 4, 5], b=[1, 2, 3]), ("a", "b"))
    assert (found.difference, found.w_plus, found.p_wilcoxon) == (2, 6, 2 / 8)
    assert all(isnan(v) for v in (found.t, found.p_t, found.low, found.high, found.dz, found.dz_low))
    assert found.d_av == 2  # both SDs are 1
    assert found.note == "every participant has the same difference: no t, interval or dz"


def test_equal_but_for_the_last_bits_is_the_same_difference() -> None:
    """0.3 − 0.2 and 0.2 − 0.1 are not the same float."""
    (found,) = compare(table(a=[0.3, 0.2, 0.4], b=[0.2, 0.1, 0.3]), ("a", "b"))
    assert isnan(found.t)
    assert found.note
    (constant,) = compare(table(a=[0.1, 0.1, 0.1], b=[0.3, 0.3, 0.3]), ("a", "b"))
    assert isnan(constant.d_av)


def test_no_difference_at_all_is_said() -> None:
    (found,) = compare(table(a=[3, 4, 5], b=[3, 4, 5]), ("a", "b"))
    assert (found.difference, found.hodges_lehmann) == (0, 0)
    assert isnan(found.p_wilcoxon) and isnan(found.p_holm) and isnan(found.t)
    assert found.note == "every difference is zero: no test, interval or dz"


def test_what_cannot_be_compared_is_refused_with_its_reason() -> None:
    with pytest.raises(NotEstimable, match="Nobody has a value in condition 'z'"):
        compare(table(a=[1, 2], b=[2, 3]), ("a", "z"))
    with pytest.raises(NotEstimable, match=r"1 participant\(s\) have both conditions; at least 2"):
        compare(table(a=[1, 2], b=[2, None]), ("a", "b"))
    twice = pd.concat([table(a=[1, 2], b=[2, 3]), table(a=[5])])
    with pytest.raises(NotEstimable, match="P001 has more than one value in condition 'a'"):
        compare(twice, ("a", "b"))


def test_one_column_per_number_that_is_reported() -> None:
    shown = contrast_table(compare(table(a=[4, 6, 8], b=[3, 4, 5], c=[3, 6, 9]), ("a", "b"), ("a", "c")))
    assert list(shown["second"]) == ["b", "c"]
    assert {"n", "n_missing", "difference", "low", "high", "dz", "p_wilcoxon", "p_holm", "method"} <= set(shown.columns)
    assert list(contrast_table([]).columns) == list(shown.columns)


# --- descriptives ------------------------------------------------------------------------------


def test_descriptives_by_hand() -> None:
    """a: 2, 4, 6, 8 has mean 5, SD √(20/3), median 5, quartiles 3.5 and 6.5; b lacks one value."""
    frame = table(a=[2, 4, 6, 8], b=[1, 2, 3, None])
    a, b = describe(frame, "score", "condition", "participant").to_dict("records")
    assert (a["condition"], a["n"], a["mean"], a["median"], a["iqr"]) == ("a", 4, 5, 5, 3)
    assert a["sd"] == pytest.approx(sqrt(20 / 3))
    assert (b["condition"], b["n"], b["mean"], b["median"], b["iqr"]) == ("b", 3, 2, 2, 1)


def test_with_two_conditions_the_plotted_interval_is_that_of_the_difference() -> None:
    """Cousineau–Morey with k = 2: each half width is the half width of the difference over √2 (Morey, 2008)."""
    frame = table(a=[4, 6, 8, 5], b=[3, 4, 5, 3])
    (contrast,) = compare(frame, ("a", "b"))
    half = (contrast.high - contrast.low) / 2 / sqrt(2)
    shown = describe(frame, "score", "condition", "participant")
    assert list(shown["within_ci"]) == pytest.approx([half, half])


def test_one_participant_has_means_and_no_interval() -> None:
    shown = describe(table(a=[4], b=[3]), "score", "condition", "participant")
    assert list(shown["mean"]) == [4, 3]
    assert shown["within_ci"].isna().all()
