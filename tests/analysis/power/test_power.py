"""The table of power: right where it can be known otherwise, the same however it is computed, and never done twice."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from some_plans import asking, one_item

from analysis.findings import decide
from analysis.inference.paired import wilcoxon
from analysis.inference.sample_size import power_paired
from analysis.inference.samples import pair
from analysis.power import simulation
from analysis.power.assumptions import Assumptions
from analysis.power.draw import Drawing
from analysis.power.files import read_power, write_power
from analysis.power.grid import balanced, default_ns, given_effects, read_ns
from analysis.power.page import curves, power_page
from analysis.power.runs import Simulation
from analysis.power.said import lines
from analysis.power.simulation import power
from analysis.power.table import sensitivity
from study.errors import AtelierError
from study.protocol import Protocol

WHOLE = Assumptions(drop_out=0, missing=0)
CLOSE = 3.5
"""Standard errors of a share from so many runs: a wrong number is further off, chance is so once in 2,000 times."""


def small(protocol: Protocol) -> Protocol:
    """One paired t test on one measure."""
    return asking(protocol, measure="control", contrast=("active", "passive"), test="paired_t")


def smallest(protocol: Protocol, runs: int = 4, ns: tuple[int, ...] = (6, 12)) -> Simulation:
    return Simulation(ns, {"h": (0.5, 1.0)}, runs, 3, Assumptions())


# --- right -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_plain_paired_t_has_the_power_that_its_noncentral_t_gives(demo: Protocol) -> None:
    fine = small(one_item(demo, "control", type="slider", min=0, max=1000, step=1))
    assumed, n, runs = Assumptions(participant_sd=0.08, residual_sd=0.08, drop_out=0, missing=0), 18, 200
    drawing = Drawing.of(fine, n, assumed)
    effect = 0.6 * drawing.kind_of("control").sd(within=True)
    asked = Simulation((n,), {"h": (effect,)}, runs, 1, assumed)
    table = power(fine, asked, workers=1).set_index("effect")
    for at, wanted in ((0.0, 0.05), (effect, power_paired(0.6, n))):
        assert abs(table.loc[at, "power"] - wanted) < CLOSE * (wanted * (1 - wanted) / runs) ** 0.5
        assert abs(table.loc[at, "bias"]) < CLOSE * effect / 0.6 / (n * runs) ** 0.5
        assert abs(table.loc[at, "coverage"] - 0.95) < CLOSE * (0.95 * 0.05 / runs) ** 0.5
    assert (table["low"] < table["power"]).all() and (table["power"] < table["high"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(("n", "by_model", "by_ranks"), [(12, 0.29, 0.19), (24, 0.57, 0.52)])
def test_the_power_that_was_known_of_the_demo_design_comes_out(
    demo: Protocol, n: int, by_model: float, by_ranks: float
) -> None:
    """Of an independent simulation with 150 runs: one 7-point item, both SDs 1, 5 % missing, a latent difference of .7."""
    item = asking(one_item(demo, "control"), measure="control", contrast=("active", "passive"))
    drawing, runs = Drawing.of(item, n, Assumptions(drop_out=0)), 100
    effect = drawing.kind_of("control").difference(0.7 / 6)  # type: ignore[union-attr]
    found = {"model": 0, "ranks": 0}
    for run in range(runs):
        sample = drawing.sample({"h": effect}, np.random.default_rng([n, run]))
        found["model"] += decide(sample, item)[0].p < 0.05
        both = pair(sample.rows.dropna(subset=["value"]), "value", "condition", "participant", "active", "passive")
        found["ranks"] += wilcoxon(both).p < 0.05
    for count, known in ((found["model"], by_model), (found["ranks"], by_ranks)):
        assert abs(count / runs - known) < CLOSE * (known * (1 - known) * (1 / runs + 1 / 150)) ** 0.5


# --- the same however it is computed -----------------------------------------------------------


def test_the_number_of_processes_and_the_order_of_finishing_change_nothing(demo: Protocol) -> None:
    one, two = (power(small(demo), smallest(demo), workers=workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_broken_off_it_goes_on_with_the_same_result(demo: Protocol, tmp_path: Path) -> None:
    whole = power(small(demo), smallest(demo), workers=1)
    done: list[int] = []

    def stop(number: int, total: int, text: str) -> None:
        done.append(number)
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        power(small(demo), smallest(demo), tmp_path, stop, workers=1)
    (file,) = tmp_path.iterdir()
    kept = file.read_text(encoding="utf-8")
    assert kept.count("\n") == 3
    file.write_text(kept + kept[:40], encoding="utf-8")  # a line that was cut off
    counted: list[tuple[int, int]] = []
    again = power(small(demo), smallest(demo), tmp_path, lambda *at: counted.append(at[:2]), workers=1)
    assert counted == [(number, 8) for number in range(4, 9)] and file.read_text(encoding="utf-8").count("\n") == 8
    pd.testing.assert_frame_equal(whole, again)


def test_finished_runs_are_used_again_and_others_are_not(
    demo: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = power(small(demo), smallest(demo), tmp_path, workers=1)
    monkeypatch.setattr(simulation, "one_study", lambda *_: pytest.fail("it was done already"))
    pd.testing.assert_frame_equal(first, power(small(demo), smallest(demo), tmp_path, workers=1))
    fewer = power(small(demo), smallest(demo, runs=2, ns=(12,)), tmp_path, workers=1)
    assert set(fewer["n"]) == {12} and set(fewer["runs"]) == {2}
    monkeypatch.undo()
    other = Simulation((6,), {"h": (0.5, 1.0)}, 2, 4, Assumptions())
    power(small(demo), other, tmp_path, workers=1)
    assert len(list(tmp_path.iterdir())) == 2


def test_only_one_thing_is_planted_at_a_time_and_the_family_is_corrected(demo: Protocol) -> None:
    drawing = Drawing.of(demo, 18, WHOLE)
    effects = {one.id: (1.5,) for one in drawing.hypotheses}
    tries = pd.DataFrame([vars(one) for one in simulation.one_study(drawing, effects, 1, 0)])
    nothing, planted = tries[tries["effect"] == 0], tries[tries["effect"] != 0]
    assert list(nothing["hypothesis"]) == list(planted["hypothesis"]) == ["h1", "h2", "h3", "h4", "h5", "h6"]
    assert (planted["p_adjusted"] >= planted["p"]).all() and (planted["p"].to_numpy() < nothing["p"].to_numpy()).all()
    moved = planted["difference"].to_numpy() - nothing["difference"].to_numpy()
    assert moved == pytest.approx(np.full(6, 1.5), abs=0.5)


# --- what is asked and what is said --------------------------------------------------------------


def test_sizes_and_effects_are_chosen_around_the_plan_or_read(demo: Protocol) -> None:
    assert default_ns(demo) == (12, 18, 24, 36)
    assert read_ns(demo, "") == default_ns(demo) and read_ns(demo, "36, 12,12") == (12, 36)
    assert [balanced(demo, n) for n in (12, 18, 20, 36)] == ["orders", "orders and tasks", "", "orders and tasks"]
    effects = given_effects(demo, WHOLE, ["1,2", "h3=.5"])
    assert effects["h1"] == (1.0, 2.0) and effects["h3"] == (0.5,)
    for wrong in ("12,x", "1", "-4"):
        with pytest.raises(AtelierError, match="no numbers of participants"):
            read_ns(demo, wrong)
    with pytest.raises(AtelierError, match="There is no hypothesis 'h9'. Known: h1"):
        given_effects(demo, WHOLE, ["h9=1"])
    with pytest.raises(AtelierError, match="'a lot' are no effects"):
        given_effects(demo, WHOLE, ["a lot"])


def test_effects_point_where_the_hypothesis_points(demo: Protocol) -> None:
    def effects(**asks: object) -> tuple[float, ...]:
        return given_effects(asking(demo, measure="control", contrast=("active", "passive"), **asks), WHOLE, [])["h"]

    assert effects(smallest_effect=1) == (0.5, 1.0, 1.5)
    assert effects(smallest_effect=1, direction="less") == (-0.5, -1.0, -1.5)
    assert effects(smallest_effect=1, direction="equivalent") == (0.25, 0.5)
    medium = Drawing.of(demo, 1, WHOLE).kind_of("control").sd(within=True) / 2
    assert effects()[1] == pytest.approx(medium, rel=0.05)


def table_of(power_at: dict[float, float], direction: str = "greater") -> pd.DataFrame:
    rows = [
        {"n": 24, "hypothesis": "h", "effect": effect, "power": share, "runs": 200, "unit": "1 to 7"}
        for effect, share in power_at.items()
    ]
    return pd.DataFrame(rows)


def test_the_smallest_effect_is_read_off_the_curve(demo: Protocol) -> None:
    plan = small(demo)
    (found,) = sensitivity(plan, table_of({0: 0.05, 0.5: 0.5, 1.0: 0.95}), 24)
    assert found.effect == pytest.approx(0.5 + 0.5 * 0.8416 / 1.6449, abs=1e-3)  # on the probit scale .5 is 0
    (negative,) = sensitivity(plan, table_of({0: 0.05, -0.5: 0.5, -1.0: 0.8}), 24)
    assert negative.effect == pytest.approx(-1.0)
    (beyond,) = sensitivity(plan, table_of({0: 0.05, 0.5: 0.4}), 24)
    assert np.isnan(beyond.effect) and beyond.note == "more than 0.5"
    same = asking(demo, measure="control", contrast=("active", "passive"), direction="equivalent", smallest_effect=1)
    (equal,) = sensitivity(same, table_of({0: 0.9, 0.5: 0.5}), 24)
    assert np.isnan(equal.effect) and "equivalence" in equal.note


def test_table_page_and_words_agree(demo: Protocol, tmp_path: Path) -> None:
    plan, asked = small(demo), smallest(demo)
    table = write_power(plan, asked, tmp_path)
    read, said = read_power(tmp_path / "power.csv", plan)
    pd.testing.assert_frame_equal(read.fillna(""), table.fillna(""), check_dtype=False)
    assert any("5% of those who begin it drop out" in sentence for sentence in said)
    told = lines(plan, table)
    assert "h: control (1 to 7), active − passive" in told
    assert "12 participants: balanced orders." in told
    (drawn,) = curves(plan, table).values()
    planted = table[table["effect"] != 0].groupby("effect")
    assert [list(trace.y) for trace in drawn.figure.data] == [list(rows["power"]) for _, rows in planted]
    page = power_page(plan, table, said)
    assert "<script" in page and "http-equiv" not in page and "Power of “Planning with an assistant”" in page
    with pytest.raises(AtelierError, match="simulated for another version of the protocol"):
        read_power(tmp_path / "power.csv", demo)
    with pytest.raises(AtelierError, match=r"is no table of power with its power\.json beside it"):
        read_power(tmp_path / "other.csv", demo)
    assert json.loads((tmp_path / "power.json").read_text(encoding="utf-8"))["seed"] == 3


def test_a_hypothesis_that_cannot_be_tested_has_no_power_and_that_is_said(demo: Protocol) -> None:
    groups = asking(demo, measure="control", contrast=("active", "passive"), test="welch_t")
    table = power(groups, smallest(demo, runs=2), workers=1)
    assert (table["not_estimable"] == 1).all() and (table["power"] == 0).all() and table["bias"].isna().all()
    assert "  In up to 100% of the runs there was no estimate; these count as not supported." in lines(groups, table)
