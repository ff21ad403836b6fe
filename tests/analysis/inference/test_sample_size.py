"""Power in closed form: against R's pwr and the shared answers, monotone, and refused by name."""

import pytest
from answers_from_r import needs_oracle, oracle, reference, starting
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from analysis.inference.estimate import NotEstimable
from analysis.inference.sample_size import (
    participants_paired,
    participants_per_group,
    power_groups,
    power_paired,
    power_within,
    smallest_d,
    smallest_dz,
)

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")


@pytest.mark.parametrize("id", starting(R, "power_groups"))
def test_power_of_groups_is_pwrs(id: str) -> None:
    theirs = R[f"power_groups.{id}"]
    n = theirs["n"]
    assert power_groups(0.8, n, n) == pytest.approx(theirs["power"], rel=1e-9)
    assert power_groups(0.8, n, n + 4) == pytest.approx(theirs["unequal"], rel=1e-9)
    assert smallest_d(n, n) == pytest.approx(theirs["smallest"], rel=1e-4)  # pwr stops its search at about 1e-5


@pytest.mark.parametrize("id", starting(R, "power_needed"))
def test_the_number_needed_is_pwrs(id: str) -> None:
    theirs = R[f"power_needed.{id}"]
    assert (participants_paired(theirs["d"]), participants_per_group(theirs["d"])) == (theirs["n"], theirs["groups"])


@needs_oracle
def test_the_shared_answers() -> None:
    cases = oracle("70_preference_power")
    for id in starting(cases, "power.paired_t"):
        case = cases[f"power.paired_t.{id}"]
        n, theirs = case["spec"]["n"], case["expected"]
        powers = [power_paired(dz, n) for dz in (0.2, 0.5, 0.8)]
        assert powers == pytest.approx([theirs[k] for k in ("power_dz02", "power_dz05", "power_dz08")], rel=1e-9)
        smallest = (smallest_dz(n), smallest_dz(n, 0.9), smallest_dz(n, alpha=0.05 / 3))
        names = ("mde_dz_80", "mde_dz_90", "mde_dz_80_alpha_bonf3")
        assert smallest == pytest.approx(tuple(theirs[k] for k in names), rel=1e-4)
    needed = [participants_paired(dz) for dz in (0.3, 0.5, 0.6, 0.8)]
    assert needed == [cases["power.n_needed"]["expected"][k] for k in ("n_dz03", "n_dz05", "n_dz06", "n_dz08")]
    theirs = cases["power.crossover_lmm"]["expected"]
    assert [power_within((0, 0.5, 0.25), 1, n) for n in (12, 24, 48)] == pytest.approx(list(theirs.values()), rel=1e-7)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.05, 1), st.integers(3, 40), st.sampled_from([0.05, 0.05 / 3]))
def test_power_is_statsmodels_and_grows(dz: float, n: int, alpha: float) -> None:
    power = power_paired(dz, n, alpha)  # of larger effects statsmodels has NaN (2 with 29 participants)
    assert power == pytest.approx(TTestPower().power(dz, n, alpha), rel=1e-6)
    assert alpha <= power <= power_paired(dz, n + 1, alpha) + 1e-12 <= 1 + 1e-12
    assert power == power_paired(-dz, n, alpha)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.2, 1.5), st.sampled_from([0.8, 0.9]))
def test_the_number_needed_is_the_least_that_suffices(dz: float, power: float) -> None:
    n = participants_paired(dz, power)
    assert power_paired(dz, n) >= power
    assert n == 2 or power_paired(dz, n - 1) < power
    assert smallest_dz(n, power) <= dz + 1e-9


def test_the_number_is_rounded_up_to_full_orders() -> None:
    assert (participants_paired(0.5), participants_paired(0.5, multiple=6)) == (34, 36)
    assert participants_paired(0.6, multiple=6) == 24


def test_effects_from_none_to_huge() -> None:
    assert power_paired(0, 24) == 0.05 and power_within((3, 3, 3), 1, 24) == 0.05
    assert power_paired(40, 5) == pytest.approx(1) and power_within((0, 100), 1, 24) == pytest.approx(1)
    assert smallest_dz(2) > smallest_dz(3) > 3
    assert power_within((5, 5.5, 5.25), 2, 24) == pytest.approx(power_within((0, 0.25, 0.125), 1, 24))


def test_what_cannot_be_planned_is_said() -> None:
    with pytest.raises(NotEstimable, match="An effect of 0 is found by no number"):
        participants_paired(0)
    with pytest.raises(NotEstimable, match="needs more than 1000000 participants"):
        participants_paired(0.0001)
    with pytest.raises(NotEstimable, match="A power of 1 cannot be planned for"):
        smallest_dz(24, 1)
    with pytest.raises(NotEstimable, match="A power of 0.01 cannot"):
        smallest_dz(24, 0.01)
    with pytest.raises(NotEstimable, match="at least 2 participants"):
        power_paired(0.5, 1)
    with pytest.raises(NotEstimable, match="alpha between 0 and 1"):
        power_groups(0.5, 10, 10, 1.5)
    with pytest.raises(NotEstimable, match=r"1 condition\(s\), 24 participants"):
        power_within((1,), 1, 24)
    with pytest.raises(NotEstimable, match="2 participants and a residual SD of 1"):
        power_within((0, 1), 1, 2)
