"""Every measure against numbers worked out by hand from the small record (see conftest)."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from analysis.frames import frames
from analysis.frames.filled_in import KEYS
from analysis.measures import measure_names, measures, registry
from study.events import MessageSent, QuestionnaireAnswered, TaskFinished, TaskStarted
from study.log import Place
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study
from study.timeline import QuestionnaireStep, RepeatStep, TaskStep

BY_HAND = [
    ("turns", "plain", 1),
    ("turns", "steered", 1),
    ("words_sent", "plain", 6),
    ("words_sent", "steered", 2),
    ("task_minutes", "plain", 5),
    ("task_minutes", "steered", 1.5),
    ("needs_edits", "plain", 0),
    ("needs_edits", "steered", 1),
    ("needs_moved", "steered", 0),
    ("control_changes", "plain", 0),
    ("control_changes", "steered", 1),
    ("reply_rating_share_up", "plain", 0),
    ("reply_rating_share_up", "steered", 1),
    ("belief_right_share", "steered", 1),
    ("belief_comfort_share", "steered", 0.5),
    ("solution_updates", "plain", 0),
    ("solution_updates", "steered", 2),
    ("first_token_ms", "plain", 100),
    ("first_token_ms", "steered", 200),
    ("failed_replies", "plain", 1),
    ("failed_replies", "steered", 0),
    ("replies_rated", "plain", 1),
    ("replies_accepted", "plain", 0),
    ("replies_accepted", "steered", 1),
    ("reply_ms", "steered", 900),
    ("needs_found", "steered", 1),
    ("reliance_realised", "steered", 0.5),
    ("belief_brier", "steered", 0),
    ("control", "plain", 2.0),
    ("control", "steered", 6.5),
    ("comfort.comfort", "plain", 4),
    ("comfort.comfort", "steered", 6),
    ("preference.ranking", "plain", 2),
    ("preference.ranking", "steered", 1),
]


@pytest.fixture
def tidy(record: Record) -> pd.DataFrame:
    return measures(record)


@pytest.mark.parametrize(("measure", "condition", "expected"), BY_HAND)
def test_a_measure_is_what_one_counts_by_hand(
    tidy: pd.DataFrame, measure: str, condition: str, expected: float
) -> None:
    mine = tidy[(tidy["participant"] == "P001") & (tidy["measure"] == measure) & (tidy["condition"] == condition)]
    assert mine["value"].tolist() == [expected]


def test_places_that_are_shared_are_the_value_of_both(written: Engine, writer: Any) -> None:
    """The fixture's ranking is a list, as in earlier records; this one has places."""
    shared = QuestionnaireAnswered(
        instrument="preference", instrument_version="2", shown_order=("ranking",),
        answers={"ranking": {"steered": 1, "plain": 1}},
    )  # fmt: skip
    for block, condition, task in ((1, "steered", "trip"), (2, "plain", "dinner")):
        there = Place(f"1.{block}.0.task", block, condition, task)
        writer.write("session2", there, TaskStarted(task=task), TaskFinished(task=task))
    writer.write("session2", Place("2.preference"), shared)
    places = measures(load_record(written, "small"))
    found = places[places["measure"] == "preference.ranking"].pivot(
        index="session_id", columns="condition", values="value"
    )
    assert found.loc["session2"].tolist() == [1, 1]
    assert found.loc["session1"].tolist() == [2, 1]


def test_no_belief_judged_means_no_share(tidy: pd.DataFrame) -> None:
    assert tidy.loc[tidy["measure"] == "belief_right_share", "condition"].tolist() == ["steered"]


def test_a_scale_with_a_missing_answer_has_no_value(tidy: pd.DataFrame) -> None:
    mine = tidy[(tidy["participant"] == "P002") & (tidy["measure"] == "control")].set_index("condition")["value"]
    assert mine["steered"] == 4.5
    assert math.isnan(mine["plain"])


def test_each_session_is_scored_by_the_version_it_ran_on(record: Record) -> None:
    """In version 2 an item is no longer reversed; only P001 ran on it: 7 and 2 give 4.5, not 6.5."""
    before, raw = len(measures(record)), record.protocol.model_dump()
    control = next(i for i in raw["instruments"] if i["id"] == "control")
    for item in control["items"]:
        item["reversed"] = False
    later = replace(record, protocols={1: record.protocol, 2: Protocol.model_validate(raw)})
    later.sessions[0].study_version = 2
    tidy = measures(later)
    found = tidy[(tidy["measure"] == "control") & (tidy["condition"] == "steered")].set_index("participant")["value"]
    assert (found["P001"], found["P002"]) == (4.5, 4.5)
    second = tidy[(tidy["measure"] == "control") & (tidy["condition"] == "plain")].set_index("participant")["value"]
    assert second["P001"] == 4.0, "2 and 6 as they stand"
    assert len(tidy) == before


def test_of_an_instrument_answered_twice_the_last_counts(written: Engine, writer: Any) -> None:
    place = Place("1.1.9.control", 1, "plain", "trip")
    writer.answer("session1", place, "control", {"steer": 7, "decided": 1})
    tidy = measures(load_record(written, "small"))
    mine = tidy[(tidy["participant"] == "P001") & (tidy["measure"] == "control") & (tidy["block"] == 1)]
    assert mine["value"].tolist() == [7]


def test_the_frame_is_tidy(tidy: pd.DataFrame, record: Record) -> None:
    assert list(tidy) == [*KEYS[:3], "complete", *KEYS[3:], "measure", "value"]
    assert not tidy.duplicated(["session_id", "block", "measure"]).any()
    assert set(tidy.loc[tidy["simulated"], "participant"]) == {"S004"}
    assert set(tidy["measure"]) <= {measure.name for measure in registry(record.protocol)}


def test_an_empty_study_gives_an_empty_frame_of_the_same_kind(tidy: pd.DataFrame, empty_record: Record) -> None:
    empty = measures(empty_record)
    assert empty.empty
    assert empty.dtypes.to_dict() == tidy.dtypes.to_dict()


def test_names_may_stand_for_whole_instruments(protocol: Protocol) -> None:
    assert measure_names(protocol, ["control", "comfort", "no_such"]) == ["control", "comfort.comfort"]


def test_measures_do_not_change_the_frames(record: Record) -> None:
    before = frames(record)
    measures(record)
    for (_, first), (_, second) in zip(before.items(), frames(record).items(), strict=True):
        pd.testing.assert_frame_equal(first, second)


def test_an_instrument_asked_before_and_after_has_a_measure_for_each(engine, protocol: Protocol, writer) -> None:  # type: ignore[no-untyped-def]
    block = next(step for step in protocol.timeline if step.step == "block")
    asking = [
        QuestionnaireStep(step="questionnaire", instruments=("comfort",), occasion=o) for o in ("before", "after")
    ]
    steps = (asking[0], TaskStep(step="task"), asking[1])
    changed = protocol.model_copy(update={"timeline": (block.model_copy(update={"steps": steps}),)})
    create_study(engine, changed, seed=7)
    session = writer.arrive(("plain", "steered"), ("trip", "dinner"))
    for n, occasion, value in ((0, "before", 2), (2, "after", 6)):
        place = Place(f"0.1.{n}.comfort", 1, "plain", "trip")
        given = {"instrument": "comfort", "instrument_version": "1", "shown_order": ("comfort",), "occasion": occasion}
        writer.write(session, place, QuestionnaireAnswered(**given, answers={"comfort": value}))
    found = measures(load_record(engine, "small")).set_index("measure")["value"]
    names = ["comfort.comfort", "comfort.comfort.before", "comfort.comfort.after"]
    assert found[names].tolist() == [6, 2, 6], "without a name the last time counts"


def test_a_block_with_several_tasks_has_a_row_for_each_and_totals_over_them(engine, protocol: Protocol, writer) -> None:  # type: ignore[no-untyped-def]
    block = next(step for step in protocol.timeline if step.step == "block")
    twice = RepeatStep(step="repeat", times=2, steps=(TaskStep(step="task"),))
    design = protocol.design.model_copy(update={"tasks": "cycled"})
    timeline = (block.model_copy(update={"steps": (twice,)}),)
    create_study(engine, protocol.model_copy(update={"timeline": timeline, "design": design}), seed=7)
    session = writer.arrive(("plain", "steered"), ("trip", "dinner", "trip", "dinner"))
    for turn, task, minutes in ((1, "trip", 2), (2, "dinner", 3)):
        place = Place(f"0.1.0.{turn}.0.task", 1, "plain", task)
        writer.write(session, place, TaskStarted(task=task))
        writer.clock.wait(60 * minutes)
        writer.write(session, place, MessageSent(message_id=f"m{turn}", text="one two"), TaskFinished(task=task))
    record = load_record(engine, "small")
    trials = frames(record).trials
    assert trials[["task", "round", "minutes"]].values.tolist() == [["trip", 1, 2], ["dinner", 2, 3]]
    found = measures(record).set_index("measure")["value"]
    assert found[["task_minutes", "words_sent", "turns"]].tolist() == [5, 4, 0]
