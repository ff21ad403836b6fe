"""Links that each let one person in."""

from pathlib import Path

import pytest
from sittings import arrive, at_once, opened
from sqlalchemy import Engine, event
from sqlmodel import select

from study import personal_links
from study.act_log import acts
from study.database import reading
from study.enrolment import Arrival, by_token, enrol
from study.erasing import erase, find
from study.errors import AtelierError, NotFound, StudyClosed
from study.events import SessionStarted
from study.log import events
from study.personal_links import (
    door_of,
    links,
    make_links,
    make_numbered_links,
    renew,
    renew_unused,
    revoke,
    set_door,
)
from study.protocol import Protocol
from study.studies import set_status
from study.tables import PersonalLink, Sitting


def come(engine: Engine, study: str, token: str, **url_params: str) -> Sitting:
    row, session_token = enrol(engine, study, Arrival(url_params, personal=token))
    found = by_token(engine, session_token)
    assert found is not None and found.id == row.id
    return row


def test_a_link_lets_one_person_in_and_leads_back_to_the_same_session(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    (_one, first), (_two, second) = make_links(any_engine, study, ["7", "Ägid"], "Ada")
    row = come(any_engine, study, first)
    assert come(any_engine, study, first).id == row.id, "in another browser as well"
    other = come(any_engine, study, second, PROLIFIC_PID="7")
    assert other.id != row.id
    assert [(one.person, one.state, one.participant) for one in links(any_engine, study)] == [
        ("7", "started", row.participant),
        ("Ägid", "started", other.participant),
    ]
    for sitting in (row, other):
        assert sitting.platform_id is None, "an id of a personal link is no platform's"
        started = events(any_engine, sitting.id)[0].event
        assert isinstance(started, SessionStarted) and "Ägid" not in started.model_dump_json()
    with reading(any_engine) as db:
        stored = db.exec(select(PersonalLink)).all()
    assert not {first, second} & {row.token_hash for row in stored}


def test_two_who_open_a_link_at_once_share_one_session(any_engine: Engine, small: Protocol) -> None:
    study = opened(any_engine, small)
    ((_person, token),) = make_links(any_engine, study, ["7"], "Ada")
    came = at_once(6, lambda _n: come(any_engine, study, token).id)
    assert len(set(came)) == 1 and isinstance(came[0], str)
    with reading(any_engine) as db:
        assert len(db.exec(select(Sitting)).all()) == 1


def test_the_personal_door_lets_nobody_else_in_and_everybody_back(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    known = arrive(engine, study, url_params={"PROLIFIC_PID": "p1"})
    ((_person, token),) = make_links(engine, study, ["p2"], "Ada")
    assert door_of(engine, study) == "open"
    set_door(engine, study, "personal", "Ada")
    set_door(engine, study, "personal", "Ada")
    with pytest.raises(StudyClosed, match="needs a personal link"):
        arrive(engine, study)
    with pytest.raises(StudyClosed, match="needs a personal link"):
        arrive(engine, study, url_params={"PROLIFIC_PID": "p2"})
    assert arrive(engine, study, url_params={"PROLIFIC_PID": "p1"}).id == known.id
    mine = come(engine, study, token)
    with pytest.raises(StudyClosed):  # the id of a link is no way to its session
        arrive(engine, study, url_params={"PROLIFIC_PID": "p2"})
    arrive(engine, study, simulated=True)
    arrive(engine, study, preview=True)
    set_status(engine, study, "closed", "Ada")
    assert come(engine, study, token).id == mine.id, "who is in may finish"
    did = [(one.kind, one.by) for one in acts(engine, study)[2:]]
    assert did == [("links_made", "Ada"), ("door_changed", "Ada"), ("status_changed", "Ada")]
    for refused in (lambda: set_door(engine, study, "ajar", "Ada"), lambda: set_door(engine, "nothing", "open", "Ada")):
        with pytest.raises(AtelierError):
            refused()


def test_a_link_is_not_used_up_where_nobody_is_let_in(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small, "paused")
    ((_person, token),) = make_links(engine, study, ["7"], "Ada")
    with pytest.raises(StudyClosed, match="try again later"):
        come(engine, study, token)
    assert links(engine, study)[0].state == "unused"
    set_status(engine, study, "open", "Ada")
    come(engine, study, token)


def test_a_revoked_link_leads_nowhere_and_a_link_of_another_study_is_none_of_this(
    engine: Engine, small: Protocol
) -> None:
    study, other = opened(engine, small), opened(engine, small)
    made = dict(make_links(engine, study, ["used", "unused"], "Ada"))
    row = come(engine, study, made["used"])
    for person in ("used", "unused", "unused"):
        revoke(engine, study, person, "Ada")
    for token in made.values():
        with pytest.raises(NotFound, match="taken back"):
            come(engine, study, token)
    assert [(one.person, one.state) for one in links(engine, study)] == [("unused", "revoked"), ("used", "revoked")]
    assert [one.act.used for one in acts(engine, study, "link_revoked")] == [True, False]
    assert row.status == "running"
    with pytest.raises(NotFound, match="no link for “x”"):
        revoke(engine, study, "x", "Ada")
    ((_person, theirs),) = make_links(engine, other, ["used"], "Ada")
    with pytest.raises(NotFound):
        come(engine, study, theirs)
    assert links(engine, other)[0].state == "unused"


def test_a_lost_or_revoked_link_is_renewed_and_leads_where_it_led(any_engine: Engine, small: Protocol) -> None:
    study, other = opened(any_engine, small), opened(any_engine, small)
    made = dict(make_links(any_engine, study, ["came", "lost", "revoked"], "Ada"))
    make_links(any_engine, other, ["lost"], "Ada")
    row = come(any_engine, study, made["came"])
    revoke(any_engine, study, "came", "Ada")
    revoke(any_engine, study, "revoked", "Ada")
    for person in made:
        ((named, token),) = renew(any_engine, study, person, "Ed")
        assert named == person and token != made[person]
        with pytest.raises(NotFound, match="complete and unchanged"):
            come(any_engine, study, made[person])
        assert (come(any_engine, study, token).id == row.id) == (person == "came")
    assert [(one.person, one.state) for one in links(any_engine, study)] == [
        ("came", "started"),
        ("lost", "started"),
        ("revoked", "started"),
    ]
    renewed = acts(any_engine, study, "links_renewed")
    assert [(one.by, one.act.count, one.act.used) for one in renewed] == [("Ed", 1, 1), ("Ed", 1, 0), ("Ed", 1, 0)]
    assert links(any_engine, other)[0].state == "unused" and not acts(any_engine, other, "links_renewed")
    for where, person in ((study, "x"), ("nothing", "came")):
        with pytest.raises(NotFound):
            renew(any_engine, where, person, "Ada")


def test_all_unused_links_are_renewed_at_once_and_no_others(any_engine: Engine, small: Protocol) -> None:
    """For a file of links that was lost before anybody was sent one."""
    study = opened(any_engine, small)
    made = dict(make_links(any_engine, study, ["a", "b", "came", "revoked"], "Ada"))
    come(any_engine, study, made["came"])
    revoke(any_engine, study, "revoked", "Ada")
    fresh = dict(renew_unused(any_engine, study, "Ada"))
    assert list(fresh) == ["a", "b"]
    assert [(one.person, one.state) for one in links(any_engine, study)] == [
        ("a", "unused"),
        ("b", "unused"),
        ("came", "started"),
        ("revoked", "revoked"),
    ]
    for person, token in fresh.items():
        with pytest.raises(NotFound):
            come(any_engine, study, made[person])
        come(any_engine, study, token)
    come(any_engine, study, made["came"])
    (act,) = acts(any_engine, study, "links_renewed")
    assert (act.act.count, act.act.used) == (2, 0)
    with pytest.raises(NotFound, match="no unused link"):
        renew_unused(any_engine, study, "Ada")


@pytest.mark.parametrize("token", ["x", "", "' OR 1=1 --", "a\0b", "\ud800", "x" * 100_000])
def test_what_is_no_link_lets_nobody_in(any_engine: Engine, small: Protocol, token: str) -> None:
    study = opened(any_engine, small)
    set_door(any_engine, study, "personal", "Ada")
    make_links(any_engine, study, ["7"], "Ada")
    with pytest.raises((NotFound, StudyClosed)):
        come(any_engine, study, token)
    with pytest.raises(NotFound, match="complete and unchanged"):
        personal_links.study_of_link(any_engine, token)


def test_ids_that_have_a_link_are_refused_together_and_numbers_go_on(engine: Engine, small: Protocol) -> None:
    study = opened(engine, small)
    make_links(engine, study, ["a", "b", "link-0002"], "Ada")
    with pytest.raises(AtelierError, match=r"2 of these ids have a link already \(a, b\)"):
        make_links(engine, study, ["a", "b", "c"], "Ada")
    assert [person for person, _token in make_numbered_links(engine, study, 2, "Ada")] == ["link-0001", "link-0003"]
    assert [person for person, _token in make_numbered_links(engine, study, 1, "Ada")] == ["link-0004"]
    for count in (0, -1, 10_001):
        with pytest.raises(AtelierError, match="1 to 10,000"):
            make_numbered_links(engine, study, count, "Ada")
    assert len(links(engine, study)) == 6


def test_ten_thousand_links_are_made_with_few_statements(engine: Engine, small: Protocol) -> None:
    study, asked = opened(engine, small), []
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, statement, *_: asked.append(statement))
    made = make_links(engine, study, [f"person {n}" for n in range(10_000)], "Ada")
    assert len({token for _person, token in made}) == 10_000
    assert len(asked) < 50
    asked.clear()
    again = renew_unused(engine, study, "Ada")
    assert len({token for _person, token in (*made, *again)}) == 20_000
    assert len(asked) < 50


def test_who_is_erased_is_forgotten_here_too(any_engine: Engine, small: Protocol, tmp_path: Path) -> None:
    study = opened(any_engine, small)
    made = dict(make_links(any_engine, study, ["a", "b"], "Ada"))
    row = come(any_engine, study, made["a"])
    assert find(any_engine, study, f"https://lab.example/i/{made['a']}").id == row.id
    erase(any_engine, tmp_path, row, "Ada", lambda _session: None)
    assert [one.person for one in links(any_engine, study)] == ["b"]
    with pytest.raises(NotFound, match="the link you were given"):
        come(any_engine, study, made["a"])
