"""Until when data are kept: an act, a list of what is due, and an erasure of everybody that somebody has to ask for."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sittings import TAB, arrive, opened
from sqlalchemy import Engine
from sqlmodel import select

from study import keeping, progress
from study.act_log import acts
from study.database import reading
from study.enrolment import every_session, sitting
from study.erasing import OWN, erase
from study.errors import AtelierError, NotFound
from study.keeping import erase_everybody, erase_own, retentions, set_keeping
from study.log import now
from study.personal_links import links, make_links
from study.protocol import Protocol
from study.studies import set_status
from study.tables import Tombstone

TODAY = date(2026, 6, 1)


def nothing(*_told: object) -> None:
    """Neither an index nor a bar."""


def test_the_last_day_is_an_act_and_what_stays_is_none(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    set_keeping(any_engine, study, None, False, "Ada")
    assert acts(any_engine, study, "keeping_changed") == []
    set_keeping(any_engine, study, TODAY, True, "Ada")
    set_keeping(any_engine, study, TODAY, True, "Ada")
    (act,) = acts(any_engine, study, "keeping_changed")
    assert (act.by, act.act.old_delete_after, act.act.new_delete_after) == ("Ada", "", "2026-06-01")
    assert (keeping.keeping(any_engine, study).delete_after, keeping.keeping(any_engine, study).erase_own) == (
        TODAY,
        True,
    )
    with pytest.raises(NotFound):
        set_keeping(any_engine, "unknown", TODAY, True, "Ada")


@pytest.mark.parametrize(
    ("days", "near", "due"), [(31, False, False), (30, True, False), (0, True, False), (-1, True, True)]
)
def test_a_day_is_near_for_a_month_and_due_when_it_is_over(
    engine: Engine, small: Protocol, days: int, near: bool, due: bool
) -> None:
    study, empty = opened(engine, small), opened(engine, small)
    arrive(engine, study)
    arrive(engine, study, simulated=True)
    for one in (study, empty):
        set_keeping(engine, one, TODAY + timedelta(days), False, "Ada")
    found = {one.study_id: one for one in retentions(engine, TODAY)}
    assert (found[study].people, found[study].is_near, found[study].is_due) == (1, near, due)
    assert not (found[empty].is_near or found[empty].is_due), "nobody's data are there"
    assert ("nobody's data are here" in found[empty].said) == due and "-1 days" not in found[empty].said


def test_everybody_is_erased_once_the_day_is_over_and_not_before(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    for _ in range(3):
        arrive(any_engine, study)
    make_links(any_engine, study, ["invited@example.org"], "Ada")
    kept = {arrive(any_engine, other).id, arrive(any_engine, study, simulated=True).id}
    today = now().date()
    for last in (None, today):
        set_keeping(any_engine, study, last, False, "Ada")
        with pytest.raises(AtelierError, match="has to be erased"):
            erase_everybody(any_engine, tmp_path, study, "Ada", nothing, nothing)
    set_keeping(any_engine, study, today - timedelta(1), False, "Ada")
    for status in ("open", "paused"):
        set_status(any_engine, study, status, "Ada")
        with pytest.raises(AtelierError, match="is not closed.* Close it on the page Studies"):
            erase_everybody(any_engine, tmp_path, study, "Ada", nothing, nothing)
    assert retentions(any_engine)[0].people == 4, "nobody was erased"
    set_status(any_engine, study, "closed", "Ada")
    assert erase_everybody(any_engine, tmp_path, study, "Ada", nothing, nothing) == 4
    assert links(any_engine, study) == []
    assert every_session(any_engine) == kept
    with pytest.raises(AtelierError, match="has to be erased"):
        erase_everybody(any_engine, tmp_path, study, "Ada", nothing, nothing)


def test_an_erasure_of_everybody_that_breaks_off_goes_on_with_who_is_left(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(any_engine, small)
    for _ in range(3):
        arrive(any_engine, study)
    make_links(any_engine, study, ["invited@example.org"], "Ada")
    set_keeping(any_engine, study, now().date() - timedelta(1), False, "Ada")
    set_status(any_engine, study, "closed", "Ada")

    def interrupt(done: int, *_told: object) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase_everybody(any_engine, tmp_path, study, "Ada", nothing, interrupt)
    assert [one.people for one in retentions(any_engine)] == [2], "one who took part, one who did not come"
    assert erase_everybody(any_engine, tmp_path, study, "Ada", nothing, nothing) == 2
    assert not every_session(any_engine) and not links(any_engine, study)
    with reading(any_engine) as db:
        assert len(db.exec(select(Tombstone)).all()) == 3


def test_who_is_erased_by_somebody_else_meanwhile_does_not_break_it_off(
    any_engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    """Two owners press at once, or a participant erases their own."""
    study = opened(any_engine, small)
    rows = [arrive(any_engine, study) for _ in range(3)]
    set_keeping(any_engine, study, now().date() - timedelta(1), False, "Ada")
    set_status(any_engine, study, "closed", "Ada")

    def other(done: int, *_told: object) -> None:
        if done == 1:
            erase(any_engine, tmp_path, rows[1], "Grace", nothing)

    assert erase_everybody(any_engine, tmp_path, study, "Ada", nothing, other) == 3
    assert not every_session(any_engine)
    with reading(any_engine) as db:
        assert sorted(stone.by for stone in db.exec(select(Tombstone))) == ["Ada", "Ada", "Grace"]


def test_participants_erase_their_own_only_after_they_left_and_where_it_is_offered(
    engine: Engine, small: Protocol, tmp_path: Path
) -> None:
    study = opened(engine, small)
    row = arrive(engine, study)
    for offered, leave in ((True, False), (False, True)):
        set_keeping(engine, study, None, offered, "Ada")
        if leave:
            progress.withdraw(engine, row.id, TAB)
        with pytest.raises(AtelierError, match="cannot be erased from this page"):
            erase_own(engine, tmp_path, row.id, nothing)
    set_keeping(engine, study, None, True, "Ada")
    assert keeping.may_erase_own(engine, sitting(engine, row.id))
    erase_own(engine, tmp_path, row.id, nothing)
    assert not every_session(engine)
    with reading(engine) as db:
        assert [(stone.by, stone.status) for stone in db.exec(select(Tombstone))] == [(OWN, "withdrawn")]
    with pytest.raises(NotFound):
        erase_own(engine, tmp_path, row.id, nothing)
