"""Conversations cut into turns, topics and tasks; the cuts of TextTiling by hand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.mechanism import Line
from memory.units import Remark, parts, remarks, segments, shortened, tasks, turns

SEA = ("I love the sea and long beaches", "A beach by the sea, then", "Is there a beach close to the sea?")
MONEY = ("My budget is small", "What would a small budget allow?", "Cheap, with a small budget")


def conversation(*pairs: tuple[str, str], step: str = "") -> list[Line]:
    return [
        line
        for n, (said, reply) in enumerate(pairs)
        for line in (Line(f"m{step}{n}", "user", said, step=step), Line(f"t{step}{n}", "assistant", reply, step=step))
    ]


def test_a_short_answer_is_read_with_its_question_and_nothing_else_is() -> None:
    lines = conversation(
        ("I want to travel.", "Lovely! Would you like to be near the sea?"),
        ("Yes, please.", "Noted."),
        ("No.", "And then? By train or by car?"),
        ("I would rather travel by train with my old dog", "Fine?"),
        ("?!", ""),
    )
    assert [remark.asked for remark in remarks(lines)] == ["", "Would you like to be near the sea?", "", "", ""]
    assert remarks(lines)[1].whole == "Would you like to be near the sea? Yes, please."
    assert remarks(lines)[1].reply == "Noted."


def test_the_question_of_another_task_is_not_what_is_answered() -> None:
    lines = [*conversation(("Hello there", "Near the sea?"), step="a"), *conversation(("Yes.", "Fine."), step="b")]
    assert [remark.asked for remark in remarks(lines)] == ["", ""]


def test_a_conversation_is_cut_where_the_topic_changes() -> None:
    said = remarks(conversation(*((text, "I see.") for text in (*SEA, *MONEY))))
    assert [unit.ids for unit in segments(said)] == [("m0", "m1", "m2"), ("m3", "m4", "m5")]
    assert [unit.ids for unit in segments(said[:3])] == [("m0", "m1", "m2")]


def test_tasks_are_never_joined_and_turns_stand_alone() -> None:
    said = [Remark(f"{step}{n}", text, step=step) for step in "ab" for n, text in enumerate(SEA)]
    assert [unit.ids for unit in tasks(said)] == [("a0", "a1", "a2"), ("b0", "b1", "b2")]
    assert all(len({remark.step for remark in unit.remarks}) == 1 for unit in segments(said))
    assert [unit.ids for unit in turns(said)] == [(remark.id,) for remark in said]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["sea beach", "budget cheap", "dog", ""]), st.sampled_from("ab")), max_size=12)
)
def test_every_cut_keeps_every_remark_once_and_in_order(drawn: list[tuple[str, str]]) -> None:
    said = [Remark(f"m{n}", text, step=step) for n, (text, step) in enumerate(sorted(drawn, key=lambda pair: pair[1]))]
    for cut in (turns, segments, tasks):
        assert [remark for unit in cut(said) for remark in unit.remarks] == said


def test_a_unit_is_shortened_to_some_of_its_sentences() -> None:
    (unit,) = tasks([Remark("a", "I love the sea. My car is old!"), Remark("b", "Hm."), Remark("c", "By train?")])
    assert parts(unit) == ["I love the sea.", "My car is old!", "Hm.", "By train?"]
    kept = shortened(unit, [True, False, False, True])
    assert [(remark.id, remark.text) for remark in kept.remarks] == [("a", "I love the sea."), ("c", "By train?")]
