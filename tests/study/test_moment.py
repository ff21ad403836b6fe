"""A session as it was: positions on the way are those that were, and the reply under way as far as it had come."""

from datetime import UTC, datetime, timedelta

import pytest
from sittings import arrive, opened, take, walk
from sqlalchemy import Engine

from study import progress
from study.enrolment import sitting
from study.errors import NotThisTab
from study.event_lines import Wanted, chosen, detail, nearest, visible
from study.events import EventBase, MessageSent, ReplyGiven, ReplyStarted, SessionStarted
from study.language_choice import choose_language
from study.log import Logged, Place, events
from study.moment import NOBODY, Moment, last_before, moment
from study.protocol import Protocol
from study.rejection import reject
from study.tables import Sitting

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_every_step_of_a_sitting_is_met_again_where_it_was(engine: Engine, small: Protocol) -> None:
    row = arrive(engine, opened(engine, small))
    seen = {}
    while (at := progress.position(engine, small, row.id)).step is not None:
        seen[len(events(engine, row.id))] = at
        take(engine, small, row, at.step)
    every, last = events(engine, row.id), progress.position(engine, small, row.id)
    assert len(seen) > 4
    for seq, then in seen.items():
        now = moment(lambda _language: small, last.sitting, every, seq)
        assert (now.position.step, now.position.number, now.position.total) == (then.step, then.number, then.total)
        assert now.sitting.status == "running"
    end = moment(lambda _language: small, last.sitting, every, len(every))
    assert end.position.step is None
    assert (end.sitting.status, end.position.number) == ("complete", last.number)


def test_nothing_can_be_written_with_what_a_moment_holds(engine: Engine, small: Protocol) -> None:
    row = arrive(engine, opened(engine, small), simulated=True, lease="")
    every = events(engine, row.id)
    at = moment(lambda _language: small, sitting(engine, row.id), every, 1)
    assert at.sitting.lease == NOBODY
    assert at.position.step is not None
    with pytest.raises(NotThisTab):
        progress.finish(engine, small, row.id, at.position.step.id, at.sitting.lease)
    with pytest.raises(NotThisTab):
        progress.withdraw(engine, row.id, at.sitting.lease)
    assert events(engine, row.id) == every


def test_a_moment_is_in_the_language_of_then(engine: Engine, demo: Protocol) -> None:
    row = arrive(engine, opened(engine, demo))
    step = progress.position(engine, demo, row.id).step
    assert step is not None
    choose_language(engine, demo, row.id, step, "de", "tab-1")
    every, asked = events(engine, row.id), []

    def protocol_in(language: str) -> Protocol:
        asked.append(language)
        return demo

    for seq in (1, len(every)):
        moment(protocol_in, sitting(engine, row.id), every, seq)
    assert asked == ["en", "de"]


def test_the_reply_under_way_is_shown_in_proportion_to_its_time() -> None:
    given = ReplyGiven(
        turn_id="t", message_id="m", text="0123456789", outcome="answered", call_id="c", model="offline",
        first_token_ms=1_000, duration_ms=3_000,
    )  # fmt: skip
    every = logged(
        (0, SessionStarted(cell=0, conditions=("a",), tasks=("trip",))),
        (10, MessageSent(message_id="m", text="Hello")),
        (10, ReplyStarted(turn_id="t", message_id="m", attempt=1, owner="o")),
        (13, given),
    )
    assert shown(every, 3, 10.5).writing == ""
    assert shown(every, 3, 12).writing == "01234"
    assert shown(every, 3, 99).at == START + timedelta(seconds=13), "never later than the next event"
    assert shown(every, 4, 13).writing == ""
    assert shown(every, 2, 10).writing == ""
    assert [last_before(every, seconds) for seconds in (0, 9.9, 10, 12, 13, 99)] == [1, 1, 3, 3, 4, 4]
    assert (shown(every, 0, 0).seq, shown(every, 99, 0).seq) == (1, 4), "the nearest moment there is"


def logged(*happened: tuple[float, EventBase]) -> list[Logged]:
    return [
        Logged(f"e{seq}", "s", seq, START + timedelta(seconds=second), Place(), event)
        for seq, (second, event) in enumerate(happened, 1)
    ]


def shown(every: list[Logged], seq: int, second: float) -> Moment:
    row = Sitting(
        id="s", study_id="x", participant="P001", cell=0, conditions=["a"], tasks=["trip"], allocation_index=0, seed=1,
        protocol_hash="", model="offline", app_version="", started_at=START, seen_at=START,
    )  # fmt: skip
    return moment(lambda _language: None, row, every, seq, START + timedelta(seconds=second))  # type: ignore[arg-type, return-value]


def test_a_blinded_coder_lands_on_moments_they_may_see(engine: Engine, small: Protocol) -> None:
    row = arrive(engine, opened(engine, small))
    walk(engine, small, row)
    every = events(engine, row.id)
    seen = visible(every, True)
    hidden = [one for one in every if one.kind == "belief_changed"]
    assert hidden and len(seen) < len(every)
    assert [nearest(seen, one.seq) for one in every] == [
        max(one.seq for one in seen if one.seq <= at.seq) for at in every
    ]
    assert nearest(seen, 0) == seen[0].seq and nearest(seen, 10**6) == seen[-1].seq
    assert nearest(every, 5) == 5


def test_why_somebody_was_rejected_is_no_matter_of_who_is_blinded(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    reject(engine, study, row.participant, "the steered one broke", "Ada")
    (entry,) = events(engine, row.id, ("session_rejected",))
    assert detail(entry) == "the steered one broke" and detail(entry, blind=True) == ""
    assert chosen([entry], Wanted(words="steered")) == [entry]
    assert chosen([entry], Wanted(words="steered", blind=True)) == []
