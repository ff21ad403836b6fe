"""A change by form changes its own lines and no others, and means exactly what was asked for."""

import copy
import difflib
import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_study import SHIPPED

from study.yaml_edit import ABSENT, EditRefused, Fresh, arrange, drop, put, value_at

FILES = {file.stem: file.read_text(encoding="utf-8") for file in sorted(SHIPPED.glob("*.yaml"))}
CONTENTS = {name: yaml.safe_load(text) for name, text in FILES.items()}
DEMO = FILES["active_vs_passive"]


def changes(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are gone and those that are new."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    return [line[1:] for line in lines if line[0] == "-"], [line[1:] for line in lines if line[0] == "+"]


@pytest.mark.parametrize(
    ("place", "value", "gone", "new"),
    [
        (("title",), "A: better # title", "title: Planning with an assistant", "title: 'A: better # title'"),
        (("version",), "2", 'version: "1"', "version: '2'"),
        (("design", "planned_participants"), 48, "  planned_participants: 24", "  planned_participants: 48"),
        (("conditions", 2, "mechanisms", 1, "params", "top_k"), 5, "        params: {top_k: 3}", "        params: {top_k: 5}"),
        (("conditions", 2, "mechanisms", 1, "params", "unit"), "segment", "        params: {top_k: 3}",
         "        params: {top_k: 3, unit: segment}"),
        (("conditions", 0, "mechanisms", 0, "params", "x"), 1, "      - {name: none}", "      - {name: none, params: {x: 1}}"),
        (("task_rule", "max_minutes"), 12.5, "task_rule: {min_turns: 3}", "task_rule: {min_turns: 3, max_minutes: 12.5}"),
        (("consent", "version"), "no", '  version: "1"', "  version: 'no'"),
        (("timeline", 3, "steps", 2, "instruments"), ["sus"],
         "        instruments: [nasa_tlx, ueq_s, control, personalisation, comfort]", "        instruments: [sus]"),
    ],
)  # fmt: skip
def test_one_line_changes(place: tuple[int | str, ...], value: Any, gone: str, new: str) -> None:
    assert changes(DEMO, put(DEMO, place, value)) == ([gone], [new])


@pytest.mark.parametrize(
    ("place", "value", "new", "after"),
    [
        (("design", "quota"), 30, "  quota: 30", "  planned_participants: 24"),
        (("completion", "redirect_url"), "https://x.org/{code}", "  redirect_url: 'https://x.org/{code}'", "  code: ATELIER-DEMO"),
        (("conditions", 1, "plan_panel"), "hidden", "    plan_panel: hidden",
         "            - {id: own_words, type: text, label: Always keep in mind}"),
        (("recruitment", "id_parameter"), "rid", "recruitment: {id_parameter: rid}", "    - [passive, baseline]"),
    ],
)  # fmt: skip
def test_one_line_is_new(place: tuple[int | str, ...], value: Any, new: str, after: str) -> None:
    made = put(DEMO, place, value)
    assert changes(DEMO, made) == ([], [new])
    lines = made.splitlines()
    assert lines[lines.index(new) - 1] == after


def test_a_new_key_stands_where_it_belongs() -> None:
    order = ("title", "model", "prices", "reply_timeout")
    made = put(DEMO, ("prices",), {"input": 1.5, "output": 2}, order)
    assert "model: offline\nprices: {input: 1.5, output: 2}\nreply_timeout: 60\n" in made


def test_texts_of_several_lines_are_replaced_as_a_whole() -> None:
    gone, new = changes(DEMO, put(DEMO, ("consent", "text"), "Fine"))
    assert new == ["  text: Fine"] and gone[0] == "  text: |" and len(gone) > 10


def test_what_stands_for_nothing_is_filled() -> None:
    text = "a:\nb: # nothing\n  # here\nc: ~\n"
    assert put(text, ("a",), 1) == text.replace("a:", "a: 1")
    assert put(text, ("a", "x", "y"), 1) == text.replace("a:", "a: {x: {y: 1}}")
    assert put(text, ("c", "x"), 1) == text.replace("~", "{x: 1}")
    assert yaml.safe_load(put(text, ("b",), [1])) == {"a": None, "b": [1], "c": None}


@pytest.mark.parametrize(
    ("place", "gone"),
    [
        (("reply_timeout",), ["reply_timeout: 60"]),
        (("design", "orders"), ["  orders: all"]),
        (("analysis", "contrasts"), ["  contrasts:", "    - [active, passive]", "    - [active, baseline]", "    - [passive, baseline]"]),
    ],
)  # fmt: skip
def test_a_key_goes_with_its_lines(place: tuple[str, ...], gone: list[str]) -> None:
    assert changes(DEMO, drop(DEMO, place)) == (gone, [])


def test_a_key_goes_out_of_a_line() -> None:
    assert drop("a: {b: 1, c: 2, d: 3} # x\n", ("a", "c")) == "a: {b: 1, d: 3} # x\n"
    assert drop("a: {b: 1, c: 2}\n", ("a", "b")) == "a: {c: 2}\n"
    assert drop("a: {b: 1}\n", ("a", "b")) == "a: {}\n"
    assert drop("a:\n  b: 1\nc: 2\n", ("a", "b")) == "a: {}\nc: 2\n"
    assert drop("a: 1\n", ("b",)) == "a: 1\n"


def test_a_list_is_put_in_order_with_the_comments_of_its_items() -> None:
    text = "tasks:\n  - one  # first\n  # about two\n  - two\n  - three\nrest: 1\n"
    assert arrange(text, ("tasks",), [1, 0, Fresh("four")]) == (
        "tasks:\n  # about two\n  - two\n  - one  # first\n  - four\nrest: 1\n"
    )
    assert (
        arrange("tasks: [one, 'two', three] # x\n", ("tasks",), [2, 1, Fresh("no")])
        == "tasks: [three, 'two', 'no'] # x\n"
    )
    assert arrange(text, ("tasks",), []) == "tasks: []\nrest: 1\n"
    assert arrange("a: 1\n", ("tasks",), [Fresh("x")]) == "a: 1\ntasks: [x]\n"
    assert arrange("tasks:\n- a\n- b", ("tasks",), [Fresh("c"), 0]) == "tasks:\n- c\n- a\n"


def test_mechanisms_go_and_come_without_touching_the_others() -> None:
    made = arrange(DEMO, ("conditions", 1, "mechanisms"), [1, Fresh({"name": "critic"})])
    assert changes(DEMO, made) == (["      - {name: needs_panel}"], ["      - {name: critic}"])


def test_one_place_that_stands_for_several_is_left_to_the_text() -> None:
    text = FILES["prompt_factorial"]
    shared = ("conditions", 1, "mechanisms", 0, "params", "parts", "identity")
    for place in (shared, ("conditions", 0, *shared[2:])):
        with pytest.raises(EditRefused, match=r"conditions.*identity is written in a way that only the text itself"):
            put(text, place, "Something else.")
    own = put("a: &x one\nb: 2\n", ("a",), "two")
    assert own == "a: &x two\nb: 2\n"
    merged = "base: &b {k: 1}\nuse:\n  <<: *b\n  own: 2\n"
    with pytest.raises(EditRefused):
        put(merged, ("use", "k"), 5)
    assert yaml.safe_load(put(merged, ("use", "own"), 5)) == {"base": {"k": 1}, "use": {"k": 1, "own": 5}}


@pytest.mark.parametrize("text", ["a: [", "- a\n", "a: !x 1\n", "", "a: 1\na: 2\n"])
def test_a_text_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(EditRefused, match="cannot be read now"):
        put(text, ("a",), 1)


def places(content: Any, here: tuple[int | str, ...] = ()) -> list[tuple[int | str, ...]]:
    """Every place in what was read."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [*([here] if here else []), *(p for key, value in inner for p in places(value, (*here, key)))]


VALUES = st.one_of(
    st.integers(-9, 99), st.booleans(), st.none(), st.sampled_from(["a word", "no", "a: b", "# x", "it's", "", "é", "two\nlines"]),
    st.lists(st.integers(0, 3), max_size=3), st.just({}), st.just({"k": "v"}),
)  # fmt: skip


@settings(max_examples=120)
@given(name=st.sampled_from(sorted(FILES)), value=VALUES, data=st.data())
def test_any_change_of_a_shipped_protocol_changes_that_place_alone(name: str, value: Any, data: st.DataObject) -> None:
    text, content = FILES[name], CONTENTS[name]
    place = data.draw(st.sampled_from(places(content)))
    old = value_at(content, place)
    assume(value != old and isinstance(place[-1], str))
    try:
        made = put(text, place, value)
    except EditRefused:
        assert re.search(r"[:-] &\w", text)
        return
    assert as_read(made) == as_read_with(content, place, value)
    gone, new = changes(text, made)
    extent = text.count("\n") if isinstance(old, dict | list) else str(old).count("\n") + 2
    assert len(new) <= 1 and len(gone) <= extent
    if not isinstance(old, dict | list):
        again = put(made, place, old)
        assert as_read(again) == json.loads(json.dumps(content, default=str))


@settings(max_examples=80)
@given(name=st.sampled_from(sorted(FILES)), data=st.data())
def test_any_list_can_be_put_in_any_order(name: str, data: st.DataObject) -> None:
    text, content = FILES[name], CONTENTS[name]
    place = data.draw(st.sampled_from([p for p in places(content) if isinstance(value_at(content, p), list)]))
    old = value_at(content, place)
    items = data.draw(st.permutations(range(len(old))))[: data.draw(st.integers(1, len(old)))]
    try:
        made = arrange(text, place, items)
    except EditRefused:
        assert re.search(r"[:-] &\w", text)
        return
    assert as_read(made) == as_read_with(content, place, [old[n] for n in items])
    assert not set(changes(text, made)[1]) - set(text.splitlines()) or text.count("[")


def as_read(text: str) -> Any:
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def as_read_with(content: Any, place: tuple[int | str, ...], value: Any) -> Any:
    """What was read, with one value in the place of another."""
    made = copy.deepcopy(content)
    value_at(made, place[:-1])[place[-1]] = value
    return json.loads(json.dumps(made, default=str))


def test_absent_is_told_from_nothing() -> None:
    assert value_at({"a": None}, ("a",)) is None
    assert value_at({"a": [1]}, ("a", 1)) is ABSENT and value_at({"a": 1}, ("a", "b")) is ABSENT
