"""The page as a fold: the person's lines stay, removed ones stay away, and a rewrite cannot lose it by accident."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.page import Page, allowed, edited, lines_of, lost, page_of, repeats, subject, tokens
from study.events import PageWritten


def written(
    version: int, text: str, by: Any = "mechanism", own: tuple[str, ...] = (), name: str = "one"
) -> PageWritten:
    return PageWritten(mechanism=name, version=version, text=text, by=by, own=own, evidence=("m",))


def test_lines_lose_bullets_blanks_and_repetitions_only() -> None:
    assert lines_of("- Likes trains\n\n  * By night \nLikes trains\n---\n5-star: no") == (
        "Likes trains",
        "By night",
        "5-star: no",
    )


def test_the_page_is_the_last_version_with_what_was_before_it() -> None:
    events = [written(1, "A"), written(9, "X", name="two"), written(2, "A\nB"), "something else"]
    page = page_of(events, "one")
    assert (page.lines, page.version, page.before, page.evidence) == (("A", "B"), 2, "A", ("m",))
    assert page_of([], "one") == Page()


def test_an_edit_says_what_is_the_persons_and_what_they_took_away() -> None:
    page = edited(Page(("A one", "B two", "C three"), 1), "A one\nB better\nD four")
    assert (page.own, page.removed) == (("B better", "D four"), ("B two", "C three"))
    again = edited(page, "A one\nC three\nD four")
    assert again.own == ("C three", "D four"), "a line that they put back is theirs"
    assert again.removed == ("B two", "B better")


def test_what_was_removed_stays_removed_through_later_versions() -> None:
    removing = edited(Page(("A one", "B two"), 1), "A one")
    events = [written(1, "A one\nB two"), written(2, removing.text, "person"), written(3, "A one\nC three")]
    assert page_of(events, "one").removed == ("B two",)


@pytest.mark.parametrize(
    ("line", "removed", "expected"),
    [
        ("Likes trains", "likes TRAINS.", True),
        ("Likes night trains a lot", "Likes trains", True),
        ("Trains are what they like", "Likes trains", False),
        ("Not by train", "By train", False),
        ("By train", "Not by train", False),
        ("Never by train", "Not by train", False),
        ("Budget: high", "Budget: low", False),
    ],
)
def test_a_removed_line_is_known_again_by_its_words(line: str, removed: str, expected: bool) -> None:
    assert repeats(line, removed) is expected


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("abcd", 1), ("abcde", 2), ("ä" * 4, 2), ("日本語!", 3), ("\ud800", 1)]
)
def test_tokens_are_a_quarter_of_the_bytes(text: str, count: int) -> None:
    assert tokens(text) == count


@pytest.mark.parametrize(
    ("line", "expected"),
    [("Getting around: by train", "getting around"), ("At 12:30", ""), ("Trains", ""), (": x", "")],
)
def test_the_subject_stands_before_a_colon(line: str, expected: str) -> None:
    assert subject(line) == expected


def test_too_long_a_rewrite_is_cut_after_the_last_line_that_fits() -> None:
    lines = [f"Subject {n}: {'x' * 29}" for n in range(9)]  # 40 bytes each
    assert allowed(Page(), lines, 41) == tuple(lines[:4]), "4 × 40 + 3 = 163 bytes are 41 tokens"
    assert allowed(Page(), lines, 40) == tuple(lines[:3])
    assert allowed(Page(), ["x" * 400], 40) == ()
    assert allowed(Page(own=("Mine",)), ["x" * 400], 40) == ("Mine",)


def test_what_else_is_said_on_the_subject_of_an_own_line_is_left_out() -> None:
    page = Page(("Budget: not more than 200 euros",), own=("Budget: not more than 200 euros",))
    rewrite = ["budget: high", "Pace: calm", "budget: NOT more than 200 euros"]
    assert allowed(page, rewrite, 100) == ("Budget: not more than 200 euros", "Pace: calm")


@pytest.mark.parametrize(
    ("rewrite", "expected"),
    [
        ([], 3),
        (["Nothing new was said"], 3),
        (["Budget: low", "Pace: calm"], 0),
        (["Budget low, pace calm, by train"], 0),
        (["Budget: low"], 0),
    ],
)
def test_a_rewrite_that_loses_the_page_is_noticed(rewrite: list[str], expected: int) -> None:
    assert lost(Page(("Budget: low", "Pace: calm", "Travel: train")), rewrite) == expected


def test_one_or_two_lines_may_be_replaced_but_not_wiped_out() -> None:
    page = Page(("Likes trains", "Likes tents"))
    assert lost(page, ["Goes by car", "Sleeps in hotels"]) == 0
    assert lost(page, []) == 2
    assert lost(Page(), []) == 0
    assert lost(Page(("Mine",), own=("Mine",)), []) == 0


LINE = st.text(st.sampled_from("ab: "), min_size=1, max_size=12).map(lambda s: s.strip()).filter(lines_of)
LINES = st.lists(LINE, max_size=6)


@given(LINES, LINES, LINES, st.integers(min_value=50, max_value=80))
def test_whatever_the_rewrite_the_person_outranks_it(
    before: list[str], after: list[str], rewrite: list[str], limit: int
) -> None:
    page = edited(Page(lines_of("\n".join(before)), 1), "\n".join(after))
    lines = allowed(page, rewrite, limit)
    assert set(page.own) <= set(lines)
    assert not set(page.removed) & set(lines)
    assert set(lines) <= set(page.own) | set(lines_of("\n".join(rewrite)))
    assert tokens("\n".join(lines)) <= max(limit, tokens("\n".join(page.own)))
