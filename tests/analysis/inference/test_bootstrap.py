"""BCa: against R to the noise of drawing, exactly repeatable, and what it says where it has no interval."""

import numpy as np
import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference

from analysis.inference.bootstrap import bootstrap
from analysis.inference.estimate import NotEstimable
from analysis.inference.samples import pair

pytestmark = pytest.mark.filterwarnings("error")

RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")
SOME = np.array([0.0, 1, 1, 2, 3, 5, 8, 9])


def dz(differences: np.ndarray) -> float:
    return float(differences.mean() / differences.std(ddof=1))


def test_it_is_rs_to_the_noise_of_drawing() -> None:
    """Of 50,000 resamples in R and 20,000 here, an end is uncertain by about 0.01; the acceleration is exact."""
    theirs = reference("ranks")["bca"]
    given = pair(RATINGS, "score", "condition", "participant", "active", "baseline")
    found = bootstrap(given.differences, lambda x: float(x.mean()), seed=3, resamples=20_000)
    assert found.acceleration == pytest.approx(theirs["acceleration"], rel=1e-8)
    ours = (found.low, found.high, found.percentile_low, found.percentile_high)
    names = ("low", "high", "percentile_low", "percentile_high")
    assert ours == pytest.approx(tuple(theirs[k] for k in names), abs=0.03)


@needs_oracle
def test_the_shared_answers_on_sleep() -> None:
    case = oracle("10_paired")["sleep.bca"]
    theirs, near = case["expected"], case["tol"]
    sleep = pair(oracle_data("sleep.csv"), "extra", "condition", "participant", "drug1", "drug2").differences
    found = bootstrap(sleep, lambda x: float(x.mean()), seed=1, resamples=20_000)
    assert found.acceleration == pytest.approx(theirs["accel_jack"], rel=1e-8)
    ours = (found.low, found.high, found.percentile_low, found.percentile_high)
    assert ours == pytest.approx(tuple(theirs[k] for k in ("bca_low", "bca_high", "perc_low", "perc_high")), **near)
    found = bootstrap(sleep, dz, seed=1, resamples=20_000)
    assert (found.low, found.high) == pytest.approx((theirs["dz_bca_low"], theirs["dz_bca_high"]), **near)


def test_a_seed_repeats_it_and_another_does_not() -> None:
    one, again, other = (bootstrap(SOME, lambda x: float(x.mean()), seed, 500) for seed in (7, 7, 8))
    assert one == again and one.low != other.low


def test_scaling_and_shifting_move_the_interval_along() -> None:
    def mean(x: np.ndarray) -> float:
        return float(x.mean())

    plain, moved = bootstrap(SOME, mean, 2, 800), bootstrap(10 * SOME + 3, mean, 2, 800)
    assert (moved.low, moved.high) == pytest.approx((10 * plain.low + 3, 10 * plain.high + 3))
    assert (moved.bias, moved.acceleration) == pytest.approx((plain.bias, plain.acceleration))


def test_who_is_drawn_is_drawn_whole() -> None:
    """Rows hold both values of a participant: their difference is 1 in every resample."""
    rows = np.column_stack([SOME + 1, SOME])
    found = bootstrap(rows, lambda x: float((x[:, 0] - x[:, 1]).mean()), 1, 200)
    assert (found.low, found.point, found.high, found.n) == (1, 1, 1, 8)


def test_constant_data_give_the_point_and_say_so() -> None:
    found = bootstrap([0.1 + 0.2] * 6, lambda x: float(x.mean()), 1, 200)
    assert found.low == found.high == found.percentile_low == found.point == pytest.approx(0.3)
    assert "the interval is that one point" in found.note


def test_with_few_resamples_the_acceleration_is_the_jackknifes() -> None:
    """For a mean both are the third moment over 6 times the second to 3/2, of the deviations."""
    away = SOME - SOME.mean()
    exact = (away**3).sum() / (6 * (away**2).sum() ** 1.5)
    many = np.repeat(SOME, 20)
    few, enough = (bootstrap(rows, lambda x: float(x.mean()), 1, 400) for rows in (many, SOME))
    assert enough.acceleration == pytest.approx(exact, rel=1e-8)
    assert few.acceleration == pytest.approx(exact / np.sqrt(20), rel=1e-8)


def test_resamples_without_a_value_are_counted() -> None:
    """Of two rows, half the resamples draw one of them twice: no SD, no dz."""
    found = bootstrap([1.0, 2.0, 4.0], lambda x: dz(x) if np.ptp(x) else float("nan"), 1, 900)
    assert found.undefined == pytest.approx(900 / 9, abs=40)
    assert found.low <= found.high


def test_a_point_beyond_all_resamples_has_a_percentile_interval_only() -> None:
    """No resample has as many different values as the data."""
    found = bootstrap(np.arange(20.0), lambda x: float(len(np.unique(x))), 1, 400)
    assert found.note == "BCa's corrections do not exist here: use the percentile interval"
    assert np.isnan(found.low) and found.percentile_low < found.percentile_high < found.point


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(NotEstimable, match=r"1 participant\(s\) to draw from"):
        bootstrap([1.0], lambda x: float(x.mean()), 1)
    with pytest.raises(NotEstimable, match="20 resamples are too few"):
        bootstrap(SOME, lambda x: float(x.mean()), 1, 20)
    with pytest.raises(NotEstimable, match="has no value on these data"):
        bootstrap(SOME, lambda x: float("nan"), 1, 200)
