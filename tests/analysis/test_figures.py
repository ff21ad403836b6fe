"""Comparisons and figures of a small long frame whose differences are known."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.figures import NO_DATA, OKABE_ITO, answer_distribution, differences, measure_lines
from analysis.frames import frames
from analysis.measures import measures
from analysis.results import compare, comparison_table, planned_pairs, readable, select
from study.errors import NotFound
from study.protocol import AnalysisPlan, Protocol
from study.records import Record

PLAIN, STEERED = (2, 3, 4, 3, 2, 4), (5, 5, 6, 4, 6, 7)
"""Control of six people; the differences are 3, 2, 2, 1, 4, 3: mean 2.5."""


def _rows(simulated: bool = False, complete: bool = True) -> list[dict[str, object]]:
    return [
        {
            "session_id": f"{simulated}{complete}{person}",
            "participant": f"{simulated}{complete}{person}",
            "simulated": simulated,
            "complete": complete,
            "block": float(block),
            "condition": condition,
            "task": "trip",
            "measure": "control",
            "value": float(values[person]),
        }
        for person in range(6)
        for block, (condition, values) in enumerate((("steered", STEERED), ("plain", PLAIN)), start=1)
    ]


@pytest.fixture
def tidy() -> pd.DataFrame:
    return pd.DataFrame(_rows())


def test_means_and_differences_are_those_of_the_data(tidy: pd.DataFrame, protocol: Protocol) -> None:
    table = comparison_table(tidy, protocol, ["control"])
    row = table.iloc[0]
    assert (row["first"], row["second"], row["n"]) == ("steered", "plain", 6)
    assert row["first_mean"] == pytest.approx(5.5)
    assert row["second_mean"] == pytest.approx(3.0)
    assert row["first_sd"] == pytest.approx(1.0488088)
    assert row["difference"] == pytest.approx(2.5)
    assert row["high"] - 2.5 == pytest.approx(2.5706 * 1.0488088 / 6**0.5, abs=1e-3)
    assert row["p_wilcoxon"] == pytest.approx(2 / 64)
    assert "2.50 [1.40, 3.60]" in readable(table).iloc[0]["difference [95 % CI]"]


def test_people_and_simulated_participants_are_never_mixed(protocol: Protocol) -> None:
    both = pd.DataFrame(_rows() + _rows(simulated=True))
    assert not select(both).simulated and not select(both).rows["simulated"].any()
    before = pd.DataFrame(_rows(complete=False) + _rows(simulated=True))
    assert select(before).simulated and select(before).rows["simulated"].all()
    assert select(before).label == "simulated data"


def test_only_complete_sessions_count_unless_asked_for(protocol: Protocol) -> None:
    everybody = pd.DataFrame(_rows() + _rows(complete=False))
    assert compare(everybody, protocol, "control").rows["participant"].nunique() == 6
    assert compare(everybody, protocol, "control", complete_only=False).rows["participant"].nunique() == 12


def test_without_planned_contrasts_every_pair_is_compared(protocol: Protocol) -> None:
    assert planned_pairs(protocol) == (("steered", "plain"),)
    unplanned = protocol.model_copy(update={"analysis": AnalysisPlan()})
    assert list(planned_pairs(unplanned)) == [("steered", "plain")]


def test_an_unknown_measure_is_named_with_the_known_ones(tidy: pd.DataFrame, protocol: Protocol) -> None:
    with pytest.raises(NotFound, match="'contrl'.*control"):
        compare(tidy, protocol, "contrl")


def test_lines_show_every_participant_and_the_means_in_the_order_of_the_protocol(
    tidy: pd.DataFrame, protocol: Protocol
) -> None:
    drawn = measure_lines(compare(tidy, protocol, "control"))
    people = [trace for trace in drawn.figure.data if trace.mode == "lines+markers"]
    means = [trace for trace in drawn.figure.data if trace.mode == "markers"]
    assert [tuple(trace.y) for trace in people] == list(zip(PLAIN, STEERED, strict=True))
    assert [(trace.x[0], trace.y[0]) for trace in means] == [("plain", 3.0), ("steered", 5.5)]
    assert [trace.marker.color for trace in means] == list(OKABE_ITO[:2])
    assert [trace.error_y.array[0] for trace in means] == pytest.approx(list(drawn.frame["within_ci"]))
    # two conditions: the half width of a paired difference, divided by √2
    assert drawn.frame["within_ci"].tolist() == pytest.approx([2.5706 * 1.0488088 / 12**0.5] * 2, abs=1e-4)
    assert list(drawn.frame["condition"]) == ["plain", "steered"]
    assert "simulated" not in drawn.figure.layout.title.text


def test_differences_have_a_panel_per_measure_and_the_frame_behind_it(tidy: pd.DataFrame, protocol: Protocol) -> None:
    other = tidy.assign(measure="turns", value=tidy["value"] * 2)
    both = pd.concat([tidy, other])
    drawn = differences([compare(both, protocol, name) for name in ("control", "turns")])
    assert drawn.frame["difference"].tolist() == pytest.approx([2.5, 5.0])
    assert [trace.x[0] for trace in drawn.figure.data] == pytest.approx([2.5, 5.0])
    assert drawn.frame["contrast"].tolist() == ["steered − plain"] * 2


def test_answers_add_up_to_one_per_item_and_condition(record: Record) -> None:
    drawn = answer_distribution(frames(record), record.protocol, "control")
    assert drawn.frame.groupby(["item", "condition"])["share"].sum().tolist() == pytest.approx([1, 1, 1, 1])
    assert drawn.frame["count"].sum() == 7
    for trace in drawn.figure.data:  # every trace names every bar, also those in which nobody gave its answer
        assert [bar[0] for bar in trace.customdata] == ["plain", "steered", "plain", "steered"]
    assert [trace.name for trace in drawn.figure.data] == [str(point) for point in range(1, 8)]


def test_simulated_data_say_so_in_every_title(protocol: Protocol, record: Record) -> None:
    comparison = compare(pd.DataFrame(_rows(simulated=True)), protocol, "control")
    data = frames(record)
    simulated = replace(
        data,
        sessions=data.sessions[data.sessions["simulated"]],
        responses=data.responses[data.responses["simulated"]],
    )
    for drawn in (
        measure_lines(comparison),
        differences([comparison]),
        answer_distribution(simulated, protocol, "control"),
    ):
        assert "simulated data" in drawn.figure.layout.title.text


def test_an_empty_study_gives_figures_and_tables_that_say_so(empty_record: Record) -> None:
    protocol, tidy = empty_record.protocol, measures(empty_record)
    comparison = compare(tidy, protocol, "control")
    for drawn in (
        measure_lines(comparison),
        differences([comparison]),
        differences([]),
        answer_distribution(frames(empty_record), protocol, "control"),
    ):
        assert drawn.frame.empty
        assert NO_DATA in [note.text for note in drawn.figure.layout.annotations]
    assert comparison_table(tidy, protocol).empty
    assert readable(comparison_table(tidy, protocol)).empty
