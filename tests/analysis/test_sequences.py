"""Transitions in the log: against R (stats), against numbers worked out by hand, and where the data allow none."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ordinal_reference import ANSWERS, study

from analysis.inference.estimate import NotEstimable
from analysis.inference.sequences import dwell, homogeneity, lag_one_z, transitions

pytestmark = pytest.mark.filterwarnings("error")
same = pytest.approx
NAMES = ("kind", "at", "condition", "participant")


def log(**sequences: str) -> pd.DataFrame:
    """`a_x="mem"`: participant a, condition x, events m, e, m, a second apart."""
    rows = [
        (who.split("_")[0], who.split("_")[1], at, kind)
        for who, kinds in sequences.items()
        for at, kind in enumerate(kinds)
    ]
    return pd.DataFrame(rows, columns=["participant", "condition", "at", "kind"])


# --- as R has them -----------------------------------------------------------------------------


def test_counts_and_z_as_r_has_them() -> None:
    """R 4.2.2: table(from, to), chisq.test(..., correct = FALSE)$stdres, in each condition."""
    found = {one.condition: one for one in transitions(study("sequences"), *NAMES)}
    for name, r in ANSWERS["sequences.z"].items():
        assert list(found[name].kinds) == r["names"]
        assert found[name].counts.tolist() == r["counts"]
        assert found[name].z.ravel().tolist() == same(np.array(r["z"]).ravel().tolist(), rel=1e-10)
        assert found[name].shares.sum(1).tolist() == same([1, 1, 1])


def test_homogeneity_as_r_has_it() -> None:
    """R 4.2.2: the sum over `from` of chisq.test(table(condition, to)); only p is by permutation."""
    found = homogeneity(study("sequences"), *NAMES, permutations=500, seed=4)
    assert found.chi2 == same(ANSWERS["sequences.homogeneity"]["chi2"], rel=1e-10)
    assert (found.permutations, found.seed, found.participants) == (500, 4, 24)
    assert found == homogeneity(study("sequences"), *NAMES, permutations=500, seed=4)
    assert 1 / 501 <= found.p < 0.05  # the data were made with different matrices


# --- by hand -----------------------------------------------------------------------------------


def test_transitions_by_hand() -> None:
    """m→e, e→m, m→e from a and m→m from b; nothing passes from a to b."""
    (found,) = transitions(log(a_x="meme", b_x="mm"), *NAMES)
    assert found.kinds == ("e", "m") and found.participants == 2
    assert found.counts.tolist() == [[0, 1], [2, 1]]
    assert found.shares[1].tolist() == same([2 / 3, 1 / 3])
    table = found.table()
    assert list(table["count"]) == [0, 1, 2, 1] and list(table.columns)[1:3] == ["from", "to"]


def test_z_by_hand() -> None:
    """Of 8 transitions, 3 of 4 from a go to b, which 4 of 8 reach: (3 − 2) / √(2 × ½ × ½) = √2."""
    assert lag_one_z(np.array([[1.0, 3.0], [3.0, 1.0]]))[0, 1] == same(np.sqrt(2))
    assert np.isnan(lag_one_z(np.array([[2.0, 3.0], [0.0, 0.0]]))).all()


def test_events_are_ordered_by_their_time_not_by_their_row() -> None:
    frame = study("sequences")
    shuffled = frame.sample(frac=1, random_state=5)
    for one, other in zip(transitions(frame, *NAMES), transitions(shuffled, *NAMES), strict=True):
        assert one.counts.tolist() == other.counts.tolist()
    assert homogeneity(frame, *NAMES, permutations=50) == homogeneity(shuffled, *NAMES, permutations=50)


def test_labels_move_within_participants_only() -> None:
    """Participants differ, conditions do not: every permutation gives the statistic of the data, p = 1."""
    frame = log(a_x="mememe", a_y="mememe", b_x="mmmmee", b_y="mmmmee")
    found = homogeneity(frame, *NAMES, permutations=60)
    assert (found.chi2, found.p) == (same(0), 1)


def test_a_difference_that_all_share_is_found() -> None:
    """Eight participants who all differ the same way: only 2 of 256 relabellings are as extreme."""
    people = "abcdefgh"
    frame = log(
        **{f"{who}_{name}": kinds for who, (name, kinds) in product(people, (("x", "mememe"), ("y", "mmmmme")))}
    )
    exact = 2 / 2**8
    found = homogeneity(frame, *NAMES, permutations=4000, seed=2)
    assert found.p == same(exact, abs=4 * np.sqrt(exact / 4000))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_swapping_all_labels_changes_nothing(seed: int) -> None:
    frame = study("sequences")
    swapped = frame.assign(condition=frame["condition"].map({"active": "passive", "passive": "active"}))
    one, other = (homogeneity(f, *NAMES, permutations=20, seed=seed) for f in (frame, swapped))
    assert one.chi2 == same(other.chi2)


def test_dwell_by_hand() -> None:
    """a: m lasts 2 and 4 (median 3), e 1; b: m lasts 5. Means of medians: m (3 + 5) / 2, e 1."""
    rows = [
        ("a", "x", 0, "m"),
        ("a", "x", 2, "e"),
        ("a", "x", 3, "m"),
        ("a", "x", 7, "e"),
        ("b", "x", 0, "m"),
        ("b", "x", 5, "e"),
    ]
    shown = dwell(pd.DataFrame(rows, columns=["participant", "condition", "at", "kind"]), *NAMES)
    e, m = shown.to_dict("records")
    assert (m["kind"], m["participants"], m["spells"], m["mean"]) == ("m", 2, 3, 4)
    assert m["sd"] == same(np.sqrt(2))
    assert (e["participants"], e["mean"]) == (1, 1)


# --- what cannot be told -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (log(a_x="mem"), "at least 2 participants"),
        (log(a_x="mem")[:0], "at least 2 participants"),
        (log(a_x="mmm", b_x="mm"), "Every event is 'm'"),
        (log(a_x="m", b_x="e"), "there is no transition"),
        (pd.concat([log(a_x="mem", b_x="me"), log(a_x="e")]), "a has two events at one time in 'x'"),
        (log(a_x="mem", b_x="me").drop(columns="at"), "no column 'at'"),
    ],
)
def test_what_has_no_transitions_is_refused_by_name(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        transitions(frame, *NAMES)


def test_conditions_that_cannot_be_permuted() -> None:
    with pytest.raises(NotEstimable, match="there is only 'x'"):
        homogeneity(log(a_x="mem", b_x="me"), *NAMES)
    with pytest.raises(NotEstimable, match="within anybody"):
        homogeneity(log(a_x="mem", b_y="me"), *NAMES)
