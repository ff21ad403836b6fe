"""Paired t and Wilcoxon as estimates: against R, swapped and scaled, and refused by name."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference, starting
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.inference.effect_sizes import hedges_j, paired_effect_sizes
from analysis.inference.estimate import NotEstimable
from analysis.inference.paired import paired_t, wilcoxon
from analysis.inference.samples import Pair, pair
from analysis.inference.signed_rank import hodges_lehmann, inverted, shift_interval, signed_rank

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")
likert = st.integers(1, 7)
answers = st.lists(st.tuples(likert, likert), min_size=2, max_size=14)


def ratings(id: str) -> Pair:
    """The pair that a case is about: measure.first.second."""
    value, first, second = id.split(".")
    return pair(RATINGS, value, "condition", "participant", first, second)


def thirds(pairs: list[tuple[int, int]]) -> Pair:
    first, second = np.array(pairs, dtype=float).T / 3
    return Pair("a", "b", first, second)


def turned(given: Pair) -> Pair:
    return Pair(given.second, given.first, given.b, given.a)


# --- against R ---------------------------------------------------------------------------------


@pytest.mark.parametrize("id", starting(R, "paired_t"))
def test_t_is_rs(id: str) -> None:
    found, theirs = paired_t(ratings(id)), R[f"paired_t.{id}"]
    ours = (found.n, found.value, found.p, found.difference, found.low, found.high)
    assert ours == pytest.approx(tuple(theirs[k] for k in ("n", "t", "p", "difference", "low", "high")), rel=1e-9)
    dz = R[f"dz.{id}"]  # effectsize searches the ends of the interval to about 1e-7
    assert found.standardised == pytest.approx(dz["dz"], rel=1e-10)
    assert (found.standardised_low, found.standardised_high) == pytest.approx((dz["low"], dz["high"]), rel=1e-5)


@pytest.mark.parametrize("id", starting(R, "wilcoxon"))
def test_every_variant_of_the_signed_rank_test_is_rs(id: str) -> None:
    differences, coin, plain = ratings(id).differences, R[f"wilcoxon.{id}"], R[f"wilcoxon_normal.{id}"]
    theirs = {
        "exact": coin["p_exact"],
        "exact-pratt": coin["p_pratt"],
        "normal-pratt": coin["p_normal_pratt"],
        "normal": plain["p_normal"],
        "normal-continuity": plain["p_continuity"],
    }
    found = {variant: signed_rank(differences, variant) for variant in theirs}
    assert {variant: made.p for variant, made in found.items() if made} == pytest.approx(theirs, rel=1e-9)
    assert found["normal-pratt"].z == pytest.approx(coin["z_normal_pratt"], rel=1e-9)
    assert found["exact"].w_plus == plain["w_plus"]
    assert hodges_lehmann(differences) == pytest.approx(plain["hodges_lehmann"], abs=1e-10)


@pytest.mark.parametrize("id", starting(R, "shift"))
def test_the_interval_of_the_shift_is_rs(id: str) -> None:
    found, theirs = wilcoxon(ratings(id)), R[f"shift.{id}"]
    assert (found.low, found.high) == pytest.approx((theirs["low"], theirs["high"]), abs=1e-9)
    assert found.low <= found.difference <= found.high


@pytest.mark.parametrize("id", starting(R, "rank_biserial"))
def test_the_rank_biserial_correlation_is_effectsizes(id: str) -> None:
    found, theirs = wilcoxon(ratings(id)), R[f"rank_biserial.{id}"]
    ours = (found.standardised, found.standardised_low, found.standardised_high)
    assert ours == pytest.approx((theirs["r"], theirs["low"], theirs["high"]), rel=1e-9)


@needs_oracle
def test_the_shared_answers_on_sleep() -> None:
    cases = oracle("10_paired")
    sleep = pair(oracle_data("sleep.csv"), "extra", "condition", "participant", "drug1", "drug2")
    theirs, found = cases["sleep.t"]["expected"], paired_t(sleep)
    ours = (found.n, found.value, found.df, found.p, found.difference, found.low, found.high)
    assert ours == pytest.approx(
        tuple(theirs[k] for k in ("n", "t", "df", "p", "mean_diff", "ci_low", "ci_high")), rel=1e-8
    )
    assert sleep.differences.std(ddof=1) == pytest.approx(theirs["sd_diff"], rel=1e-8)

    theirs, sizes = cases["sleep.d"]["expected"], paired_effect_sizes(sleep)
    names = {"dz": "dz", "d_av_meanSD": "d_av", "d_av_pooled": "d_av_rms", "d_rm": "d_rm"}
    names |= {"g_z": "gz", "g_av_meanSD": "g_av", "g_av_pooled_df_nminus1": "g_av_rms"}
    assert {k: sizes[v].value for k, v in names.items()} == pytest.approx({k: theirs[k] for k in names}, rel=1e-7)
    assert (sizes["dz"].low, sizes["dz"].high) == pytest.approx((theirs["dz_ci_low"], theirs["dz_ci_high"]), rel=1e-7)
    assert hedges_j(9) == pytest.approx(theirs["J_df_nminus1"], rel=1e-10)
    theirs = cases["sleep.effectsize"]["expected"]
    assert (sizes["dz"].low, sizes["dz"].high) == pytest.approx((theirs["ci_low"], theirs["ci_high"]), rel=1e-4)


@needs_oracle
def test_the_shared_answers_on_the_ranks_of_sleep() -> None:
    theirs = oracle("10_paired")["sleep.wilcoxon"]["expected"]
    sleep = pair(oracle_data("sleep.csv"), "extra", "condition", "participant", "drug1", "drug2")
    p = {
        "exact": "p_exact_coin_wilcox",
        "exact-pratt": "p_exact_pratt",
        "normal": "p_normal_nocc",
        "normal-continuity": "p_normal_cc",
        "normal-pratt": "p_asymp_pratt",
    }
    for variant, name in p.items():
        assert wilcoxon(sleep, variant=variant).p == pytest.approx(theirs[name], rel=1e-6), variant
    assert wilcoxon(sleep, variant="normal").value == pytest.approx(theirs["z_wilcox"], rel=1e-6)
    assert wilcoxon(sleep, variant="normal-pratt").value == pytest.approx(theirs["z_pratt"], rel=1e-6)
    found = wilcoxon(sleep)
    assert (found.value, found.difference) == (theirs["W_plus"], pytest.approx(theirs["hodges_lehmann_walsh"]))
    assert found.standardised == theirs["rank_biserial_effectsize"]
    assert (found.standardised_low, found.standardised_high) == (theirs["rb_ci_low"], theirs["rb_ci_high"])
    # R drops the zero first, and its root-finder stops within 1e-4 of the step it looks for
    left = sleep.differences[sleep.differences != 0]
    theirs_interval = (theirs["wilcox_ci_low"], theirs["wilcox_ci_high"])
    assert shift_interval(left, variant="normal-continuity") == pytest.approx(theirs_interval, abs=1e-4)
    assert hodges_lehmann(left) == pytest.approx(theirs["wilcox_pseudomedian"], abs=1e-4)


# --- the interval of the shift, by its definition ------------------------------------------------


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(-8, 8), min_size=6, max_size=12), st.sampled_from([0.8, 0.95]))
def test_a_shift_is_in_the_interval_exactly_when_it_is_not_rejected(values: list[int], level: float) -> None:
    """Every place between neighbouring Walsh averages, one after the other: the search by halves misses none."""
    low, high = shift_interval(values, level)
    first, second = np.triu_indices(len(values))
    steps = np.unique((np.array(values)[first] + np.array(values)[second]) / 2)
    for shift in [steps[0] - 1, *((steps[1:] + steps[:-1]) / 2), steps[-1] + 1]:
        found = signed_rank(np.array(values) - shift)
        assert (found is None or found.p > 1 - level) == (low < shift < high)


def test_an_interval_is_a_point_where_only_that_point_is_left() -> None:
    """Twenty who do not differ and one who does by 5: any other shift has twenty against it."""
    assert shift_interval([0] * 20 + [5]) == (0, 0)
    assert inverted(np.array([1.0]), lambda shift: 1 if shift < 1 else -1) == (1, 1)


def test_with_five_participants_there_is_no_interval_at_95_percent() -> None:
    """All five one way: p = 2/32."""
    found = wilcoxon(Pair("a", "b", np.array([2.0, 3, 4, 5, 6]), np.array([1.0, 1, 1, 1, 1])))
    assert found.p == 2 / 32 and isnan(found.low) and isnan(found.high)
    assert "too few participants for an interval of the shift at 95%" in found.note
    assert "that one point" in found.note


# --- what must not matter ------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(answers)
def test_swapping_the_conditions_turns_the_signs(pairs: list[tuple[int, int]]) -> None:
    there = thirds(pairs)
    if np.ptp(there.differences) == 0:
        return
    for analysis in (paired_t, wilcoxon):
        one, other = analysis(there), analysis(turned(there))
        assert (one.difference, one.low, one.high) == pytest.approx(
            (-other.difference, -other.high, -other.low), nan_ok=True, abs=1e-9
        )
        assert (one.standardised, one.standardised_low) == pytest.approx(
            (-other.standardised, -other.standardised_high), nan_ok=True, abs=1e-6
        )
        assert one.p == pytest.approx(other.p)


@settings(deadline=None, max_examples=40)
@given(
    answers, st.sampled_from([0.25, 3.0, 100.0]), st.sampled_from([-5.0, 0.1, 40.0]), st.randoms(use_true_random=False)
)
def test_unit_zero_and_order_do_not_matter(pairs, unit: float, zero: float, random) -> None:  # type: ignore[no-untyped-def]
    given = thirds(pairs)
    if np.ptp(given.differences) == 0:
        return
    shuffled = random.sample(range(given.n), given.n)
    moved = Pair("a", "b", given.a[shuffled] * unit + zero, given.b[shuffled] * unit + zero)
    for analysis in (paired_t, wilcoxon):
        one, other = analysis(given), analysis(moved)
        assert (one.difference * unit, one.low * unit) == pytest.approx(
            (other.difference, other.low), nan_ok=True, rel=1e-6, abs=1e-6
        )
        assert (one.p, one.standardised) == pytest.approx((other.p, other.standardised), rel=1e-6, abs=1e-9)


def test_names_row_order_and_nullable_columns_do_not_matter() -> None:
    plain = paired_t(ratings("item.active.baseline"))
    names = {who: f"X{99 - int(who[1:])}" for who in RATINGS["participant"].unique()}
    other = RATINGS.sample(frac=1, random_state=3).convert_dtypes()
    other["participant"] = other["participant"].map(names).astype("category")
    found = paired_t(pair(other, "item", "condition", "participant", "active", "baseline"))
    assert (found.n, found.value, found.low) == pytest.approx((plain.n, plain.value, plain.low))


def test_a_huge_effect_has_no_interval_and_says_so() -> None:
    """Differences of almost one value: t is about 16 million."""
    found = paired_t(Pair("a", "b", np.array([5, 5, 5, 5.000001]), np.array([1.0, 1, 1, 1])))
    assert found.value > 1e7 and isnan(found.standardised_low)
    assert found.note == "t is too large for an interval of dz" and found.low < found.difference < found.high


# --- refused by name -------------------------------------------------------------------------------


def test_what_cannot_be_estimated_is_said() -> None:
    same = Pair("a", "b", np.array([3.0, 4, 5]), np.array([1.0, 2, 3]))
    with pytest.raises(NotEstimable, match=r"a − b: every participant has the same difference \(2\)"):
        paired_t(same)
    assert wilcoxon(same).p == 2 / 8
    with pytest.raises(NotEstimable, match="nobody differs between the two"):
        wilcoxon(Pair("a", "b", same.a, same.a))


def test_frames_that_hold_no_pair_are_refused() -> None:
    def asked(frame: pd.DataFrame) -> Pair:
        return pair(frame, "item", "condition", "participant", "active", "passive")

    with pytest.raises(NotEstimable, match="Nobody has a value in condition 'active'"):
        asked(RATINGS.iloc[:0])
    with pytest.raises(NotEstimable, match="Nobody has a value in condition 'passive'"):
        asked(RATINGS[RATINGS["condition"] == "active"])
    with pytest.raises(NotEstimable, match=r"1 participant\(s\) have both conditions"):
        asked(RATINGS[RATINGS["participant"] == "P001"])
    with pytest.raises(NotEstimable, match="P001 has more than one value in condition 'active'"):
        asked(pd.concat([RATINGS, RATINGS.iloc[:1]]))
    with pytest.raises(NotEstimable, match="no column 'condition'"):
        asked(RATINGS.drop(columns="condition"))
    with pytest.raises(NotEstimable, match="P001 is infinite"):
        asked(RATINGS.assign(item=RATINGS["item"].where(RATINGS.index != 0, np.inf)))
