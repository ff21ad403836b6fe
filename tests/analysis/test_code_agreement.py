"""Agreement of coders, by hand: which messages count, kappa and alpha."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.code_agreement import agreement, judgements
from analysis.frames import Frames, frames
from study.records import Record

ADA, BO = "1111100000", "1111000011"
"""Whether the code holds of each of ten messages: both say so of 4, none of 3, only Ada of 1, only Bo of 2."""


@pytest.fixture
def data(empty_record: Record) -> Frames:
    """Ten messages of session s that both went through, one of session t that only Ada did."""
    messages = pd.DataFrame({"session_id": ["s"] * 10 + ["t"], "event_id": [f"m{n}" for n in range(10)] + ["other"]})
    replies = pd.DataFrame({"session_id": ["s"], "event_id": ["failed"], "given": [False]})
    through = [("s", "Ada", 1), ("s", "Bo", 0), ("s", "Bo", 1), ("t", "Ada", 1), ("t", "Bo", 1), ("t", "Bo", 0)]
    noted = pd.DataFrame(through, columns=["session_id", "coder", "done"]).assign(kind="session_coded")
    applied = pd.DataFrame([{"kind": "code_applied", "code": "c", "code_name": "trust"}])
    held = [(f"m{n}", who) for who, row in (("Ada", ADA), ("Bo", BO)) for n in range(10) if row[n] == "1"]
    codes = pd.DataFrame([*held, ("other", "Ada")], columns=["event_id", "coder"]).assign(code="c")
    history = pd.concat([applied, noted], ignore_index=True)
    return replace(frames(empty_record), messages=messages, replies=replies, codes=codes, code_history=history)


def test_only_messages_of_sessions_that_were_gone_through_are_judged(data: Frames) -> None:
    found = judgements(data, "c")
    assert found.loc["other"].tolist()[0] == 1 and pd.isna(found.loc["other", "Bo"])
    assert "failed" not in found.index
    for who, row in (("Ada", ADA), ("Bo", BO)):
        assert [found.loc[f"m{n}", who] for n in range(10)] == [int(one) for one in row]


def test_kappa_and_alpha_by_hand(data: Frames) -> None:
    (row,) = agreement(data).to_dict("records")
    assert (row["code_name"], row["coders"], row["units"], row["used"]) == ("trust", 2, 10, 11)
    # observed 7/10; by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5; kappa (0.7 − 0.5) / (1 − 0.5)
    assert row["kappa"] == pytest.approx(0.4)
    # 20 values, 11 ones and 9 noughts, 3 units that differ: alpha 1 − 19 · (2 · 3) / (2 · 11 · 9)
    assert row["alpha"] == pytest.approx(1 - 19 * 6 / 198)
    assert row["kappa_low"] < row["kappa"] < row["kappa_high"]
    assert row["note"] == ""


def test_what_cannot_be_estimated_says_why(data: Frames) -> None:
    alone = replace(data, code_history=data.code_history[data.code_history["coder"] != "Bo"])
    (row,) = agreement(alone).to_dict("records")
    assert pd.isna(row["kappa"]) and pd.isna(row["alpha"])
    assert "2" in row["note"]


def test_without_codes_there_is_nothing_to_say(empty_record: Record) -> None:
    assert agreement(frames(empty_record)).empty
