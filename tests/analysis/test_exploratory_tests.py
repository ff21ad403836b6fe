"""What nobody planned is tested, corrected together, and says why where it cannot be tested."""

import numpy as np
import pandas as pd
import pytest
from reference.handover_data import handed_over

from analysis.exploratory_tests import (
    COLUMNS,
    corrected_together,
    event_tests,
    following,
    moderator_tests,
    order_tests,
    ranking_tests,
    sequence_tests,
)
from analysis.inference.crossover import crossover
from analysis.inference.multiplicity import benjamini_hochberg

ROWS = handed_over("within").chosen.rows
PAIRS = [("active", "passive"), ("active", "baseline")]


def test_order_tests_are_those_of_the_crossover_model() -> None:
    found = order_tests(ROWS, ["control"], PAIRS)
    rows = ROWS[ROWS["measure"] == "control"].dropna(subset=["value"])
    model = crossover(rows, "value", PAIRS)
    assert list(found.columns) == list(COLUMNS)
    assert found["p"].tolist() == pytest.approx([t.p for t in (model.period, model.sequence, model.carry_over) if t])


def test_a_trait_of_people_moderates_each_measure() -> None:
    found = moderator_tests(ROWS, ["control", "comfort"], ["trait"], PAIRS)
    assert found["what"].tolist() == ["condition × trait"] * 2
    assert found["p"].between(0, 1).all() and found["statistic"].str.startswith("F(2, ").all()


def test_what_cannot_be_tested_says_why_and_takes_no_part_in_the_correction() -> None:
    good, bad = order_tests(ROWS, ["control"], PAIRS), order_tests(ROWS, ["nothing"], PAIRS)
    every = corrected_together(good, bad, moderator_tests(ROWS, ["control"], [], PAIRS))
    assert len(every) == len(good) + 1 and "Nobody has a value of 'nothing'" in every["note"].iloc[-1]
    assert np.isnan(every["p_adjusted"].iloc[-1])
    assert every["p_adjusted"].tolist()[:-1] == pytest.approx(benjamini_hochberg(good["p"].tolist()))


def test_rankings_are_compared_in_pairs() -> None:
    orders = [("active", "passive", "baseline")] * 8 + [("baseline", "active", "passive")] * 2
    places = [(f"P{n}", name, place) for n, order in enumerate(orders) for place, name in enumerate(order, 1)]
    rows = pd.DataFrame(places, columns=["participant", "condition", "value"]).assign(measure="rank")
    found = ranking_tests(rows, ["rank"], PAIRS).set_index("what")
    assert found.loc["active before passive", ["statistic", "value"]].tolist() == ["of 10", 10]
    assert found.loc["active before passive", "p"] == pytest.approx(2 / 2**10)
    assert found.loc["active before baseline", "value"] == 8


def _acts(second: str) -> pd.DataFrame:
    """Ten people who write and get replies in one condition; in the other `second` comes after a message."""
    rows = [
        (f"P{n}", condition, kind, float(at))
        for n in range(10)
        for condition, then in (("active", "reply"), ("passive", second))
        for at, kind in enumerate(["message", then] * 3)
    ]
    return pd.DataFrame(rows, columns=["participant", "condition", "kind", "seconds"])


def test_sequences_that_differ_are_found_and_equal_ones_are_not() -> None:
    (differs,) = sequence_tests(_acts("plan"))["p"]
    (alike,) = sequence_tests(_acts("reply"))["p"]
    assert differs < 0.01 and alike == 1
    counts = following(_acts("plan")).set_index(["condition", "kind", "next"])["count"]
    assert counts["active", "message", "reply"] == 30 and counts["active", "reply", "message"] == 20
    assert following(_acts("plan").iloc[:0]).empty and sequence_tests(_acts("plan").iloc[:0])["note"].iloc[0]


def test_what_happens_sooner_has_the_larger_hazard() -> None:
    draw = np.random.default_rng(4)
    rows = [
        (f"P{n}", c, float(t), t < 9)
        for n in range(30)
        for c, t in (("active", draw.uniform(1, 6)), ("passive", draw.uniform(3, 12)))
    ]
    times = pd.DataFrame(rows, columns=["participant", "condition", "time", "observed"])
    found = event_tests(times, "first solution", PAIRS[:1])
    assert found["value"].iloc[0] > 3 and found["what"].iloc[0] == "active − passive"
