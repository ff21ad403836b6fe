"""Scores against vectors worked out by hand, for every rule; the shipped instruments have a file of their own."""

from typing import Any

import pytest

from analysis.frames import frames
from analysis.scoring import bands, score, scored_value, scores
from study.instruments import Instrument
from study.log import Place
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study


def _instrument(**scale: Any) -> Instrument:
    items = [
        {"id": name, "text": name, "type": "likert", "min": 1, "max": 5, "reversed": name == "b"} for name in "abc"
    ]
    rule = {"id": "total", "name": "Total", "items": ["a", "b", "c"], "range": [1, 5], **scale}
    source = {"citation": "written for the tests", "licence": "MIT"}
    return Instrument.model_validate(
        {
            "id": "made_up",
            "version": "1",
            "title": "Made up",
            "source": source,
            "items": items,
            "scoring": [rule],
        }
    )


@pytest.mark.parametrize(
    ("rule", "answers", "expected"),
    [
        ({}, {"a": 1, "b": 1, "c": 3}, 3.0),  # (1 + (1+5−1) + 3) / 3
        ({"method": "sum"}, {"a": 1, "b": 1, "c": 3}, 9.0),
        ({"shift": -3}, {"a": 1, "b": 1, "c": 3}, 0.0),
        ({}, {"a": 1, "b": 1, "c": None}, None),
        ({}, {"a": 1, "b": 1}, None),
        ({"max_missing": 1}, {"a": 2, "b": 1, "c": None}, 3.5),  # (2 + 5) / 2
        ({"max_missing": 1, "method": "sum"}, {"a": 2, "b": 1, "c": None}, 10.5),  # 3 × 3.5
        ({"max_missing": 1}, {"a": 2, "b": None, "c": None}, None),
        ({"max_missing": 3}, {}, None),
        ({}, {"a": float("nan"), "b": 1, "c": 3}, None),
        ({"items": ["b"]}, {"b": 2}, 4.0),
        ({"factor": 2.5, "shift": -1}, {"a": 1, "b": 1, "c": 3}, 5.0),  # (3 − 1) × 2.5
        ({"factor": -1, "offset": 6}, {"a": 1, "b": 1, "c": 3}, 3.0),  # −1 × 3 + 6
        (
            {"method": "sum", "shift": -3, "factor": 2, "offset": 0.5},
            {"a": 1, "b": 1, "c": 3},
            12.5,
        ),  # (9 − 3) × 2 + .5
        ({"max_missing": 1, "missing": "middle"}, {"a": 2, "b": 1, "c": None}, 10 / 3),  # (2 + 5 + 3) / 3
        ({"max_missing": 2, "missing": "middle", "method": "sum"}, {"b": 1}, 11.0),  # 3 + 5 + 3
        ({"max_missing": 1, "missing": "middle"}, {"a": 2}, None),
        ({"max_missing": 3, "missing": "middle"}, {}, None),
    ],
)
def test_the_rules(rule: dict[str, Any], answers: dict[str, Any], expected: float | None) -> None:
    assert score(_instrument(**rule), answers) == {"total": pytest.approx(expected, abs=1e-9)}


def _weighed(**scale: Any) -> Instrument:
    """Three ratings from 0 to 10 (b reversed) and a pair for each two of them."""
    rating = {"type": "slider", "min": 0, "max": 10}
    items = [{"id": name, "text": name, "reversed": name == "b", **rating} for name in "abc"]
    for one, other in ("ab", "ac", "bc"):
        options = [{"value": name, "label": name} for name in (one, other)]
        items.append({"id": f"{one}_or_{other}", "text": "?", "type": "pairwise", "options": options})
    pairs = ["a_or_b", "a_or_c", "b_or_c"]
    rule = {"id": "total", "name": "Total", "items": ["a", "b", "c"], "method": "weighted", "pairs": pairs}
    source = {"citation": "written for the tests", "licence": "MIT"}
    whole = {"id": "made_up", "version": "1", "title": "Made up", "source": source, "items": items}
    return Instrument.model_validate({**whole, "scoring": [{**rule, "range": [0, 10], **scale}]})


RATINGS = {"a": 9, "b": 4, "c": 3}  # b counts as 6


@pytest.mark.parametrize(
    ("rule", "choices", "changed", "expected"),
    [
        ({}, "aab", {}, 8.0),  # (2 × 9 + 1 × 6) / 3
        ({}, "acb", {}, 6.0),  # (9 + 3 + 6) / 3
        ({}, "bcc", {}, 4.0),  # (6 + 2 × 3) / 3
        ({"factor": 10}, "aab", {}, 80.0),
        ({}, "aab", {"c": None}, 8.0),  # never chosen: does not count
        ({}, "bcc", {"c": None}, None),
        ({"max_missing": 1}, "bcc", {"c": None}, 6.0),  # only b is left of what counts
        ({"max_missing": 1, "missing": "middle"}, "bcc", {"c": None}, 16 / 3),  # (6 + 2 × 5) / 3
        ({}, "aa", {}, None),
        ({}, "aax", {}, None),
        ({}, "aaa", {}, None),  # "a" is not offered in the last pair
        ({}, "", {}, None),
    ],
)
def test_weights_are_counted_in_the_pairs(
    rule: dict[str, Any], choices: str, changed: dict[str, Any], expected: float | None
) -> None:
    chosen = dict(zip(("a_or_b", "a_or_c", "b_or_c"), choices, strict=False))
    got = score(_weighed(**rule), {**RATINGS, **chosen, **changed})
    assert got == {"total": pytest.approx(expected, abs=1e-9)}


def test_a_pair_may_weigh_groups_of_items() -> None:
    """a stands for itself, b for both others: 2 × (9) + … as often as each was chosen."""
    weighs = {"a": ("a",), "b": ("b", "c"), "c": ()}
    instrument = _weighed()
    scale = instrument.scoring[0].model_copy(update={"pairs": ("a_or_b",), "weighs": weighs})
    instrument = instrument.model_copy(update={"scoring": (scale,)})
    assert score(instrument, {**RATINGS, "a_or_b": "a"}) == {"total": 9.0}
    assert score(instrument, {**RATINGS, "a_or_b": "b"}) == {"total": 4.5}  # (6 + 3) / 2


def test_a_weighted_score_comes_from_the_record(engine, protocol: Protocol, writer) -> None:  # type: ignore[no-untyped-def]
    """Choices are texts in the record and ratings numbers; the score needs both."""
    weighed = _weighed(id="workload")
    changed = protocol.model_copy(update={"instruments": (*protocol.instruments, weighed)})
    create_study(engine, changed, seed=7)
    session = writer.arrive(("plain", "steered"), ("trip", "dinner"))
    answers = {**RATINGS, "a_or_b": "a", "a_or_c": "a", "b_or_c": "b"}
    writer.answer(session, Place("1.1.1.made_up", 1, "plain", "trip"), "made_up", answers)
    long = scores(frames(load_record(engine, "small")), changed)
    assert long[["measure", "value"]].values.tolist() == [["made_up.workload", 8.0]]


def test_a_score_is_read_against_its_bands() -> None:
    named = [{"label": "poor", "below": 2, "citation": "A"}, {"label": "good", "at_least": 2, "citation": "A"}]
    scale = _instrument(bands=[*named, {"label": "middling", "at_least": 1.5, "below": 4, "citation": "B"}]).scoring[0]
    read = {value: [band.label for band in bands(scale, value)] for value in (1, 1.5, 1.99, 2, 4, None, float("nan"))}
    assert list(read.values())[:5] == [
        ["poor"],
        ["poor", "middling"],
        ["poor", "middling"],
        ["good", "middling"],
        ["good"],
    ]
    assert bands(scale, None) == bands(scale, float("nan")) == []


def test_what_is_no_number_does_not_count() -> None:
    item = _instrument().item("a")
    assert [scored_value(item, answer) for answer in ("3", True, None, [3])] == [None] * 4


def test_thirds_are_the_same_number_however_they_were_added() -> None:
    """Equal scores must be equal numbers: rank tests look at ties."""
    instrument = _instrument()
    one, other = score(instrument, {"a": 1, "b": 4, "c": 1}), score(instrument, {"a": 2, "b": 5, "c": 1})
    assert one["total"] == other["total"]


def test_scores_are_long_and_reversed(record: Record) -> None:
    long = scores(frames(record), record.protocol)
    mine = long[long["participant"] == "P001"]
    assert mine[["condition", "measure", "value"]].values.tolist() == [
        ["plain", "control", 2.0],
        ["steered", "control", 6.5],
    ]
