"""Times to an event: against R (survival), against numbers worked out by hand, and where the data allow none."""

from math import inf, isinf, isnan

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinal_reference import ANSWERS, errors, numbers, study

from analysis.inference.cox import cox_clustered, cox_stratified
from analysis.inference.estimate import NotEstimable
from analysis.inference.survival import kaplan_meier, medians, restricted_mean_differences, restricted_means
from analysis.inference.wald import wald_contrasts

pytestmark = pytest.mark.filterwarnings("error")
same = pytest.approx
NAMES = ("seconds", "accepted", "condition", "participant")


def made(**conditions: list[tuple[float, int]]) -> pd.DataFrame:
    rows = [
        (f"P{number}", name, seconds, accepted)
        for name, times in conditions.items()
        for number, (seconds, accepted) in enumerate(times)
    ]
    return pd.DataFrame(rows, columns=["participant", "condition", "seconds", "accepted"])


# --- as R has them -----------------------------------------------------------------------------


def test_medians_and_curves_as_r_has_them() -> None:
    """survival 3.5-3: survfit(Surv(seconds, accepted) ~ condition, conf.type = "log-log")."""
    curves = kaplan_meier(study("acceptances"), *NAMES)
    for one in medians(curves):
        r = ANSWERS["acceptances.km"][one.condition]
        assert (one.n, one.events, one.median, one.low) == same((r["n"], r["events"], r["median"], r["low"]))
        assert one.high == (inf if r["high"] is None else same(r["high"]))
        at = curves[one.condition].table().query("times <= 300").iloc[-1]
        assert (at["survival"], at["low"], at["high"]) == same((r["s300"], r["s300_low"], r["s300_high"]), rel=1e-9)


def test_restricted_means_as_r_has_them() -> None:
    """survival 3.5-3: summary(survfit(...), rmean = 900)."""
    for one in restricted_means(study("acceptances"), *NAMES, horizon=900):
        r = ANSWERS["acceptances.km"][one.condition]
        assert (one.mean, one.se) == same((r["rmst"], r["rmst_se"]), rel=1e-9)
        assert one.low < one.mean < one.high and one.horizon == 900


def test_difference_of_restricted_means_as_r_has_it() -> None:
    """survival 3.5-3: survfit(..., influence = 1), integrated to 900 s and summed within participants."""
    r, frame = ANSWERS["acceptances.rmst"], study("acceptances")
    pairs = [("active", "baseline"), ("baseline", "active")]
    there, back = restricted_mean_differences(frame, *NAMES, horizon=900, pairs=pairs)
    assert (there.difference, there.se, there.n) == same((r["est"], r["se"], 24), rel=1e-9)
    assert (back.difference, back.low, back.p) == same((-there.difference, -there.high, there.p))


def test_cox_stratified_as_r_has_it() -> None:
    """survival 3.5-3: coxph(Surv(seconds, accepted) ~ condition + strata(participant), ties = "efron")."""
    found, r = (
        cox_stratified(study("acceptances"), "seconds ~ condition", "accepted", "participant"),
        ANSWERS["acceptances.cox.strata"],
    )
    assert found.converged
    assert list(found.values) == same(numbers(r["est"]), rel=1e-7)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-7)
    assert found.log_likelihood == same(r["loglik"], rel=1e-10)
    (one,) = wald_contrasts(found.coefficients(), "condition", [("active", "baseline")])
    assert (one.difference, one.scale) == (same(r["est"]["conditionactive"], rel=1e-7), "log hazard")
    assert one.note == "24 of 24 participants inform the estimate"


def test_cox_clustered_as_r_has_it() -> None:
    """survival 3.5-3: coxph(Surv(seconds, accepted) ~ condition + block, cluster = participant, ties = "efron")."""
    found, r = (
        cox_clustered(study("acceptances"), "seconds ~ condition + block", "accepted", "participant"),
        ANSWERS["acceptances.cox.cluster"],
    )
    assert list(found.values) == same(numbers(r["est"]), rel=1e-8)
    assert errors(found.covariance) == same(numbers(r["se"]), rel=1e-8)
    assert errors(found.covariance) != same(numbers(r["naive"]), rel=1e-2)
    assert found.log_likelihood == same(r["loglik"], rel=1e-10)


# --- by hand -----------------------------------------------------------------------------------


def test_a_curve_that_rests_at_one_half_has_its_median_in_the_middle() -> None:
    """R: quantile(survfit(Surv(c(10, 20, 30, 40)) ~ 1), .5) is 25; other programs say 20 or 30."""
    curves = kaplan_meier(made(a=[(10, 1), (20, 1), (30, 1), (40, 1)]), *NAMES)
    (one,) = medians(curves)
    assert one.median == 25 == ANSWERS["median.midpoint"]["median"]
    assert list(curves["a"].survival) == same([0.75, 0.5, 0.25, 0])
    assert isnan(curves["a"].low[-1])


def test_a_censored_time_leaves_the_risk_set() -> None:
    """Three at risk at 10 (2/3 left); one is cut off at 15; one of one at 30. The area to 20: 10 + 10 × 2/3."""
    frame = made(a=[(10, 1), (15, 0), (30, 1)])
    curve = kaplan_meier(frame, *NAMES)["a"]
    assert list(curve.at_risk) == [3, 1] and list(curve.survival) == same([2 / 3, 0])
    (mean,) = restricted_means(frame, *NAMES, horizon=20)
    assert mean.mean == same(10 + 20 / 3)


def test_a_median_that_was_not_reached_is_infinite() -> None:
    (one,) = medians(kaplan_meier(made(a=[(10, 1), (60, 0), (60, 0)]), *NAMES))
    assert isinf(one.median) and isinf(one.high)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=3, max_size=20), st.floats(0.5, 20))
def test_without_censoring_it_is_the_share_and_the_mean(times: list[int], scale: float) -> None:
    frame = made(a=[(t * scale, 1) for t in times])
    curve = kaplan_meier(frame, *NAMES)["a"]
    shares = [sum(t * scale > at for t in times) / len(times) for at in curve.times]
    assert list(curve.survival) == same(shares, abs=1e-12)
    (mean,) = restricted_means(frame, *NAMES, horizon=100 * scale)
    assert mean.mean == same(sum(times) / len(times) * scale)
    spread = pd.Series(times).std(ddof=0) / len(times) ** 0.5 * scale
    assert mean.se == same(spread, abs=1e-9)


# --- what must not matter ----------------------------------------------------------------------


def test_order_names_and_the_unit_of_time_do_not_matter_to_hazards() -> None:
    frame = study("acceptances")
    other = frame.sample(frac=1, random_state=2).assign(
        participant=lambda f: "X" + f["participant"].str[::-1], seconds=lambda f: f["seconds"] / 60
    )
    for fit in (cox_stratified, cox_clustered):
        one, two = (fit(rows, "seconds ~ condition", "accepted", "participant") for rows in (frame, other))
        assert list(two.values) == same(list(one.values), rel=1e-7)
        assert errors(two.covariance) == same(errors(one.covariance), rel=1e-7)


def test_nullable_columns_of_pandas_are_read() -> None:
    frame = study("acceptances")
    nullable = frame.astype({"condition": str}).convert_dtypes()
    assert sorted(medians(kaplan_meier(nullable, *NAMES)), key=str) == sorted(
        medians(kaplan_meier(frame, *NAMES)), key=str
    )
    found = cox_clustered(nullable, "seconds ~ condition", "accepted", "participant")
    assert found.converged


# --- what cannot be estimated ------------------------------------------------------------------

TWO = [(10.0, 1), (20.0, 1), (30.0, 0)]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (made(a=TWO, b=[(30, 0), (30, 0), (30, 0)]), "In condition 'b' all 3 times are censored"),
        (pd.concat([made(a=TWO), made(a=TWO)]), "P0 has more than one time in condition 'a'"),
        (made(a=[(10, 1)]), "at least 2 participants"),
        (made(a=TWO)[:0], "at least 2 participants"),
        (made(a=[(-1, 1), (2, 1)]), "times from 0 on"),
        (made(a=[(1, 2), (2, 1)]), "must be 1 .* or 0"),
        (made(a=TWO).drop(columns="seconds"), "no column 'seconds'"),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_name(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        kaplan_meier(frame, *NAMES)


def test_a_horizon_beyond_the_last_time_is_refused() -> None:
    with pytest.raises(NotEstimable, match="nobody was followed up to 40; the longest time is 30"):
        restricted_means(made(a=TWO), *NAMES, horizon=40)
    with pytest.raises(NotEstimable, match="Nobody has a time in condition 'z'"):
        restricted_mean_differences(made(a=TWO), *NAMES, horizon=20, pairs=[("a", "z")])


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (made(a=[(9, 0), (8, 0)], b=[(7, 0), (6, 0)]), "times are censored"),
        (made(a=TWO), "'condition' has only one value"),
        (made(a=[(1, 1), (2, 1), (3, 1)], b=[(8, 1), (9, 1), (7, 1)]), "separates 'the times'"),
        (made(a=[(5, 1), (5, 1)], b=[(-5, 1), (7, 1)]), "must not be negative"),
    ],
)
def test_hazards_that_cannot_be_compared(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        cox_clustered(frame, "seconds ~ condition", "accepted", "participant")


def test_strata_of_one_row_tell_nothing() -> None:
    frame = made(a=TWO, b=[(12, 1), (8, 1), (20, 1)]).assign(participant=list("abcdef"))
    with pytest.raises(NotEstimable, match="nothing can be compared"):
        cox_stratified(frame, "seconds ~ condition", "accepted", "participant")


def test_means_before_anything_happened_cannot_be_compared() -> None:
    late = [(5.0, 1), (6.0, 1), (7.0, 0)]
    with pytest.raises(NotEstimable, match="Up to 3 all times in 'a' and 'b' come out alike"):
        restricted_mean_differences(made(a=late, b=late), *NAMES, horizon=3, pairs=[("a", "b")])
