"""From the exported rows alone: what the assistant held about somebody before any of its replies."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.belief_states import beliefs_before, validity
from study.beliefs import current
from study.events import Belief, BeliefChanged
from study.log import Stored

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
IDS = ("a", "b", "c", "d")


def changed(seq: int, step: str, belief: Belief) -> Stored:
    payload = BeliefChanged(mechanism="m", by="mechanism", action="added", belief=belief).model_dump(mode="json")
    return Stored(f"e{seq}", "s1", seq, NOON, None, step, None, None, None, "belief_changed", payload, b"")


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "other"]),
        st.sampled_from(IDS),
        st.none() | st.sampled_from(IDS),
        st.sampled_from(["held", "declined", "retracted"]),
    ),
    max_size=12,
)


@given(CHANGES)
def test_the_rows_that_hold_at_a_moment_are_the_fold_up_to_it(changes: list[tuple[str, str, str | None, str]]) -> None:
    memory = {"one": "shared", "two": "shared", "other": "own"}
    entries = [
        changed(n, step, Belief.model_validate({"id": i, "text": f"{n}", "supersedes": old, "status": status}))
        for n, (step, i, old, status) in enumerate(changes, 1)
    ]
    rows = validity(entries, memory)
    assert [entry.seq for entry, _ in rows] == [entry.seq for entry in entries]
    for moment in range(len(entries) + 2):
        for kept in ("shared", "own"):
            here = [e for e in entries if e.seq < moment and memory[e.step] == kept]
            stood = [e for e, until in rows if e in here and (until is None or until > moment - 1)]
            assert {e.payload["belief"]["text"] for e in stood} == {b.text for b in current(map(_belief, here))}


def _belief(entry: Stored) -> Belief:
    return Belief.model_validate(entry.payload["belief"])


def belief_row(**changes: object) -> dict[str, object]:
    row = {"session_id": "s1", "memory": "m", "step": "1.task", "block": 1.0, "session_number": 1.0, "seq": 3}
    return {**row, "until_seq": None, "scope": "study", "text": "By train"} | changes


@pytest.mark.parametrize(
    ("belief", "stood"),
    [
        ({}, True),
        ({"seq": 12}, False),
        ({"until_seq": 9.0}, False),
        ({"until_seq": 11.0}, True),
        ({"session_id": "s2"}, False),
        ({"memory": "another"}, False),
        ({"scope": "trial"}, False),
        ({"scope": "trial", "step": "2.task", "block": 2.0}, True),
        ({"scope": "block"}, False),
        ({"scope": "session"}, True),
        ({"scope": "session", "session_number": 2.0}, False),
    ],
)
def test_which_beliefs_stood_before_a_reply(belief: dict[str, object], stood: bool) -> None:
    reply = pd.Series(
        {"session_id": "s1", "memory": "m", "step": "2.task", "block": 2.0, "session_number": 1.0, "seq": 10}
    )
    found = beliefs_before(pd.DataFrame([belief_row(**belief)]), reply)
    assert list(found["text"]) == (["By train"] if stood else [])
