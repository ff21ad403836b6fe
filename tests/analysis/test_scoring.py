"""Scores against vectors worked out by hand, for the rules and for every shipped instrument."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.frames import frames
from analysis.scoring import score, scored_value, scores, warnings
from study.instruments import Instrument
from study.log import Place
from study.records import Record, load_record
from study.studies import create_study

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "instruments"


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


SHIPPED: dict[str, tuple[tuple[int | None, ...], dict[str, float]]] = {
    # the six ratings sum to 210; performance runs from perfect to failure and is not reversed
    "nasa_tlx": (
        (55, 10, 40, 25, 60, 20),
        {
            "nasa_tlx": 35,
            "nasa_tlx_mental": 55,
            "nasa_tlx_physical": 10,
            "nasa_tlx_temporal": 40,
            "nasa_tlx_performance": 25,
            "nasa_tlx_effort": 60,
            "nasa_tlx_frustration": 20,
        },
    ),
    # 24/4 − 4, 10/4 − 4, 34/8 − 4
    "ueq_s": (
        (7, 6, 5, 6, 4, 3, 2, 1),
        {"ueq_s_pragmatic": 2, "ueq_s_hedonic": -1.5, "ueq_s_overall": 0.25},
    ),
    # (6 + 7)/2, (8−2 + 6)/2, (5 + 8−4)/2, (8−3 + 5)/2, (7 + 8−2)/2; items 2, 4, 6, 8, 10 reversed
    "tipi": (
        (6, 2, 5, 3, 7, 1, 6, 4, 5, 2),
        {
            "tipi_extraversion": 6.5,
            "tipi_agreeableness": 6,
            "tipi_conscientiousness": 4.5,
            "tipi_stability": 5,
            "tipi_openness": 6.5,
        },
    ),
    "control": ((6, 5, 2, 7), {"control": 6}),  # (6 + 5 + 8−2 + 7) / 4
    "personalisation": ((5, 6), {"personalisation": 5.5}),
    "comfort": ((3,), {"comfort": 3}),
    "background": ((None, None), {}),
    "preference": ((None, 4, None), {}),
}


def _shipped(name: str) -> Instrument:
    return Instrument.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_instrument_scores_as_published(name: str) -> None:
    instrument, (answers, expected) = _shipped(name), SHIPPED[name]
    given = dict(zip([item.id for item in instrument.items], answers, strict=True))
    assert score(instrument, given) == expected


def test_every_shipped_instrument_has_a_vector() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_scores_stay_in_their_range_and_need_every_item(name: str) -> None:
    instrument = _shipped(name)
    for scale in instrument.scoring:
        items = [instrument.item(item) for item in scale.items]
        best = {i.id: i.min if i.reversed else i.max for i in items}
        worst = {i.id: i.max if i.reversed else i.min for i in items}
        assert (score(instrument, worst)[scale.id], score(instrument, best)[scale.id]) == scale.range
        for item in scale.items:
            lacking = {key: value for key, value in best.items() if key != item}
            assert (score(instrument, lacking)[scale.id] is None) == (scale.max_missing == 0)


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
