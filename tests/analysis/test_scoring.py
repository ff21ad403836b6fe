"""Scores against vectors worked out by hand, for the rules and for every shipped instrument."""

from pathlib import Path
from typing import Any

import pytest

from analysis.frames import frames
from analysis.scoring import score, scored_value, scores, warnings
from study.instruments import Instrument
from study.log import Place
from study.records import Record, load_record
from study.studies import create_study

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "instruments"


def _instrument(**scale: Any) -> Instrument:
    items = [
        {"id": name, "text": name, "type": "likert", "min": 1, "max": 5, "reversed": name == "b"}
        for name in "abc"
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
    ],
)
def test_the_rules(rule: dict[str, Any], answers: dict[str, Any], expected: float | None) -> None:
    assert score(_instrument(**rule), answers) == {"total": expected}


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


def test_an_item_against_its_scale_is_reported(engine, protocol, writer) -> None:  # type: ignore[no-untyped-def]
    create_study(engine, protocol, seed=7)
    for steer in (1, 2, 3, 5, 6, 7):
        session = writer.arrive(("plain", "steered"), ("trip", "dinner"))
        place = Place("1.1.1.control", 1, "plain", "trip")
        writer.answer(session, place, "control", {"steer": steer, "decided": steer})
    told = warnings(frames(load_record(engine, "small")), protocol)
    assert len(told) == 2
    assert "control: item 'decided' runs against the rest of 'control' (r = -1.00, n = 6)" in told[1]


def test_no_warning_without_enough_rows(record: Record) -> None:
    assert warnings(frames(record), record.protocol) == []
