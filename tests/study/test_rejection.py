"""Rejecting a participant: who, why and by whom is in the record; the place is free; nothing else changes."""

import pytest
from sittings import TAB, arrive, opened, walk
from sqlalchemy import Engine

from study import progress
from study.database import reading
from study.enrolment import Arrival, enrol, sitting
from study.errors import AtelierError, NotFound
from study.log import events
from study.places import taken
from study.protocol import Protocol
from study.rejection import reject


def test_somebody_under_way_is_rejected_and_the_place_is_free(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study)
    seen_at = sitting(any_engine, row.id).seen_at
    reject(any_engine, study, "P001", " answers by script ", " Ada ")
    last = events(any_engine, row.id)[-2:]
    assert [entry.kind for entry in last] == ["session_rejected", "session_ended"]
    assert (last[0].event.reason, last[0].event.by, last[1].event.ending) == ("answers by script", "Ada", "rejected")
    after = sitting(any_engine, row.id)
    assert (after.status, after.seen_at) == ("rejected", seen_at)
    assert after.ended_at is not None
    assert progress.position(any_engine, small, row.id).step is None
    with reading(any_engine) as db:
        assert not taken(db, study, 60)


def test_somebody_complete_is_rejected_and_keeps_the_event_of_their_end(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study)
    walk(any_engine, small, row)
    before = sitting(any_engine, row.id)
    reject(any_engine, study, "P001", "failed both checks", "Ada")
    assert [e.event.ending for e in events(any_engine, row.id, ["session_ended"])] == ["complete"]
    after = sitting(any_engine, row.id)
    assert (after.status, after.ended_at) == ("rejected", before.ended_at)
    with reading(any_engine) as db:
        assert not taken(db, study, 60)


def test_a_rejected_participant_who_comes_back_finds_the_same_session_at_its_end(
    any_engine: Engine, small: Protocol
) -> None:
    study = opened(any_engine, small)
    row = arrive(any_engine, study, url_params={"PROLIFIC_PID": "p1"})
    step = progress.position(any_engine, small, row.id).step
    assert step is not None
    reject(any_engine, study, row.participant, "bot", "Ada")
    again, _token = enrol(any_engine, study, Arrival({"PROLIFIC_PID": "p1"}))
    assert (again.id, again.status) == (row.id, "rejected")
    before = events(any_engine, row.id)
    progress.agree(any_engine, small, row.id, step.id, TAB)
    progress.withdraw(any_engine, row.id, TAB)
    assert events(any_engine, row.id) == before, "an open page adds nothing"


def test_a_newcomer_gets_the_place_of_who_was_rejected(any_engine: Engine, small: Protocol) -> None:
    protocol = small.model_copy(update={"design": small.design.model_copy(update={"quota": 4})})
    study = opened(any_engine, protocol)
    rows = [enrol(any_engine, study, Arrival({}))[0] for _ in range(4)]
    reject(any_engine, study, rows[2].participant, "bot", "Ada")
    assert enrol(any_engine, study, Arrival({}))[0].cell == rows[2].cell


@pytest.mark.parametrize(("reason", "by"), [("", "Ada"), ("  ", "Ada"), ("bot", " ")])
def test_a_rejection_needs_a_reason_and_a_name(engine: Engine, small: Protocol, reason: str, by: str) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    with pytest.raises(AtelierError, match="needs a reason"):
        reject(engine, study, "P001", reason, by)
    assert sitting(engine, row.id).status == "running"


def test_who_holds_no_place_or_is_unknown_cannot_be_rejected(engine: Engine, small: Protocol) -> None:
    study, other = opened(engine, small), opened(engine, small)
    row = arrive(engine, study)
    for unknown, where in (("P002", study), ("P001", other), ("P001", "nothing")):
        with pytest.raises(NotFound, match="no participant"):
            reject(engine, where, unknown, "bot", "Ada")
    progress.withdraw(engine, row.id, TAB)
    before = events(engine, row.id)
    with pytest.raises(AtelierError, match=r"withdrawn.*nothing to reject"):
        reject(engine, study, "P001", "bot", "Ada")
    assert events(engine, row.id) == before
    second = arrive(engine, study)
    reject(engine, study, second.participant, "bot", "Ada")
    with pytest.raises(AtelierError, match=r"rejected.*nothing to reject"):
        reject(engine, study, second.participant, "bot", "Ada")
    assert len(events(engine, second.id, ["session_rejected"])) == 1
