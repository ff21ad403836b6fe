"""What the notebooks show: descriptives, sensitivity, reliability, one moment again; each number checked elsewhere."""

import pandas as pd
import pytest
from reference.handover_data import cases, handed_over

from analysis.described import described
from analysis.figures import panels
from analysis.findings import confirm, decide
from analysis.frames import frames
from analysis.inference.reliability import reliability, scored_items
from analysis.measures import measures
from analysis.replay import fates, fullest, moment
from analysis.scale_reliability import scale_reliability
from analysis.sensitivity import with_other_participants
from study.errors import NotFound
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study


def test_measures_are_described_in_the_order_asked_for(record: Record) -> None:
    table = described(measures(record), record.protocol, ["turns", "control", "no_such"])
    assert table["measure"].unique().tolist() == ["turns", "control"]
    control = table.set_index(["measure", "condition"]).loc[("control", "steered")]
    assert (control["n"], control["mean"], control["unit"]) == (2, 5.5, "1 to 7")


def test_planned_results_with_other_participants() -> None:
    of, protocol = handed_over("within"), cases()["within"]
    plan = protocol.analysis.model_copy(update={"hypotheses": protocol.analysis.hypotheses[1:2]})
    protocol = protocol.model_copy(update={"analysis": plan})
    table = with_other_participants(of.chosen, of.everybody, protocol).set_index("participants")
    (planned,) = decide(of.chosen, protocol)
    assert planned.estimate and table.loc["as planned", "difference"] == planned.estimate.difference
    assert table["n"].to_dict() == {
        "as planned": 23,
        "nobody excluded": 24,
        "complete sittings": 23,
        "every condition": 21,
    }


def test_a_panel_for_each_finding_with_an_estimate() -> None:
    found = confirm(handed_over("factorial").chosen, cases()["factorial"])
    shown = panels(found)
    assert [panel.title for panel in shown] == [f"{one.hypothesis.id}: {one.measure.title}" for one in found]
    assert shown[2].twins == (found[2].twin,)
    assert [panel.beside for panel in shown] == ["robust"] * 3 + ["another test"] * 2 + ["robust"]


def test_reliability_of_every_scale_by_condition(engine, protocol: Protocol, participants) -> None:  # type: ignore[no-untyped-def]
    create_study(engine, protocol, seed=7)
    participants("small", protocol, 12)
    data = frames(load_record(engine, "small"))
    table = scale_reliability(data, protocol).set_index(["condition", "coefficient"])
    control = protocol.instrument("control")
    plain = data.responses[data.responses["condition"] == "plain"]
    assert table.loc[("plain", "alpha"), "value"] == pytest.approx(
        reliability(scored_items(plain, control, control.scoring[0])).alpha
    )
    assert {name for name, _ in table.index} == {"plain", "steered"}


def test_a_scale_without_enough_answers_says_why(record: Record) -> None:
    table = scale_reliability(frames(record), record.protocol)
    assert table["value"].isna().all() and (table["note"] != "").all()


def test_one_moment_shows_what_was_written_held_and_used(record: Record) -> None:
    data = frames(record)
    who, number = fullest(data)
    then = moment(data, who, number)
    assert (who, number, then.condition, then.message) == ("P001", 2, "steered", "No fish")
    assert then.recalled[["text", "used"]].values.tolist() == [["no fish", True], ["old", False]]
    assert then.held.empty and "2 pieces came up, 1 used" in then.sentence


def test_a_reply_that_was_never_given_is_refused(record: Record) -> None:
    with pytest.raises(NotFound, match="has 2 replies, so there is no reply 3"):
        moment(frames(record), "P001", 3)
    assert fullest(frames(record).of_sessions(set())) == ("", 0)


def test_what_became_of_recalled_pieces(record: Record) -> None:
    table = fates(frames(record).recalled)
    assert table[["fate", "pieces", "share"]].values.tolist() == [["no reason given", 1, 0.5], ["used", 1, 0.5]]
    assert isinstance(table, pd.DataFrame)
