"""Aligned ranks against their definition written out in R (`reference/aligned_ranks.R`), and where there are none."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.inference.aligned_ranks import aligned, aligned_rank_contrasts, aligned_ranks
from analysis.inference.estimate import NotEstimable

pytestmark = pytest.mark.filterwarnings("error")
HERE = Path(__file__).parent / "reference"
EXPECTED = json.loads((HERE / "aligned_ranks.json").read_text())
near = pytest.approx


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"mixed_{name}.csv")


@pytest.mark.parametrize("case", EXPECTED["art"], ids=lambda case: f"{case['file']}: {' * '.join(case['factors'])}")
def test_ranks_are_identical_and_f_is_lmertests(case: dict[str, Any]) -> None:
    frame = data(case["file"])
    found = aligned_ranks(frame, case["value"], case["factors"])
    assert [effect.term for effect in found.effects] == list(case["terms"])
    for effect in found.effects:
        theirs = case["terms"][effect.term]
        ranks = aligned(frame, case["value"], case["factors"], effect.term.split(":"))
        assert ranks.tolist() == theirs["ranks"]
        assert (effect.term in found.singular) == theirs["singular"]
        ours = (effect.f, effect.df1, effect.df2, effect.p)
        assert ours == near(tuple(theirs[k] for k in ("f", "df1", "df2", "p")), rel=5e-6)
    assert found.n == 24 and "9.4 %" in found.caution
    assert len(found.table()) == len(case["terms"])


@pytest.mark.parametrize("case", EXPECTED["con"], ids=lambda case: f"{case['file']}: {', '.join(case['of'])}")
def test_contrasts(case: dict[str, Any]) -> None:
    pairs = [(pair["first"], pair["second"]) for pair in case["pairs"]]
    found = aligned_rank_contrasts(data(case["file"]), case["value"], case["factors"], case["of"], pairs)
    for ours, theirs in zip(found, case["pairs"], strict=True):
        for name, value in theirs.items():
            expected = value if isinstance(value, str) else near(value, rel=1e-5, abs=1e-8)
            assert getattr(ours, name) == expected, (pairs, name)
        assert ours.note.startswith("in aligned ranks (ART-C")


def test_by_hand() -> None:
    """2 × 2, two people: with b's effect taken out, a's values are the cell residuals ±1 plus a's effect of ±2."""
    values = {("p", "x", "u"): 1, ("q", "x", "u"): 3, ("p", "x", "v"): 11, ("q", "x", "v"): 13}
    values |= {("p", "y", "u"): 5, ("q", "y", "u"): 7, ("p", "y", "v"): 15, ("q", "y", "v"): 17}
    frame = pd.DataFrame([(*key, value) for key, value in values.items()], columns=["participant", "a", "b", "score"])
    assert aligned(frame, "score", ["a", "b"], ["a"]).tolist() == [1.5, 3.5, 1.5, 3.5, 5.5, 7.5, 5.5, 7.5]
    assert aligned(frame, "score", ["a", "b"], ["a", "b"]).tolist() == [2.5, 6.5] * 4  # no interaction: residuals alone


def test_shift_scale_names_and_order_do_not_matter() -> None:
    frame = data("phases")
    other = frame.assign(item=frame["item"] * 3 + 0.1, participant=frame["participant"].str[::-1])
    other = other.sample(frac=1, random_state=3).convert_dtypes()
    here, there = (aligned_ranks(f, "item", ["condition", "phase"]) for f in (frame, other))
    for one, two in zip(here.effects, there.effects, strict=True):
        assert (one.f, one.p) == near((two.f, two.p), rel=1e-6)


def test_what_is_refused() -> None:
    frame = data("demo")
    with pytest.raises(NotEstimable, match="use Friedman"):
        aligned_ranks(frame, "item", ["condition"])
    with pytest.raises(NotEstimable, match="1 of the 6 cells"):
        aligned_ranks(
            frame[(frame["condition"] != "active") | (frame["group"] != "expert")], "item", ["condition", "group"]
        )
    with pytest.raises(NotEstimable, match="no column 'phase'"):
        aligned_ranks(frame, "item", ["condition", "phase"])
    with pytest.raises(NotEstimable, match="'task' is not among the factors"):
        aligned_rank_contrasts(frame, "item", ["condition", "group"], ["task"], [])
    with pytest.raises(NotEstimable):
        aligned_ranks(frame.assign(item=4), "item", ["condition", "group"])
    with pytest.raises(NotEstimable, match="at least 2 participants"):
        aligned_ranks(frame.iloc[:0], "item", ["condition", "group"])
