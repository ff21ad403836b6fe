"""The null calibration: the same for a seed, goes on where it was broken off, counts right; and one path of its own."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis.inference.independent import welch_t
from analysis.inference.samples import two_groups
from benchmarks import made_up_outcomes as made
from benchmarks import null_calibration, null_report
from benchmarks.null_plans import BESIDE_ANOTHER, PAIRS, plans
from benchmarks.null_runs import Kept, Result
from study.analysis_plan import Test

pytestmark = pytest.mark.slow
CHEAP = ["within, at the bound, paired_t", "2 × 2 between, given before, points", "between, 24 each, planted"]


@pytest.fixture(scope="module")
def tried() -> pd.DataFrame:
    return null_calibration.tries(3, CHEAP)


def test_a_simulation_that_was_broken_off_goes_on(
    tried: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "runs" / "kept.jsonl"
    null_calibration.tries(2, CHEAP, keep=file)
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole[:-20], encoding="utf-8")  # cut off while the last study was written
    done: list[tuple[str, int]] = []
    run = null_calibration.one_study

    def counted(design: str, number: int) -> tuple[tuple[str, int], list[Result]]:
        done.append((design, number))
        return run(design, number)

    monkeypatch.setattr(null_calibration, "one_study", counted)
    again = null_calibration.tries(3, CHEAP, keep=file)
    assert done == [(CHEAP[-1], 1), *((design, 2) for design in CHEAP)]
    pd.testing.assert_frame_equal(again, tried)


def test_kept_studies_of_other_designs_are_refused(tmp_path: Path) -> None:
    Kept(tmp_path / "kept.jsonl", "these").read()
    with pytest.raises(ValueError, match="of other designs"):
        Kept(tmp_path / "kept.jsonl", "those").read()


def test_every_test_of_a_plan_is_tried_and_every_effect_has_its_truth() -> None:
    asked = {one.test for planned in plans().values() for one in planned.protocol.analysis.hypotheses}
    assert asked == set(Test.__args__)
    within = plans()["within, planted"]
    truths = {(h.test, h.contrast): within.truth(h) for h in within.protocol.analysis.hypotheses}
    assert [truths["mixed_model", pair] for pair in PAIRS] == [0.8, 0.4, -0.4]
    assert [truths["ordinal_mixed_model", pair] for pair in PAIRS] == [1.0, 1.0, 0.0]


def test_the_tables_add_up(tried: pd.DataFrame) -> None:
    assert (tried["p_adjusted"] >= tried["p"]).all() and (tried["low"] < tried["high"]).all()
    rates, back = null_report.rates(tried), null_report.recovered(tried)
    assert list(rates["design"]) == CHEAP[:1] and set(back["design"]) == set(CHEAP)
    rows = tried[tried["design"] == CHEAP[0]]
    assert rates["rejected"].item() == (rows["p"] < 0.05).sum() and rates["tested"].item() == len(rows) == 3
    for one in back.itertuples():
        rows = tried[(tried["design"] == one.design) & (tried["family"] == one.family)]
        inside = [row.low <= row.truth <= row.high for row in rows.itertuples()]
        assert one.inside == sum(inside) and one.mean == pytest.approx(rows["difference"].mean())
    page = null_report.report(tried)
    assert all(name in page for name in CHEAP) and "Nothing was refused" in page and "nan" not in page


def test_what_was_not_tested_is_counted_and_said(tried: pd.DataFrame) -> None:
    rows = tried[tried["design"] == CHEAP[0]].copy()
    numbers = ["p", "p_adjusted", "difference", "low", "high"]
    rows.loc[rows["run"] == 1, [*numbers, "refusal"]] = [*[np.nan] * len(numbers), "Nobody has a value."]
    (found,) = null_report.rates(rows).to_dict("records")
    assert (found["studies"], found["tested"]) == (3, 2)
    assert "| 1 | Nobody has a value. |" in null_report.report(rows)


def test_what_lies_outside_is_tried_once_more_on_other_studies(tried: pd.DataFrame) -> None:
    bound = tried[tried["design"] == CHEAP[0]].assign(p=0.9, p_adjusted=0.9)
    (alone,) = null_calibration.outside(bound)
    assert alone == f"{CHEAP[0]} — {bound['family'].iloc[0]}"
    assert not null_calibration.outside(pd.concat([bound.assign(run=n, p=0.04 if n == 0 else 0.9) for n in range(20)]))
    assert not null_calibration.outside(bound.assign(design=null_calibration.BESIDE, truth=0.0)), "only what is planned"
    planted = tried[tried["design"] == CHEAP[2]]
    assert not null_calibration.outside(planted) and "Nothing differs" not in null_report.report(planted)
    again = null_calibration.tries(2, [alone], first=400)
    assert list(again["run"]) == [400, 401] and set(again["family"]) == set(bound["family"])
    page = null_report.report(bound, again)
    assert "On 2 other studies each" in page and f"| {CHEAP[0]} | {again['family'].iloc[0]} |" in page


def test_one_family_alone_is_asked_as_it_is_beside_others() -> None:
    within = plans()["within"]
    alone = within.asking("wilcoxon_comfort").protocol.analysis.hypotheses
    assert alone == tuple(one for one in within.protocol.analysis.hypotheses if one.family == "wilcoxon_comfort") != ()


def test_welch_rejects_in_five_percent_where_nothing_differs() -> None:
    chance, studies = np.random.Generator(np.random.PCG64(7)), 400
    first, second = made.CONDITIONS[:2]
    rejected = 0
    for _ in range(studies):
        rows = made.scores(made.groups(chance), 0.0, chance)
        rejected += welch_t(two_groups(rows, "value", "condition", "participant", first, second)).p < 0.05
    assert binom.ppf(0.005, studies, 0.05) <= rejected <= binom.ppf(0.995, studies, 0.05)


def test_a_paired_test_of_a_factor_is_not_misled_by_another_where_a_cell_has_gaps() -> None:
    """Of the cells that somebody has left, the mean would hold more of one tone, and agents would differ by it."""
    planned, chance = plans()[BESIDE_ANOTHER], np.random.Generator(np.random.PCG64(3))
    tone, agent = (
        next(h for h in planned.protocol.analysis.hypotheses if h.factor == factor).model_copy(
            update={"test": "paired_t"}
        )
        for factor in ("tone", "agent")
    )
    plan = planned.protocol.analysis.model_copy(update={"hypotheses": (tone, agent)})
    few = replace(planned, protocol=planned.protocol.model_copy(update={"analysis": plan}))
    found = [one for _ in range(150) for one in few.results(chance) if one.hypothesis == agent.id]
    differences = np.array([one.difference for one in found])
    assert {one.truth for one in found} == {0.0} and np.isfinite(differences).all()
    assert abs(differences.mean()) < 3 * differences.std(ddof=1) / np.sqrt(len(found))
    assert sum(one.p < 0.05 for one in found) <= binom.ppf(0.995, len(found), 0.05)
