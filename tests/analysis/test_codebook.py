"""The codebook says everything about items, scales, conditions and measures, also when nobody wrote it down twice."""

from pathlib import Path

import pytest

from analysis.codebook import COLUMNS, answers, codebook, readable, scoring
from analysis.measures import registry
from memory.mechanisms.registry import parameter_models
from study.instruments import Item
from study.protocol import Protocol
from study.protocol_file import load_protocol

FILES = sorted((Path(__file__).resolve().parents[2] / "protocols").glob("*.yaml"))


def test_an_item_says_how_it_is_answered_and_whether_it_is_turned(protocol: Protocol) -> None:
    row = codebook(protocol).set_index("name").loc["control.decided"]
    assert row[["part", "instrument", "item", "type", "min", "max"]].tolist() == [
        "item", "control", "decided", "likert", 1, 7,
    ]  # fmt: skip
    assert row["reversed"] and row["required"] and row["scale"] == "control"
    assert row[["text", "answers", "licence"]].tolist() == ["Item decided", "1 to 7", "MIT"]


def test_a_scale_says_how_it_is_scored(protocol: Protocol) -> None:
    (row,) = codebook(protocol).query("part == 'scale'").itertuples()
    assert row.scoring == "mean of steer, decided (reversed); none may be missing"
    assert (row.name, row.min, row.max, row.direction) == ("control", 1, 7, "higher")


def test_a_condition_names_its_mechanisms_and_a_measure_its_source(protocol: Protocol) -> None:
    book = codebook(protocol)
    assert book.query("part == 'condition'")["source"].tolist() == ['[{"name":"none","params":{}}]'] * 2
    measured = book.query("part == 'measure'").set_index("name")
    assert list(measured.index) == [measure.name for measure in registry(protocol)]
    assert measured.loc["task_minutes", ["unit", "covariate"]].tolist() == ["min", True]
    assert not measured.loc["first_token_ms", "covariate"]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"type": "likert", "min": 1, "max": 5, "low": "no", "high": "yes"}, "1 to 5; 1 = no; 5 = yes"),
        ({"type": "likert", "min": 1, "max": 3, "labels": ["a", "b", "c"]}, "1 to 3; 1 = a; 2 = b; 3 = c"),
        ({"type": "slider", "min": 0, "max": 100, "step": 5}, "0 to 100 in steps of 5"),
        ({"type": "single", "options": [{"value": "f", "label": "Woman"}]}, "f = Woman"),
        ({"type": "ranking", "options": "conditions"}, "the conditions that the participant met"),
        ({"type": "number", "min": 18, "max": None}, "number from 18.0"),
        ({"type": "long_text"}, "long text"),
    ],
)
def test_answers_in_words(item: dict[str, object], said: str) -> None:
    assert answers(Item.model_validate({"id": "x", "text": "X", **item})) == said


def test_scoring_in_words(protocol: Protocol) -> None:
    control = protocol.instrument("control")
    (scale,) = control.scoring
    changed = scale.model_copy(
        update={"method": "sum", "shift": -1, "factor": 2.5, "max_missing": 1, "missing": "middle"}
    )
    assert scoring(control, changed) == (
        "sum of steer, decided (reversed); then (x + -1) × 2.5 + 0; up to 1 may be missing (takes the middle of its scale)"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_protocol_has_a_codebook(file: Path) -> None:
    protocol = load_protocol(file, parameter_models())
    book, text = codebook(protocol), readable(protocol)
    assert list(book) == list(COLUMNS)
    assert not book.duplicated(["part", "name"]).any()
    for instrument in protocol.instruments:
        assert instrument.source.citation.rstrip(".") in text
        for item in instrument.items:
            assert f"| `{item.id}` |" in text
    for condition in protocol.conditions:
        assert f"### {condition.id}\n" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in tables} <= {5, 7}
