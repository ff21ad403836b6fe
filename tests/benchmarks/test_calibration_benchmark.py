"""What the benchmark of calibration counts, on examples small enough to check by hand."""

import pytest

from benchmarks import calibration
from benchmarks.calibration import Judged
from benchmarks.chance import generator
from benchmarks.people import DEMO
from memory.offline_answers import HEDGES

TASK = DEMO.task("weekend_trip")
PROFILE = {
    "budget": "low",
    "setting": "water",
    "pace": "active",
    "travel": "train",
    "company": "kids",
    "weather": "outdoor",
}


def test_the_brier_score_is_the_mean_squared_difference() -> None:
    assert calibration.brier([1.0, 0.5, 0.0], [True, True, True]) == pytest.approx((0 + 0.25 + 1) / 3)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Budget: prefers low (“cheap”)", True),
        ("Budget: prefers high (“luxury”)", False),
        ("Budget: does not want high (“luxury”)", True),
        ("Budget: does not want low (“cheap”)", False),
        ("Indoors or outdoors: prefers outdoor (“outside”)", True),
        ("Prefers cheap trips to the city", False),
        ("Is a nice person", False),
    ],
)
def test_a_belief_is_right_when_all_that_it_says_is_true(text: str, right: bool) -> None:
    assert calibration.is_right(text, TASK, PROFILE) is right


def test_the_curve_counts_each_belief_in_one_bin() -> None:
    beliefs = [
        Judged(0.4, True, True),
        Judged(0.3, False, True),
        Judged(0.8, True, False),
        Judged(1.0, True, True),
        Judged(0.0, False, False),
    ]
    rows = {name: values for name, *values in calibration.reliability(beliefs)}
    assert rows["0.2–0.4"] == [2, pytest.approx(0.35), 0.5, 1.0]
    assert rows["0.6–0.8"] == [1, 0.8, 1.0, 0.0] and rows["0.8–1.0"] == [1, 1.0, 1.0, 1.0]
    assert rows["0.0–0.2"][0] == 1 and sum(values[0] for values in rows.values()) == len(beliefs)


def test_people_say_what_is_true_of_them_at_the_stated_rates() -> None:
    random, true = generator(1, 1), {True: [], False: []}  # type: dict[bool, list[bool]]
    for _ in range(2_000):
        said = calibration.statement(random, TASK, PROFILE)
        hedged = bool(HEDGES.search(said))
        true[hedged].append(calibration.is_right(said, TASK, PROFILE))
    assert 0.25 < len(true[True]) / 2_000 < 0.35, "every hedge that people use here is known to the rule"
    assert sum(true[False]) / len(true[False]) > 0.9 and 0.55 < sum(true[True]) / len(true[True]) < 0.75


def test_the_report_says_what_was_found() -> None:
    text = calibration.report([[Judged(0.8, True, True), Judged(0.4, False, True)], []])
    assert "| beliefs held in the end | 2 |" in text and "| Brier score | 0.100 | by the true profile |" in text
