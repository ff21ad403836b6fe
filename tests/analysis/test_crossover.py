"""Order effects against lmerTest (`reference/crossover.R`), against the closed forms of the 2 × 2 crossover, and refused."""

import json
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from analysis.inference.crossover import crossover
from analysis.inference.estimate import NotEstimable
from analysis.inference.order import with_order

pytestmark = pytest.mark.filterwarnings("error")
HERE = Path(__file__).parent / "reference"
ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracle"
EXPECTED = json.loads((HERE / "crossover.json").read_text())
PAIRS = [("active", "baseline"), ("active", "passive"), ("baseline", "passive")]
near = pytest.approx


def data(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / f"mixed_{name}.csv")


# --- against R ---------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [(), ("task", "need")])
@pytest.mark.parametrize("name", ["demo", "missing"])
def test_all_analyses_of_the_order(name: str, others: tuple[str, ...]) -> None:
    found = crossover(data(name), "score", PAIRS, others=others)
    expected = EXPECTED["_".join([name, *others])]
    for test in ("period", "sequence", "carry_over"):
        ours = getattr(found, test)
        assert (ours.f, ours.df1, ours.df2, ours.p) == near(tuple(expected[test].values()), rel=2e-6), test
    for analysis in ("contrasts", "without_carry_over", "first_period"):
        for pair, ours in zip(PAIRS, getattr(found, analysis), strict=True):
            for number, value in expected[analysis][" - ".join(pair)].items():
                assert getattr(ours, number) == near(value, rel=1e-5 if number == "p" else 1e-6), (analysis, number)
    assert found.left_out == ()
    assert [(one.first, one.second) for one in found.periods] == [("2", "1"), ("3", "1")]
    assert len(found.table()) == 9 and list(found.tests()["term"]) == ["period", "sequence", "carry-over"]
    assert "Freeman" in found.caution


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
def test_the_crossover_of_two_conditions() -> None:
    """The classic t tests: on differences for treatment and period, on sums for carry-over (= sequence)."""
    cases = {c["id"]: c for c in json.loads((ORACLE / "expected" / "40_lmm.json").read_text())}
    asked = cases["crossover22"]["expected"]
    frame = pd.read_csv(ORACLE / "data" / "crossover22.csv").rename(columns={"period": "block"})
    found = crossover(frame.drop(columns="sequence"), "score", [("active", "passive")])
    (treatment,), (period,) = found.contrasts, found.periods
    ours = (treatment.difference, treatment.value, treatment.df, treatment.p, treatment.low, treatment.high)
    names = ("active_minus_passive", "t", "df", "p", "ci_low", "ci_high")
    assert ours == near(
        tuple(asked[f"treatment_{'effect_' if n.startswith('active') else ''}{n}"] for n in names), rel=1e-5
    )
    assert (period.difference, period.value, period.p) == near(
        (asked["period_effect_p2_minus_p1"], asked["period_t"], asked["period_p"]), rel=1e-5
    )
    assert found.sequence is not None and found.carry_over is not None
    for test in (found.sequence, found.carry_over):
        assert (test.f, test.df2, test.p) == near(
            (asked["carryover_t"] ** 2, asked["carryover_df"], asked["carryover_p"]), rel=1e-5
        )


def test_the_first_period_of_two_conditions_is_a_t_test_between_people() -> None:
    frame = data("demo")
    (found,) = crossover(frame, "score", [("active", "passive")]).first_period
    first = frame[frame["block"] == 1]
    values = {name: own["score"] for name, own in first.groupby("condition")}
    assert found.difference == near(values["active"].mean() - values["passive"].mean())
    assert found.n == 16
    assert found.p == near(2 * stats.t.sf(abs(found.value), 21))


# --- the columns -------------------------------------------------------------------------------


def test_what_came_before() -> None:
    frame = data("demo").drop(columns=["sequence"]).rename(columns={"previous": "right"})
    rows = with_order(frame.sample(frac=1, random_state=1).convert_dtypes())
    assert rows["previous"].fillna("").tolist() == rows["right"].fillna("").tolist()
    assert rows["sequence"].nunique() == 6
    assert rows.loc[rows["participant"] == "P001", "sequence"].iloc[0] == "active → passive → baseline"


def test_who_missed_a_block_has_the_only_sequence_that_fits() -> None:
    """P011 did only the first block: two of the six sequences begin so, so theirs stays open."""
    rows = with_order(data("missing").drop(columns="sequence").rename(columns={"previous": "right"}))
    known = rows[rows["participant"] != "P011"]
    assert known["previous"].fillna("").tolist() == known["right"].fillna("").tolist()
    assert known["sequence"].nunique() == 6
    assert rows.loc[rows["participant"] == "P011", "sequence"].tolist() == ["baseline → ? → ?"]
    assert crossover(data("missing").drop(columns="sequence"), "score", PAIRS).sequence.df1 == 5


def test_rows_without_a_block_have_no_order() -> None:
    frame = pd.concat([data("demo"), pd.DataFrame({"participant": ["P001"], "score": [3.0]})], ignore_index=True)
    assert pd.isna(with_order(frame)["previous"].iloc[-1])


# --- what is not there -------------------------------------------------------------------------


def test_a_sensitivity_that_cannot_be_had_is_named_and_the_rest_stands() -> None:
    """One order only: condition and period are the same thing, so nothing can be said. Two orders have six cells, one too few for carry-over."""
    frame = data("demo")
    with pytest.raises(NotEstimable, match="tell only 3 apart"):
        crossover(frame[frame["sequence"] == "apb"], "score", PAIRS)
    found = crossover(frame[frame["sequence"].isin(["apb", "pba"])], "score", PAIRS)
    assert found.carry_over is None and found.without_carry_over == ()
    assert found.left_out[0].startswith("carry-over: ")
    assert len(found.contrasts) == 3


def test_two_conditions_in_one_block_are_refused() -> None:
    frame = data("demo")
    frame.loc[1, "block"] = 1
    with pytest.raises(NotEstimable, match="P001 has more than one condition in block 1"):
        crossover(frame, "score", PAIRS)
