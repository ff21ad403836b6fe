"""Kappa and Krippendorff's alpha: against R, relabelled and reordered, and refused by name."""

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference
from statsmodels.stats.inter_rater import cohens_kappa, to_table

from analysis.inference.agreement import cohen_kappa, krippendorff_alpha
from analysis.inference.estimate import NotEstimable

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
CODES = pd.read_csv(REFERENCE / "ranks_codes.csv").set_index("unit")
TWO = CODES[["c1", "c2"]]
FEW = {"resamples": 500}


def test_kappas_are_rs() -> None:
    theirs = R["kappa"]
    found = {weights: cohen_kappa(TWO, weights, **FEW) for weights in ("none", "linear", "quadratic")}
    assert [made.value for made in found.values()] == pytest.approx(
        [theirs["kappa"], theirs["linear"], theirs["quadratic"]], rel=1e-9
    )
    assert (found["none"].units, found["none"].coders) == (theirs["n"], 2)
    assert found["linear"].method == "Cohen's kappa, linear weights"
    usual = cohens_kappa(to_table(TWO.dropna().astype(int).to_numpy())[0])
    assert found["none"].value == pytest.approx(usual.kappa)
    # not the same interval as the asymptotic one, but not far from it
    assert (found["none"].low, found["none"].high) == pytest.approx((theirs["low"], theirs["high"]), abs=0.08)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorffs_alpha_is_that_of_all_pairs_of_values(metric) -> None:  # type: ignore[no-untyped-def]
    found = krippendorff_alpha(CODES, metric, **FEW)
    assert found.value == pytest.approx(R["krippendorff"][metric], rel=1e-9)
    assert (found.units, found.coders) == (39, 3) and found.low < found.value < found.high


@needs_oracle
@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_the_shared_answers(metric) -> None:  # type: ignore[no-untyped-def]
    theirs = oracle("60_reliability_agreement")["krippendorff2011.alpha"]["expected"][metric]
    codes = oracle_data("krippendorff2011.csv").set_index("observer").T
    assert krippendorff_alpha(codes, metric, **FEW).value == pytest.approx(theirs, rel=1e-8)


def test_a_seed_repeats_the_interval() -> None:
    one, again, other = (krippendorff_alpha(CODES, "nominal", seed, 500) for seed in (1, 1, 2))
    assert one == again and one.low != other.low and one.value == other.value


def test_order_and_names_do_not_matter() -> None:
    words = {1: "control", 2: "error", 3: "praise", 4: "question", 5: "wish"}
    named = CODES.map(words.get, na_action="ignore").sample(frac=1, random_state=1)[["c3", "c1", "c2"]]
    for metric in ("nominal", "ordinal"):
        plain, other = (krippendorff_alpha(codes, metric, **FEW).value for codes in (CODES, named))
        assert other == pytest.approx(plain)
    moved = CODES.convert_dtypes() * 10 + 3
    for metric in ("nominal", "ordinal", "interval"):
        assert krippendorff_alpha(moved, metric, **FEW).value == pytest.approx(R["krippendorff"][metric])
    swapped = TWO[["c2", "c1"]].sample(frac=1, random_state=1)
    assert cohen_kappa(swapped, **FEW).value == pytest.approx(R["kappa"]["kappa"])


def test_ordered_categories_keep_their_order() -> None:
    """By the alphabet, 'high' comes before 'low' and 'middle'."""
    kind = pd.CategoricalDtype(["low", "middle", "high"], ordered=True)
    codes = pd.DataFrame({"a": ["low", "middle", "high", "high"], "b": ["low", "high", "high", "middle"]})
    ordered = cohen_kappa(codes.astype(kind), "linear", **FEW).value
    numbers = codes.replace({"low": 1, "middle": 2, "high": 3}).astype(int)
    assert ordered == pytest.approx(cohen_kappa(numbers, "linear", **FEW).value)
    assert ordered != pytest.approx(cohen_kappa(codes, "linear", **FEW).value)


def test_perfect_agreement_is_one_and_its_interval_a_point() -> None:
    same = pd.DataFrame({"a": [1, 2, 3, 1], "b": [1, 2, 3, 1]})
    for found in (cohen_kappa(same, **FEW), krippendorff_alpha(same, "nominal", **FEW)):
        assert (found.value, found.low, found.high) == (1, 1, 1) and "that one point" in found.note


def test_resamples_with_one_code_only_are_counted() -> None:
    rare = pd.DataFrame({"a": [1, 1, 1, 1, 1, 2], "b": [1, 1, 1, 1, 2, 2]})
    assert "resamples held one code only and were left out" in krippendorff_alpha(rare, "nominal", **FEW).note


def test_agreement_at_random_is_about_zero() -> None:
    draw = np.random.default_rng(5)
    codes = pd.DataFrame(draw.integers(1, 5, (2000, 2)))
    assert cohen_kappa(codes, resamples=100).value == pytest.approx(0, abs=0.05)


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(NotEstimable, match="compares 2 coders; there are 3"):
        cohen_kappa(CODES)
    one_code = pd.DataFrame({"a": [1, 1, 1], "b": [1, 1, 1]})
    with pytest.raises(NotEstimable, match=r"3 unit\(s\) with 1 code\(s\)"):
        cohen_kappa(one_code)
    with pytest.raises(NotEstimable, match=r"1 different code\(s\)"):
        krippendorff_alpha(one_code, "nominal")
    with pytest.raises(NotEstimable, match=r"0 unit\(s\) with at least two codes"):
        krippendorff_alpha(CODES.iloc[:0], "nominal")
    with pytest.raises(NotEstimable, match=r"0 unit\(s\)"):
        krippendorff_alpha(CODES[["c1"]], "nominal")
    words = pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]})
    with pytest.raises(NotEstimable, match="Codes such as 'x' are no numbers"):
        krippendorff_alpha(words, "interval")
    with pytest.raises(NotEstimable, match="no values below zero, such as -1"):
        krippendorff_alpha(pd.DataFrame({"a": [-1, 2], "b": [-1, 3]}), "ratio")
    with pytest.raises(NotEstimable, match="numbers and some are text"):
        krippendorff_alpha(pd.DataFrame({"a": ["x", 2], "b": ["x", 2]}), "nominal")
