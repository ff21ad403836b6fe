"""Analyses of variance against afex and effectsize (`reference/anova.R`), on classic data, and where there is none."""

import json
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.inference.anova import Anova, anova
from analysis.inference.estimate import NotEstimable
from analysis.inference.noncentral import f_bounds
from analysis.inference.welch import welch_test

pytestmark = pytest.mark.filterwarnings("error")
HERE = Path(__file__).parent / "reference"
ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracle"
EXPECTED = json.loads((HERE / "anova.json").read_text())
near = pytest.approx


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"mixed_{name}.csv")


# --- against R ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", EXPECTED["cases"], ids=lambda case: case["id"])
def test_afex(case: dict[str, Any]) -> None:
    found = anova(data(case["file"]), case["value"], case["within"], case["between"])
    ours = {frozenset(effect.term.split(":")): effect for effect in found.effects}
    assert len(ours) == len(case["effects"])
    for term, theirs in case["effects"].items():
        effect = ours[frozenset(term.split(":"))]
        for name, value in theirs.items():
            assert getattr(effect, name) == near(value, rel=1e-7, abs=1e-14), (term, name)
    assert found.table().shape[0] == len(found.effects)


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
@pytest.mark.parametrize(
    ("case", "value", "within"),
    [("ergostool.rm_anova", "effort", ["condition"]), ("md_12_1.rm_anova", "rt", ["angle", "noise"])],
)
def test_classic_data(case: str, value: str, within: list[str]) -> None:
    asked = {c["id"]: c for c in json.loads((ORACLE / "expected" / "20_rm_omnibus.json").read_text())}[case]
    found = anova(pd.read_csv(ORACLE / "data" / asked["dataset"]), value, within)
    names = {
        "SS": "ss",
        "SSE": "sse",
        "F": "f",
        "eps_gg": "epsilon_gg",
        "eps_hf": "epsilon_hf",
        "mauchly_W": "mauchly_w",
    }
    names |= {"pes_ci90_low": "pes_low", "pes_ci90_high": "pes_high"}
    for term, theirs in asked["expected"].items():
        for name, expected in theirs.items():
            ours = getattr(found.effect(term), names.get(name, name))
            # effectsize finds the interval by optimising; R's own mauchly.test has its p
            assert ours == near(expected, rel=2e-5 if "ci90" in name else 1e-6), (term, name)


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
def test_mauchly_as_stats_has_it() -> None:
    """R: mauchly.test(lm(wide ~ 1), X = ~1)."""
    cases = {c["id"]: c for c in json.loads((ORACLE / "expected" / "20_rm_omnibus.json").read_text())}
    (effect,) = anova(pd.read_csv(ORACLE / "data" / "ergostool.csv"), "effort", ["condition"]).effects
    theirs = cases["ergostool.mauchly_stats"]["expected"]
    assert (effect.mauchly_w, effect.mauchly_p) == near((theirs["W"], theirs["p"]), rel=1e-8)


def test_welch() -> None:
    """R: oneway.test()."""
    found, theirs = welch_test(data("one_each"), "score", "condition"), EXPECTED["welch"]
    assert (found.f, found.df1, found.df2, found.p) == near(tuple(theirs.values()), rel=1e-10)
    assert found.n == 61


# --- by hand and by definition -------------------------------------------------------------------


def test_two_conditions_are_the_paired_t() -> None:
    frame = data("demo").query("condition != 'baseline'")
    (effect,) = anova(frame, "score", ["condition"]).effects
    wide = frame.pivot(index="participant", columns="condition", values="score")
    t = stats.ttest_rel(wide["active"], wide["passive"])
    assert (effect.f, effect.p, effect.p_gg) == near((t.statistic**2, t.pvalue, t.pvalue), rel=1e-9)
    assert effect.epsilon_gg == 1 and isnan(effect.mauchly_w)


def test_one_factor_between_is_scipys() -> None:
    (effect,) = anova(data("one_each"), "score", between=["condition"]).effects
    usual = stats.f_oneway(*[own["score"] for _, own in data("one_each").groupby("condition")])
    assert (effect.f, effect.p) == near((usual.statistic, usual.pvalue), rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.2, 40), st.integers(1, 6), st.integers(5, 80))
def test_the_interval_of_f_covers_what_it_says(f: float, df1: int, df2: int) -> None:
    low, high = f_bounds(f, df1, df2, 0.9)
    assert 0 <= low <= high
    if low > 0:
        assert stats.ncf.sf(f, df1, df2, low) == near(0.05, rel=1e-6)
    if high > 0:
        assert stats.ncf.cdf(f, df1, df2, high) == near(0.05, rel=1e-6)


# --- what must not change anything ---------------------------------------------------------------


def test_names_order_shift_and_scale() -> None:
    frame = data("phases")
    factors = {"within": ["condition", "phase"], "between": ["group"]}
    there = anova(frame, "item", **factors)
    renamed = frame.assign(participant=frame["participant"].str[::-1], item=frame["item"] * 25 - 7).sample(
        frac=1, random_state=2
    )
    for one, other in zip(there.effects, anova(renamed.convert_dtypes(), "item", **factors).effects, strict=True):
        names = ("f", "p", "p_gg", "ges", "pes", "epsilon_gg")
        assert [getattr(one, n) for n in names] == near([getattr(other, n) for n in names], rel=1e-8)
        assert other.ss == near(one.ss * 625, rel=1e-8)


def test_who_lacks_a_cell_is_left_out_by_name() -> None:
    found = anova(data("missing"), "item", ["condition"])
    assert (found.n, found.left_out) == (19, ("P003", "P010", "P011", "P017", "P022"))


# --- what is not there -------------------------------------------------------------------------


def refused(said: str, frame: pd.DataFrame, value: str = "item", **factors: Any) -> Anova | None:
    with pytest.raises(NotEstimable, match=said):
        return anova(frame, value, **(factors or {"within": ["condition"]}))
    return None


def test_what_is_refused() -> None:
    frame = data("demo")
    refused("More than one value for participant P001, condition active", pd.concat([frame, frame.iloc[:1]]))
    refused("nothing to explain", frame.assign(item=4))
    refused("only one level", frame[frame["condition"] == "active"])
    refused("too few", frame[frame["participant"] == "P001"])
    refused("nothing to explain", frame.iloc[:0])
    refused("no column 'rating'", frame, "rating")
    refused("at least one factor", frame, within=[])
    refused("in more than one group of task", frame, within=["condition"], between=["task"])
    same = frame.assign(item=frame["condition"].str.len() + frame["participant"].str[1:].astype(int) / 7)
    refused("everybody changes by the same", same)
    refused(
        "repeat every value exactly",
        data("one_each").assign(item=lambda f: f["condition"].str.len()),
        between=["condition"],
    )
    with pytest.raises(NotEstimable, match="no effect 'phase'"):
        anova(frame, "item", ["condition"]).effect("phase")


def test_an_empty_group_is_refused() -> None:
    frame = data("one_each")
    frame = frame[~((frame["condition"] == "passive") & (frame["expertise"] == "high"))]
    refused("a group has nobody in it", frame, "score", between=["condition", "expertise"])


def test_what_welch_refuses() -> None:
    frame = data("one_each")
    with pytest.raises(NotEstimable, match="P001 has several rows"):
        welch_test(pd.concat([frame, frame]), "score", "condition")
    with pytest.raises(NotEstimable, match="no variance in 'score'"):
        welch_test(
            frame.assign(score=np.where(frame["condition"] == "active", 3.0, frame["score"])), "score", "condition"
        )
    with pytest.raises(NotEstimable, match="has 1 group"):
        welch_test(frame[frame["condition"] == "active"], "score", "condition")
