"""Cumulative-link models: against R (ordinal, VGAM, emmeans), under relabelling, and where the data allow none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinal_reference import ANSWERS, ORACLE, errors, numbers, published, study
from scipy.optimize import approx_fprime

from analysis.inference.cumulative_logit import cumulative_logit
from analysis.inference.estimate import NotEstimable
from analysis.inference.ordinal import OrdinalFit, clm, clmm, drop_term
from analysis.inference.partial_odds import partial_odds
from analysis.inference.proportional_odds import nominal_test, per_cut_logits
from analysis.inference.random_intercept import RandomIntercept
from analysis.inference.wald import wald_contrasts

pytestmark = pytest.mark.filterwarnings("error")
FORMULA = "item ~ condition + block"
same = pytest.approx


# --- published data ----------------------------------------------------------------------------


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
@pytest.mark.parametrize(
    ("case", "fit"),
    [
        ("wine.clmm.agq1", lambda wine, formula: clmm(wine, formula, "judge", quadrature=1)),
        ("wine.clmm.agq10", lambda wine, formula: clmm(wine, formula, "judge")),
        ("wine.clmm.clm_no_random", lambda wine, formula: clm(wine, formula, "judge")),
    ],
)
def test_bitterness_of_wine(case: str, fit: Callable[[pd.DataFrame, str], OrdinalFit]) -> None:
    """R 4.2.2, ordinal 2022.11-16: clm and clmm(rating ~ temp + contact + (1 | judge))."""
    asked = published("50_ordinal_glmm.json")[case]
    expected, tol = asked["expected"], {"rel": asked["tol"]["rel"], "abs": asked["tol"].get("abs", 0)}
    found = fit(pd.read_csv(ORACLE / "data" / "wine.csv"), "rating ~ temp + contact")
    shown = pd.concat([found.thresholds(), found.table()])
    for ours, theirs in (("estimate", "est"), ("se", "se"), ("z", "z"), ("p", "p")):
        assert list(shown[ours]) == same([row[theirs] for row in expected["coef"].values()], **tol), ours
    assert found.log_likelihood == same(expected["loglik"], **tol)
    if "random_sd" in expected:
        assert (found.random_sd, found.aic) == same((expected["random_sd"], expected["aic"]), **tol)
        assert list(found.table()["odds ratio"]) == same(numbers(expected["odds_ratios"]), **tol)
        dropped = drop_term(found, "temp")
        assert (dropped.chi2, dropped.df, dropped.p) == same(
            (expected["lr_chi2"], expected["lr_df"], expected["lr_p"]), **tol
        )


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
def test_proportional_odds_of_wine() -> None:
    """ordinal::nominal_test(clm(rating ~ temp + contact))."""
    asked = published("50_ordinal_glmm.json")["wine.nominal_test"]
    expected = asked["expected"]
    temp, contact = nominal_test(pd.read_csv(ORACLE / "data" / "wine.csv"), "rating ~ temp + contact", "judge")
    assert (temp.chi2, temp.p, temp.df) == same((expected["temp_LRT"], expected["temp_p"], 3), rel=asked["tol"]["rel"])
    assert (contact.chi2, contact.p) == same((expected["contact_LRT"], expected["contact_p"]), rel=asked["tol"]["rel"])


# --- generated studies -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trials", "trials_gaps", "trials_alike"])
def test_without_levels_as_r_has_it(name: str) -> None:
    """ordinal 2022.11-16: clm(y ~ condition + block)."""
    found, r = clm(study(name), FORMULA, "participant"), ANSWERS[f"{name}.clm"]
    assert list(found.values) == same(numbers(r["est"]), rel=1e-6, abs=1e-7)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-7)
    assert (found.log_likelihood, found.aic) == same((r["loglik"], r["aic"]), rel=1e-12)


@pytest.mark.parametrize("name", ["trials", "trials_gaps"])
def test_with_levels_as_r_has_it(name: str) -> None:
    """ordinal 2022.11-16: clmm(..., nAGQ = 10); its optimiser stops at 1e-8, its Hessian is by differences."""
    found, r = clmm(study(name), FORMULA, "participant"), ANSWERS[f"{name}.clmm10"]
    assert found.converged and not found.singular
    assert list(found.values) == same(numbers(r["est"]), rel=2e-6, abs=1e-6)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-5)
    assert (found.log_likelihood, found.aic) == same((r["loglik"], r["aic"]), rel=1e-12)
    assert found.random_sd == same(r["sd"], rel=1e-6)
    assert drop_term(found, "condition").chi2 == same(r["lr"], rel=1e-9)


@pytest.mark.parametrize("name", ["trials", "trials_gaps"])
def test_laplace_as_r_has_it(name: str) -> None:
    """clmm(..., nAGQ = 1) finds the participants' levels to 1e-4 only, so its likelihood is off by 2e-5."""
    found, r = clmm(study(name), FORMULA, "participant", quadrature=1), ANSWERS[f"{name}.clmm1"]
    assert list(found.values) == same(numbers(r["est"]), rel=1e-5, abs=1e-5)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=2e-5)
    assert found.log_likelihood == same(r["loglik"], abs=5e-5)
    assert found.random_sd == same(r["sd"], rel=2e-5)


def test_conditions_compared_as_emmeans_does() -> None:
    """emmeans 1.8.4-1: pairs(emmeans(clmm(...), ~ condition), adjust = "none"), also with an interaction."""
    frame = study("trials")
    asked = [("baseline", "active"), ("baseline", "passive"), ("active", "passive")]
    for formula, case in ((FORMULA, "trials.clmm10"), ("item ~ condition * block", "trials.clmm10.interaction")):
        r = ANSWERS[case].get("contrasts", ANSWERS[case])
        found = wald_contrasts(clmm(frame, formula, "participant").coefficients(), "condition", asked)
        assert [one.difference for one in found] == same([r[f"{a} - {b}"]["est"] for a, b in asked], rel=2e-6, abs=1e-7)
        assert [one.se for one in found] == same([r[f"{a} - {b}"]["se"] for a, b in asked], rel=1e-5)
        assert {(one.scale, one.statistic, one.n) for one in found} == {("log odds", "z", 24)}
        assert all(one.low < one.difference < one.high for one in found)
    latent = np.sqrt(np.pi**2 / 3 + clmm(frame, formula, "participant").random_sd ** 2)
    assert found[0].standardised == same(found[0].difference / latent)


def test_zero_variance_is_the_plain_model_and_says_so() -> None:
    """clmm finds an SD of 1e-5 or so and the same likelihood."""
    frame = study("trials_alike")
    found, plain = clmm(frame, FORMULA, "participant"), clm(frame, FORMULA, "participant")
    assert found.singular and found.random_sd == 0
    assert list(found.values) == list(plain.values)
    assert found.log_likelihood == same(ANSWERS["trials_alike.clmm10"]["loglik"], abs=1e-6)
    assert found.aic == same(plain.aic + 2)
    (one,) = wald_contrasts(found.coefficients(), "condition", [("active", "baseline")])
    assert "singular" in one.note


@pytest.mark.parametrize("name", ["trials", "trials_gaps", "trials_alike"])
def test_an_effect_that_varies_by_threshold(name: str) -> None:
    """VGAM 1.1-7: vglm(cumulative(parallel = FALSE ~ 1 + condition)) beside clm."""
    frame = study(name)
    condition = next(one for one in nominal_test(frame, FORMULA, "participant") if one.term == "condition")
    assert (condition.chi2, condition.df) == same((ANSWERS[f"{name}.nominal"]["chi2"], 10), rel=1e-7)
    assert ("infinity" in condition.note) == (name != "trials_alike")


def test_an_effect_that_varies_by_threshold_beside_levels() -> None:
    """ordinal 2022.11-16: clmm2(nominal = ~ condition, random = participant, nAGQ = 10), its optimiser stops early."""
    (found,) = nominal_test(study("trials"), "item ~ condition", "participant", quadrature=10)
    assert found.chi2 == same(ANSWERS["trials.nominal.clmm2"]["chi2"], rel=1e-6)


def test_each_cut_is_a_logistic_regression() -> None:
    """R 4.2.2: glm(I(item > k) ~ condition + block, binomial)."""
    shown = per_cut_logits(study("trials"), FORMULA, "participant")
    for cut in (2, 3, 4, 5):
        rows, r = shown[shown["cut"] == f"{cut}|{cut + 1}"], ANSWERS[f"trials.cut{cut}"]
        assert list(rows["estimate"]) == same(numbers(r["est"])[1:], rel=1e-7, abs=1e-9)
        assert list(rows["se"]) == same(numbers(r["se"])[1:], rel=1e-7)
    unbounded = shown[shown["note"] != ""]
    assert len(unbounded) and unbounded[["estimate", "se", "p", "odds ratio"]].isna().all(axis=None)


def test_partial_proportional_odds() -> None:
    """VGAM 1.1-7; standard errors of the observed information by numDeriv (VGAM's are of the expected one)."""
    frame = study("persuasion").assign(
        message=lambda f: pd.Categorical(f["message"], ["generic", "personal"]),
        source=lambda f: pd.Categorical(f["source"], ["human", "model"]),
    )
    found = partial_odds(frame, "after ~ before + message * source", "participant", ["source"])
    r, parallel = ANSWERS["persuasion.partial"], ANSWERS["persuasion.parallel"]
    theirs = numbers(r["est"])
    assert list(-found.values[:4]) == same(theirs[:4], rel=1e-6)  # R's intercepts are minus the thresholds
    assert list(found.values[4:]) == same(theirs[4:], rel=1e-6, abs=1e-6)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-6)
    assert found.log_likelihood == same(r["loglik"], rel=1e-12)
    assert (found.test.chi2, found.test.df) == same((2 * (r["loglik"] - parallel["loglik"]), 3), rel=1e-8)
    assert found.crossing == 0
    shown = found.table()
    assert list(shown["at"]) == ["every threshold"] * 2 + ["1|2", "2|3", "3|4", "4|5"] + ["every threshold"]


# --- what must not matter, and what must -------------------------------------------------------


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 10**6))
def test_order_of_rows_and_names_of_participants_do_not_matter(seed: int) -> None:
    frame = study("trials_gaps")
    shuffled = frame.sample(frac=1, random_state=seed).assign(
        participant=lambda rows: "X" + rows["participant"].str[::-1]
    )
    assert shuffled["participant"].nunique() == 24
    one, other = clmm(frame, FORMULA, "participant"), clmm(shuffled, FORMULA, "participant")
    assert list(other.values) == same(list(one.values), rel=1e-8, abs=1e-9)
    assert other.random_sd == same(one.random_sd, rel=1e-7)


def test_only_the_order_of_answers_counts() -> None:
    frame = study("trials")
    cubed = frame.assign(item=(frame["item"] ** 3).astype("Int64"))
    named = frame.assign(item=pd.Categorical(frame["item"].map("abcdefgh".__getitem__), list("abcdefgh"), ordered=True))
    one = clmm(frame, FORMULA, "participant")
    for other in (clmm(cubed, FORMULA, "participant"), clmm(named, FORMULA, "participant")):
        assert list(other.values) == same(list(one.values), rel=1e-12)
    assert other.names[:2] == ("b|c", "c|d")


def test_the_scale_turned_round_turns_the_effects() -> None:
    frame = study("trials")
    one, other = clmm(frame, FORMULA, "participant"), clmm(frame.assign(item=8 - frame["item"]), FORMULA, "participant")
    assert list(other.table()["estimate"]) == same(list(-one.table()["estimate"]), rel=1e-7)
    assert list(other.thresholds()["estimate"])[::-1] == same(list(-one.thresholds()["estimate"]), rel=1e-7)


def test_conditions_swapped_turn_the_sign() -> None:
    frame = study("trials")
    swapped = frame.assign(
        condition=frame["condition"].cat.rename_categories({"active": "passive", "passive": "active"})
    )
    pair = [("active", "passive")]
    (one,) = wald_contrasts(clmm(frame, FORMULA, "participant").coefficients(), "condition", pair)
    (other,) = wald_contrasts(clmm(swapped, FORMULA, "participant").coefficients(), "condition", pair)
    assert (other.difference, other.low, other.p) == same((-one.difference, -one.high, one.p), rel=1e-7)


@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_the_unit_of_a_covariate_scales_its_effect_and_nothing_else(unit: float) -> None:
    frame = study("trials")
    other = frame.assign(block=frame["block"] * unit + 5 * unit)
    one, two = (clmm(rows, FORMULA, "participant").table() for rows in (frame, other))
    assert list(two["z"]) == same(list(one["z"]), rel=1e-6)
    assert two["estimate"].iloc[-1] * unit == same(one["estimate"].iloc[-1], rel=1e-6)


@pytest.mark.parametrize("nodes", [1, 2, 10])
def test_the_gradient_is_that_of_the_likelihood(nodes: int) -> None:
    """Two ways to it: by following the nodes, and by differences."""
    chance = np.random.default_rng(7)
    groups, x = np.repeat(np.arange(8), 5), chance.normal(size=(40, 2))
    answers = np.concatenate([np.arange(4), chance.integers(0, 4, 36)])
    likelihood = RandomIntercept(cumulative_logit(answers, x, by_threshold=[1]), groups, nodes)
    at = np.array([-1.0, 0.1, 1.2, 0.4, -0.2, 0.1, 0.2, 0.8])
    by_differences = approx_fprime(at, lambda parameters: likelihood(parameters)[0], 1e-6)
    assert list(likelihood(at)[1]) == same(list(by_differences), rel=1e-4, abs=1e-4)


def test_more_nodes_change_nothing_more() -> None:
    ten, thirty = (clmm(study("trials"), FORMULA, "participant", quadrature=n) for n in (10, 30))
    assert ten.log_likelihood == same(thirty.log_likelihood, abs=1e-6)


# --- what cannot be fitted ---------------------------------------------------------------------


def small(**columns: Any) -> pd.DataFrame:
    rows = {"participant": list("aabbccdd"), "condition": ["x", "y"] * 4, "item": [1, 2, 3, 1, 2, 3, 3, 2]}
    return pd.DataFrame({**rows, **columns})


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (small()[:2], "at least 2 participants"),
        (small()[:0], "at least 2 participants"),
        (small(item=4), "Every value of 'item' is 4"),
        (small(condition="x"), "'condition' has only one value"),
        (small(item=[1, 3, 1, 3, 1, 3, 2, 4]).assign(condition=["x", "y"] * 4), "separates"),
        (small().drop(columns="item"), "no column 'item'"),
        (small(item=pd.Categorical(list("abcabcab"))), "have no order"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        clmm(frame, "item ~ condition", "participant")


def test_other_refusals() -> None:
    with pytest.raises(NotEstimable, match="one row"):
        clmm(small(participant=list("abcdefgh")), "item ~ condition", "participant")
    with pytest.raises(NotEstimable, match="more than one row"):
        partial_odds(small(), "item ~ condition", "participant", ["condition"])
    with pytest.raises(NotEstimable, match="has no term 'task'"):
        drop_term(clm(small(), "item ~ condition", "participant"), "task")
    with pytest.raises(NotEstimable, match="one threshold"):
        nominal_test(small(item=[1, 2, 2, 1, 1, 2, 2, 2]), "item ~ condition", "participant")
    with pytest.raises(NotEstimable, match="No row of the model has 'condition' = 'z'"):
        wald_contrasts(clm(small(), "item ~ condition", "participant").coefficients(), "condition", [("x", "z")])
    interacting = clm(study("trials"), "item ~ condition * block", "participant")
    with pytest.raises(NotEstimable, match="leave that out first"):
        drop_term(interacting, "block")
