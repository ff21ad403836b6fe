"""What holds of every figure: readable in black and white, a state without data, "simulated" where it is, the same every time."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from analysis.figures import (
    NO_DATA,
    OKABE_ITO,
    Figure,
    Panel,
    answer_distribution,
    calibration,
    differences,
    estimation,
    measure_lines,
    order_effects,
    participant_flow,
    power_curve,
    preference_ranking,
    reliability,
    session_timeline,
    time_to_event,
    transition_matrices,
)
from analysis.figures.style import SMALL, WIDTH, listed, looks, wrapped
from analysis.frames import frames
from analysis.inference.estimate import Estimate
from analysis.measures import measures_of
from analysis.results import compare, condition_order
from analysis.sample import sample
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study

Draw = Callable[[bool], dict[str, Figure]]
CELL = re.compile(r"font-size:(\d+)px")


def from_rows(order: list[str], filled: bool, simulated: bool) -> dict[str, Figure]:
    """Every figure that takes rows, with some or with none."""
    some = slice(None) if filled else slice(0, 0)
    judged = pd.DataFrame(
        [(c, p, p > 0.4) for c in order for p in (0.3, 0.5, 0.9)], columns=["condition", "confidence", "right"]
    )
    times = pd.DataFrame(
        [(c, t, t < 3) for c in order for t in (1.0, 2.0, 3.0)], columns=["condition", "time", "observed"]
    )
    counts = pd.DataFrame([(c, "message", "reply", 3) for c in order], columns=["condition", "kind", "next", "count"])
    scales = pd.DataFrame(
        [("Control", c, k, 0.7, 0.5, 0.8, 9) for c in order for k in ("alpha", "omega")],
        columns=["scale", "condition", "coefficient", "value", "low", "high", "n"],
    )
    power = pd.DataFrame(
        [(n, e, 0.5, 0.4, 0.6) for n in (12, 24) for e in (0.3, 0.5)], columns=["n", "effect", "power", "low", "high"]
    )
    panel = Panel("A < B", "points", [Estimate("b", "a", 9, 0.5, "t", low=0.1, high=0.9)])
    return {
        "calibration": calibration(judged[some], order, simulated),
        "time": time_to_event(times[some], "a reply", "min", order, simulated),
        "transitions": transition_matrices(counts[some], order, simulated),
        "reliability": reliability(scales[some], order, simulated),
        "power": power_curve(power[some], simulated=simulated),
        "estimation": estimation([panel][some], simulated),
    }


def from_record(record: Record) -> dict[str, Figure]:
    """Every figure that takes a record's frames or measures."""
    protocol, data = record.protocol, frames(record)
    tidy, order = measures_of(data, protocol), condition_order(protocol)
    control, ranking = compare(tidy, protocol, "control"), compare(tidy, protocol, "preference.ranking")
    session = str(data.sessions["session_id"].iloc[0]) if len(data.sessions) else "none"
    return {
        "flow": participant_flow(data, sample(tidy, data, record.protocols, protocol)),
        "timeline": session_timeline(data, session, tuple(order)),
        "answers": answer_distribution(data, protocol, "control"),
        "lines": measure_lines(control),
        "differences": differences([control]),
        "order": order_effects(control, data.sessions),
        "ranking": preference_ranking(ranking),
    }


@pytest.fixture
def simulated_record(engine: Any, protocol: Protocol, participants: Any) -> Record:
    create_study(engine, protocol, seed=7)
    participants("small", protocol, 4)
    return load_record(engine, "small")


@pytest.fixture
def drawn(simulated_record: Record) -> dict[str, Figure]:
    order = condition_order(simulated_record.protocol)
    return {**from_record(simulated_record), **from_rows(order, True, True)}


def sizes(part: Any, inside: str = "") -> Iterator[float]:
    """The size of every font in a figure."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "size" and "font" in inside:
                yield float(value)
            elif isinstance(value, str):
                yield from (float(size) for size in CELL.findall(value))
            else:
                yield from sizes(value, name)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from sizes(value, inside)


def test_no_text_is_too_small_and_the_paper_is_white(drawn: dict[str, Figure]) -> None:
    for name, one in drawn.items():
        layout = one.figure.to_dict()
        assert min(sizes(layout)) >= SMALL, name
        assert layout["layout"]["template"]["layout"]["paper_bgcolor"] == "white"
        assert one.figure.layout.width == WIDTH


def without_colour(trace: Any) -> tuple[Any, ...]:
    """What tells a trace apart in black and white; nothing of texts and of ticks upon the line of a condition."""
    if trace.type == "bar":
        return ("bar", trace.marker.pattern.shape)
    if trace.mode == "text" or trace.marker.symbol == "line-ns":
        return ()
    return (trace.mode, trace.marker.symbol, trace.line.dash)


def test_conditions_differ_without_their_colour(drawn: dict[str, Figure], protocol: Protocol) -> None:
    order = condition_order(protocol)
    for name in ("lines", "order", "calibration", "time", "reliability", "timeline"):
        seen: dict[str, set[tuple[Any, ...]]] = {}
        for one in drawn[name].figure.data:
            if one.name in order and (shape := without_colour(one)):
                seen.setdefault(one.name, set()).add(shape)
        assert set(seen) == set(order), name
        assert not set.intersection(*seen.values()), name


def test_eight_conditions_are_told_apart_by_each_of_colour_marker_and_pattern() -> None:
    all_looks = list(looks("abcdefgh").values())
    for part in ("colour", "marker", "pattern"):
        assert len({getattr(look, part) for look in all_looks}) == 8
    assert [look.colour for look in all_looks] == list(OKABE_ITO)
    many = looks(str(n) for n in range(24)).values()
    assert len({(look.marker, look.dash) for look in many}) == 24


def test_every_figure_says_that_data_are_simulated_in_title_and_description(drawn: dict[str, Figure]) -> None:
    for name, one in drawn.items():
        assert "simulated data" in one.figure.layout.title.text, name
        assert one.description.startswith("Simulated data: "), name
    for name, one in from_rows(["plain", "steered"], True, False).items():
        assert "imulated" not in one.figure.layout.title.text + one.description, name


def test_a_description_is_a_sentence_made_of_the_frame(drawn: dict[str, Figure]) -> None:
    for name, one in drawn.items():
        assert len(one.frame) and len(one.figure.data) + len(one.figure.layout.shapes) > 0, name
        assert one.description.endswith(".") and "nan" not in one.description, name


def test_without_data_a_figure_says_so_and_its_frame_has_its_columns(
    empty_record: Record, drawn: dict[str, Figure]
) -> None:
    order = condition_order(empty_record.protocol)
    nothing = {**from_record(empty_record), **from_rows(order, False, False)}
    assert set(nothing) == set(drawn)
    for name, one in nothing.items():
        assert one.frame.empty and NO_DATA in [note.text for note in one.figure.layout.annotations], name
        assert set(one.frame.columns) == set(drawn[name].frame.columns) or name == "lines"
        assert "no data" in one.description, name


def test_the_same_data_give_the_same_figure(simulated_record: Record, drawn: dict[str, Figure]) -> None:
    order = condition_order(simulated_record.protocol)
    again = {**from_record(simulated_record), **from_rows(order, True, True)}
    for name, one in drawn.items():
        assert again[name].figure.to_json() == one.figure.to_json(), name
        assert again[name].description == one.description, name


def test_axes_are_named(drawn: dict[str, Figure]) -> None:
    for name, one in drawn.items():
        if name != "flow":
            titles = [axis.title.text for axis in one.figure.select_xaxes() if axis.title.text]
            assert titles, name


def test_words_of_a_protocol_are_never_read_as_markup() -> None:
    assert wrapped("a < b <br>") == "a &lt; b &lt;br&gt;"
    assert wrapped("one two three", 8) == "one two<br>three"
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
