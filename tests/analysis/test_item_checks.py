"""Items that do not fit their scale are found in made-up answers whose making is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.frames import Frames, frames
from analysis.item_checks import ItemFinding, cronbach_alpha, findings, item_rest, warnings
from study.instruments import Instrument
from study.log import Place
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "instruments"
Answered = Callable[[Instrument, int, tuple[str, ...]], tuple[Frames, Protocol]]


def _shipped(name: str, **changed: Any) -> Instrument:
    """A shipped instrument, with `reversed` of some items said wrongly."""
    raw = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    for item in raw["items"]:
        item.update(changed.get(item["id"], {}))
    return Instrument.model_validate(raw)


@pytest.fixture
def answered(engine, protocol: Protocol, writer) -> Answered:  # type: ignore[no-untyped-def]
    """Answers of people who differ in one thing; as the true instrument reverses it, plus a little noise.

    The items in `noise` are answered by chance.
    """

    def make(instrument: Instrument, people: int, noise: tuple[str, ...] = ()) -> tuple[Frames, Protocol]:
        true, generator = _shipped(instrument.id), np.random.default_rng(7)
        changed = protocol.model_copy(update={"instruments": (instrument,)})
        create_study(engine, protocol, seed=7)
        for level in generator.normal(0, 1, people):
            answers = {}
            for item in true.items:
                mood = generator.normal(0, 1) if item.id in noise else level + generator.normal(0, 0.6)
                scale = item.scale()
                share = 0.5 + (-mood if item.reversed else mood) / 5
                answers[item.id] = scale[round(min(1, max(0, share)) * (len(scale) - 1))]
            session = writer.arrive(("plain", "steered"), ("trip", "dinner"))
            writer.answer(session, Place("1.1.1.x", 1, "plain", "trip"), instrument.id, answers)
        return frames(load_record(engine, "small")), changed

    return make


def test_a_scale_whose_items_are_reversed_as_they_should_be_is_silent(answered: Answered) -> None:
    data, protocol = answered(_shipped("sus"), 60, ())
    assert findings(data, protocol) == []
    fit = item_rest(data, protocol.instruments[0], protocol.instruments[0].scoring[0])
    assert len(fit) == 10 and (fit["r"] > 0.4).all() and (fit["n"] == 60).all()
    assert ((fit["low"] < fit["r"]) & (fit["r"] < fit["high"])).all()


@pytest.mark.parametrize(
    ("item", "said", "told"),
    [("sus_4", False, "It is not reversed"), ("sus_7", True, "It is reversed")],
)
def test_an_item_reversed_the_wrong_way_is_named_and_alpha_says_what_it_costs(
    answered: Answered, item: str, said: bool, told: str
) -> None:
    data, protocol = answered(_shipped("sus", **{item: {"reversed": said}}), 60, ())
    [found] = findings(data, protocol)
    assert (found.kind, found.instrument, found.scale, found.item, found.n) == ("unreversed", "sus", "sus", item, 60)
    assert found.r < -0.4 and found.high < 0
    assert found.alpha < found.alpha_turned and found.alpha_turned > 0.9
    assert found.sentence.startswith(f"sus: item '{item}' runs against the rest of 'sus' (r = ")
    assert told in found.sentence and "had to be the other way round" in found.sentence
    assert warnings(data, protocol) == [found.sentence]


def test_several_wrong_items_are_all_found(answered: Answered) -> None:
    wrong = {item: {"reversed": False} for item in ("sus_2", "sus_6", "sus_10")}
    data, protocol = answered(_shipped("sus", **wrong), 80, ())
    assert [f.item for f in findings(data, protocol) if f.kind == "unreversed"] == list(wrong)


def test_a_scale_nobody_reversed_does_not_pass(answered: Answered) -> None:
    none = {f"sus_{n}": {"reversed": False} for n in range(1, 11)}
    data, protocol = answered(_shipped("sus", **none), 80, ())
    assert len(findings(data, protocol)) >= 5


def test_chance_below_zero_is_reported_but_not_called_unreversed(answered: Answered) -> None:
    data, protocol = answered(_shipped("s_tias"), 12, ("trust",))
    found = {f.item: f for f in findings(data, protocol)}
    r = item_rest(data, protocol.instruments[0], protocol.instruments[0].scoring[0]).set_index("item")["r"]
    assert set(found) == set(r[r < 0].index)
    if "trust" in found:
        assert found["trust"].kind == "against"
        assert "other way round" not in found["trust"].sentence


def test_items_of_a_weighted_scale_need_not_go_together(engine, protocol: Protocol, writer) -> None:  # type: ignore[no-untyped-def]
    instrument = _shipped("nasa_tlx_weighted")
    only = instrument.model_copy(update={"scoring": instrument.scoring[:1]})
    changed = protocol.model_copy(update={"instruments": (only,)})
    create_study(engine, protocol, seed=7)
    for n in range(8):
        session = writer.arrive(("plain", "steered"), ("trip", "dinner"))
        ratings = {item: 5 * n if item == "effort" else 100 - 5 * n for item in instrument.scoring[0].items}
        writer.answer(session, Place("1.1.1.x", 1, "plain", "trip"), instrument.id, ratings)
    assert findings(frames(load_record(engine, "small")), changed) == []


def test_an_item_against_its_scale_is_reported(engine, protocol: Protocol, writer) -> None:  # type: ignore[no-untyped-def]
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


def test_alpha_is_what_can_be_worked_out_by_hand() -> None:
    """Items 1,2,3 and 1,3,2: variances 1 and 1, sums 2,5,5 with variance 3; 2 × (1 − 2/3)."""
    assert cronbach_alpha(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]})) == pytest.approx(2 / 3)
    assert np.isnan(cronbach_alpha(pd.DataFrame({"a": [1, 2, 3]})))
    assert np.isnan(cronbach_alpha(pd.DataFrame({"a": [1, 1], "b": [2, 2]})))


def test_a_finding_is_an_object_with_everything_a_report_needs() -> None:
    assert list(ItemFinding.__dataclass_fields__) == [
        *("kind", "instrument", "scale", "item", "r", "low", "high", "n", "alpha", "alpha_turned", "sentence"),
    ]
