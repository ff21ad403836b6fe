"""Frames hold what the record says, with the declared columns, also when nothing happened."""

import json

import pandas as pd
import pytest
from sqlalchemy import Engine

from analysis.act_rows import ACTS
from analysis.cells import CELLS
from analysis.columns import TABLES
from analysis.frames import ROWS, data_dictionary, frames
from study.errors import NotFound
from study.events import EVENT_CLASSES
from study.records import Record, load_record
from study.sealing import unseal


def test_an_unknown_study_is_named_with_the_known_ones(written: Engine) -> None:
    with pytest.raises(NotFound, match="'other'.*small"):
        load_record(written, "other")


def test_previews_are_never_part_of_the_record(record: Record) -> None:
    assert [row.participant for row in record.sessions] == ["P001", "P002", "P003", "S004"]
    assert {entry.session_id for entry in record.events} == {row.id for row in record.sessions}


def test_every_event_stands_in_events_in_order_with_its_payload(record: Record) -> None:
    events = frames(record).events
    assert len(events) == len(record.events)
    assert list(events["event_id"]) == [entry.id for entry in record.events]
    row = events[events["kind"] == "control_changed"].iloc[0]
    assert json.loads(row["payload"])["new"] == 3
    assert (row["block"], row["condition"], row["task"]) == (2, "steered", "dinner")


def test_a_session_row_says_how_far_it_came(record: Record) -> None:
    sessions = frames(record).sessions.set_index("participant")
    assert list(sessions["complete"]) == [True, True, False, True]
    assert list(sessions["simulated"]) == [False, False, False, True]
    assert sessions.loc["P001", ["blocks_reached", "blocks_finished"]].tolist() == [2, 2]
    assert sessions.loc["P003", ["blocks_reached", "blocks_finished"]].tolist() == [0, 0]
    assert sessions.loc["P001", "minutes"] == pytest.approx((300 + 90 + 4 * 20) / 60)
    assert sessions.loc["P001", "consented"] and not sessions.loc["P002", "consented"]


def test_replies_carry_the_newest_rating_and_what_failed(record: Record) -> None:
    replies = frames(record).replies.set_index("turn_id")
    assert replies.loc["t2", "rating"] == "down"
    assert replies.loc["t4", ["rating", "rating_why"]].tolist() == ["up", "fits"]
    assert replies.loc["t4", ["recalled_used", "recalled_dropped"]].tolist() == [1, 1]
    assert replies.loc["t1", ["given", "outcome", "error"]].tolist() == [False, "timed_out", "slow"]
    assert replies.loc["t3", "text"] == "I"


def test_responses_are_one_row_per_item_with_missing_ones(record: Record) -> None:
    responses = frames(record).responses
    mine = responses[responses["participant"] == "P002"].set_index(["condition", "item"])
    assert mine.loc[("steered", "steer"), ["value", "label", "block"]].tolist() == [5, "A", 1]
    assert mine.loc[("plain", "decided"), "missing"]
    assert pd.isna(mine.loc[("plain", "decided"), "value"])
    ranking = responses[responses["item"] == "ranking"].iloc[0]
    assert json.loads(ranking["text"]) == ["steered", "plain"]
    assert pd.isna(ranking["block"]) and pd.isna(ranking["condition"])


def test_steps_and_trials_are_timed(record: Record) -> None:
    data = frames(record)
    steps = data.steps[data.steps["participant"] == "P001"].set_index("step")
    assert steps.loc["1.1.0.task", ["kind", "seconds"]].tolist() == ["task", 300]
    assert steps.loc["1.1.1.control", ["instrument", "seconds"]].tolist() == ["control", 20]
    assert data.trials["minutes"].tolist() == [5.0, 1.5]


def test_a_judgement_belongs_to_the_condition_its_belief_arose_in(record: Record) -> None:
    judgements = frames(record).judgements
    assert judgements["condition"].tolist() == ["steered", "steered"]
    assert judgements["verdict"].tolist() == ["right", "not_comfortable"]


def test_beliefs_controls_and_solutions_follow_their_events(record: Record) -> None:
    data = frames(record)
    assert data.beliefs[["belief_id", "by", "kind"]].values.tolist() == [
        ["b1", "mechanism", "need"],
        ["b1", "person", "need"],
        ["b2", "person", "style"],
    ]
    assert data.controls[["control", "old", "new"]].values.tolist() == [["cost", "1", "3"]]
    assert data.solutions[["version", "options"]].values.tolist() == [[1, 1], [2, 1]]
    assert data.model_calls["purpose"].tolist() == ["reply"]


def test_an_empty_study_has_the_same_columns_and_dtypes(record: Record, empty_record: Record) -> None:
    for (name, full), (_, empty) in zip(frames(record).items(), frames(empty_record).items(), strict=True):
        assert not full.empty and (empty.empty or name in ("cells", "acts")), name
        assert empty.dtypes.to_dict() == full.dtypes.to_dict(), name


def test_what_researchers_did_stands_in_order_with_everything_about_it(written: Engine) -> None:
    unseal(written, "small", "a broken item?", "Ada")
    acts = frames(load_record(written, "small")).acts
    assert acts[["seq", "by", "kind"]].values.tolist() == [[1, "app", "study_created"], [2, "Ada", "results_unsealed"]]
    payload = json.loads(acts["payload"][1])
    assert (payload["reason"], payload["complete"]) == ("a broken item?", 2)


def test_dtypes_are_plain_and_as_declared(record: Record) -> None:
    data = dict(frames(record, identifiers=True).items())
    for table in (*TABLES, CELLS, ACTS):
        found = {name: str(dtype) for name, dtype in data[table.name].dtypes.items()}
        assert found == {c.name: c.dtype for c in table.columns}


def test_identifiers_only_on_request(record: Record) -> None:
    secret, named = frames(record), frames(record, identifiers=True)
    for _, frame in secret.items():
        assert "pid-" not in frame.to_csv() and "Browser/1" not in frame.to_csv()
    assert "pid-1" in named.sessions.to_csv() and "pid-1" in named.events.to_csv()


def test_every_declared_source_exists() -> None:
    for table in (*TABLES, CELLS, ACTS):
        for column in table.columns:
            root, *path = column.source.split(".")
            if root == "event" and path:
                assert any(path[0] in EVENT_CLASSES[kind].model_fields for kind in table.kinds), column
            else:
                assert root.startswith(("session", "logged", "place", "event", "derived")), column


def test_the_data_dictionary_explains_every_column_of_every_frame(record: Record) -> None:
    dictionary = data_dictionary()
    shown = {(name, column) for name, frame in frames(record, identifiers=True).items() for column in frame}
    assert {(row.frame, row.column) for row in dictionary.itertuples()} == shown
    assert dictionary["description"].str.len().min() > 0
    assert set(ROWS) <= {table.name for table in TABLES}
