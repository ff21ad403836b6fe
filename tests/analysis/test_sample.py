"""Whose data are analysed, and whom the plan leaves out."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from analysis.figures.flow_counts import flow_counts
from analysis.frames import frames
from analysis.measures import measures
from analysis.report.head import FAILED_CHECKS, quality_table
from analysis.sample import BY_RESEARCHER, Sample, failed_checks, sample
from study import exclusion
from study.analysis_plan import AnalysisPlan, Exclusion
from study.events import CheckFailed
from study.flow import Assignment
from study.log import Place
from study.plan import plan
from study.protocol import Protocol
from study.records import Record, load_record
from study.studies import create_study


def with_rules(protocol: Protocol, *rules: Exclusion) -> Protocol:
    return protocol.model_copy(update={"analysis": protocol.analysis.model_copy(update={"exclusions": rules})})


def taken(record: Record, protocol: Protocol | None = None) -> Sample:
    plan = protocol or record.protocol
    return sample(measures(record), frames(record), record.protocols, plan)


def test_people_count_alone_as_soon_as_one_has_finished(record: Record) -> None:
    found = taken(record)
    assert not found.simulated and set(found.rows["participant"]) == {"P001", "P002"}
    assert found.participants == 2 and found.excluded.empty


def test_simulated_participants_stand_in_until_then(record: Record) -> None:
    rows = measures(record)
    of_nobody = rows.assign(complete=rows["complete"] & rows["simulated"])
    found = sample(of_nobody, frames(record), record.protocols, record.protocol)
    assert found.simulated and set(found.rows["participant"]) == {"S004"}


@pytest.mark.parametrize(
    ("rule", "left_out"),
    [
        (Exclusion(text="few words", measure="words_sent", below=3), {"P001"}),  # two words in one block
        (Exclusion(text="in control", measure="control", above=5.5), {"P001"}),  # 6.5 once
        (Exclusion(text="never", measure="words_sent", above=1_000), set()),
    ],
)
def test_who_is_out_of_bounds_once_is_left_out(record: Record, rule: Exclusion, left_out: set[str]) -> None:
    found = taken(record, with_rules(record.protocol, rule))
    assert set(found.excluded["participant"]) == left_out
    assert set(found.rows["participant"]) == {"P001", "P002"} - left_out
    assert set(found.excluded["rule"]) <= {rule.text}


def test_whom_a_researcher_marked_is_left_out_by_their_reason_until_it_is_taken_back(written: Engine) -> None:
    exclusion.mark(written, "small", "P001", "a colleague", "Ada")
    exclusion.mark(written, "small", "P003", "not analysed anyway", "Ada")
    record = load_record(written, "small")
    found = taken(record, with_rules(record.protocol, Exclusion(text="few words", measure="words_sent", below=3)))
    assert set(found.rows["participant"]) == {"P002"}
    assert sorted(zip(found.excluded["participant"], found.excluded["rule"], strict=True)) == [
        ("P001", f"{BY_RESEARCHER}a colleague"), ("P001", "few words"),
    ]  # fmt: skip
    flow = flow_counts(frames(record), taken(record))
    counted = flow[flow["stage"] == "excluded_by"][["reason", "count"]]
    assert counted.to_numpy().tolist() == [[f"{BY_RESEARCHER}a colleague", 1]]
    exclusion.unmark(written, "small", "P001", "another person", "Ada")
    assert set(taken(load_record(written, "small")).rows["participant"]) == {"P001", "P002"}


def test_who_left_is_not_analysed_and_who_broke_off_is(written: Engine, writer: Any) -> None:
    stays = writer.arrive(("plain", "steered"), ("trip", "dinner"))
    writer.answer(stays, Place("1.1.1.control", 1, "plain", "trip"), "control", {"steer": 3, "decided": 3})
    assert "P003" not in set(taken(load_record(written, "small")).rows["participant"]), "no rows, no participant"
    name = next(s.participant for s in load_record(written, "small").sessions if s.id == stays)
    assert name in set(taken(load_record(written, "small")).rows["participant"])


def test_a_check_is_failed_when_its_last_try_was_wrong(written: Engine, writer: Any, protocol: Protocol) -> None:
    check = {"instrument": "control", "answers": {"steer": [7]}, "attempts": 2, "text": "Once more, please."}
    asks = {"step": "questionnaire", "instruments": ["control"], "checks": [check]}
    told = protocol.model_dump(mode="json")
    checked = Protocol.model_validate(told | {"id": "checked", "timeline": [asks, *told["timeline"]]})
    create_study(written, checked, seed=7)
    order = ("plain", "steered"), ("trip", "dinner")
    (step, *_) = [one.id for one in plan(checked, Assignment(*order)) if one.check]
    for tries in (1, 2):
        session = writer.arrive(*order, study_id="checked")
        for attempt in range(1, tries + 1):
            wrong = CheckFailed(instrument="control", attempt=attempt, answers={"steer": 1})
            writer.write(session, Place(step), wrong)
    record = load_record(written, "checked")
    once, twice = (row.participant for row in record.sessions)
    assert failed_checks(frames(record), record.protocols) == {once: 0, twice: 1}
    table = quality_table(frames(record), record.protocols).set_index("what")["number"]
    assert table[FAILED_CHECKS] == "1", "three wrong attempts are one failed check"


def test_analysed_is_who_has_an_outcome_of_the_plan_under_a_condition(record: Record) -> None:
    """As if P002 had answered only what is asked outside the blocks, and left before the first one."""
    found = taken(record)
    outside = found.rows["participant"] == "P002"
    early = replace(found, rows=found.rows.assign(condition=found.rows["condition"].mask(outside)))
    assert "P002" in set(early.rows["participant"])
    assert (found.participants, early.participants) == (2, 1)
    assert found.planned == ("control",) and early.analysed("control") == {"P001"}
    flow = flow_counts(frames(record), early)
    assert flow.loc[flow["stage"] == "analysed", "count"].sum() == 1 and "analysed_of" not in set(flow["stage"])


def test_analysed_is_counted_for_each_measure_of_the_plan_and_by_its_rule_for_gaps(record: Record) -> None:
    told = record.protocol.model_copy(update={"analysis": AnalysisPlan(primary=("control", "comfort.comfort"))})
    found = taken(record, told)
    open_item = (found.rows["participant"] == "P002") & (found.rows["measure"] == "comfort.comfort")
    found = replace(found, rows=found.rows[~open_item])
    assert {name: len(found.analysed(name)) for name in found.planned} == {"control": 2, "comfort.comfort": 1}
    flow = flow_counts(frames(record), found)
    of = flow[flow["stage"] == "analysed_of"].groupby("reason")["count"].sum()
    assert of.to_dict() == {"control": 2, "comfort.comfort": 1} and found.participants == 2
    whole = told.model_copy(update={"analysis": told.analysis.model_copy(update={"missing": "complete"})})
    assert taken(record, whole).analysed("control") == {"P001"}, "P002 left one condition unanswered"
