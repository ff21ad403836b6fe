"""Frames hold what the record says, with the declared columns, also when nothing happened."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

import analysis.frames.reading
from analysis.act_rows import ACTS
from analysis.cells import CELLS
from analysis.frames import TABLES, data_dictionary, frames
from analysis.frames.making import as_json
from analysis.frames.reading import read
from analysis.frames.shares import read_in_shares, shares
from study.errors import NotFound
from study.events import EVENT_CLASSES, ClientReported, MessageSent, StepEntered, StepFinished
from study.log import Entry, Place, append
from study.records import Record, load_record
from study.sealing import unseal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab„é", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_an_unknown_study_is_named_with_the_known_ones(written: Engine) -> None:
    with pytest.raises(NotFound, match="'other'.*small"):
        load_record(written, "other")


def test_previews_are_never_part_of_the_record(record: Record) -> None:
    assert [row.participant for row in record.sessions] == ["P001", "P002", "P003", "S004"]
    assert {entry.session_id for entry in record.events} == {row.id for row in record.sessions}


def test_every_event_stands_in_events_in_order_with_its_payload(record: Record) -> None:
    events = frames(record).events
    assert len(events) == len(record.events) == record.size
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
    assert judgements["verdict"].tolist() == ["right", "right"]
    assert judgements["comfortable"].tolist() == [True, False]


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


def test_codes_stand_by_event_and_coder_beside_how_they_came_about(record: Record) -> None:
    data = frames(record)
    (row,) = data.codes.to_dict("records")
    assert row["event_id"] == data.messages["event_id"][0]
    assert (row["participant"], row["coder"], row["code_name"], row["memo"]) == ("P001", "Ada", "wish", "the first one")
    assert not row["gone_through"]
    assert data.code_history[["seq", "kind", "text"]].values.tolist() == [
        [1, "code_defined", "Says what is wanted"], [2, "code_applied", ""], [3, "memo_written", "the first one"]
    ]  # fmt: skip


def test_what_researchers_did_stands_in_order_with_everything_about_it(written: Engine) -> None:
    unseal(written, "small", "a broken item?", "Ada")
    acts = frames(load_record(written, "small")).acts
    assert acts[["seq", "by", "kind"]].values.tolist() == [[1, "app", "study_created"], [2, "Ada", "results_unsealed"]]
    payload = json.loads(acts["payload"][1])
    assert (payload["reason"], payload["complete"]) == ("a broken item?", 2)


def test_read_in_shares_by_several_processes_the_tables_are_the_same(record: Record) -> None:
    assert len(list(shares(record, 10))) > 1
    together, apart = read(record, True), read_in_shares(record, True, events=10)
    assert apart.late == together.late
    for name, table in together.tables.items():
        assert apart.tables[name].equals(table), name


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
    assert not dictionary.duplicated(["frame", "column"]).any()


# --- blocks, turns and what the browser reported ------------------------------------------------------


def test_a_block_says_what_came_before_it_and_how_much_happened(record: Record) -> None:
    blocks = frames(record).blocks.set_index(["participant", "block"])
    assert blocks.loc[("P001", 2), ["condition", "previous", "label", "turns", "messages"]].tolist() == [
        "steered", "plain", "B", 1, 1,
    ]  # fmt: skip
    first = blocks.loc[("P001", 1)]
    assert pd.isna(first["previous"])
    assert (first["tasks"], first["tasks_finished"], first["messages"], first["turns"]) == ('["trip"]', 1, 2, 1)
    assert first["minutes"] == pytest.approx((300 + 2 * 20) / 60)
    assert blocks.index.tolist() == [("P001", 1), ("P001", 2), ("P002", 1), ("P002", 2), ("S004", 1)]


def test_a_turn_is_a_message_with_its_reply_or_the_last_failure(record: Record) -> None:
    turns = frames(record).turns.set_index("message_id")
    answered = turns.loc["m1"]
    assert answered[["number", "words", "turn_id", "outcome", "attempts"]].tolist() == [1, 4, "t2", "answered", 2]
    assert answered[["reply_words", "first_token_ms", "duration_ms", "rating"]].tolist() == [4, 100, 900, "down"]
    failed = turns.loc["m2"]
    assert failed[["number", "given", "turn_id", "outcome"]].tolist() == [2, False, "t3", "stopped"]
    assert pd.isna(failed["reply_words"]) and pd.isna(failed["rating"]) and pd.isna(failed["recalled_used"])
    assert turns.loc["m3", ["recalled_used", "recalled_dropped", "rating"]].tolist() == [1, 1, "up"]


def test_a_message_that_nobody_has_answered_yet_is_a_turn_too(written: Engine, writer: Any) -> None:
    place = Place("1.1.0.task", 1, "plain", "trip")
    writer.write("session3", place, MessageSent(message_id="late", text="Hello"))
    turn = frames(load_record(written, "small")).turns.set_index("message_id").loc["late"]
    assert turn[["given", "attempts"]].tolist() == [False, 0]
    assert turn[["turn_id", "outcome", "wait_seconds"]].isna().all()


def _reported(writer: Any, session: str, step: str, what: str, at: float, tab: str = "a", **detail: float) -> None:
    writer.reports = getattr(writer, "reports", 0) + 1
    event = ClientReported(tab=tab, tab_seq=writer.reports, what=what, detail=detail)
    entry = Entry(event, Place(step), client_at=datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(seconds=at))
    append(writer.engine, session, [entry])


def test_page_times_tell_what_the_browser_saw(written: Engine, writer: Any) -> None:
    """A step of 100 s: hidden from second 10 to 25 by the browser's clock, which is a minute ahead."""
    step, other = "1.1.0.task", "1.1.1.control"
    place = Place(step, 1, "plain", "trip")
    writer.write("session3", place, StepEntered())
    for what, at, detail in (
        ("hidden", 70, {}), ("visible", 85, {}), ("blur", 90, {}), ("paste", 91, {"length": 12}),
        ("typing", 95, {"keys": 8, "ms": 1500, "last": 1e12}), ("typing", 99, {"keys": 2, "ms": 500, "last": 1e12}),
    ):  # fmt: skip
        _reported(writer, "session3", step, what, at, **detail)
    writer.clock.wait(100)
    writer.write("session3", place, StepFinished())
    writer.write("session3", Place(other), StepEntered())
    times = frames(load_record(written, "small")).page_times.set_index(["participant", "step"])
    seen = times.loc[("P003", step)]
    assert seen[["seconds", "seconds_hidden", "seconds_visible"]].tolist() == [100, 15, 85]
    assert seen[["reports", "times_hidden", "times_blurred", "pastes", "pasted_characters"]].tolist() == [
        6,
        1,
        1,
        1,
        12,
    ]
    assert seen[["keys", "typing_seconds"]].tolist() == [10, 2]
    assert times.loc[("P003", other), "reports"] == 0 and pd.isna(times.loc[("P003", other), "seconds_visible"])
    assert pd.isna(times.loc[("P001", step), "seconds_visible"]), "nothing was reported in that session"
    assert times.loc[("P001", step), "seconds"] == 300


def test_a_tab_that_does_not_come_back_was_away_until_another_one_was_heard_of(written: Engine, writer: Any) -> None:
    step = "1.1.0.task"
    writer.write("session3", Place(step), StepEntered())
    writer.clock.wait(10)
    _reported(writer, "session3", step, "hidden", 0)
    writer.clock.wait(40)
    _reported(writer, "session3", step, "typing", 0, tab="b", keys=1, ms=100)
    writer.clock.wait(20)
    _reported(writer, "session3", step, "hidden", 0, tab="b")
    writer.clock.wait(5)
    writer.write("session3", Place(step), StepFinished())
    times = frames(load_record(written, "small")).page_times.set_index(["participant", "step"])
    assert times.loc[("P003", step), ["seconds", "seconds_hidden", "seconds_visible"]].tolist() == [75, 45, 30]


def test_frames_do_not_depend_on_how_many_events_are_put_away_together(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = frames(record)
    monkeypatch.setattr(analysis.frames.reading, "TOGETHER", 1)
    for (name, one), (_, other) in zip(whole.items(), frames(record).items(), strict=True):
        pd.testing.assert_frame_equal(one, other, obj=name)


def test_a_record_stays_what_it_was_when_it_was_loaded(record: Record, written: Engine, writer: Any) -> None:
    writer.write("session3", Place("1.1.0.task", 1, "plain", "trip"), MessageSent(message_id="later", text="Hello"))
    assert "later" not in set(frames(record).messages["message_id"])
    assert "later" in set(frames(load_record(written, "small")).messages["message_id"])


@given(JSON)
def test_nested_values_are_one_line_of_json_with_sorted_keys(value: Any) -> None:
    assert as_json(value) == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
