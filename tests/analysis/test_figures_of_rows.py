"""Figures drawn from rows that are handed in, against numbers worked out on paper."""

import json
from math import inf, isnan, log
from typing import Any

import pandas as pd
import pytest

from analysis.figures import (
    Figure,
    Panel,
    calibration,
    estimation,
    order_effects,
    power_curve,
    preference_ranking,
    reliability,
    time_to_event,
    transition_matrices,
)
from analysis.figures.style import MARKERS, OKABE_ITO, round_steps
from analysis.inference.estimate import SHIFT, Estimate
from analysis.measures import Measure
from analysis.results import Comparison, Selection

CONDITIONS = ("plain", "steered", "both")


def compared(rows: list[tuple[str, int, str, float]], simulated: bool = False) -> Comparison:
    """(participant, block, condition, value) as a comparison of one measure."""
    frame = pd.DataFrame(rows, columns=["participant", "block", "condition", "value"])
    measure = Measure("control", "Control", "1 to 7", "higher", "", lambda data, protocol: pd.DataFrame())
    return Comparison(measure, CONDITIONS, Selection(frame, simulated), pd.DataFrame(), ())


def trace(drawn: Figure, name: str) -> Any:
    return next(one for one in drawn.figure.data if one.name == name and one.mode != "markers")


def estimate(difference: float, low: float, high: float, **more: Any) -> Estimate:
    values: dict[str, Any] = {"n": 12, "method": "a model", "low": low, "high": high, **more}
    return Estimate("steered", "plain", difference=difference, **values)


def test_ratios_stand_on_a_logarithmic_axis_with_their_twin_beside_them() -> None:
    panel = Panel(
        "Accepted",
        "replies",
        [estimate(log(2), 0, log(4), scale="log odds")],
        [estimate(0.5, -0.5, 1.5, method="ranks", called=SHIFT)],
        "another test",
    )
    drawn = estimation([panel, Panel("Control", "1 to 7", [estimate(1.0, 0.5, 1.5)])])
    frame, axes = drawn.frame, drawn.figure.layout
    assert frame[["estimate", "low", "high"]].to_numpy().ravel() == pytest.approx(
        [2, 1, 4, 0.5, -0.5, 1.5, 1, 0.5, 1.5]
    )
    assert list(frame["scale"]) == ["odds ratio", "raw", "raw"] and list(frame["twin"]) == [False, True, False]
    assert list(frame["contrast"]) == ["steered / plain", "steered − plain", "steered − plain"]
    assert (axes.xaxis.type, axes.xaxis2.type, axes.xaxis3.type) == ("log", None, None)
    assert [one.marker.symbol for one in drawn.figure.data] == ["circle", "circle", "square-open"]
    assert [shape.x0 for shape in axes.shapes] == [1, 0, 0]
    assert "a model" in axes.xaxis.title.text and "ranks" in axes.xaxis2.title.text
    assert axes.xaxis2.title.text.startswith("shift (Hodges–Lehmann) (") and list(frame["effect"])[1] == SHIFT
    assert axes.xaxis3.title.text.startswith("difference (scale 1 to 7)")
    assert "another test" in [note.text for note in axes.annotations]
    for one, row in zip(drawn.figure.data, (frame.iloc[0], frame.iloc[2], frame.iloc[1]), strict=True):
        assert one.x[0] == row["estimate"]
        assert one.error_x.array[0] == pytest.approx(row["high"] - row["estimate"])
        assert one.error_x.arrayminus[0] == pytest.approx(row["estimate"] - row["low"])
    assert "95 % intervals: steered / plain in Accepted 2.00 [1.00, 4.00]" in drawn.description


def test_twins_on_one_scale_share_their_range() -> None:
    drawn = estimation([Panel("Control", "1 to 7", [estimate(1, 0, 2)], [estimate(1, -4, 6)])])
    assert drawn.figure.layout.xaxis.range == drawn.figure.layout.xaxis2.range
    low, high = drawn.figure.layout.xaxis.range
    assert low < -4 and high > 6


def test_a_bound_that_does_not_exist_is_said_and_not_drawn() -> None:
    endless = [estimate(1, 0, inf, scale="log odds"), estimate(1, float("nan"), float("nan"), scale="log odds")]
    drawn = estimation([Panel("Accepted", "", endless)])
    assert isnan(drawn.frame["high"].iloc[0]) and drawn.frame["low"].iloc[0] == 1
    assert list(drawn.figure.data[0].text) == ["no upper bound", "no interval"]


def test_a_panel_of_several_scales_is_refused() -> None:
    with pytest.raises(ValueError, match="'Accepted' are on several scales"):
        estimation([Panel("Accepted", "", [estimate(1, 0, 2), estimate(1, 0, 2, scale="log odds")])])


def test_means_are_taken_by_period_and_by_sequence() -> None:
    rows = [("A", 1, "plain", 2.0), ("A", 2, "steered", 6.0), ("B", 1, "steered", 4.0), ("B", 2, "plain", 3.0),
            ("C", 1, "plain", 4.0)]  # fmt: skip
    orders = (["plain", "steered"], ["steered", "plain"], ["plain", "steered"])
    sessions = pd.DataFrame({"participant": ["A", "B", "C"], "conditions": [json.dumps(order) for order in orders]})
    drawn = order_effects(compared(rows, simulated=True), sessions)
    found = {
        (row["by"], row["group"], row["condition"]): (row["n"], row["mean"]) for row in drawn.frame.to_dict("records")
    }
    assert found == {
        ("period", "1", "plain"): (2, 3.0), ("period", "1", "steered"): (1, 4.0),
        ("period", "2", "plain"): (1, 3.0), ("period", "2", "steered"): (1, 6.0),
        ("sequence", "plain → steered", "plain"): (2, 3.0), ("sequence", "plain → steered", "steered"): (1, 6.0),
        ("sequence", "steered → plain", "plain"): (1, 3.0), ("sequence", "steered → plain", "steered"): (1, 4.0),
    }  # fmt: skip
    plain = next(one for one in drawn.figure.data if one.name == "plain" and one.mode == "lines+markers")
    assert list(plain.y) == [3.0, 3.0] and "simulated data" in drawn.figure.layout.title.text


def test_shares_of_what_comes_next_add_up_to_one() -> None:
    counts = pd.DataFrame(
        [("steered", "message", "reply", 3), ("steered", "message", "message", 1), ("steered", "reply", "message", 2),
         ("plain", "message", "reply", 5), ("elsewhere", "message", "reply", 9)],
        columns=["condition", "kind", "next", "count"],
    )  # fmt: skip
    drawn = transition_matrices(counts, CONDITIONS)
    shares = drawn.frame.set_index(["condition", "kind", "next"])["share"]
    assert shares["steered", "message", "reply"] == 0.75 and shares["steered", "reply", "message"] == 1
    assert shares["plain", "message", "reply"] == 1 and isnan(shares["plain", "reply", "message"])
    assert list(dict.fromkeys(drawn.frame["condition"])) == ["plain", "steered"]
    plain, steered = drawn.figure.data
    assert (steered.z[0] == [0.25, 0.75] and steered.text[0] == ("25% (1)", "75% (3)")) or list(steered.z[0]) == [
        0.25,
        0.75,
    ]
    assert list(plain.text[1]) == ["", ""]


def test_calibration_counts_right_beliefs_in_ranges_of_confidence() -> None:
    judged = pd.DataFrame(
        [("plain", 0.8, True), ("plain", 0.7, True), ("plain", 0.75, False), ("plain", 0.81, True),
         ("steered", 0.1 + 0.1 + 0.1 - 0.1, False), ("steered", 0.0, False), ("steered", None, True)],
        columns=["condition", "confidence", "right"],
    )  # fmt: skip
    drawn = calibration(judged, CONDITIONS)
    rows = drawn.frame.set_index(["condition", "from"])
    first = rows.loc["plain", 0.6]
    assert (first["n"], first["right"], first["share"]) == (3, 2, pytest.approx(2 / 3))
    assert first["confidence"] == pytest.approx(0.75)
    # R 4.2.2: prop.test(2, 3, correct = FALSE)$conf.int
    assert (first["low"], first["high"]) == (pytest.approx(0.2076596, abs=1e-6), pytest.approx(0.9385081, abs=1e-6))
    assert rows.loc[("plain", 0.8), "n"] == 1 and rows.loc[("steered", 0.0), "n"] == 2
    assert list(trace(drawn, "plain").y) == pytest.approx([2 / 3, 1])


def test_the_curve_steps_down_at_events_and_censored_times_are_marked() -> None:
    rows = pd.DataFrame(
        [
            ("plain", 1.0, True),
            ("plain", 2.0, False),
            ("plain", 2.0, True),
            ("plain", 4.0, True),
            ("steered", 3.0, False),
        ],
        columns=["condition", "time", "observed"],
    )
    drawn = time_to_event(rows, "the first reply accepted", "min", CONDITIONS)
    plain = drawn.frame[drawn.frame["condition"] == "plain"]
    assert list(plain["time"]) == [0, 1, 2, 4] and list(plain["at_risk"]) == [4, 4, 3, 1]
    assert list(plain["without"]) == pytest.approx([1, 0.75, 0.5, 0])
    assert list(trace(drawn, "plain").y) == pytest.approx([1, 0.75, 0.5, 0])
    ticks = [one for one in drawn.figure.data if one.mode == "markers"]
    assert [(list(one.x), list(one.y)) for one in ticks] == [([2.0], [0.5]), ([3.0], [1.0])]
    table = [one for one in drawn.figure.data if one.mode == "text"]
    assert dict(zip(table[0].x, table[0].text, strict=True)) == {0: "4", 1: "4", 2: "3", 3: "1", 4: "1"}
    assert "in plain it happened for 3 of 4 within 4.0 min" in drawn.description


def test_nobody_is_at_risk_twice_when_an_event_happens_at_once() -> None:
    rows = pd.DataFrame([("plain", 0.0, True), ("plain", 5.0, True)], columns=["condition", "time", "observed"])
    frame = time_to_event(rows, "a reply", "min", CONDITIONS).frame
    assert list(frame["without"]) == [0.5, 0.0]


def test_reliability_has_a_dot_for_each_coefficient_with_its_interval() -> None:
    rows = pd.DataFrame(
        [("Control", "plain", "alpha", 0.7, 0.5, 0.85, 24), ("Control", "plain", "omega", 0.72, float("nan"), float("nan"), 24),
         ("Control", "steered", "alpha", 0.8, 0.6, 0.9, 23)],
        columns=["scale", "condition", "coefficient", "value", "low", "high", "n"],
    )  # fmt: skip
    drawn = reliability(rows, CONDITIONS)
    dots = [one for one in drawn.figure.data if one.name in CONDITIONS]
    assert [(one.name, one.x[0], one.marker.symbol) for one in dots] == [
        ("plain", 0.7, MARKERS[0]), ("steered", 0.8, MARKERS[1]), ("plain", 0.72, f"{MARKERS[0]}-open"),
    ]  # fmt: skip
    assert dots[0].error_x.array[0] == pytest.approx(0.15) and isnan(dots[2].error_x.array[0])
    assert "alpha of Control is 0.70 to 0.80" in drawn.description


def test_places_are_shares_of_those_who_ranked() -> None:
    rows = [(str(n), 1, condition, float(place)) for n, order in enumerate((("plain", "steered"), ("steered", "plain"), ("steered", "plain")))
            for place, condition in enumerate(order, start=1)]  # fmt: skip
    drawn = preference_ranking(compared(rows))
    assert drawn.frame[["condition", "place", "count"]].to_numpy().tolist() == [
        ["plain", 1, 1], ["plain", 2, 2], ["steered", 1, 2], ["steered", 2, 1],
    ]  # fmt: skip
    assert drawn.frame.groupby("condition")["share"].sum().tolist() == [1, 1]
    assert [one.name for one in drawn.figure.data] == ["1st place", "2nd place"]
    assert list(drawn.figure.data[0].x) == pytest.approx([1 / 3, 2 / 3])


def test_power_is_a_line_for_each_effect() -> None:
    rows = pd.DataFrame(
        [(24, 0.5, 0.85, 0.8, 0.9), (12, 0.5, 0.4, 0.35, 0.45), (12, 0.3, 0.2, 0.15, 0.25)],
        columns=["n", "effect", "power", "low", "high"],
    )
    drawn = power_curve(rows, "difference (points)")
    assert [(one.name, list(one.x), list(one.y)) for one in drawn.figure.data] == [
        ("difference (points) 0.3", [12], [0.2]), ("difference (points) 0.5", [12, 24], [0.4, 0.85]),
    ]  # fmt: skip
    assert drawn.description == (
        "Power of 80 % is reached for difference (points) 0.3 with none of up to 12 and "
        "difference (points) 0.5 from 24 participants."
    )


def test_a_condition_looks_the_same_whichever_others_have_data() -> None:
    judged = pd.DataFrame([("both", 0.5, True)], columns=["condition", "confidence", "right"])
    assert trace(calibration(judged, CONDITIONS), "both").marker.color == OKABE_ITO[2]
    times = pd.DataFrame([("both", 2.0, True)], columns=["condition", "time", "observed"])
    assert trace(time_to_event(times, "a reply", "min", CONDITIONS), "both").line.color == OKABE_ITO[2]


@pytest.mark.parametrize(
    ("low", "high", "steps"), [(0, 15, [0, 5, 10, 15]), (0, 0.6, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), (2, 2, [2])]
)
def test_steps_of_an_axis_are_round(low: float, high: float, steps: list[float]) -> None:
    assert round_steps(low, high) == pytest.approx(steps)
