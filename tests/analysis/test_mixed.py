"""Mixed models against lme4, lmerTest, pbkrtest and emmeans; what must not change them; and where there is none.

R's answers: `reference/mixed.json`, made by `reference/mixed.R` from the data of `reference/mixed_data.py`.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.inference.anova import anova
from analysis.inference.estimate import NotEstimable
from analysis.inference.fitted import coefficient_table, term_table, term_tests
from analysis.inference.means import condition_contrasts, marginal_means, mean_table
from analysis.inference.mixed import (
    MixedModel,
    likelihood_ratio,
    likelihood_table,
    maximum_likelihood,
    mixed_model,
)

pytestmark = pytest.mark.filterwarnings("error")
HERE = Path(__file__).parent / "reference"
ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracle"
CASES = {case["id"]: case for case in json.loads((HERE / "mixed.json").read_text())["cases"]}
MODELS = [name for name, case in CASES.items() if "coefficients" in case["expected"]]
DDF = {"kr": "Kenward-Roger", "satterthwaite": "Satterthwaite"}
near = pytest.approx


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"mixed_{name}.csv")


def fitted(case: dict[str, Any]) -> MixedModel:
    fixed, _, random = case["formula"].partition(" + (")
    slope = random.split(" | ")[0].removeprefix("1").removesuffix(" ")
    return mixed_model(data(case["file"]), fixed.replace("block", "C(block)").replace("log(", "np.log("), slope=slope)


@pytest.fixture(scope="module")
def fits() -> dict[str, MixedModel]:
    return {name: fitted(CASES[name]) for name in MODELS}


# --- against R: own data -----------------------------------------------------------------------


@pytest.mark.parametrize("case", MODELS)
def test_likelihoods_variances_and_shares(case: str, fits: dict[str, MixedModel]) -> None:
    fit, expected = fits[case], CASES[case]["expected"]
    assert (len(fit.design.y), fit.singular, fit.converged) == (expected["n"], expected["singular"], True)
    likelihood = maximum_likelihood(fit)
    assert fit.loglik == near(expected["reml"], rel=1e-9)
    assert likelihood.loglik == near(expected["ml"], rel=1e-9)
    assert (likelihood.aic, likelihood.bic) == near((expected["aic"], expected["bic"]), rel=1e-9)
    variances = fit.variances().sort_values("with", key=lambda names: names == "Residual", kind="stable")
    ours = [*variances.query("effect == `with`")["variance"][:-1], *variances.query("effect != `with`")["variance"]]
    assert [*ours, fit.residual] == near(expected["variances"], rel=2e-6, abs=1e-12)
    assert fit.predicted[:3] == near(np.array(expected["predicted"]), rel=1e-5, abs=1e-12)
    for name in {"r2_marginal", "r2_conditional", "icc"} & set(expected):
        assert getattr(fit, name) == near(expected[name], rel=1e-6), name


@pytest.mark.parametrize("case", MODELS)
@pytest.mark.parametrize("ddf", list(DDF))
def test_coefficients_and_terms(case: str, ddf: str, fits: dict[str, MixedModel]) -> None:
    """df by Satterthwaite are 1e-6 from lmerTest's: it differentiates the deviance numerically, we do not."""
    fit, expected = replace(fits[case], ddf=DDF[ddf]), CASES[case]["expected"]
    rows = coefficient_table(fit).to_dict("records")
    for row, theirs in zip(rows, expected["coefficients"][ddf].values(), strict=True):
        for name, value in theirs.items():
            assert row[name] == near(value, rel=1e-5 if name == "p" else 2e-6, abs=1e-9), (row["coefficient"], name)
    ours = {test.term.replace("C(block)", "block"): test for test in term_tests(fit)}
    assert len(ours) == len(expected["terms"][ddf])
    for term, theirs in expected["terms"][ddf].items():
        for name, value in theirs.items():
            assert getattr(ours[term], name) == near(value, rel=1e-5 if name == "p" else 2e-6), (term, name)
    assert list(term_table(term_tests(fit))["method"]) == [fit.method] * len(ours)


@pytest.mark.parametrize("case", MODELS)
def test_means_and_contrasts(case: str, fits: dict[str, MixedModel]) -> None:
    fit, expected = fits[case], CASES[case]["expected"]
    for mean in marginal_means(fit, "condition"):
        for name, value in expected["means"][mean.level].items():
            assert getattr(mean, name) == near(value, rel=1e-6), (mean.level, name)
    for pair, theirs in expected["pairs"].items():
        first, second = pair.split(" - ")
        (found,) = condition_contrasts(fit, "condition", [(first, second)])
        for name, value in theirs.items():
            assert getattr(found, name) == near(value, rel=1e-5 if name == "p" else 1e-6, abs=1e-9), (pair, name)
    if "spread" in expected:
        ours = fit.spread()
        assert ours.variance == near(expected["spread"]["variance"], rel=1e-6)
        assert ours.sampling_variance == near(expected["spread"]["sampling_variance"], rel=1e-5)
    assert set(mean_table(marginal_means(fit, "condition"))["level"]) == set(expected["means"])


def test_the_likelihood_ratio_of_condition() -> None:
    """R: anova(less, full), both with REML = FALSE."""
    full, less = (
        maximum_likelihood(mixed_model(data("missing"), f))
        for f in ("score ~ condition + C(block)", "score ~ C(block)")
    )
    ours, expected = likelihood_ratio(less, full), CASES["missing.lr"]["expected"]
    assert (ours.chi2, ours.df, ours.p) == near((expected["chi2"], expected["df"], expected["p"]), rel=1e-6)
    assert list(likelihood_table([less, full])["aic"]) == [less.aic, full.aic]
    with pytest.raises(NotEstimable, match="nothing to test"):
        likelihood_ratio(full, less)
    with pytest.raises(NotEstimable, match="fit both to the rows"):
        likelihood_ratio(less, maximum_likelihood(mixed_model(data("demo"), "score ~ condition + C(block)")))


# --- against R: classic data -------------------------------------------------------------------


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
@pytest.mark.parametrize(
    ("case", "formula", "slope"),
    [
        ("sleepstudy.ri", "reaction ~ days", ""),
        ("sleepstudy.rs", "reaction ~ days", "days"),
        ("ergostool.lmm", "effort ~ condition", ""),
    ],
)
def test_classic_data(case: str, formula: str, slope: str) -> None:
    asked = {c["id"]: c for c in json.loads((ORACLE / "expected" / "40_lmm.json").read_text())}[case]
    expected, rel = asked["expected"], 2e-6
    fit = mixed_model(pd.read_csv(ORACLE / "data" / asked["dataset"]), formula, slope=slope)
    likelihood = maximum_likelihood(fit)
    ours = (len(fit.design.y), fit.singular, fit.loglik, likelihood.loglik, likelihood.aic, likelihood.bic)
    assert ours == near(
        tuple(expected[k] for k in ("nobs", "singular", "reml_loglik", "ml_loglik", "aic_ml", "bic_ml")), rel=rel
    )
    # lme4's own search stops at 1e-6 of the variances (here 5e-5 in the smallest covariance)
    components = list(fit.variances()["variance"])
    order = [0, 1, 2, 3] if slope else [0, 1]
    assert [components[i] for i in order] == near(list(expected["var"].values()), rel=5e-5)
    for key, ddf in DDF.items():
        tests = {t.term: t for t in term_tests(replace(fit, ddf=ddf))}
        for row, theirs in zip(
            coefficient_table(replace(fit, ddf=ddf)).to_dict("records"), expected[f"fixed_{key}"].values(), strict=True
        ):
            ours = (row["estimate"], row["se"], row["df"], row["t"])
            assert ours == near(tuple(theirs[k] for k in ("est", "se", "df", "t")), rel=rel)
            assert row["p"] == near(theirs["p"], rel=2e-5)
        for term, theirs in expected[f"anova_{key}"].items():
            assert (tests[term].df1, tests[term].df2, tests[term].f) == near(
                (theirs["df1"], theirs["df2"], theirs["F"]), rel=rel
            )
    assert fit.predicted[:3, 0] == near(np.array(expected["ranef_first3"]), rel=1e-5)
    assert (fit.r2_marginal, fit.r2_conditional, fit.icc) == near(
        (expected["r2_marginal"], expected["r2_conditional"], expected["icc_adjusted"]), rel=rel
    )
    for mean in marginal_means(fit, "condition") if "emmeans_kr" in expected else ():
        theirs = expected["emmeans_kr"][mean.level]
        assert (mean.mean, mean.se, mean.df, mean.low, mean.high) == near(tuple(theirs.values()), rel=rel)
    for pair, theirs in expected.get("pairs_kr_none", {}).items():
        (found,) = condition_contrasts(fit, "condition", [tuple(pair.split(" - "))])
        ours = (found.difference, found.se, found.df, found.value, found.p)
        assert ours == near(tuple(theirs.values()), rel=rel)


# --- by hand -----------------------------------------------------------------------------------


def test_with_complete_data_the_contrast_is_the_paired_t_of_the_pooled_error() -> None:
    """Balanced, no period: the variance within is the error mean square of the ANOVA, and df = (n − 1)(k − 1)."""
    wide = data("singular").pivot(index="participant", columns="condition", values="score").to_numpy()
    wide = wide + np.arange(24)[:, None] / 8
    long = pd.DataFrame(
        [(p, c, wide[p, j]) for p in range(24) for j, c in enumerate("abc")],
        columns=["participant", "condition", "score"],
    )
    (found,) = condition_contrasts(mixed_model(long, "score ~ condition"), "condition", [("b", "a")])
    residual = wide - wide.mean(axis=0) - wide.mean(axis=1, keepdims=True) + wide.mean()
    within = (residual**2).sum() / 46
    assert found.df == near(46, rel=1e-9)
    assert found.se == near(np.sqrt(2 * within / 24), rel=1e-9)
    between = (3 * wide.mean(axis=1).var(ddof=1) - within) / 3
    assert found.standardised == near(found.difference / np.sqrt(between + within), rel=1e-9)
    assert found.standardised_low < found.standardised < found.standardised_high
    assert found.denominator.startswith("d_total") and "delta" in found.denominator


@pytest.mark.parametrize(("people", "levels"), [(2, 2), (2, 3), (3, 2), (3, 3), (5, 2), (5, 3), (4, 5), (9, 4)])
@pytest.mark.parametrize("ddf", ["Kenward-Roger", "Satterthwaite"])
def test_small_balanced_designs_are_the_analysis_of_variance(people: int, levels: int, ddf: Any) -> None:
    """Where people differ more than chance, F, df and p are those of the repeated-measures ANOVA, down to 1 df."""
    rng = np.random.default_rng(people * 10 + levels)
    rows = [(p, f"c{c}", 9.0 * p + c * rng.normal(1, 0.2) + rng.normal()) for p in range(people) for c in range(levels)]
    frame = pd.DataFrame(rows, columns=["participant", "condition", "score"])
    (ours,) = term_tests(mixed_model(frame, "score ~ condition", ddf=ddf))
    (theirs,) = anova(frame, "score", ["condition"]).effects
    assert (ours.f, ours.df1, ours.df2, ours.p) == near((theirs.f, theirs.df1, theirs.df2, theirs.p), rel=1e-6)


# --- what must not change anything ---------------------------------------------------------------


def answers(frame: pd.DataFrame, pair: tuple[str, str] = ("active", "passive")) -> Any:
    return condition_contrasts(mixed_model(frame, "score ~ condition + C(block)"), "condition", [pair])[0]


NUMBERS = (
    "difference",
    "se",
    "low",
    "high",
    "value",
    "df",
    "p",
    "standardised",
    "standardised_low",
    "standardised_high",
)


def numbers(found: Any) -> tuple[float, ...]:
    return tuple(getattr(found, name) for name in NUMBERS)


def test_names_and_the_order_of_rows_do_not_matter() -> None:
    frame = data("missing")
    renamed = frame.assign(participant=frame["participant"].map(lambda name: hash(("salt", name))))
    mixed_up = frame.sample(frac=1, random_state=4)
    nullable = frame.convert_dtypes()
    for other in (renamed, mixed_up, nullable):
        assert numbers(answers(other)) == near(numbers(answers(frame)), rel=1e-7)


def test_shifting_and_scaling_the_outcome() -> None:
    frame = data("missing")
    there = answers(frame)
    shifted = answers(frame.assign(score=frame["score"] * 60 + 1e4))
    for name in NUMBERS:
        factor = 60 if name in ("difference", "se", "low", "high") else 1
        assert getattr(shifted, name) == near(getattr(there, name) * factor, rel=1e-7), name


def test_the_other_way_round_turns_the_signs() -> None:
    there, back = answers(data("missing")), answers(data("missing"), ("passive", "active"))
    assert (there.difference, there.value, there.low) == near((-back.difference, -back.value, -back.high))
    assert (there.p, there.df, there.standardised_low) == near((back.p, back.df, -back.standardised_high))


def test_tests_of_terms_do_not_depend_on_the_reference_level() -> None:
    frame = data("phases")
    turned = frame.assign(condition=pd.Categorical(frame["condition"], ["passive", "active", "baseline"]))
    formula = "item ~ condition * phase * group"
    for one, other in zip(
        term_tests(mixed_model(frame, formula)), term_tests(mixed_model(turned, formula)), strict=True
    ):
        assert (one.f, one.df2, one.p) == near((other.f, other.df2, other.p), rel=1e-6)


def test_who_informs_a_contrast_is_counted() -> None:
    """P003, P010 and P017 lack their third condition, P011 the last two, P022 the first; 24 people in all."""
    frame = data("missing")
    here = frame.groupby("participant")["condition"].agg(set)
    either = sum(bool(found & {"active", "passive"}) for found in here)
    both = sum({"active", "passive"} <= found for found in here)
    found = answers(frame)
    assert found.n == either
    assert found.note == f"{both} of {either} participants have both"
    assert answers(data("demo")).note == ""


# --- what is not there -------------------------------------------------------------------------


def test_a_singular_fit_says_so_and_keeps_its_degrees() -> None:
    fit = mixed_model(data("singular"), "score ~ condition + C(block)")
    assert fit.singular and fit.converged
    assert (fit.between[0, 0], fit.icc) == (0, 0)
    (found,) = condition_contrasts(fit, "condition", [("active", "passive")])
    assert found.df == near(44, rel=1e-6)  # Satterthwaite would count all 67 residual degrees


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f[f["participant"] == "P001"], "at least 2 participants"),
        (lambda f: f.iloc[:0], "at least 2 participants"),
        (lambda f: f.assign(score=4), "there is nothing to explain"),
        (lambda f: f[f["condition"] == "active"], "'condition' has only one value"),
        (lambda f: f[f["block"] == 1].assign(block=range(24)), "asks for 26 coefficients"),
        (lambda f: f.drop(columns="score"), "no column 'score'"),
        (lambda f: pd.concat([f, f.iloc[:1]]), "More than one row for participant P001, condition active"),
    ],
)
def test_what_cannot_be_fitted_is_refused(change: Any, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        mixed_model(change(data("demo")), "score ~ condition + C(block)", once_per=["condition"])


def test_one_row_each_names_the_way_out() -> None:
    with pytest.raises(NotEstimable, match=r"one row.*linear_model\(\)"):
        mixed_model(data("one_each"), "score ~ condition")


def test_a_slope_needs_repetition_and_its_mean() -> None:
    with pytest.raises(NotEstimable, match="72 random effects from 72 rows"):
        mixed_model(data("demo"), "item ~ condition", slope="condition")
    with pytest.raises(NotEstimable, match="put it into"):
        mixed_model(data("trials"), "score ~ condition", slope="practice")


def test_a_model_that_repeats_the_data_is_refused() -> None:
    frame = data("demo")
    exact = frame.assign(score=frame["participant"].str[1:].astype(int) + frame["condition"].str.len())
    with pytest.raises(NotEstimable, match="repeat every value exactly"):
        mixed_model(exact, "score ~ condition")


def test_what_a_contrast_cannot_name() -> None:
    fit = mixed_model(data("demo"), "score ~ condition + need")
    for pair, said in ((("active", "z"), "no level 'z'"), (("active", "active"), "with itself")):
        with pytest.raises(NotEstimable, match=said):
            condition_contrasts(fit, "condition", [pair])
    with pytest.raises(NotEstimable, match="'need' is not a factor"):
        marginal_means(fit, "need")
    with pytest.raises(NotEstimable, match="not in the model"):
        marginal_means(fit, "condition", at={"age": 3})
    with pytest.raises(NotEstimable, match="no level 'z'"):
        marginal_means(mixed_model(data("demo"), "score ~ condition + group"), "condition", at={"group": "z"})
    with pytest.raises(NotEstimable, match="intercept"):
        term_tests(mixed_model(data("demo"), "score ~ 0 + condition"))
