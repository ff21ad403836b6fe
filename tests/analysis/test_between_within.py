"""Degrees of freedom for few people: those of a split-plot design, where that is known by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.inference.between_within import between_within, for_few_people
from analysis.inference.design_matrix import design
from analysis.inference.estimate import NotEstimable
from analysis.inference.ordinal import clm, clmm
from analysis.inference.wald import wald_contrasts

PEOPLE, CONDITIONS = 12, ("active", "passive", "baseline")


def answers() -> pd.DataFrame:
    """Twelve people, half of them in each group, who met three conditions."""
    chance = np.random.default_rng(5)
    rows = [(f"P{n:02}", "old" if n % 2 else "new", c) for n in range(PEOPLE) for c in CONDITIONS]
    frame = pd.DataFrame(rows, columns=["participant", "group", "condition"])
    return frame.assign(item=chance.integers(1, 6, len(frame)))


@pytest.mark.parametrize(
    ("formula", "factor", "expected"),
    [
        ("item ~ condition", "condition", 36 - 12 - 2),
        ("item ~ condition * group", "condition", 36 - 12 - 4),
        ("item ~ condition * group", "group", 12 - 2),
        ("item ~ group", "group", 12 - 2),
    ],
)
def test_a_factor_has_the_degrees_of_its_stratum(formula: str, factor: str, expected: float) -> None:
    """As in the analysis of variance of a split plot: 12 people in 2 groups, 3 conditions each."""
    assert between_within(design(answers(), formula, "participant"), factor) == expected


def test_a_contrast_is_held_against_t_with_them() -> None:
    held = clmm(answers(), "item ~ condition", "participant").coefficients()
    (z,) = wald_contrasts(held, "condition", [("active", "passive")])
    (t,) = wald_contrasts(for_few_people(held, "condition"), "condition", [("active", "passive")])
    assert (t.statistic, t.df, t.value, t.se) == ("t", 22, z.value, z.se)
    assert t.p == pytest.approx(2 * stats.t.sf(abs(z.value), 22)) and t.p > z.p
    assert t.high - t.low == pytest.approx(2 * stats.t.isf(0.025, 22) * t.se)
    assert "Wald t" in t.method and "Wald z" in z.method


def test_with_one_row_each_what_is_left_of_the_people_counts() -> None:
    frame = answers().drop_duplicates("participant")
    assert between_within(clm(frame, "item ~ group", "participant").design, "group") == 10


def test_too_few_people_are_refused() -> None:
    few = answers().query("participant in ('P00', 'P01') and condition != 'baseline'").assign(period=[1, 2, 2, 1])
    asked = design(few, "item ~ condition + C(period)", "participant")
    with pytest.raises(NotEstimable, match="4 answers of 2 people leave no degree of freedom to compare 'condition'"):
        between_within(asked, "condition")
