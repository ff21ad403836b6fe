"""Moderation against emmeans and emtrends; reference: `reference/mixed.R`, the case missing.slopes."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.inference.estimate import NotEstimable
from analysis.inference.moderators import POINTS, Moderation, moderation

pytestmark = pytest.mark.filterwarnings("error")
HERE = Path(__file__).parent / "reference"
EXPECTED = {c["id"]: c for c in json.loads((HERE / "mixed.json").read_text())["cases"]}["missing.slopes"]["expected"]
PAIRS = [("active", "baseline"), ("active", "passive"), ("baseline", "passive")]
near = pytest.approx


def moderated(frame: pd.DataFrame, trait: str = "need") -> Moderation:
    return moderation(frame, "score", "condition", trait, PAIRS, others=["C(block)"])


@pytest.fixture(scope="module")
def missing() -> pd.DataFrame:
    return pd.read_csv(HERE / "mixed_missing.csv")


def test_interaction_slopes_and_conditional_effects(missing: pd.DataFrame) -> None:
    found = moderated(missing)
    assert (found.centre, found.sd) == near((EXPECTED["centre"], EXPECTED["sd"]), rel=1e-12)
    theirs = EXPECTED["terms"]["condition:c_need"]
    assert (found.interaction.f, found.interaction.df1, found.interaction.df2) == near(
        (theirs["f"], theirs["df1"], theirs["df2"]), rel=1e-6
    )
    for ours in found.slopes:
        theirs = EXPECTED["slopes"][ours.condition]
        assert (ours.slope, ours.se, ours.df, ours.low, ours.high, ours.p) == near(
            tuple(theirs[k] for k in ("estimate", "se", "df", "low", "high", "p")), rel=1e-6
        )
    expected = [point[" - ".join(pair)] for point in EXPECTED["effects"] for pair in PAIRS]
    for ours, theirs in zip(found.conditional, expected, strict=True):
        for name, value in theirs.items():
            assert getattr(ours, name) == near(value, rel=1e-5 if name == "p" else 1e-6), name
    assert found.label == "exploratory" and "sixteen times" in found.caution
    assert all(note.startswith("exploratory: at need") for note in found.table()["note"])
    assert len(found.table()) == len(POINTS) * len(PAIRS) and len(found.slope_table()) == 3


def test_the_unit_of_the_trait_does_not_matter(missing: pd.DataFrame) -> None:
    one, other = moderated(missing), moderated(missing.assign(need=missing["need"] * 10 + 300))
    assert one.interaction.f == near(other.interaction.f, rel=1e-7)
    for here, there in zip(one.conditional, other.conditional, strict=True):
        assert (here.difference, here.p) == near((there.difference, there.p), rel=1e-6)
    assert one.slopes[0].slope == near(other.slopes[0].slope * 10, rel=1e-7)


def test_people_who_meet_one_condition_have_an_ordinary_regression() -> None:
    frame = pd.read_csv(HERE / "mixed_one_each.csv")
    found = moderation(frame, "score", "condition", "age", [("active", "baseline")])
    assert found.conditional[0].df == 61 - 6
    assert found.fit.method.startswith("ordinary regression")


def test_what_is_no_moderator(missing: pd.DataFrame) -> None:
    with pytest.raises(NotEstimable, match="is no number"):
        moderated(missing, "group")
    with pytest.raises(NotEstimable, match="changes within participant P001"):
        moderated(missing, "minutes")
    with pytest.raises(NotEstimable, match="Fewer than two values"):
        moderated(missing.assign(need=4.0))
