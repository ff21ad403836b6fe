"""Friedman and what follows it: against R, relabelled, and refused by name."""

from math import isinf, isnan, nan

import pandas as pd
import pytest
from answers_from_r import REFERENCE, needs_oracle, oracle, oracle_data, reference, starting

from analysis.inference.estimate import NotEstimable
from analysis.inference.ranks import after_friedman, friedman

pytestmark = pytest.mark.filterwarnings("error")

R = reference("ranks")
RATINGS = pd.read_csv(REFERENCE / "ranks_ratings.csv")
WHERE = ("condition", "participant")


def by_pair(rows: pd.DataFrame, column: str, theirs: dict[str, float]) -> dict[str, float]:
    """The column as name → p, each pair in the order that R's answer names it in."""
    held = {frozenset((r["first"], r["second"])): r[column] for r in rows.to_dict("records")}
    return {name: held[frozenset(name.split("-"))] for name in theirs}


def wide_frame(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns).rename_axis("participant").reset_index().melt("participant", None, "condition", "v")


@pytest.mark.parametrize("value", starting(R, "friedman"))
def test_friedman_is_rs(value: str) -> None:
    found, theirs = friedman(RATINGS, value, *WHERE), R[f"friedman.{value}"]
    assert (found.n, found.dropped) == (theirs["n"], 2)
    ours = (found.chi2, found.p, found.f, found.p_f)
    assert ours == pytest.approx(tuple(theirs[k] for k in ("chi2", "p", "f", "p_f")), rel=1e-9)
    assert found.mean_ranks == pytest.approx(theirs["mean_ranks"])
    assert found.kendall_w == pytest.approx(R[f"kendalls_w.{value}"]["w"], rel=1e-9)
    assert list(found.table()["mean_rank"]) == list(found.mean_ranks.values())


@pytest.mark.parametrize("value", starting(R, "after_friedman"))
def test_pairs_after_friedman_are_rs(value: str) -> None:
    theirs = R[f"after_friedman.{value}"]
    nemenyi = after_friedman(RATINGS, value, *WHERE, method="nemenyi").table()
    conover = after_friedman(RATINGS, value, *WHERE, method="conover").table()
    # two different quadratures of the studentized range: they agree to about 1e-9
    assert by_pair(nemenyi, "p", theirs["nemenyi"]) == pytest.approx(theirs["nemenyi"], rel=1e-6)
    assert by_pair(conover, "p", theirs["conover"]) == pytest.approx(theirs["conover"], rel=1e-9)
    assert by_pair(conover, "p_adjusted", theirs["conover_holm"]) == pytest.approx(theirs["conover_holm"], rel=1e-9)
    theirs = R[f"wilcoxon_pairs.{value}"]
    found = after_friedman(RATINGS, value, *WHERE)
    rows = found.table()
    assert [e.p for e in found.estimates] == list(rows["p"]) and found.method == "exact Wilcoxon signed-rank, Holm"
    assert by_pair(rows, "p", theirs["p"]) == pytest.approx(theirs["p"], rel=1e-9)
    assert by_pair(rows, "p_adjusted", theirs["p_holm"]) == pytest.approx(theirs["p_holm"], rel=1e-9)


@needs_oracle
def test_the_shared_answers_on_ergostool() -> None:
    theirs = oracle("20_rm_omnibus")["ergostool.friedman"]["expected"]
    data = oracle_data("ergostool.csv")
    found = friedman(data, "effort", *WHERE)
    assert (found.n, found.k, found.df) == (theirs["n"], theirs["k"], theirs["df"])
    ours = (found.chi2, found.p, found.kendall_w, found.f, found.p_f)
    names = ("chi2", "p", "kendall_w", "iman_davenport_F", "iman_davenport_p")
    assert ours == pytest.approx(tuple(theirs[k] for k in names), rel=1e-6)
    assert found.mean_ranks == pytest.approx(theirs["mean_ranks"])
    nemenyi = after_friedman(data, "effort", *WHERE, method="nemenyi").table()
    conover = after_friedman(data, "effort", *WHERE, method="conover").table()
    for rows, column, name in (
        (nemenyi, "p", "nemenyi_p"),
        (conover, "p", "conover_p_raw"),
        (conover, "p_adjusted", "conover_p_holm"),
    ):
        assert by_pair(rows, column, theirs[name]) == pytest.approx(theirs[name], rel=1e-6)


def test_only_the_order_within_a_participant_matters() -> None:
    """Other names, other rows first, another unit for each participant."""
    plain = friedman(RATINGS, "score", *WHERE)
    moved = RATINGS.sample(frac=1, random_state=1).assign(
        score=lambda d: d["score"] * d["participant"].str[1:].astype(int) + 7,
        participant=lambda d: "Q" + d["participant"],
        condition=lambda d: d["condition"].str.upper(),
    )
    found = friedman(moved, "score", *WHERE)
    assert (found.chi2, found.p_f) == pytest.approx((plain.chi2, plain.p_f))
    assert {k.lower(): v for k, v in found.mean_ranks.items()} == pytest.approx(plain.mean_ranks)
    back = friedman(RATINGS.assign(score=-RATINGS["score"]), "score", *WHERE)
    assert back.chi2 == pytest.approx(plain.chi2)
    assert back.mean_ranks == pytest.approx({k: 4 - v for k, v in plain.mean_ranks.items()})


def test_means_of_thirds_are_tied_where_they_are_equal() -> None:
    """0.1 + 0.2 is 0.3: with these two tied, nobody prefers either."""
    tied = wide_frame(a=[0.1 + 0.2] * 4, b=[0.3] * 4, c=[1, 2, 3, 4])
    assert friedman(tied, "v", *WHERE).mean_ranks == {"a": 1.5, "b": 1.5, "c": 3}


def test_participants_who_all_agree_have_no_finite_f() -> None:
    agreed = wide_frame(a=[1, 2, 3], b=[2, 3, 4], c=[3, 4, 5])
    found = friedman(agreed, "v", *WHERE)
    assert found.kendall_w == pytest.approx(1) and isinf(found.f) and isnan(found.p_f) and "infinite" in found.note
    with pytest.raises(NotEstimable, match="ranks the conditions alike"):
        after_friedman(agreed, "v", *WHERE, method="conover")
    assert len(after_friedman(agreed, "v", *WHERE, method="nemenyi").table()) == 3


def test_a_pair_between_which_nobody_differs_does_not_count() -> None:
    frame = wide_frame(a=[1, 2, 3], b=[1, 2, 3], c=[3, 4, 5])
    found = after_friedman(frame, "v", *WHERE)
    assert [(e.first, e.second) for e in found.estimates] == [("a", "c"), ("b", "c")]
    assert list(found.table()["p_adjusted"]) == pytest.approx([nan, 0.5, 0.5], nan_ok=True)


def test_what_cannot_be_estimated_is_said() -> None:
    with pytest.raises(NotEstimable, match="Each of the 2 participants has the same value"):
        friedman(wide_frame(a=[1, 5], b=[1, 5], c=[1, 5]), "v", *WHERE)
    with pytest.raises(NotEstimable, match=r"'v' has values in 1 condition\(s\)"):
        friedman(wide_frame(a=[1, 5]), "v", *WHERE)
    with pytest.raises(NotEstimable, match=r"'item' has values in 0 condition\(s\)"):
        friedman(RATINGS.iloc[:0], "item", *WHERE)
    with pytest.raises(NotEstimable, match=r"1 participant\(s\) have 'item' in all of active, baseline, passive"):
        friedman(RATINGS[RATINGS["participant"] == "P001"], "item", *WHERE)
    with pytest.raises(NotEstimable, match="more than one value in condition 'active'"):
        friedman(pd.concat([RATINGS, RATINGS.iloc[:1]]), "item", *WHERE)
