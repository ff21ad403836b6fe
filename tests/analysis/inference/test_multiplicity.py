"""Adjusted p values: against R, and families that do not mix. (Holm by hand: test_comparisons.)"""

from math import isnan, nan

import pytest
from answers_from_r import reference
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference.estimate import NotEstimable
from analysis.inference.multiplicity import Family, adjusted, benjamini_hochberg, holm

pytestmark = pytest.mark.filterwarnings("error")


def test_both_are_rs() -> None:
    theirs = reference("ranks")["p_adjust"]
    assert holm(theirs["p"]) == pytest.approx(theirs["holm"], rel=1e-12)
    assert benjamini_hochberg(theirs["p"]) == pytest.approx(theirs["bh"], rel=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_false_discovery_is_milder_than_holm_and_order_does_not_matter(p: list[float], random) -> None:  # type: ignore[no-untyped-def]
    places = random.sample(range(len(p)), len(p))
    mild, strict = benjamini_hochberg(p), holm(p)
    assert all(raw <= q <= h + 1e-12 for raw, q, h in zip(p, mild, strict, strict=True))
    shuffled = benjamini_hochberg([p[place] for place in places])
    assert shuffled == pytest.approx([mild[place] for place in places])


def test_each_family_is_corrected_by_itself() -> None:
    """Confirmatory: 0.02 and 0.03 become 0.04 and 0.04. Exploratory: two of three count."""
    table = adjusted(
        [
            Family("confirmatory", {"trust": 0.02, "control": 0.03}),
            Family("exploratory", {"turns": 0.04, "words": nan, "edits": 0.5}, "benjamini-hochberg"),
            Family("checks", {"adapted": 0.2}, "none"),
        ]
    ).set_index("test")
    assert list(table["p_adjusted"].drop("words")) == pytest.approx([0.04, 0.04, 0.08, 0.5, 0.2])
    assert isnan(table.loc["words", "p_adjusted"])
    assert list(table["size"]) == [2, 2, 2, 2, 2, 1]
    assert list(adjusted([]).columns) == ["family", "test", "p", "p_adjusted", "method", "size"]


def test_what_is_no_family_is_said() -> None:
    with pytest.raises(NotEstimable, match="p = 1.2; p lies between 0 and 1"):
        adjusted([Family("a", {"x": 1.2})])
    with pytest.raises(NotEstimable, match="'x' stands in two families, 'a' and 'b'"):
        adjusted([Family("a", {"x": 0.1}), Family("b", {"x": 0.2})])
