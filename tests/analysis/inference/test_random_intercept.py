"""The level of each participant is found wherever it lies, and the likelihood with it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from analysis.inference.cumulative_logit import cumulative_logit
from analysis.inference.random_intercept import RandomIntercept

THRESHOLDS = (-4.05919345, -1.97778903, 0.09858004, 2.35218762, 4.36269772)
EFFECTS = (0.5170403, -0.05747426, 0.35380381)


def _likelihood(answers: np.ndarray, sigma: float, nodes: int) -> tuple[RandomIntercept, np.ndarray]:
    """Participants with three answers each, in three conditions."""
    x = np.tile(np.eye(3), (len(answers), 1))
    rows = cumulative_logit(answers.ravel(), x, cuts=len(THRESHOLDS))
    made = RandomIntercept(rows, np.repeat(np.arange(len(answers)), 3), nodes)
    return made, np.array([*THRESHOLDS, *EFFECTS, sigma])


def _integrated(answers: np.ndarray, sigma: float) -> float:
    """The same by the trapezoid rule on a fine grid."""
    level = np.linspace(-12, 12, 40_001)
    edges = np.array([-np.inf, *THRESHOLDS, np.inf])
    total = 0.0
    for person in answers:
        density = np.exp(-(level**2) / 2) / np.sqrt(2 * np.pi)
        for answer, shift in zip(person, EFFECTS, strict=True):
            above, below = edges[answer + 1] - shift - sigma * level, edges[answer] - shift - sigma * level
            density *= expit(above) - expit(below)
        total += float(np.log(np.trapezoid(density, level)))
    return total


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=6), st.floats(0.1, 6))
def test_every_level_is_where_the_slope_is_zero(people: list[tuple[int, int, int]], sigma: float) -> None:
    made, at = _likelihood(np.array(people), sigma, 10)
    levels = made.levels(at)
    found = made.rows.derivatives(at[:-1], sigma * levels[made.groups])
    slopes = sigma * np.add.reduceat(found.first, np.arange(0, len(made.groups), 3)) - levels
    assert np.abs(slopes).max() < 1e-6


def test_somebody_who_always_gives_the_highest_answer() -> None:
    """Newton alone jumps from side to side here: the slope is nearly straight on both and steep in between."""
    answers = np.array([[5, 5, 5], [0, 0, 0], [2, 3, 2]])
    made, at = _likelihood(answers, 2.120094, 40)
    value, gradient = made(at)
    assert abs(value - _integrated(answers, 2.120094)) < 1e-8
    turned = [(made(at + step)[0] - made(at - step)[0]) / 2e-6 for step in np.eye(len(at)) * 1e-6]
    assert np.allclose(gradient, turned, atol=1e-6)
