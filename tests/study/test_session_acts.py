"""What researchers do to a session: in its record and in that of the study, by name; and what it changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sittings import TAB, arrive, at_once, held, opened, walk
from sqlalchemy import Engine

from study import exclusion, progress
from study.act_log import acts
from study.database import reading
from study.enrolment import Arrival, enrol, sitting
from study.errors import AtelierError, NotFound
from study.extension import extra_minutes
from study.log import events
from study.notes import put_away
from study.protocol import Protocol
from study.session_acts import extend_time, free_place, move_on, offer_reply, send_note

Act = Callable[[Engine, Protocol, str, str], None]
EVERY: dict[str, Act] = {
    "place_freed": lambda e, p, s, by: free_place(e, s, "P001", "gone", by),
    "time_extended": lambda e, p, s, by: extend_time(e, p, s, "P001", 5, by, whole=True),
    "note_sent": lambda e, p, s, by: send_note(e, s, "P001", "Hello", by),
    "moved_on": lambda e, p, s, by: move_on(e, p, s, "P001", "the page is broken", by),
}


def limited(small: Protocol, then: str = "end") -> Protocol:
    """The same study with ten minutes for the questionnaire."""
    content = small.model_dump()
    content["timeline"][1]["time_limit"] = {"minutes": 10, "then": then}
    return Protocol.model_validate(content)


def at_task(engine: Engine, protocol: Protocol) -> tuple[str, Any]:
    study = opened(engine, protocol)
    row = arrive(engine, study)
    walk(engine, protocol, row, until="task")
    return study, row


@pytest.mark.parametrize("kind", EVERY)
def test_every_act_is_in_both_records_by_name_and_is_no_activity(
    any_engine: Engine, small: Protocol, kind: str
) -> None:
    study, row = at_task(any_engine, small)
    before, seen_at = events(any_engine, row.id), sitting(any_engine, row.id).seen_at
    EVERY[kind](any_engine, small, study, " Ada ")
    new = events(any_engine, row.id)[len(before) :]
    assert new[0].kind == kind
    assert new[0].event.by == "Ada"
    (act,) = acts(any_engine, study, kind)
    assert (act.by, act.act.participant) == ("Ada", "P001")
    assert sitting(any_engine, row.id).seen_at == seen_at


@pytest.mark.parametrize("kind", EVERY)
def test_nothing_is_done_without_a_name_to_who_is_unknown_or_to_a_session_that_is_over(
    engine: Engine, small: Protocol, kind: str
) -> None:
    study, row = at_task(engine, small)
    before = events(engine, row.id)
    with pytest.raises(AtelierError, match="name"):
        EVERY[kind](engine, small, study, " ")
    with pytest.raises(NotFound):
        EVERY[kind](engine, small, opened(engine, small), "Ada")
    assert events(engine, row.id) == before
    progress.withdraw(engine, row.id, TAB)
    with pytest.raises(AtelierError, match=r"is over \(withdrawn\)"):
        EVERY[kind](engine, small, study, "Ada")
    assert acts(engine, study, kind) == []


def test_a_freed_place_goes_to_a_newcomer_and_counts_again_when_complete(any_engine: Engine, small: Protocol) -> None:
    protocol = small.model_copy(update={"design": small.design.model_copy(update={"quota": 4})})
    study = opened(any_engine, protocol)
    rows = [arrive(any_engine, study) for _ in range(4)]
    free_place(any_engine, study, rows[2].participant, "returned on Prolific", "Ada")
    with pytest.raises(AtelierError, match="nothing to free"):
        free_place(any_engine, study, rows[2].participant, "again", "Ada")
    assert enrol(any_engine, study, Arrival({}))[0].cell == rows[2].cell
    walk(any_engine, protocol, rows[2], until="task")
    assert len(events(any_engine, rows[2].id, ["returned_late"])) == 1
    with reading(any_engine) as db:
        assert held(db, study).total() == 4, "who comes back holds none"
    walk(any_engine, protocol, rows[2])
    with reading(any_engine) as db:
        assert held(db, study).total() == 5


def test_time_for_a_step_moves_its_limit_alone_and_for_the_whole_session_every_later_one(
    any_engine: Engine, small: Protocol
) -> None:
    protocol = limited(small)
    study = opened(any_engine, protocol)
    row = arrive(any_engine, study)
    step = walk(any_engine, protocol, row, until="everything")
    assert step is not None
    progress.enter(any_engine, row.id, step, TAB)
    before = progress.position(any_engine, protocol, row.id).window.closes_at
    extend_time(any_engine, protocol, study, "P001", 5, "Ada")
    extend_time(any_engine, protocol, study, "P001", 2.5, "Ada", whole=True)
    after = progress.position(any_engine, protocol, row.id).window.closes_at
    assert before is not None
    assert after == before + timedelta(minutes=7.5)
    assert (extra_minutes(any_engine, row.id, step.id), extra_minutes(any_engine, row.id, "later")) == (7.5, 2.5)
    assert [(a.act.old, a.act.new) for a in acts(any_engine, study, "time_extended")] == [(0, 5), (5, 7.5)]
    kept = sitting(any_engine, row.id).reserved_until
    assert kept is not None
    assert kept >= row.started_at + timedelta(minutes=67)


def test_a_step_without_a_limit_gets_no_time_but_the_session_does(engine: Engine, small: Protocol) -> None:
    study, _row = at_task(engine, small)
    with pytest.raises(AtelierError, match="no time limit"):
        extend_time(engine, small, study, "P001", 5, "Ada")
    for minutes in (0, -1, 601, float("nan")):
        with pytest.raises(AtelierError, match="more than 0"):
            extend_time(engine, small, study, "P001", minutes, "Ada", whole=True)
    assert acts(engine, study, "time_extended") == []


def test_a_note_is_shown_until_it_is_put_away_once(any_engine: Engine, small: Protocol) -> None:
    study, row = at_task(any_engine, small)
    for text in ("<script>alert(1)</script>", "two"):
        send_note(any_engine, study, "P001", text, "Ada")
    notes = progress.position(any_engine, small, row.id).notes
    assert [note.text for note in notes] == ["<script>alert(1)</script>", "two"]
    put_away(any_engine, row.id, notes[0].id, TAB)
    put_away(any_engine, row.id, notes[0].id, TAB)
    assert progress.position(any_engine, small, row.id).notes == notes[1:]
    assert len(events(any_engine, row.id, ["note_read"])) == 1
    assert "script" not in str(acts(any_engine, study, "note_sent")), "what is written stands with the person alone"
    for text, wrong in ((" ", "needs a text"), ("x" * 501, "at most 500")):
        with pytest.raises(AtelierError, match=wrong):
            send_note(any_engine, study, "P001", text, "Ada")


def test_somebody_stuck_at_a_task_is_moved_on_and_nowhere_where_they_are_asked(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    for kind in ("consent", "questionnaire"):
        walk(engine, small, row, until=kind)
        with pytest.raises(AtelierError, match="only they can finish"):
            move_on(engine, small, study, "P001", "stuck", "Ada")
    step = walk(engine, small, row, until="task")
    move_on(engine, small, study, "P001", "stuck", "Ada")
    last = events(engine, row.id)[-3:]
    assert [(e.kind, e.event.by) for e in last] == [
        ("moved_on", "Ada"), ("task_finished", "researcher"), ("step_finished", "researcher"),
    ]  # fmt: skip
    assert step is not None
    assert {e.place.step for e in last} == {step.id}
    after = progress.position(engine, small, row.id).step
    assert after is not None
    assert after.id != step.id
    walk(engine, small, row)
    assert sitting(engine, row.id).status == "complete"


def test_two_who_act_at_once_do_it_once(any_engine: Engine, small: Protocol) -> None:
    study, row = at_task(any_engine, small)
    step = progress.position(any_engine, small, row.id).step
    assert step is not None
    at_once(6, lambda n: free_place(any_engine, study, "P001", "gone", f"Ada {n}"))
    at_once(6, lambda n: offer_reply(any_engine, study, "P001", step, ("m", "t"), f"Ada {n}"))
    at_once(6, lambda n: extend_time(any_engine, small, study, "P001", 1, f"Ada {n}", whole=True))
    at_once(6, lambda n: exclusion.mark(any_engine, study, "P001", "bot", f"Ada {n}"))
    for kind, times in (("place_freed", 1), ("reply_offered", 1), ("time_extended", 6), ("exclusion_marked", 1)):
        assert len(acts(any_engine, study, kind)) == times, kind
    assert [e.event.new for e in events(any_engine, row.id, ["time_extended"])] == [1, 2, 3, 4, 5, 6]
    assert len(events(any_engine, row.id, ["retry_requested"])) == 1


def test_an_exclusion_is_marked_and_taken_back_with_reasons(engine: Engine, small: Protocol) -> None:
    study, row = at_task(engine, small)
    before = events(engine, row.id)
    exclusion.mark(engine, study, "P001", " a colleague ", "Ada")
    with pytest.raises(AtelierError, match="already"):
        exclusion.mark(engine, study, "P001", "again", "Ada")
    exclusion.unmark(engine, study, "P001", "another person", "Bob")
    with pytest.raises(AtelierError, match="not marked"):
        exclusion.unmark(engine, study, "P001", "again", "Bob")
    for act in (exclusion.mark, exclusion.unmark):
        with pytest.raises(AtelierError, match="needs a reason"):
            act(engine, study, "P001", "  ", "Ada")
        with pytest.raises(NotFound):
            act(engine, study, "P009", "bot", "Ada")
    did = acts(engine, study, *exclusion.KINDS)
    assert [(one.by, one.act.reason, one.act.seen) for one in did] == [
        ("Ada", "a colleague", False), ("Bob", "another person", False),
    ]  # fmt: skip
    assert events(engine, row.id) == before
