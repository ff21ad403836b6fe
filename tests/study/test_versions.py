"""A running study gets a new version: who started stays on theirs, who comes gets the new one, nothing is lost."""

import copy
from collections import Counter
from typing import Any

import pytest
from sittings import TAB, arrive, at_once, opened, take, walk
from small_study import EVERYTHING, SMALL, TASK
from sqlalchemy import Engine

from study import progress
from study.database import reading
from study.design import Cell, cells, cells_met
from study.enrolment import sitting
from study.errors import AtelierError, NotFound, StudyClosed
from study.log import events
from study.monitor import overview
from study.places import taken
from study.protocol import Protocol
from study.records import load_record
from study.studies import get_study, protocol_of
from study.tables import StudyVersion
from study.versions import protocol_of_session, protocol_of_version, protocols, revise, versions


def changed(**keys: Any) -> Protocol:
    """The small study with other keys."""
    tasks = [{"id": name, **TASK} for name in ("trip", "dinner")]
    return Protocol.model_validate({**copy.deepcopy(SMALL), "tasks": tasks, "instruments": [EVERYTHING], **keys})


CONDITIONS: list[Any] = [*SMALL["conditions"], {"id": "third", "mechanisms": [{"name": "none"}]}]  # type: ignore[misc]
THREE_TASKS = [{"id": name, **TASK} for name in ("trip", "dinner", "present")]
TALK = {"step": "instructions", "title": "More", "text": "One more page."}
LONGER = [TALK, *SMALL["timeline"]]  # type: ignore[misc]


def test_whoever_started_finishes_on_the_version_they_started_on(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    early = arrive(any_engine, study)
    walk(any_engine, small, early, until="task")
    longer = changed(timeline=LONGER, title="A longer study")
    made = revise(any_engine, study, longer, " One page more. ")
    late = arrive(any_engine, study)
    assert (made.number, made.note, made.protocol_hash) == (2, "One page more.", longer.content_hash())
    assert [sitting(any_engine, row.id).study_version for row in (early, late)] == [1, 2]
    assert (early.protocol_hash, late.protocol_hash) == (small.content_hash(), longer.content_hash())
    for row, protocol, steps in ((early, small, 6), (late, longer, 7)):
        own = protocol_of_session(any_engine, sitting(any_engine, row.id), {})
        assert own == protocol
        walk(any_engine, own, row)
        assert len(events(any_engine, row.id, ["step_finished"])) == steps
        assert sitting(any_engine, row.id).status == "complete"
    assert protocol_of(get_study(any_engine, study)) == longer
    assert get_study(any_engine, study).title == "A longer study"
    assert protocols(any_engine, study) == {1: small, 2: longer}


def test_versions_are_listed_with_the_people_on_them(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    walk(engine, small, arrive(engine, study))
    arrive(engine, study)
    arrive(engine, study, preview=True)
    arrive(engine, study, simulated=True)
    revise(engine, study, changed(title="Another"))
    arrive(engine, study)
    listed = [(v.row.number, v.row.note, v.started, v.running) for v in versions(engine, study)]
    assert listed == [(1, "as created", 2, 1), (2, "", 1, 1)]


def test_what_is_no_change_is_refused_and_going_back_is_one(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    with pytest.raises(AtelierError, match=r"what new participants get already \(version 1\); nothing changed"):
        revise(engine, study, changed())
    with pytest.raises(AtelierError, match="This is the protocol 'other', and the study runs 'small'"):
        revise(engine, study, changed(id="other"))
    with pytest.raises(NotFound):
        revise(engine, "nope", small)
    assert [v.row.number for v in versions(engine, study)] == [1]
    revise(engine, study, changed(title="Another"))
    revise(engine, study, small)
    assert [v.row.number for v in versions(engine, study)] == [1, 2, 3]
    assert protocol_of_version(engine, study, 3) == protocol_of_version(engine, study, 1) == small
    with pytest.raises(NotFound, match="no version 4"):
        protocol_of_version(engine, study, 4)


def test_one_click_sent_many_times_makes_one_version(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    results = at_once(8, lambda _: revise(any_engine, study, changed(title="Another")))
    assert sum(isinstance(result, StudyVersion) for result in results) == 1
    assert sum(isinstance(result, AtelierError) for result in results) == 7


def test_new_people_are_spread_over_the_cells_of_the_new_version(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    for _ in range(3):
        walk(any_engine, small, arrive(any_engine, study))
    three = changed(conditions=CONDITIONS, tasks=THREE_TASKS)
    revise(any_engine, study, three)
    rows = [arrive(any_engine, study) for _ in range(6)]
    assert set(Counter(tuple(row.conditions) for row in rows).values()) == {1}, "each of six orders once"
    revise(any_engine, study, changed(version="3"))
    back = [arrive(any_engine, study) for _ in range(5)]
    with reading(any_engine) as db:
        assert taken(db, study, 60).total() == 14
    counted = Counter(tuple(row.conditions) for row in [*load_record(any_engine, study).sessions][:3] + back)
    assert set(counted.values()) == {4}, "the three of the first version count, the six of the second do not"


@pytest.mark.parametrize(
    ("met", "counted"),
    [
        ([("ab", "xy"), ("ba", "yx")], [0, 3]),
        ([("ab", "pq"), ("ab", "pq"), ("ab", "pq")], [0, 1, 0]),
        ([("abc", "xyz"), ("a", "x")], []),
        ([], []),
    ],
)
def test_what_earlier_versions_gave_counts_as_far_as_it_still_exists(met: Any, counted: list[int]) -> None:
    orders = [("ab", "xy"), ("ab", "yx"), ("ba", "xy"), ("ba", "yx")]
    table = [Cell(n, tuple(conditions), tuple(tasks)) for n, (conditions, tasks) in enumerate(orders)]
    assert cells_met(table, [(tuple(conditions), tuple(tasks)) for conditions, tasks in met]) == counted


def test_a_quota_counts_the_people_of_every_version(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    for _ in range(3):
        arrive(engine, study)
    revise(engine, study, changed(conditions=CONDITIONS[1:], tasks=THREE_TASKS, design={"quota": 4}, timeline=[TALK]))
    arrive(engine, study)
    with pytest.raises(StudyClosed, match="found all its participants"):
        arrive(engine, study)


def test_the_monitor_shows_everybody_on_their_own_version(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    early = arrive(engine, study)
    other = changed(conditions=[{**CONDITIONS[0], "id": "new"}, CONDITIONS[1]], timeline=LONGER)
    revise(engine, study, other)
    late = arrive(engine, study)
    seen = overview(engine, study, protocols(engine, study))
    assert [(s.number, len(s.steps)) for s in seen.sessions] == [(1, 7), (1, 6)]
    started = {row["order"]: row["started"] for row in seen.orders}
    assert len(started) == 3, "two orders of now and the one that somebody met before"
    assert started[" → ".join(early.conditions)] == started[" → ".join(late.conditions)] == 1


def test_a_record_knows_the_protocol_of_every_session(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    walk(engine, small, arrive(engine, study))
    longer = changed(timeline=LONGER)
    revise(engine, study, longer)
    walk(engine, longer, arrive(engine, study))
    record = load_record(engine, study)
    assert record.protocol == longer
    assert [record.protocol_of(row) for row in record.sessions] == [small, longer]


def test_a_session_is_never_finished_by_another_version(engine: Engine, small: Protocol) -> None:
    """The steps of the old version keep their meaning: position and finish agree on what was stored."""
    study = opened(engine, small)
    row = arrive(engine, study)
    revise(engine, study, changed(timeline=LONGER))
    own = protocol_of_session(engine, sitting(engine, row.id), {})
    step = progress.position(engine, own, row.id).step
    assert step is not None and step.id == "0.consent"
    take(engine, own, row, step, TAB)
    after = progress.position(engine, own, row.id).step
    assert after is not None and after.instrument == "everything"


def test_cells_of_one_version_are_counted_as_they_were_given(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    rows = [arrive(engine, study) for _ in range(4)]
    assert sorted(row.cell for row in rows) == [cell.index for cell in cells(small)]
