"""What changed from one text to another."""

from hypothesis import given
from hypothesis import strategies as st

from pages.shared.changes import marked

TEXT = st.lists(st.sampled_from(["a ", "b ", "c\n", "dd", " "]), max_size=20).map("".join) | st.text(max_size=60)


def test_words_that_were_put_in_and_taken_out_are_marked() -> None:
    assert marked("near the sea", "near the lake") == [("same", "near the "), ("old", "sea"), ("new", "lake")]
    assert marked("", "new") == [("new", "new")] and marked("old", "") == [("old", "old")]
    assert marked("", "") == []


@given(before=TEXT, after=TEXT)
def test_both_texts_can_be_read_from_the_marks(before: str, after: str) -> None:
    parts = marked(before, after)
    assert "".join(words for kind, words in parts if kind != "old") == after
    assert "".join(words for kind, words in parts if kind != "new") == before
    assert all(words for _, words in parts)
