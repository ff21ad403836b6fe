"""Rankings and first choices: against R (stats, survival), published worths, and where the data allow none."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinal_reference import ANSWERS, ORACLE, published, study

from analysis.inference.estimate import NotEstimable
from analysis.inference.preference import first_choices, friedman, pair, rankings, worth_difference, worths
from analysis.inference.proportions import proportion
from analysis.inference.worth import bradley_terry, plackett_luce

pytestmark = pytest.mark.filterwarnings("error")
same = pytest.approx
PROPORTION = {
    "p": "p",
    "cp_low": "exact_low",
    "cp_high": "exact_high",
    "wilson_low": "wilson_low",
    "wilson_high": "wilson_high",
}


def ranked(*orders: Sequence[str]) -> pd.DataFrame:
    """Each participant's conditions, best first."""
    rows = [(f"P{n}", name, place) for n, order in enumerate(orders) for place, name in enumerate(order, 1)]
    return pd.DataFrame(rows, columns=["participant", "condition", "rank"])


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    return rankings(frame, "rank", "condition", "participant")


# --- published ---------------------------------------------------------------------------------


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
def test_worths_of_statistical_journals() -> None:
    """BradleyTerry2 1.1.2: BTm(); Stigler (1994)."""
    asked = published("70_preference_power.json")["citations.bt"]
    cited = pd.read_csv(ORACLE / "data" / "citations.csv").pivot(index="cited", columns="citing", values="Freq")
    found = bradley_terry(cited, asked["spec"]["reference"])
    shown = found.table().set_index("condition")
    for name, r in asked["expected"]["coef"].items():
        held = shown.loc[name]
        assert (held["estimate"], held["se"], held["z"]) == same((r["est"], r["se"], r["z"]), rel=asked["tol"]["rel"])
    assert (found.deviance, found.df) == same((asked["expected"]["deviance"], 3), rel=asked["tol"]["rel"])


@pytest.mark.skipif(not ORACLE.is_dir(), reason="the folder of R's answers is not beside the repository")
def test_intervals_of_a_share() -> None:
    """binom.test; Wilson."""
    asked = published("70_preference_power.json")["binom.ci"]
    found, r = proportion(asked["spec"]["x"], asked["spec"]["n"]), asked["expected"]
    for theirs, ours in {**PROPORTION, "p_two_sided": "p"}.items():
        if theirs in r:
            assert getattr(found, ours) == same(r[theirs], rel=asked["tol"]["rel"]), ours
    assert found.p == same(r["p_two_sided"], rel=asked["tol"]["rel"])


# --- as R has them -----------------------------------------------------------------------------


def test_worths_as_r_has_them() -> None:
    """stats 4.2.2: glm(cbind(wins, losses) ~ -1 + X, binomial). survival 3.5-3: the exploded logit by coxph."""
    held = wide(study("rankings"))
    bt, r = worths(held, "baseline", "Bradley–Terry").table().set_index("condition"), ANSWERS["rankings.bt"]
    for name in ("active", "passive"):
        assert (bt.loc[name, "estimate"], bt.loc[name, "se"]) == same((r["est"][name], r["se"][name]), rel=1e-8)
    found, r = worths(held, "baseline"), ANSWERS["rankings.pl"]
    pl = found.table().set_index("condition")
    for name in ("active", "passive"):
        theirs = (r["est"][f"condition{name}"], r["se"][f"condition{name}"])
        assert (pl.loc[name, "estimate"], pl.loc[name, "se"]) == same(theirs, rel=1e-7)
    assert found.log_likelihood == same(r["loglik"], rel=1e-10)


def test_friedman_and_a_pair_as_r_has_them() -> None:
    """stats 4.2.2: friedman.test, binom.test, prop.test(correct = FALSE)."""
    held = wide(study("rankings"))
    found, r = friedman(held), ANSWERS["rankings.friedman"]
    assert (found.chi2, found.df, found.p) == same((r["chi2"], r["df"], r["p"]), rel=1e-10)
    assert found.w == same(found.chi2 / 48)
    one, r = pair(held, "active", "passive"), ANSWERS["rankings.binom"]
    assert (one.count, one.n) == (r["x"], 24)
    for theirs, ours in PROPORTION.items():
        assert getattr(one, ours) == same(r[theirs], rel=1e-8), ours


# --- by hand -----------------------------------------------------------------------------------

ORDERS = ["abc", "abc", "bac", "cab", "acb", "bca"]


def test_first_choices_by_hand() -> None:
    shown = first_choices(wide(ranked(*ORDERS))).set_index("condition")
    assert list(shown["count"]) == [3, 2, 1] and list(shown["null"]) == same([1 / 3] * 3)


def test_two_conditions_are_a_share() -> None:
    """Three of four prefer a: log odds log 3, both ways; Bradley–Terry and Plackett–Luce are one."""
    held = wide(ranked("ab", "ab", "ab", "ba"))
    for model in ("Bradley–Terry", "Plackett–Luce"):
        found = worths(held, "b", model)
        assert found.values[0] == same(np.log(3)) and np.sqrt(found.covariance[0, 0]) == same(np.sqrt(1 / 3 + 1))


def test_partial_rankings_count_for_what_they_say() -> None:
    """A first choice of three is a choice from three; leaving out the last place of a full ranking changes nothing."""
    full = plackett_luce([list(o) for o in ORDERS], "abc", "c")
    assert list(plackett_luce([list(o[:2]) for o in ORDERS], "abc", "c").values) == same(list(full.values))
    first = plackett_luce([list(o[:1]) for o in ORDERS], "abc", "c")
    assert list(first.values) == same([np.log(3), np.log(2), 0])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.permutations(list("abc")), min_size=6, max_size=12))
def test_worths_do_not_depend_on_the_reference_or_the_order_of_participants(orders: list[list[str]]) -> None:
    held = wide(ranked(*orders, *ORDERS))
    for model in ("Bradley–Terry", "Plackett–Luce"):
        one, other = worths(held, "a", model), worths(held.iloc[::-1], "c", model)
        assert list(one.values - one.values[2]) == same(list(other.values), abs=1e-8)


def test_the_bootstrap_is_seeded_counts_its_draws_and_turns_with_the_pair() -> None:
    held = wide(study("rankings"))
    one = worth_difference(held, "active", "baseline", draws=200, seed=5)
    assert one == worth_difference(held, "active", "baseline", draws=200, seed=5)
    assert one != worth_difference(held, "active", "baseline", draws=200, seed=6)
    assert "200 draws of participants (seed 5)" in one.method
    assert one.low < one.difference < one.high and one.scale == "log odds"
    back = worth_difference(held, "baseline", "active", draws=200, seed=5)
    assert (back.difference, back.low, back.se) == same((-one.difference, -one.high, one.se), rel=1e-6)


def test_naive_errors_of_implied_pairs_are_too_small() -> None:
    """Every participant gives the same ranking or its reverse: three pairs of one say no more than one."""
    held = wide(ranked(*["abc"] * 14, *["cba"] * 10))
    naive = worths(held, "c", "Bradley–Terry")
    honest = worth_difference(held, "a", "c", "Bradley–Terry", draws=400)
    assert honest.se > 1.3 * np.sqrt(naive.covariance[0, 0])


def test_labels_of_participants_and_nullable_ranks_do_not_matter() -> None:
    frame = study("rankings")
    other = frame.sample(frac=1, random_state=1).astype({"rank": "Int64", "condition": str})
    other["participant"] = "X" + other["participant"].str[::-1]
    one, two = worths(wide(frame.astype({"condition": str})), "baseline"), worths(wide(other), "baseline")
    assert list(two.values) == same(list(one.values), rel=1e-9)


# --- ties ---------------------------------------------------------------------------------------


def tied(*places: dict[str, int]) -> pd.DataFrame:
    rows = [(f"P{n}", name, place) for n, one in enumerate(places) for name, place in one.items()]
    return wide(pd.DataFrame(rows, columns=["participant", "condition", "rank"]))


def test_a_tie_is_half_a_win_for_each_and_no_vote_in_the_pair() -> None:
    """Two prefer a, two like both the same: 3 wins to 1, log odds log 3; of the two who told, two put a first."""
    held = tied(*[{"a": 1, "b": 2}] * 2, *[{"a": 1, "b": 1}] * 2)
    for model in ("Bradley–Terry", "Plackett–Luce"):
        assert worths(held, "b", model).values[0] == same(np.log(3))
    assert (pair(held, "a", "b").count, pair(held, "a", "b").n) == (2, 2)
    assert list(first_choices(held).set_index("condition")["count"]) == [2, 0]
    assert list(first_choices(held)["n"]) == [2, 2]


def test_a_tie_counts_as_one_vote_each_way_whatever_the_order_of_the_columns() -> None:
    """Two who tie b and c say as much as one b-c and one c-b; the honest SE sees the ties as well."""
    votes = [dict(zip(order, (1, 2, 3), strict=True)) for order in ORDERS]
    split = tied(*votes, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 2, "b": 3})
    both = tied(*votes, *[{"a": 1, "b": 2, "c": 2}] * 2)
    for model in ("Bradley–Terry", "Plackett–Luce"):
        want = worths(split, "c", model).values
        assert list(worths(both, "c", model).values) == same(list(want))
        turned = worths(both[["c", "b", "a"]], "c", model).values[::-1]
        assert list(turned) == same(list(want))
        found = worth_difference(both, "a", "c", model, draws=200)
        assert found.low < found.difference < found.high


def test_ties_have_mean_ranks_in_friedmans_test() -> None:
    """By hand: ranks 1, 2.5, 2.5 three times: sums 3, 7.5, 7.5; chi² = (12/36 · 121.5 − 36) / (1 − 18/72) = 6, all agree."""
    found = friedman(tied(*[{"a": 1, "b": 2, "c": 2}] * 3))
    assert (found.chi2, found.df, found.w) == same((6.0, 2, 1.0))


def test_where_all_is_tied_nothing_is_compared() -> None:
    held = tied(*[{"a": 1, "b": 1, "c": 1}] * 3)
    for told, refused in (
        (pair, "'a' and 'b' the same place"),
        (first_choices, "alone first"),
        (friedman, "same place"),
    ):
        with pytest.raises(NotEstimable, match=refused):
            told(held, "a", "b") if told is pair else told(held)


# --- what cannot be told -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (ranked("abc"), r"1 participant\(s\) ranked every condition"),
        (ranked("abc", "ab", "b"), r"1 participant\(s\) ranked every condition"),
        (ranked("a", "a"), "there is only 'a'"),
        (ranked("ab")[:0], "are none"),
        (pd.concat([ranked("ab", "ba"), ranked("ab")]), "P0 ranked 'a' more than once"),
        (ranked("ab", "ba").drop(columns="rank"), "no column 'rank'"),
    ],
)
def test_what_is_no_ranking_is_refused_by_name(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        wide(frame)


def test_infinite_worths_are_refused_by_name() -> None:
    held = wide(ranked("abc", "bac", "abc"))
    for model in ("Bradley–Terry", "Plackett–Luce"):
        with pytest.raises(NotEstimable, match="Nobody ever preferred 'c', directly or by way of others, to 'a'"):
            worths(held, "a", model)
    with pytest.raises(NotEstimable, match="Nobody ever preferred"):
        worth_difference(held, "a", "c", draws=100)


def test_other_refusals() -> None:
    held = wide(ranked(*ORDERS))
    with pytest.raises(NotEstimable, match="Nobody ranked condition 'z'"):
        pair(held, "a", "z")
    with pytest.raises(NotEstimable, match="'z' is none of the conditions"):
        worths(held, "z")
    with pytest.raises(NotEstimable, match="at least 100"):
        worth_difference(held, "a", "b", draws=10)
    with pytest.raises(NotEstimable, match="needs three conditions"):
        friedman(wide(ranked("ab", "ba")))
    with pytest.raises(NotEstimable, match="is no share"):
        proportion(3, 2)
