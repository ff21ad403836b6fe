"""Whatever a browser sends: an answer is stored as its item allows, or refused with a reason."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sittings import answers

from study.errors import AnswerRefused
from study.events import QuestionnaireAnswered
from study.instruments import TEXT_LIMIT, Instrument, Item, check_answers, missing, tables
from study.protocol import Protocol

CONDITIONS = ["plain", "steered"]
SHIPPED = sorted((Path(__file__).parents[2] / "protocols" / "instruments").glob("*.yaml"))
NUMBERS = st.integers() | st.floats() | st.integers(10**300, 10**310)
TEXTS = st.text(max_size=8) | st.text(st.characters(categories=["Cs", "Cc", "L"]), max_size=4)
WORDS = st.sampled_from(["red", "green", "blue", "plain", "steered", "baseline"])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | WORDS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def everything(small: Protocol) -> Instrument:
    return small.instrument("everything")


def check(instrument: Instrument, **changed: Any) -> dict[str, Any]:
    return check_answers(instrument, {**answers(instrument, CONDITIONS), **changed}, CONDITIONS)


ACCEPTED: list[tuple[str, Any]] = [
    *(("effort", value) for value in (0, 5, 95, 100, 50.0)),
    *(("share", value) for value in (0, 0.1, 0.3, 0.6, 0.7, 0.9, 1)),
    *(("agree", value) for value in (1, 4, 7)),
    *(("pair", value) for value in (-3, 0, 3)),
    *(("colour", value) for value in ("red", "green", "blue")),
    *(("colours", value) for value in (["red"], ["blue", "red"], ["red", "green", "blue"])),
    *(("order", value) for value in ({"red": 1, "green": 2, "blue": 3}, {"blue": 1, "red": 1, "green": 3})),
    *(("versions", value) for value in ({"plain": 1, "steered": 2}, {"steered": 1, "plain": 1})),
    *(("either", value) for value in ("red", "green")),
    *(("years", value) for value in (0, 120, 2.5)),
    *(("day", value) for value in ("2020-01-01", "2024-02-29", "2026-12-31")),
    *(("word", value) for value in ("yes", " padded ", "日本", "x" * TEXT_LIMIT)),
]
NO_NUMBER: list[Any] = [
    "3",
    "",
    " ",
    True,
    False,
    None,
    [],
    [3],
    {"value": 3},
    float("nan"),
    float("inf"),
    -float("inf"),
]
HOSTILE: dict[str, list[Any]] = {
    "effort": [*NO_NUMBER, -5, 105, 3, 2.5, 10**400, -(10**400), 1e308],
    "share": [*NO_NUMBER, 0.05, 0.31, 1.1, -0.1],
    "agree": [*NO_NUMBER, 0, 8, 3.5, 10**400],
    "pair": [*NO_NUMBER, -4, 4],
    "colour": ["Red", "red ", "yellow", "", 0, True, ["red"], {"red": 1}, "red\0", "r" * 100_000],
    "colours": [["yellow"], ["red", "red"], ["red", ["green"]], [{}], [None], [["red"]], "yellow", {"red": True}, 7],
    "order": [["red"], ["red", "green"], ["red", "red", "blue"], ["red", "green", "blue", "red"], "red", {"1": "red"}],
    "versions": [["plain"], ["plain", "plain"], ["plain", "baseline"], ["A", "B"], [1, 2], [10**5000, "plain"]],
    "either": ["blue", "Red", "", None, 0, True, ["red"], ["red", "green"], {"red": 1}, "red or green"],
    "years": [*NO_NUMBER, -1, 121, 10**400, 1e300],
    "day": [
        *("2019-12-31", "2027-01-01", "2025-02-29", "2026-13-01", "20260331", "2026-W14-2", "31.03.2026"),
        *("2026-03-31T10:00", " 2026-03-31", "2026-3-31", "２０２６-03-31", "", "today", None, 20260331, 1.5, True),
        *([], ["2026-03-31"], {"year": 2026}, "2026-03-31" * 10_000),
    ],
    "word": [5, True, ["yes"], {"a": 1}, "x" * (TEXT_LIMIT + 1), "", "  \n\t "],
    "why": [5, False, ["because"], {"a": "b"}, "x" * (TEXT_LIMIT + 1)],
}


@pytest.mark.parametrize(("item", "value"), ACCEPTED)
def test_a_value_of_the_item_is_kept_as_it_was_given(everything: Instrument, item: str, value: Any) -> None:
    assert check(everything, **{item: value})[item] == value


@pytest.mark.parametrize(("item", "value"), [(item, value) for item, many in HOSTILE.items() for value in many])
def test_a_value_that_the_item_does_not_offer_is_refused_and_the_item_named(
    everything: Instrument, item: str, value: Any
) -> None:
    with pytest.raises(AnswerRefused) as refused:
        check(everything, **{item: value})
    assert everything.item(item).text in str(refused.value)
    assert len(str(refused.value)) < 500, "what a participant reads does not repeat a huge value"


def test_every_item_type_is_covered(everything: Instrument) -> None:
    assert {item.type for item in everything.items} == set(Item.model_fields["type"].annotation.__args__)  # type: ignore[union-attr]
    assert set(HOSTILE) == {item.id for item in everything.items}


@pytest.mark.parametrize("unknown", ["invented", "", "agree ", "x" * 100_000, 5, None, ("agree",)])
def test_an_item_of_another_instrument_is_refused(everything: Instrument, unknown: Any) -> None:
    given_answers = {**answers(everything, CONDITIONS), unknown: 1}
    with pytest.raises(AnswerRefused, match="is no item of everything"):
        check_answers(everything, given_answers, CONDITIONS)


def test_every_required_item_without_an_answer_is_named_at_once(everything: Instrument) -> None:
    given_answers: dict[str, Any] = {"effort": 5, "colours": [], "word": "  ", "agree": None}
    lacking = [item.id for item in missing(everything, given_answers)]
    assert lacking == [
        "share",
        "agree",
        "pair",
        "colour",
        "colours",
        "order",
        "versions",
        "either",
        "years",
        "day",
        "word",
    ]
    with pytest.raises(AnswerRefused) as refused:
        check_answers(everything, given_answers, CONDITIONS)
    assert all(everything.item(item).text in str(refused.value) for item in lacking)
    assert "How hard?" not in str(refused.value)


@pytest.mark.parametrize("blank", [None, "", "   ", []])
def test_an_optional_item_may_be_left_empty_and_is_stored_as_nothing(everything: Instrument, blank: Any) -> None:
    assert check(everything, why=blank)["why"] is None
    left_out = {k: v for k, v in answers(everything, CONDITIONS).items() if k != "why"}
    assert check_answers(everything, left_out, CONDITIONS)["why"] is None


def test_ranking_the_versions_needs_exactly_those_the_participant_met(everything: Instrument) -> None:
    assert check(everything, versions=["steered", "plain"])["versions"] == {"steered": 1, "plain": 2}
    with pytest.raises(AnswerRefused, match="rank all"):
        check_answers(everything, answers(everything, CONDITIONS), [*CONDITIONS, "third"])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"red": 1, "green": 2, "blue": 3}, {"red": 1, "green": 2, "blue": 3}),
        ({"red": 2, "green": 2, "blue": 1}, {"red": 2, "green": 2, "blue": 1}),
        ({"red": 1, "green": 1, "blue": 2}, {"red": 1, "green": 1, "blue": 3}),
        ({"red": 3, "green": 3, "blue": 3}, {"red": 1, "green": 1, "blue": 1}),
    ],
)
def test_places_may_be_shared_and_are_stored_without_gaps_before_the_first(
    everything: Instrument, sent: dict[str, int], kept: dict[str, int]
) -> None:
    assert check(everything, order=sent)["order"] == kept


@pytest.mark.parametrize(
    "sent",
    [
        {"red": 1, "green": 2},
        {"red": 1, "green": 2, "pink": 3},
        {"red": 0, "green": 2, "blue": 3},
        {"red": 1, "green": 2, "blue": 4},
        {"red": 1, "green": 2, "blue": True},
        {"red": 1, "green": 2, "blue": "3"},
        {"red": 1, "green": 2, "blue": None},
        ["red", "red", "green"],
    ],
    ids=repr,
)
def test_places_that_are_none_are_refused(everything: Instrument, sent: Any) -> None:
    with pytest.raises(AnswerRefused):
        check(everything, order=sent)


def on_scale(item: Item, value: Any) -> bool:
    """Whether a stored value is one of the item's own, said independently of the code under test."""
    if value is None:
        return not item.required
    if item.type in ("slider", "likert", "semantic", "number"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        steps = (value - (item.min or 0)) / item.step
        return item.min <= value <= item.max and (item.type == "number" or abs(steps - round(steps)) < 1e-6)  # type: ignore[operator]
    if item.type in ("short_text", "long_text"):
        return isinstance(value, str) and value.strip() != "" and len(value) <= TEXT_LIMIT
    if item.type == "date":
        return isinstance(value, str) and len(value) == 10 and "2020-01-01" <= value <= "2026-12-31"
    if item.type == "pairwise":
        return value in ("red", "green")
    allowed = CONDITIONS if item.options == "conditions" else ["red", "green", "blue"]
    if item.type == "single":
        return value in allowed
    if item.type == "ranking":
        places = sorted(value.values()) if isinstance(value, dict) and set(value) == set(allowed) else [0]
        return all(type(place) is int and place == 1 + places.index(place) for place in places)
    return isinstance(value, list) and len(value) > 0 and len(set(value)) == len(value) <= len(allowed)


@given(sent=JSON)
def test_anything_but_a_set_of_answers_is_refused(everything: Instrument, sent: Any) -> None:
    with pytest.raises(AnswerRefused):
        check_answers(everything, sent, CONDITIONS)


@given(data=st.data())
def test_whatever_is_sent_is_either_on_the_items_own_scale_or_refused(
    everything: Instrument, data: st.DataObject
) -> None:
    """Good answers with some of them exchanged for anything at all: nothing else may happen."""
    items = st.sampled_from([item.id for item in everything.items])
    sent = {**answers(everything, CONDITIONS), **data.draw(st.dictionaries(items, JSON, min_size=1, max_size=3))}
    try:
        kept = check_answers(everything, sent, CONDITIONS)
    except AnswerRefused:
        return
    assert list(kept) == [item.id for item in everything.items]
    assert [item.id for item in everything.items if not on_scale(item, kept[item.id])] == []
    QuestionnaireAnswered(instrument="everything", instrument_version="1", shown_order=tuple(kept), answers=kept)


@given(item=st.sampled_from(["effort", "share", "agree", "pair", "years"]), value=st.integers(-200, 1200))
def test_a_number_is_kept_exactly_when_it_is_on_the_scale(everything: Instrument, item: str, value: int) -> None:
    number = value / 10
    try:
        check(everything, **{item: number})
        kept = True
    except AnswerRefused:
        kept = False
    assert kept == on_scale(everything.item(item), number)


# --- instruments as files ----------------------------------------------------------------------


def shipped(path: Path) -> Instrument:
    return Instrument.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


each_shipped = pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])


def test_the_instruments_of_the_demo_study_are_shipped() -> None:
    assert {path.stem for path in SHIPPED} >= {"nasa_tlx", "ueq_s", "tipi", "control", "personalisation", "preference"}


@each_shipped
def test_a_shipped_instrument_says_where_it_comes_from_and_takes_answers(path: Path) -> None:
    instrument = shipped(path)
    assert instrument.id == path.stem
    assert instrument.source.citation and instrument.source.licence
    for pick in range(7):
        given_answers = answers(instrument, ["baseline", "active", "passive"], pick)
        assert check_answers(instrument, given_answers, ["baseline", "active", "passive"]) == given_answers


def test_the_scored_instruments_have_the_published_number_of_items_and_reversals() -> None:
    by_name = {path.stem: shipped(path) for path in SHIPPED}
    assert len(by_name["nasa_tlx"].items) == 6
    assert len(by_name["ueq_s"].items) == 8
    tipi = by_name["tipi"]
    assert [n for n, item in enumerate(tipi.items, 1) if item.reversed] == [2, 4, 6, 8, 10]
    assert [scale.items for scale in tipi.scoring] == [
        ("extraverted", "reserved"),
        ("critical", "sympathetic"),
        ("dependable", "disorganized"),
        ("anxious", "calm"),
        ("open_new", "conventional"),
    ]


RATING = {"id": "rate", "text": "Rate it.", "type": "likert", "min": 1, "max": 5}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"min": None}, "needs min < max"),
        ({"min": 5}, "needs min < max"),
        ({"max": float("inf")}, "finite"),
        ({"step": 0}, "greater than 0"),
        ({"step": -1}, "greater than 0"),
        ({"step": 3}, "do not lead from min to max"),
        ({"step": 1e-9}, "more than 1000 points"),
        ({"labels": ["low", "high"]}, "has 2 labels for 5 points"),
        ({"type": "single"}, "needs options"),
        ({"type": "ranking", "options": "everyone"}, "options"),
        ({"type": "dial"}, "type"),
        ({"id": "Rate it"}, "pattern"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_item_that_cannot_be_shown_is_refused(changed: dict[str, Any], reason: str) -> None:
    Item.model_validate(RATING)
    with pytest.raises(ValidationError, match=reason):
        Item.model_validate({**RATING, **changed})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"items": [RATING, RATING]}, "item ids must be unique"),
        ({"items": []}, "at least 1"),
        ({"items": [{**RATING, "section": "Part two"}], "order": "random"}, "a section begins where its items stand"),
        ({"scoring": [{"id": "s", "name": "S", "items": ["other"], "range": [1, 5]}]}, "unknown items: other"),
    ],
)
def test_an_instrument_that_does_not_fit_together_is_refused(changed: dict[str, Any], reason: str) -> None:
    whole = {
        "id": "i",
        "version": "1",
        "title": "I",
        "source": {"citation": "own", "licence": "CC0"},
        "items": [RATING],
    }
    Instrument.model_validate(whole)
    with pytest.raises(ValidationError, match=reason):
        Instrument.model_validate({**whole, **changed})


def test_the_points_of_a_scale_are_written_as_a_person_would(everything: Instrument) -> None:
    assert everything.item("share").scale() == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
    assert everything.item("pair").scale() == (-3, -2, -1, 0, 1, 2, 3)
    assert all(isinstance(point, int) for point in everything.item("effort").scale())


# --- how items stand on the page ----------------------------------------------------------------


def rows(*changes: dict[str, Any]) -> list[Item]:
    """Matrix items a, b, c … each with its own changes."""
    return [
        Item.model_validate({**RATING, "matrix": True, "id": name, **c})
        for name, c in zip("abcdef", changes, strict=False)
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (({}, {}, {}), ["abc"]),
        (({}, {}, {"max": 7}, {"max": 7}), ["ab", "cd"]),
        (({}, {"low": "never"}, {}), ["a", "b", "c"]),
        (({}, {"matrix": False}, {}, {}), ["a", "b", "cd"]),
        (({}, {"section": "Part two"}, {}), ["a", "bc"]),
        (({"reversed": True}, {"required": False}), ["ab"]),
        (({"matrix": False}, {"matrix": False}), ["a", "b"]),
        ((), []),
    ],
)
def test_neighbouring_matrix_items_on_one_scale_are_one_table(changes: Any, expected: list[str]) -> None:
    assert ["".join(item.id for item in table) for table in tables(rows(*changes))] == expected


def test_a_pair_or_differential_without_a_text_is_called_by_its_ends() -> None:
    options = [{"value": "e", "label": "Effort"}, {"value": "p", "label": "Performance"}]
    pair = Item.model_validate({"id": "pair", "type": "pairwise", "options": options})
    assert (pair.text, pair.only_names_its_ends()) == ("Effort or Performance?", True)
    asked = Item.model_validate({"id": "pair", "type": "pairwise", "options": options, "text": "Which weighed more?"})
    assert (asked.text, asked.only_names_its_ends()) == ("Which weighed more?", False)
    words = Item.model_validate({**RATING, "type": "semantic", "text": "", "low": "dull", "high": "bright"})
    assert (words.text, words.only_names_its_ends()) == ("dull – bright", True)
    bare = [{"value": "e", "label": ""}, {"value": "p", "label": ""}]
    unworded = Item.model_validate({"id": "pair", "type": "pairwise", "options": bare})
    assert (unworded.text, unworded.only_names_its_ends()) == ("", False)
