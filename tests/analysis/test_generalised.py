"""Mixed models of yes or no and of counts: against R (lme4, glmmTMB, geepack, stats), and where the data allow none."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from ordinal_reference import ANSWERS, errors, numbers, study
from scipy.optimize import approx_fprime

from analysis.inference.estimate import NotEstimable
from analysis.inference.gee import gee
from analysis.inference.generalised import GeneralisedFit, dispersion, drop_generalised, generalised
from analysis.inference.generalised_rows import Bernoulli, NegativeBinomial, Poisson
from analysis.inference.random_intercept import RandomIntercept
from analysis.inference.risk_difference import risk_differences, risks
from analysis.inference.wald import wald_contrasts

pytestmark = pytest.mark.filterwarnings("error")
same = pytest.approx
OUTCOME = {"logistic": "accepted", "poisson": "turns", "negative binomial": "edits"}
BOTH = ["trials", "trials_gaps"]


def fit(name: str, family: Any, quadrature: int = 10) -> GeneralisedFit:
    return generalised(study(name), f"{OUTCOME[family]} ~ condition + block", "participant", family, quadrature)


# --- as R has them -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("family", ["logistic", "poisson"])
@pytest.mark.parametrize("nodes", [1, 10])
def test_mixed_models_as_lme4_has_them(name: str, family: str, nodes: int) -> None:
    """lme4 1.1-31: glmer(nAGQ = 1 and 10); its covariance comes from differences of the deviance, hence 1e-5."""
    found, r = fit(name, family, nodes), ANSWERS[f"{name}.{family}{nodes}"]
    assert found.converged and not found.singular
    assert list(found.values) == same(numbers(r["est"]), rel=5e-6, abs=2e-6)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-5)
    assert found.random_sd == same(r["sd"], rel=2e-6)
    if family == "logistic":  # glmer's likelihood of counts leaves out a constant when there is more than one node
        assert found.log_likelihood == same(r["loglik"], abs=1e-8)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    ("family", "theirs"), [("logistic", "binomial"), ("poisson", "poisson"), ("negative binomial", "nbinom2")]
)
def test_laplace_as_glmmtmb_has_it(name: str, family: str, theirs: str) -> None:
    """glmmTMB 1.1.5, whose likelihood and derivatives are exact; its optimiser stops within 1e-6 or so."""
    found, r = fit(name, family, 1), ANSWERS[f"{name}.tmb.{theirs}"]
    assert found.log_likelihood == same(r["loglik"], abs=1e-8)
    assert list(found.values) == same(numbers(r["est"]), rel=1e-5, abs=5e-6)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-5)
    assert found.random_sd == same(r["sd"], rel=1e-5)
    if family == "negative binomial":
        assert found.size == same(r["size"], rel=1e-5)


def test_ten_nodes_are_as_good_as_the_integral() -> None:
    """R 4.2.2: stats::integrate for each participant, numDeriv::hessian (2016.8-1.1)."""
    found, r = fit("trials", "logistic"), ANSWERS["trials.logistic.integrated"]
    assert [*found.values, found.random_sd] == same(numbers(r["est"]), rel=1e-5)
    assert errors(found.full_covariance) == same(numbers(r["se"]), rel=1e-5)
    assert found.log_likelihood == same(r["loglik"], abs=1e-6)


def test_negative_binomial_as_the_integral_has_it() -> None:
    """No package of R has more than Laplace for it, so the reference is stats::integrate; 20 nodes."""
    found, r = fit("trials", "negative binomial", 20), ANSWERS["trials.negbin.integrated"]
    assert [*found.values, found.random_sd, np.log(found.size)] == same(numbers(r["est"]), rel=1e-5)
    *effects, size, sd = errors(found.full_covariance)
    assert [*effects, sd, size] == same(numbers(r["se"]), rel=1e-5)
    assert found.log_likelihood == same(r["loglik"], abs=1e-7)


def test_risks_and_their_difference() -> None:
    """R 4.2.2: stats::integrate over the levels, numDeriv::jacobian for the delta method."""
    found, r = fit("trials", "logistic"), ANSWERS["trials.logistic.integrated"]
    for name, value in r["risks"].items():
        assert risks(found, "condition", name) == same(value, rel=1e-5)
    one, two = risk_differences(found, "condition", [("active", "baseline"), ("active", "passive")])
    for made, case in ((one, "active_baseline"), (two, "active_passive")):
        assert (made.difference, made.se) == same((r[case]["est"], r[case]["se"]), rel=1e-5, abs=1e-7)
        assert made.scale == "raw" and -1 < made.low < made.difference < made.high < 1


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("family", "theirs"), [("logistic", "binomial"), ("poisson", "poisson")])
def test_gee_as_geepack_has_it(name: str, family: Any, theirs: str) -> None:
    """geepack 1.3.9: geeglm(corstr = "exchangeable")."""
    found = gee(study(name), f"{OUTCOME[family]} ~ condition + block", "participant", family)
    r = ANSWERS[f"{name}.gee.{theirs}"]
    assert found.converged and found.few
    assert list(found.values) == same(numbers(r["est"]), rel=1e-8)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-8)
    assert found.correlation == same(r["correlation"], rel=1e-8)


@pytest.mark.parametrize("name", BOTH)
def test_dispersion_of_counts(name: str) -> None:
    """lme4: sum(residuals(fit, "pearson")^2), df.residual(fit); and edits vary more than Poisson's do."""
    found, r = dispersion(fit(name, "poisson")), ANSWERS[f"{name}.poisson10"]
    assert (found.chi2, found.df) == same((r["pearson"], r["pearson_df"]), rel=1e-6)
    assert 0.7 < found.ratio < 1.2
    edits = generalised(study(name), "edits ~ condition + block", "participant", "poisson")
    assert dispersion(edits).ratio > 1.5 and dispersion(edits).p < 0.001


# --- no variance between participants ----------------------------------------------------------


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_without_variance_it_is_the_plain_regression_and_says_so(family: Any) -> None:
    """R 4.2.2: glm(); lme4's glmer finds an SD of 0 in these data too."""
    found, r = fit("trials_alike", family), ANSWERS[f"trials_alike.{family}"]
    assert r["glmer_sd"] < 1e-6
    assert found.singular and found.random_sd == 0
    assert list(found.values) == same(numbers(r["est"]), rel=1e-6, abs=1e-9)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-6)
    assert found.log_likelihood == same(r["loglik"], rel=1e-10)
    (one,) = wald_contrasts(found.coefficients(), "condition", [("active", "passive")])
    assert "singular" in one.note


def test_a_risk_difference_without_variance_says_so() -> None:
    (one,) = risk_differences(fit("trials_alike", "logistic"), "condition", [("active", "baseline")])
    assert "singular" in one.note and one.low < one.difference < one.high


def test_negative_binomial_without_variance() -> None:
    """MASS: glm.nb(edits ~ condition + block)."""
    found, r = fit("trials_alike", "negative binomial"), ANSWERS["trials_alike.negbin"]
    assert found.singular
    assert list(found.values) == same(numbers(r["est"]), rel=1e-5, abs=1e-7)
    assert (found.size, found.log_likelihood) == same((r["size"], r["loglik"]), rel=1e-6)


def test_a_negative_binomial_of_counts_like_poisson_is_refused_also_when_levels_explain_the_rest() -> None:
    """Beside levels of participants its size runs away, and the errors with it: they then hang on the order of the rows."""
    chance = np.random.default_rng(3)
    levels = np.repeat(chance.normal(2, 0.8, 40), 3)
    rows = pd.DataFrame({"participant": np.repeat(np.arange(40), 3).astype(str), "place": np.tile([0.0, 1.0, 2.0], 40)})
    with pytest.raises(NotEstimable, match="fit the Poisson model instead"):
        generalised(
            rows.assign(edits=chance.binomial(1000, np.exp(levels) / 1000)),
            "edits ~ place",
            "participant",
            "negative binomial",
        )


# --- what must not matter ----------------------------------------------------------------------


@pytest.mark.parametrize("family", ["logistic", "poisson", "negative binomial"])
def test_order_and_names_do_not_matter(family: Any) -> None:
    frame = study("trials_gaps")
    shuffled = frame.sample(frac=1, random_state=3).assign(participant=lambda f: "X" + f["participant"].str[::-1])
    formula = f"{OUTCOME[family]} ~ condition + block"
    one, other = (generalised(rows, formula, "participant", family) for rows in (frame, shuffled))
    assert list(other.values) == same(list(one.values), rel=1e-7, abs=1e-9)
    assert other.random_sd == same(one.random_sd, rel=1e-7)


def test_yes_for_no_turns_the_effects() -> None:
    frame = study("trials")
    one = generalised(frame, "accepted ~ condition", "participant", "logistic")
    other = generalised(frame.assign(accepted=1 - frame["accepted"]), "accepted ~ condition", "participant", "logistic")
    assert list(other.values) == same(list(-one.values), rel=1e-7)
    asked = [("active", "baseline")]
    (there,), (back,) = (risk_differences(made, "condition", asked) for made in (one, other))
    assert (back.difference, back.se) == same((-there.difference, there.se), rel=1e-6)


def test_dropping_a_term() -> None:
    found = fit("trials", "poisson")
    smaller = generalised(study("trials"), "turns ~ block", "participant", "poisson")
    dropped = drop_generalised(found, "condition")
    assert dropped.chi2 == same(2 * (found.log_likelihood - smaller.log_likelihood), rel=1e-8)
    assert dropped.df == 2


@pytest.mark.parametrize("rows", [Bernoulli, Poisson, NegativeBinomial])
@pytest.mark.parametrize("nodes", [1, 5])
def test_the_gradient_is_that_of_the_likelihood(rows: Any, nodes: int) -> None:
    chance = np.random.default_rng(3)
    groups, x = np.repeat(np.arange(6), 4), np.column_stack([np.ones(24), chance.normal(size=24)])
    y = chance.integers(0, 2 if rows is Bernoulli else 6, 24).astype(float)
    likelihood = RandomIntercept(rows(y, x), groups, nodes)
    at = np.array([0.3, -0.2, *([0.4] if rows is NegativeBinomial else []), 0.7])
    by_differences = approx_fprime(at, lambda parameters: likelihood(parameters)[0], 1e-6)
    assert list(likelihood(at)[1]) == same(list(by_differences), rel=1e-4, abs=1e-4)


# --- what cannot be fitted ---------------------------------------------------------------------


def small(**columns: Any) -> pd.DataFrame:
    rows = {"participant": list("aabbccdd"), "condition": ["x", "y"] * 4, "won": [0, 1, 1, 1, 0, 0, 1, 0]}
    return pd.DataFrame({**rows, **columns})


@pytest.mark.parametrize(
    ("frame", "family", "said"),
    [
        (small()[:2], "logistic", "at least 2 participants"),
        (small()[:0], "poisson", "at least 2 participants"),
        (small(won=1), "logistic", "Every value of 'won' is 1"),
        (small(condition="x"), "logistic", "only one value"),
        (small(won=[0, 2, 1, 1, 0, 0, 1, 0]), "logistic", "must be 0 or 1"),
        (small(won=[0, 2.5, 1, 1, 0, 0, 1, 0]), "poisson", "must be counts"),
        (small(won=[0, -2, 1, 1, 0, 0, 1, 0]), "negative binomial", "must be counts"),
        (small(won=[0, 1] * 4), "logistic", "separates.*log odds are infinite"),
        (small(won=[0, 1, 0, 3, 0, 2, 0, 1]), "poisson", "separates.*nothing was counted.*log rate is infinite"),
        (small(participant=list("abcdefgh")), "logistic", "one row"),
        (small(won=[3, 3, 3, 3, 3, 3, 3, 4]), "negative binomial", "no more than Poisson"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(frame: pd.DataFrame, family: Any, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        generalised(frame, "won ~ condition", "participant", family)


def test_refusals_of_gee_and_of_what_follows() -> None:
    with pytest.raises(NotEstimable, match="separates"):
        gee(small(won=[0, 1] * 4), "won ~ condition", "participant", "logistic")
    with pytest.raises(NotEstimable, match="one row"):
        gee(small(participant=list("abcdefgh")), "won ~ condition", "participant", "logistic")
    with pytest.raises(NotEstimable, match="0 or 1"):
        gee(small(won=[0, 2, 1, 1, 0, 0, 1, 0]), "won ~ condition", "participant", "logistic")
    with pytest.raises(NotEstimable, match="checked for a Poisson"):
        dispersion(fit("trials", "logistic"))
    with pytest.raises(NotEstimable, match="Risks are those of a logistic"):
        risk_differences(fit("trials", "poisson"), "condition", [("active", "passive")])


def test_where_only_rounding_is_left_of_a_negative_binomial_it_has_no_likelihood() -> None:
    """At a size of e^45 the likelihood came out as 0, above that of every size: a search ran there and called the counts Poisson."""
    counts = NegativeBinomial(np.array([3.0, 9.0, 1.0]), np.ones((3, 1)))
    assert np.isnan(counts.derivatives(np.array([1.0, 45.0]), 0.0).value).all()
    near, poisson = (counts.derivatives(np.array([1.0, size]), 0.0).value.sum() for size in (3.0, 20.0))
    assert poisson < near < 0
