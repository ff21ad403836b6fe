"""Figures drawn from the small record, against numbers counted by hand."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from analysis.figures import answer_distribution, flow_counts, participant_flow, session_timeline
from analysis.frames import Frames, frames
from analysis.measures import measures_of
from analysis.sample import Sample, sample
from study.protocol import Protocol
from study.records import Record

CONDITIONS = ("plain", "steered")


@pytest.fixture
def data(record: Record) -> Frames:
    return frames(record)


@pytest.fixture
def chosen(record: Record, data: Frames) -> Sample:
    return sample(measures_of(data, record.protocol), data, record.protocols, record.protocol)


def count(frame: pd.DataFrame, stage: str, **where: object) -> int:
    rows = frame[frame["stage"] == stage]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return int(rows["count"].sum())


def test_the_flow_counts_every_station_of_every_order(data: Frames, chosen: Sample) -> None:
    frame = flow_counts(data, chosen)
    assert (count(frame, "arrived"), count(frame, "consented"), count(frame, "not_consented")) == (3, 2, 1)
    assert list(frame.loc[frame["stage"] == "not_consented", "reason"]) == ["under way or left without a word"]
    assert list(dict.fromkeys(frame["order"])) == ["", "plain → steered", "steered → plain"]
    for order in ("plain → steered", "steered → plain"):
        for stage in ("allocated", "complete", "analysed"):
            assert count(frame, stage, order=order) == 1
        for period, condition in enumerate(order.split(" → "), start=1):
            assert count(frame, "started", order=order, period=period, condition=condition) == 1
            assert count(frame, "finished", order=order, period=period, condition=condition) == 1
    assert count(frame, "excluded") == count(frame, "not_complete") == 0


def test_the_flow_says_where_people_were_lost_and_why(data: Frames, chosen: Sample) -> None:
    sessions = data.sessions.copy()
    left = sessions["participant"] == "P001"
    sessions.loc[left, ["status", "complete", "blocks_reached", "blocks_finished"]] = ["withdrawn", False, 2, 1]
    excluded = pd.DataFrame([("P002", "too fast"), ("P002", "failed checks")], columns=["participant", "rule"])
    without = Sample(chosen.rows[chosen.rows["participant"] == "P001"], excluded, False)
    drawn = participant_flow(replace(data, sessions=sessions), without)
    frame = drawn.frame
    assert count(frame, "not_complete", reason="withdrew", order="plain → steered") == 1
    assert [count(frame, "finished", order="plain → steered", period=period) for period in (1, 2)] == [1, 0]
    assert count(frame, "started", order="plain → steered", period=2) == 1
    assert (count(frame, "excluded"), count(frame, "excluded_by")) == (1, 2)
    assert (count(frame, "analysed"), count(frame, "complete")) == (1, 1)
    words = "\n".join(note.text or "" for note in drawn.figure.layout.annotations)
    for said in ("withdrew: 1", "too fast: 1", "failed checks: 1", "<b>Analysed</b> n = 1", "started 1<br>finished 0"):
        assert said in words
    assert drawn.description.startswith("Of 3 participants who arrived, 2 consented")


def test_people_and_simulated_participants_do_not_meet_in_a_flow(data: Frames, chosen: Sample) -> None:
    simulated = Sample(chosen.rows.iloc[:0], chosen.excluded, True)
    drawn = participant_flow(data, simulated)
    assert count(drawn.frame, "arrived") == 1
    assert "simulated data" in drawn.figure.layout.title.text


def test_a_session_is_laid_out_in_seconds_since_it_started(data: Frames) -> None:
    drawn = session_timeline(data, "session1", CONDITIONS)
    frame = drawn.frame
    assert frame["lane"].value_counts().to_dict() == {
        "steps": 7, "messages": 3, "replies": 4, "beliefs": 3, "controls": 1, "model calls": 1,
    }  # fmt: skip
    task = frame[(frame["what"] == "task") & (frame["condition"] == "steered")].iloc[0]
    assert (task["start"], task["end"]) == (340, 430)
    call = frame[frame["lane"] == "model calls"].iloc[0]
    assert (call["start"], call["end"]) == (pytest.approx(339.1), 340)
    assert drawn.figure.layout.xaxis.title.text == "time since the session started (min)"
    bars = [trace for trace in drawn.figure.data if trace.type == "bar" and trace.name == "plain"][0]
    assert list(bars.x) == pytest.approx([5, 20 / 60, 20 / 60])
    assert "7 steps, 3 messages, 4 replies" in drawn.description


def test_away_is_from_losing_the_focus_to_having_it_again_or_to_the_end(data: Frames) -> None:
    of_session = data.events[data.events["session_id"] == "session1"]
    reports = of_session.iloc[:5].copy()
    said = ("blur", "hidden", "focus", "paste", "blur")
    reports["kind"], reports["payload"] = "client_reported", [json.dumps({"what": what}) for what in said]
    reports["seq"] = range(1000, 1005)
    reports["at"] = [reports["at"].iloc[0] + pd.Timedelta(seconds=s) for s in (10, 12, 30, 40, 100)]
    drawn = session_timeline(replace(data, events=pd.concat([data.events, reports])), "session1", CONDITIONS)
    away = drawn.frame[drawn.frame["lane"] == "away"]
    assert list(zip(away["start"], away["end"], strict=True)) == [(10, 30), (100, 470)]


def test_answers_begin_where_the_middle_of_the_scale_is_zero(data: Frames, protocol: Protocol) -> None:
    # "steer" in plain: answers 2 and 3, one each, both below the middle (4); in steered 5 and 7, both above
    frame = answer_distribution(data, protocol, "control").frame
    steer = frame[(frame["item"] == "steer") & (frame["share"] > 0)]
    assert list(zip(steer["condition"], steer["value"], steer["start"], strict=True)) == [
        ("plain", 2.0, -1.0), ("plain", 3.0, -0.5), ("steered", 5.0, 0.0), ("steered", 7.0, 0.5),
    ]  # fmt: skip


def test_a_slider_is_shown_in_five_symmetric_ranges(data: Frames, protocol: Protocol) -> None:
    instrument = protocol.instrument("comfort")
    slider = instrument.items[0].model_copy(update={"type": "slider", "min": 0, "max": 100, "step": 5})
    wide = instrument.model_copy(update={"items": (slider,)})
    changed = protocol.model_copy(update={"instruments": (wide,)})
    rows = data.responses.copy()
    rows.loc[(rows["item"] == "comfort") & (rows["condition"] == "plain"), "value"] = 40.0
    frame = answer_distribution(replace(data, responses=rows), changed, "comfort").frame
    plain = frame[frame["condition"] == "plain"]
    assert list(plain["answer"]) == ["0–15", "20–35", "40–60", "65–80", "85–100"]
    assert list(plain["share"]) == [0, 0, 1, 0, 0] and plain["start"].iloc[2] == -0.5
