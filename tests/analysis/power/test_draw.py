"""Made-up studies: of the protocol's own design, losing what is assumed to be lost, with what was planted and nothing else."""

from collections import Counter

import numpy as np
import pytest
from some_plans import LOADED, asking

from analysis.asked import asked
from analysis.findings import decide
from analysis.power.assumptions import Assumptions
from analysis.power.draw import COLUMNS, Drawing, draw, planned
from analysis.power.grid import default_effects
from study.design import cells
from study.errors import AtelierError
from study.protocol import Protocol

WHOLE = Assumptions(drop_out=0, missing=0)


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_everybody_meets_a_cell_of_the_design_and_the_cells_are_filled_evenly(shipped: Protocol) -> None:
    table = cells(shipped)
    rows = draw(shipped, 2 * len(table), {}, chance(), WHOLE)
    assert list(rows.columns) == COLUMNS and rows["complete"].all() and rows["value"].notna().all()
    met: Counter[tuple[object, ...]] = Counter()
    for _, mine in rows.dropna(subset=["condition"]).groupby("participant"):
        in_order = mine.drop_duplicates("block").sort_values("block")
        met[tuple(in_order["condition"])] += 1
    orders = Counter(cell.conditions for cell in table)
    assert met == Counter({order: 2 * count for order, count in orders.items()})


def test_every_hypothesis_of_every_shipped_protocol_can_be_decided(shipped: Protocol) -> None:
    n = -(-48 // len(cells(shipped))) * len(cells(shipped))
    found = decide(Drawing.of(shipped, n, Assumptions()).sample({}, chance()), shipped)
    assert [one.refusal for one in found] == [""] * len(planned(shipped))
    assert all(0 <= one.p <= 1 and one.estimate for one in found)


def test_only_the_measures_of_the_plan_are_drawn(shipped: Protocol) -> None:
    rows = draw(shipped, len(cells(shipped)), {}, chance(), WHOLE)
    plan = shipped.analysis
    named = {name for one in planned(shipped) for name in (one.measure, one.given) if name}
    assert set(rows["measure"]) == named | {rule.measure for rule in plan.exclusions if rule.measure}


def test_the_planted_difference_is_there_and_nothing_else_changes(shipped: Protocol) -> None:
    effects = default_effects(shipped, WHOLE)
    for one in planned(shipped)[:2]:
        drawing, effect = Drawing.of(shipped, 8 * len(cells(shipped)), WHOLE), effects[one.id][-1]
        before, after = (drawing.draw(planted, chance()) for planted in ({}, {one.id: effect}))
        others = before["measure"] != one.measure
        assert before[others].equals(after[others])
        means = [
            asked(rows, shipped, one).per_level.groupby("level", observed=True)["value"].mean()
            for rows in (before, after)
        ]
        shift = means[1] - means[0]
        moved = shift[one.contrast[0]] - shift[one.contrast[1]]
        assert moved == pytest.approx(effect, rel=0.25)
        assert shift.drop(list(one.contrast)).eq(0).all()


def test_the_same_stream_draws_the_same_study(demo: Protocol) -> None:
    first, again, other = (draw(demo, 12, {}, chance(seed), Assumptions()) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_drop_outs_lose_every_later_block_and_values_go_missing(demo: Protocol) -> None:
    rows = draw(demo, 1800, {}, chance(), Assumptions(drop_out=0.2, missing=0.1))
    per_person = rows.groupby("participant")["block"].agg(lambda blocks: tuple(sorted(set(blocks))))
    assert set(per_person) == {(1.0,), (1.0, 2.0), (1.0, 2.0, 3.0)}  # who left in the first block has no rows
    assert len(per_person) / 1800 == pytest.approx(0.8, abs=0.04)
    complete = rows.drop_duplicates("participant")["complete"].sum()
    assert complete / 1800 == pytest.approx(0.8**3, abs=0.05)
    assert (rows["status"] == "complete").eq(rows["complete"]).all()
    assert rows["value"].isna().mean() == pytest.approx(0.1, abs=0.02)


def test_rules_of_exclusion_apply_to_made_up_people_too(demo: Protocol) -> None:
    rules = [
        {"text": "Wrote too little.", "measure": "words_sent", "below": 30},
        {"text": "Failed.", "failed_checks": 1},
    ]
    plan = type(demo.analysis).model_validate({**demo.analysis.model_dump(), "exclusions": rules})
    strict = demo.model_copy(update={"analysis": plan})
    found = Drawing.of(strict, 360, Assumptions(failed_checks=0.1)).sample({}, chance())
    counts = found.excluded["rule"].value_counts()
    assert counts["Failed."] / 360 == pytest.approx(0.1, abs=0.06)
    assert 0 < counts["Wrote too little."] < 180
    words = found.rows[found.rows["measure"] == "words_sent"]["value"]
    assert words.min() >= 30 and not set(found.excluded["participant"]) & set(found.rows["participant"])


def test_the_opinion_before_goes_with_the_one_after(shipped: Protocol) -> None:
    if not any(one.given for one in planned(shipped)):
        return
    rows = draw(shipped, 100 * len(cells(shipped)), {}, chance(), WHOLE)
    wide = rows.pivot_table(index="participant", columns="measure", values="value")
    for one in planned(shipped):
        if one.given:
            assert np.corrcoef(wide[one.measure], wide[one.given])[0, 1] == pytest.approx(0.5, abs=0.12)


def test_a_ranking_is_not_simulated_and_that_is_said(demo: Protocol) -> None:
    plan = demo.analysis.model_copy(update={"primary": ("preference",)})
    with pytest.raises(AtelierError, match="is a ranking; its power is not simulated"):
        draw(demo.model_copy(update={"analysis": plan}), 18, {}, chance(), WHOLE)


def test_an_interaction_is_planted_as_the_difference_of_differences() -> None:
    """In points of the scale between the means of four cells, each of thousands of people: (a − b at c) − (a − b at d)."""
    crossed = {"factor": "personal_data", "contrast": ("told", "withheld")}
    asks = {
        "measure": "agreement.agree",
        "factor": "opponent",
        "contrast": ("argues", "informs"),
        "interaction": crossed,
    }
    of = asking(LOADED["persuasion_2x2"], test="mixed_model", **asks)
    rows = Drawing.of(of, 8000, WHOLE).draw({"h": 0.8}, chance())
    mean = rows.groupby("condition")["value"].mean()
    told, withheld = (mean[f"argues_{level}"] - mean[f"informs_{level}"] for level in ("told", "withheld"))
    assert told == pytest.approx(0.4, abs=0.1) and withheld == pytest.approx(-0.4, abs=0.1)
    (found,) = decide(Drawing.of(of, 400, WHOLE).sample({"h": 0.8}, chance()), of)
    assert found.estimate and found.estimate.low < 0.8 < found.estimate.high


def test_the_smallest_ratio_of_a_time_is_planted_as_the_difference_that_makes_it() -> None:
    """Around a mean of 8 minutes, 8 × 2 × 0.5 / 2.5 = 3.2: 9.6 against 6.4 is one and a half times."""
    of = asking(
        LOADED["active_vs_passive"],
        measure="task_minutes",
        contrast=("active", "passive"),
        log=True,
        smallest_effect=1.5,
    )
    effects = default_effects(of, WHOLE)["h"]
    assert effects[1] == pytest.approx(3.2)
    drawing = Drawing.of(of, 6000, WHOLE)
    logs = drawing.draw({"h": effects[1]}, chance()).assign(value=lambda rows: np.log(rows["value"]))
    mean = logs.groupby("condition")["value"].mean()
    assert mean["active"] - mean["passive"] == pytest.approx(np.log(1.5), abs=0.025)
    (found,) = decide(Drawing.of(of, 60, WHOLE).sample({"h": effects[1]}, chance()), of)
    assert found.estimate and found.estimate.scale == "log ratio" and found.p < 0.01


@pytest.mark.parametrize("test", ["count_model", "mixed_model"])
def test_counts_can_be_planned_and_drawn(test: str) -> None:
    of = asking(LOADED["active_vs_passive"], measure="turns", contrast=("active", "passive"), test=test)
    (found,) = decide(Drawing.of(of, 60, WHOLE).sample({"h": 2.0}, chance()), of)
    assert found.estimate and found.estimate.difference > 0
