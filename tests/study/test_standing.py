"""Researchers are invited, known by e-mail, signed out and removed; each of it is in the log of the installation."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sittings import at_once
from sqlalchemy import Engine
from sqlmodel import select
from test_access import researcher

from study import patience, researchers, sign_ins, single_sign_on
from study.access import is_administrator
from study.database import reading
from study.errors import AtelierError, NotFound
from study.installation_acts import INSTALLATION_ACT_CLASSES
from study.installation_log import installation_acts
from study.members import Member, members, set_member
from study.patience import MAX_AT_ADDRESS, MAX_FAILURES, SignInRefused
from study.protocol import Protocol
from study.researchers import change_password, link_for, new_link, set_password, sign_in
from study.sign_ins import IDLE_MINUTES, signed_in, why_ended
from study.single_sign_on import ticket_for, use_ticket
from study.standing import (
    colleagues,
    invite,
    link_again,
    remove,
    set_standing,
    sign_out_everywhere,
)
from study.studies import create_study
from study.tables import Secret

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its lowest cost."""
    monkeypatch.setattr(researchers, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Lets time pass."""

    def wait(**span: float) -> None:
        at = researchers.now() + timedelta(**span)
        for module in (researchers, patience, sign_ins, single_sign_on):
            monkeypatch.setattr(module, "now", lambda: at)

    return wait


@pytest.fixture
def ada(any_engine: Engine) -> Engine:
    set_password(any_engine, new_link(any_engine), "Ada", PASSWORD)
    return any_engine


def logged(engine: Engine) -> list[tuple[str, str]]:
    return [(one.by, one.kind) for one in installation_acts(engine)[::-1]]


def test_who_is_invited_sets_their_own_password_and_nobody_elses(ada: Engine) -> None:
    token = invite(ada, " Grace ", "Ada", " Grace@Lab.org ")
    assert [(one.name, one.administrator, one.email, one.has_password) for one in colleagues(ada)] == [
        ("Ada", True, "", True),
        ("Grace", False, "grace@lab.org", False),
    ]
    assert link_for(ada, token) == "Grace"
    for other in ("Ada", "grace", "Eve"):
        with pytest.raises(SignInRefused, match="password of Grace"):
            set_password(ada, token, other, PASSWORD)
    with pytest.raises(SignInRefused, match="is wrong"):
        sign_in(ada, "Grace", "")
    set_password(ada, token, "Grace", PASSWORD)
    assert not is_administrator(ada, "Grace")
    assert signed_in(ada, sign_in(ada, "Grace", PASSWORD, "10.0.0.1")) == "Grace"
    again = link_again(ada, "Grace", "Ada")
    invite(ada, "Ed", "Ada")
    assert link_for(ada, again) == "Grace", "another invitation leaves it alone"
    assert logged(ada) == [
        ("Ada", "password_set"), ("Ada", "researcher_invited"), ("nobody", "sign_in_failed"), ("Grace", "password_set"),
        ("Grace", "signed_in"), ("Ada", "link_renewed"), ("Ada", "researcher_invited"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "email", "reason"),
    [
        ("", "", "give a name"),
        ("<b>", "", "give a name"),
        ("ada", "", "There is a researcher 'ada' already"),
        ("Ed", "no address", "is no e-mail address"),
        ("Ed", "a@b@c", "is no e-mail address"),
        ("Ed", "GRACE@lab.org", "belongs to Grace already"),
    ],
)
def test_an_invitation_that_does_not_fit_invites_nobody(ada: Engine, name: str, email: str, reason: str) -> None:
    invite(ada, "Grace", "Ada", "grace@lab.org")
    with pytest.raises(AtelierError, match=reason):
        invite(ada, name, "Ada", email)
    assert [one.name for one in colleagues(ada)] == ["Ada", "Grace"]


def test_an_installation_keeps_an_administrator(ada: Engine) -> None:
    invite(ada, "Grace", "Ada", administrator=True)
    set_standing(ada, "Ada", "Grace", administrator=False, email="ada@lab.org")
    for refused in (
        lambda: set_standing(ada, "Grace", "Grace", administrator=False),
        lambda: remove(ada, "Grace", "Grace"),
    ):
        with pytest.raises(AtelierError, match="Nobody would look after"):
            refused()
    change = installation_acts(ada)[0].act
    assert (change.old_administrator, change.new_administrator, change.new_email) == (True, False, "ada@lab.org")
    set_standing(ada, "Ada", "Grace", administrator=True)
    names = ["Ada", "Grace"]
    left = at_once(2, lambda n: remove(ada, names[n], names[1 - n]))
    assert sum(isinstance(one, AtelierError) for one in left) == 1
    assert len(colleagues(ada)) == 1


def test_who_is_removed_is_signed_out_of_every_study_and_unknown(ada: Engine, small: Protocol) -> None:
    study = create_study(ada, small, by="Ada").id
    token = invite(ada, "Grace", "Ada")
    set_password(ada, token, "Grace", PASSWORD)
    set_member(ada, study, "Grace", "editor", "Ada")
    cookie = sign_in(ada, "Grace", PASSWORD)
    remove(ada, "Grace", "Ada")
    assert signed_in(ada, cookie) is None
    assert members(ada, study) == [Member("Ada", "owner")]
    with pytest.raises(SignInRefused):
        sign_in(ada, "Grace", PASSWORD)
    for refused in (lambda: remove(ada, "Grace", "Ada"), lambda: link_again(ada, "Grace", "Ada")):
        with pytest.raises(NotFound):
            refused()
    with pytest.raises(AtelierError, match="without an owner"):
        remove(ada, "Ada", "Ada")
    assert signed_in(ada, sign_in(ada, "Ada", PASSWORD)) == "Ada"


def test_single_sign_on_knows_only_who_was_invited_by_that_address(ada: Engine, later) -> None:  # type: ignore[no-untyped-def]
    invite(ada, "Grace", "Ada", "grace@lab.org")
    ticket = ticket_for(ada, "Grace@LAB.org ", verified=True)
    assert signed_in(ada, use_ticket(ada, ticket)) == "Grace"
    for unknown in ("eve@lab.org", "", " ", "' OR 1=1 --", "grace@lab.org\0"):
        with pytest.raises(SignInRefused, match="Nobody was invited as"):
            ticket_for(ada, unknown, verified=True)
    with pytest.raises(SignInRefused, match="has not verified"):
        ticket_for(ada, "grace@lab.org", verified=False)
    late = ticket_for(ada, "grace@lab.org", verified=True)
    later(minutes=2)
    for bad in (ticket, late, "", "made up", new_link(ada)):
        with pytest.raises(SignInRefused, match="took too long"):
            use_ticket(ada, bad)
    gone = ticket_for(ada, "grace@lab.org", verified=True)
    remove(ada, "Grace", "Ada")
    with pytest.raises(SignInRefused):
        use_ticket(ada, gone)


def test_a_sign_in_ends_when_nothing_is_done_and_a_page_that_refreshes_itself_does_nothing(ada: Engine, later) -> None:  # type: ignore[no-untyped-def]
    token = sign_in(ada, "Ada", PASSWORD)
    assert why_ended(ada, token) == ""
    later(minutes=IDLE_MINUTES - 1)
    assert signed_in(ada, token) == "Ada"
    later(minutes=IDLE_MINUTES - 1)
    assert signed_in(ada, token, active=False) == "Ada"
    later(minutes=2)
    assert (signed_in(ada, token, active=False), signed_in(ada, token)) == (None, None)
    assert why_ended(ada, token) == "You were signed out, as nothing was done for 2 hours. Please sign in again."
    assert signed_in(ada, token, idle_minutes=IDLE_MINUTES + 5) == "Ada", "the setting decides"
    assert [why_ended(ada, other) for other in (None, "", "made up")] == ["", "", ""]


def test_signing_out_everywhere_and_a_new_password_end_the_others(ada: Engine) -> None:
    here, there = sign_in(ada, "Ada", PASSWORD), sign_in(ada, "Ada", PASSWORD)
    with pytest.raises(SignInRefused, match="present password is wrong"):
        change_password(ada, "Ada", "not it at all", "another password", token=here)
    with pytest.raises(SignInRefused, match="at least 10"):
        change_password(ada, "Ada", PASSWORD, "short", token=here)
    assert signed_in(ada, there) == "Ada"
    change_password(ada, "Ada", PASSWORD, "another password", token=here)
    assert (signed_in(ada, here), signed_in(ada, there)) == ("Ada", None)
    sign_out_everywhere(ada, "Ada", "Ada")
    assert signed_in(ada, here) is None
    assert signed_in(ada, sign_in(ada, "Ada", "another password")) == "Ada"


def test_guessing_over_many_names_is_slowed_for_the_address(ada: Engine, later) -> None:  # type: ignore[no-untyped-def]
    for number in range(MAX_AT_ADDRESS):
        with pytest.raises(SignInRefused, match="is wrong"):
            sign_in(ada, f"name{number}", PASSWORD, "203.0.113.9")
    with pytest.raises(SignInRefused, match="Too many attempts"):
        sign_in(ada, "Ada", PASSWORD, "203.0.113.9")
    assert signed_in(ada, sign_in(ada, "Ada", PASSWORD, "203.0.113.10")) == "Ada"
    later(minutes=16)
    assert signed_in(ada, sign_in(ada, "Ada", PASSWORD, "203.0.113.9")) == "Ada"
    with reading(ada) as db:
        kept = db.exec(select(Secret).where(Secret.purpose == "failure_at")).all()
    assert len(kept) == MAX_AT_ADDRESS, "an own account does not wash an address clean"
    assert {one.act.name for one in installation_acts(ada) if one.kind == "sign_in_failed"} == {""}, (
        "not what was typed"
    )


def test_many_guesses_at_once_are_no_way_around(ada: Engine) -> None:
    tries = at_once(12, lambda n: sign_in(ada, "Ada", f"wrong {n}", "203.0.113.9"))
    said = [str(one) for one in tries]
    assert sum("is wrong" in one for one in said) == MAX_FAILURES
    assert sum("Too many" in one for one in said) == 12 - MAX_FAILURES


def test_an_invited_name_of_before_there_were_roles_can_get_a_standing(ada: Engine) -> None:
    researcher(ada, "Old", before_roles=True)
    assert is_administrator(ada, "Old")
    set_standing(ada, "Old", "Ada", administrator=False)
    assert not is_administrator(ada, "Old")


def test_every_kind_of_the_log_says_what_it_is() -> None:
    for kind, cls in INSTALLATION_ACT_CLASSES.items():
        assert kind == "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
        assert cls.__doc__
