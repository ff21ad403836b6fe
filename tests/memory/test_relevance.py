"""Which texts bear on a message: words in any form, everyday topics, the conversation before."""

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.everyday import RELATED, TOPICS, topics_of_stems
from memory.relevance import BEARS, bears_on, relevance
from memory.words import stem, stems

STATEMENTS = ("I am a vegetarian.", "I own a red bicycle.", "My budget is small.", "I was born in Ghent.")
words = st.text(alphabet="abcdefghij sea?!.,'’\n", max_size=40)


def first(message: str, *context: str) -> str:
    scores = relevance(message, context, STATEMENTS)
    return STATEMENTS[scores.index(max(scores))]


def test_forms_of_a_word_meet() -> None:
    assert stem("bicycles") == stem("bicycle")
    assert stem("hiking") == stem("hike") == stem("hikes")
    assert stems("Where are the dog's allergies?") == (stem("dog"), stem("allergy"))
    assert first("How are bicycles repaired?") == STATEMENTS[1]


def test_topics_bring_what_shares_no_word() -> None:
    assert first("What could I cook for dinner?") == STATEMENTS[0]
    assert first("Is this expensive?") == STATEMENTS[2]


def test_the_conversation_before_decides_where_the_message_does_not() -> None:
    assert first("And then?", "What does a bicycle tour need?", "A bicycle.") == STATEMENTS[1]
    assert first("And then?", "I have to save money.", "Yes.") == STATEMENTS[2]


def test_what_has_nothing_to_do_with_the_message_does_not_bear_on_it() -> None:
    scores = bears_on("Which vegetarian dinner could I cook?", (), STATEMENTS)
    assert [score >= BEARS for score in scores] == [True, False, False, False]


@settings(deadline=None)
@given(words, st.lists(words, max_size=4), st.lists(words, max_size=5))
def test_scores_are_shares_and_each_text_is_judged_for_itself(
    message: str, context: list[str], texts: list[str]
) -> None:
    scores = relevance(message, context, texts)
    assert all(0 <= score <= 1.0001 for score in scores)
    assert scores == [relevance(message, context, [text])[0] for text in texts]


def test_another_embeddings_likeness_counts() -> None:
    near, far = (relevance("qqq", (), ["zzz"], [likeness])[0] for likeness in (1.0, 0.0))
    assert near > far == 0


def test_the_topics_are_whole() -> None:
    assert set(RELATED) == set(TOPICS)
    assert all(set(others.split()) <= set(TOPICS) - {topic} for topic, others in RELATED.items())
    assert {topic for topics in topics_of_stems().values() for topic in topics} == set(TOPICS)
