"""Researchers' doors: one-time links, passwords that are never stored, and patience with wrong ones."""

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sittings import at_once
from sqlalchemy import Engine
from sqlmodel import select

from study import patience, researchers, sign_ins
from study.database import reading, writing
from study.log import now
from study.patience import BACK_OFF_MINUTES, MAX_FAILURES, MAX_OF_NAME, SignInRefused
from study.researchers import (
    SETUP_HOURS,
    change_password,
    enter_by_link,
    first_link,
    link_works,
    new_link,
    set_password,
    sign_in,
)
from study.sign_ins import SIGN_IN_HOURS, sign_out, signed_in, why_ended
from study.tables import Researcher, Secret, SignIn

NAME, PASSWORD = "ada@lab.org", "correct horse battery"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its lowest cost."""
    monkeypatch.setattr(researchers, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def ada(engine: Engine) -> Engine:
    """A database with one researcher."""
    set_password(engine, new_link(engine), NAME, PASSWORD)
    return engine


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Lets time pass."""

    def wait(**span: float) -> None:
        at = researchers.now() + timedelta(**span)
        for module in (researchers, patience, sign_ins):
            monkeypatch.setattr(module, "now", lambda: at)

    return wait


def names(engine: Engine) -> list[str]:
    with reading(engine) as db:
        return list(db.exec(select(Researcher.name)))


# --- one-time links ----------------------------------------------------------------------------


def test_a_link_works_once(engine: Engine) -> None:
    token = new_link(engine)
    assert link_works(engine, token)
    set_password(engine, token, NAME, PASSWORD)
    assert not link_works(engine, token)
    with pytest.raises(SignInRefused, match="used already or is too old"):
        set_password(engine, token, "eve", "another password")
    assert names(engine) == [NAME]
    assert signed_in(engine, sign_in(engine, NAME, PASSWORD)) == NAME


def test_a_link_that_two_people_use_at_once_works_for_one(any_engine: Engine) -> None:
    """Both find the link held by a third, so that both have seen it before either uses it."""
    token = new_link(any_engine)
    refused: list[str] = []

    def use(name: str) -> None:
        try:
            set_password(any_engine, token, name, PASSWORD)
        except SignInRefused as error:
            refused.append(str(error))

    threads = [threading.Thread(target=use, args=(name,)) for name in ("ada", "eve")]
    with writing(any_engine) as db:
        db.exec(select(Secret).with_for_update()).one()
        for thread in threads:
            thread.start()
        time.sleep(0.6)
    for thread in threads:
        thread.join(20)
    assert len(refused) == 1
    assert len(names(any_engine)) == 1


def test_a_new_link_replaces_an_earlier_one(engine: Engine) -> None:
    first, second = new_link(engine), new_link(engine)
    assert (link_works(engine, first), link_works(engine, second)) == (False, True)


def test_a_link_is_offered_by_itself_only_while_there_is_no_researcher(engine: Engine) -> None:
    token = first_link(engine)
    assert token is not None and link_works(engine, token)
    set_password(engine, token, NAME, PASSWORD)
    assert first_link(engine) is None


def test_a_link_expires(engine: Engine, later) -> None:  # type: ignore[no-untyped-def]
    token = new_link(engine)
    later(hours=SETUP_HOURS - 0.1)
    assert link_works(engine, token)
    later(hours=0.2)
    assert not link_works(engine, token)
    with pytest.raises(SignInRefused, match="too old"):
        set_password(engine, token, NAME, PASSWORD)
    assert names(engine) == []


def test_a_sign_in_is_no_link_and_a_link_no_sign_in(ada: Engine) -> None:
    setup, token = new_link(ada), sign_in(ada, NAME, PASSWORD)
    assert not link_works(ada, token)
    assert signed_in(ada, setup) is None
    with pytest.raises(SignInRefused):
        set_password(ada, token, "eve", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("", PASSWORD, "give a name"),
        ("   ", PASSWORD, "give a name"),
        ("a" * 61, PASSWORD, "give a name"),
        ("<script>", PASSWORD, "give a name"),
        ("a\0b", PASSWORD, "give a name"),
        ("ada\nbabbage", PASSWORD, "give a name"),
        (NAME, "", "at least 10"),
        (NAME, "ninechars", "at least 10"),
    ],
)
def test_a_name_or_password_that_does_not_fit_leaves_the_link_usable(
    engine: Engine, name: str, password: str, reason: str
) -> None:
    token = new_link(engine)
    with pytest.raises(SignInRefused, match=reason):
        set_password(engine, token, name, password)
    assert link_works(engine, token)
    assert names(engine) == []


# --- passwords ---------------------------------------------------------------------------------


def test_only_an_argon2_hash_of_a_password_is_stored_and_no_token(ada: Engine, tmp_path: Path) -> None:
    tokens = [sign_in(ada, NAME, PASSWORD), new_link(ada)]
    with reading(ada) as db:
        assert db.get_one(Researcher, NAME).password_hash.startswith("$argon2id$")
    ada.dispose()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("record.db*"))
    assert NAME.encode() in stored
    assert [secret for secret in (PASSWORD, *tokens) if secret.encode() in stored] == []


def test_the_right_password_signs_in_and_names_may_be_typed_with_spaces_around(ada: Engine) -> None:
    one, two = sign_in(ada, NAME, PASSWORD), sign_in(ada, f" {NAME} ", PASSWORD)
    assert one != two
    assert signed_in(ada, one) == signed_in(ada, two) == NAME


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (NAME, PASSWORD.upper()),
        (NAME, PASSWORD + " "),
        (NAME, ""),
        (NAME, "x" * 100_000),
        ("eve", PASSWORD),
        ("eve", "nobody has this password"),
        ("", ""),
        ("a\0b", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("n" * 10_000, PASSWORD),
    ],
)
def test_a_wrong_name_or_password_is_refused_in_the_same_words(ada: Engine, name: str, password: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(ada, name, password)
    assert str(refused.value) == "Name or password is wrong."


def test_after_five_failures_even_the_right_password_has_to_wait(ada: Engine, later) -> None:  # type: ignore[no-untyped-def]
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused, match="is wrong"):
            sign_in(ada, NAME, "not the password")
    for password in (PASSWORD, "not the password"):
        with pytest.raises(SignInRefused, match="Too many attempts"):
            sign_in(ada, NAME, password)
    later(minutes=BACK_OFF_MINUTES - 1)
    with pytest.raises(SignInRefused, match="Too many attempts"):
        sign_in(ada, NAME, PASSWORD)
    later(minutes=2)
    assert signed_in(ada, sign_in(ada, NAME, PASSWORD)) == NAME


def guess(engine: Engine, times: int, address: str, name: str = NAME) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            sign_in(engine, name, "not the password", address)


def test_who_guesses_a_name_elsewhere_does_not_lock_out_whom_it_belongs_to(any_engine: Engine) -> None:
    set_password(any_engine, new_link(any_engine), NAME, PASSWORD)
    guess(any_engine, 30, "10.0.0.66")
    assert signed_in(any_engine, sign_in(any_engine, NAME, PASSWORD, "10.0.0.1")) == NAME
    with pytest.raises(SignInRefused, match="Too many attempts"):
        sign_in(any_engine, NAME, PASSWORD, "10.0.0.66")


def test_who_guesses_from_many_addresses_is_slowed_down_by_the_name(ada: Engine, later) -> None:  # type: ignore[no-untyped-def]
    for number in range(MAX_OF_NAME // MAX_FAILURES):
        guess(ada, MAX_FAILURES, f"10.0.0.{number}")
    with pytest.raises(SignInRefused, match="Too many attempts"):
        sign_in(ada, NAME, PASSWORD, "10.0.1.1")
    later(minutes=BACK_OFF_MINUTES + 1)
    assert sign_in(ada, NAME, PASSWORD, "10.0.1.1")


def test_a_one_time_link_is_proof_whatever_was_tried_before(any_engine: Engine) -> None:
    """Also where the researcher's own address has to wait."""
    set_password(any_engine, new_link(any_engine), NAME, PASSWORD)
    set_password(any_engine, new_link(any_engine), NAME + "x", PASSWORD)
    for number in range(MAX_OF_NAME // MAX_FAILURES + 1):
        guess(any_engine, MAX_FAILURES, f"10.0.0.{number}")
    guess(any_engine, MAX_FAILURES, "10.0.0.1", NAME + "x")
    token = enter_by_link(any_engine, new_link(any_engine), f" {NAME} ", "a quite different one", "10.0.0.1")
    assert signed_in(any_engine, token) == NAME
    assert sign_in(any_engine, NAME, "a quite different one", "10.0.0.1")
    with pytest.raises(SignInRefused, match="Too many attempts"):  # what is known of another name stays
        sign_in(any_engine, NAME + "x", PASSWORD, "10.0.0.1")
    with pytest.raises(SignInRefused, match="used already"):
        enter_by_link(any_engine, "no link", NAME, PASSWORD)
    assert signed_in(any_engine, token) == NAME


def test_a_right_password_forgives_the_failures_of_its_own_address_alone(ada: Engine) -> None:
    guess(ada, MAX_FAILURES - 1, "10.0.0.1")
    guess(ada, MAX_FAILURES, "10.0.0.66")
    assert sign_in(ada, NAME, PASSWORD, "10.0.0.1")
    guess(ada, MAX_FAILURES - 1, "10.0.0.1")
    assert sign_in(ada, NAME, PASSWORD, "10.0.0.1")
    with pytest.raises(SignInRefused, match="Too many attempts"):
        sign_in(ada, NAME, PASSWORD, "10.0.0.66")
    change_password(ada, NAME, PASSWORD, "a quite different one", "10.0.0.1")
    assert sign_in(ada, NAME, "a quite different one", "10.0.0.66"), "a new password is guessed from the beginning"


def test_failures_of_one_name_do_not_lock_out_another(ada: Engine) -> None:
    set_password(ada, new_link(ada), "grace", PASSWORD)
    for _ in range(MAX_FAILURES):
        with pytest.raises(SignInRefused):
            sign_in(ada, "grace", "not the password")
    assert signed_in(ada, sign_in(ada, NAME, PASSWORD)) == NAME


def test_setting_a_new_password_ends_the_old_one_and_every_sign_in_with_it(ada: Engine) -> None:
    set_password(ada, new_link(ada), "grace", PASSWORD)
    old, other = sign_in(ada, NAME, PASSWORD), sign_in(ada, "grace", PASSWORD)
    set_password(ada, new_link(ada), NAME, "a quite different one")
    assert signed_in(ada, old) is None
    assert signed_in(ada, other) == "grace"
    with pytest.raises(SignInRefused):
        sign_in(ada, NAME, PASSWORD)
    assert signed_in(ada, sign_in(ada, NAME, "a quite different one")) == NAME


# --- sign-ins ----------------------------------------------------------------------------------


def test_signing_out_ends_this_sign_in_only(ada: Engine) -> None:
    one, two = sign_in(ada, NAME, PASSWORD), sign_in(ada, NAME, PASSWORD)
    sign_out(ada, one)
    assert (signed_in(ada, one), signed_in(ada, two)) == (None, NAME)
    sign_out(ada, one)
    sign_out(ada, None)
    assert signed_in(ada, two) == NAME


def test_a_sign_in_expires_and_is_cleared_away_at_the_next_one(ada: Engine, later) -> None:  # type: ignore[no-untyped-def]
    token = sign_in(ada, NAME, PASSWORD)
    for _ in range(7):
        later(hours=SIGN_IN_HOURS / 7 - 0.01)
        assert signed_in(ada, token) == NAME, "somebody is active"
    later(hours=0.2)
    assert signed_in(ada, token) is None
    assert "12 hours after you signed in" in why_ended(ada, token)
    later(hours=SIGN_IN_HOURS)
    sign_in(ada, NAME, PASSWORD)
    with reading(ada) as db:
        left: list[datetime] = list(db.exec(select(SignIn.started_at)))
    assert len(left) == 1
    assert left[0] > now() + timedelta(hours=SIGN_IN_HOURS)


def test_what_is_no_sign_in_names_nobody(any_engine: Engine) -> None:
    set_password(any_engine, new_link(any_engine), NAME, PASSWORD)
    tokens = [sign_in(any_engine, NAME, PASSWORD), None, "", "wrong", "a\0b", "x" * 100_000]
    assert [signed_in(any_engine, token) for token in tokens] == [NAME, None, None, None, None, None]
    assert [link_works(any_engine, token or "") for token in tokens] == [False] * 6
    with pytest.raises(SignInRefused, match="is wrong"):
        sign_in(any_engine, "a\0b", PASSWORD)


def test_wrong_passwords_sent_at_once_all_count(any_engine: Engine) -> None:
    set_password(any_engine, new_link(any_engine), NAME, PASSWORD)
    results = at_once(MAX_FAILURES, lambda n: sign_in(any_engine, NAME, f"wrong {n}"))
    assert {type(result) for result in results} == {SignInRefused}
    with pytest.raises(SignInRefused, match="Too many attempts"):
        sign_in(any_engine, NAME, PASSWORD)
