"""What made-up values look like: on their scale, and exactly as far apart as was planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.power.assumptions import Assumptions
from analysis.power.values import Amount, Rating
from study.errors import AtelierError

PLAIN = Assumptions()
RATINGS = st.builds(
    lambda low, span, points: Rating(low, low + span, tuple(points), PLAIN),
    st.sampled_from([0.0, 1.0, -3.0]),
    st.sampled_from([1.0, 4.0, 6.0, 100.0]),
    st.lists(st.sampled_from([2, 5, 7, 21, 101]), min_size=1, max_size=6),
)


@given(RATINGS, st.floats(-0.6, 0.6))
def test_a_difference_and_its_location_are_inverse(rating: Rating, share: float) -> None:
    wanted = share * (rating.high - rating.low)
    assert rating.difference(rating.location(wanted)) == pytest.approx(wanted, abs=1e-9 * (rating.high - rating.low))
    assert rating.location(-wanted) == pytest.approx(-rating.location(wanted))


@pytest.mark.parametrize("points", [(7,), (5, 5, 5), (2,) * 4, (101,)])
def test_ratings_are_on_their_scale_with_the_planted_means_and_the_assumed_spread(points: tuple[int, ...]) -> None:
    rating, people = Rating(1, 7, points, PLAIN), 40_000
    who = np.repeat(np.arange(people), 2)
    half = rating.location(1.0) / 2
    at = np.tile([half, -half], people)
    values = rating.draw(at, np.zeros(len(at)), who, np.random.default_rng(1)).reshape(people, 2)
    steps = len(points) * (points[0] - 1) / 6
    assert np.allclose((values - 1) * steps, np.rint((values - 1) * steps), atol=1e-6)
    assert values.min() >= 1 and values.max() <= 7
    differences = values[:, 0] - values[:, 1]
    assert differences.mean() == pytest.approx(1.0, abs=5 * differences.std() / people**0.5)
    if points[0] > 2:  # a yes or no has no spread of its own, only chances
        assert differences.std() == pytest.approx(rating.sd(within=True), rel=0.06)
        assert values[:, 0].std() == pytest.approx(rating.sd(within=False), rel=0.06)


def test_half_of_the_variance_lies_between_people_and_items_of_a_scale_go_together() -> None:
    rating, people = Rating(0, 100, (101,) * 4, PLAIN), 40_000
    who = np.repeat(np.arange(people), 2)
    values = rating.draw(np.zeros(2 * people), np.zeros(2 * people), who, np.random.default_rng(2)).reshape(people, 2)
    assert np.corrcoef(values.T)[0, 1] == pytest.approx(PLAIN.icc, abs=0.03)
    one = Rating(0, 100, (101,), PLAIN)
    alone = one.draw(np.zeros(people), np.zeros(people), np.arange(people), np.random.default_rng(3))
    assert values[:, 0].std() / alone.std() == pytest.approx(((1 + 3 * 0.5) / 4) ** 0.5, abs=0.02)


@pytest.mark.parametrize("whole", [True, False])
def test_amounts_have_the_planted_means_and_the_assumed_variation(whole: bool) -> None:
    amount, people = Amount(100, whole, PLAIN), 60_000
    who = np.repeat(np.arange(people), 2)
    values = amount.draw(np.tile([15.0, -15.0], people), np.zeros(2 * people), who, np.random.default_rng(4))
    pairs = values.reshape(people, 2)
    assert (pairs >= 0).all() and (not whole or (pairs == np.rint(pairs)).all())
    assert pairs.mean(axis=0) == pytest.approx([115, 85], rel=0.02)
    variation = pairs[:, 0].std() / pairs[:, 0].mean()
    assert variation == pytest.approx((1.25**2 - 1 + (1 / 115 if whole else 0)) ** 0.5, rel=0.04)


def test_later_periods_are_higher_where_that_is_assumed() -> None:
    practised = Assumptions(order_effect=0.05)
    later = np.tile([0.0, 1.0, 2.0], 20_000)
    for kind, step in ((Rating(0, 100, (101,), practised), 5.0), (Amount(100, False, practised), 5.0)):
        values = kind.draw(np.zeros(60_000), later, np.repeat(np.arange(20_000), 3), np.random.default_rng(5))
        assert np.diff(values.reshape(-1, 3).mean(axis=0)) == pytest.approx([step, step], abs=1.0)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(AtelierError, match="does not fit on a scale from 1 to 7"):
        Rating(1, 7, (7,), PLAIN).location(6.5)
    with pytest.raises(AtelierError, match="more than a mean of 5 allows"):
        Amount(5, True, PLAIN).location(10)
    with pytest.raises(AtelierError, match="missing is a share"):
        Assumptions(missing=1.2)
    with pytest.raises(AtelierError, match="residual_sd has to be above 0"):
        Assumptions(residual_sd=0)
