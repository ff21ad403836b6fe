"""A task of the past: the screen as it was, and no way to change anything."""

import pytest
from desks import condition, logged, say, sit_down, study_of
from sqlalchemy import Engine

from memory.index import Index
from memory.past import PastDesk
from memory.worker import Worker
from study.enrolment import sitting
from study.errors import AnswerRefused
from study.moment import moment
from study.settings import Settings


def test_a_desk_of_the_past_shows_each_turn_as_it_came_and_refuses_every_act(
    engine: Engine, shared_index: Index, instant: Settings
) -> None:
    desk = sit_down(engine, Worker(engine, instant, shared_index), "none", study_of(condition("none")))
    say(desk, "Something cheap.")
    say(desk, "And by the water.")
    row, every = sitting(engine, desk.session_id), logged(desk)

    def past(seq: int) -> PastDesk:
        return PastDesk(moment(lambda _language: desk.protocol, row, every, seq), desk.step)

    sent = [entry.seq for entry in every if entry.kind == "message_sent"]
    given = [entry.seq for entry in every if entry.kind == "reply_given"]
    assert [turn.status for turn in past(sent[0]).view().turns] == ["waiting"]
    assert [turn.status for turn in past(sent[0] + 1).view().turns] == ["running"]
    assert [turn.status for turn in past(given[0]).view().turns] == ["answered"]
    assert [turn.status for turn in past(sent[1]).view().turns] == ["answered", "waiting"]
    assert past(sent[0]).view().plans == ()

    at = past(given[1])
    for act in (at.open, at.send, at.stop, at.retry, at.rate, at.operate, at.finish):
        with pytest.raises(AnswerRefused, match="replay"):
            act("anything")
    assert len(logged(desk)) == len(every)
