"""Researchers' passwords: one-time links to set them, and signing in. Only hashes are stored, of passwords and of links."""

import re
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from study.database import reading, writing
from study.errors import NotFound
from study.installation_acts import PasswordSet, SignedIn, SignInFailed
from study.installation_log import NOBODY, note, note_in
from study.log import now
from study.patience import SignInRefused, attempt_in, forget_failures_in, proved_right_in
from study.sign_ins import begin_in, end_all_in, hashed
from study.tables import Researcher, Secret, Standing

SETUP_HOURS = 24
MIN_PASSWORD, MAX_PASSWORD = 10, 1000
NAME = re.compile(r"[\w .@-]{1,60}")
WRONG = "Name or password is wrong."
_hasher = PasswordHasher()
_nobody = _hasher.hash("nobody has this password")


def first_link(engine: Engine) -> str | None:
    """A fresh one-time token while there is no researcher yet; None afterwards."""
    with reading(engine) as db:
        if db.exec(select(func.count()).select_from(Researcher)).one():
            return None
    return new_link(engine)


def new_link(engine: Engine) -> str:
    """A one-time token with which anybody can set a name and a password; it replaces earlier ones.

    Whoever is new by it is an administrator: it comes from a terminal, where one can do everything anyway.
    """
    with writing(engine) as db:
        return new_link_in(db, "")


def new_link_in(db: Session, name: str) -> str:
    """A one-time token for one researcher to set a password; an empty name leaves the name to who uses it."""
    db.exec(delete(Secret).where(col(Secret.purpose) == "setup", col(Secret.subject) == name))
    token, ends = secrets.token_urlsafe(24), now() + timedelta(hours=SETUP_HOURS)
    db.add(Secret(token_hash=hashed(token), purpose="setup", subject=name, expires_at=ends))
    return token


def link_works(engine: Engine, token: str) -> bool:
    """Whether a one-time token can still be used."""
    return link_for(engine, token) is not None


def link_for(engine: Engine, token: str) -> str | None:
    """Whose password a one-time token sets: a name, empty for any name, None where the token is no good."""
    with reading(engine) as db:
        found = _valid(db, token)
        return found.subject if found else None


def set_password(engine: Engine, token: str, name: str, password: str) -> None:
    """Use up a one-time token. Raises SignInRefused saying what does not fit."""
    name, new = _fitting(name), _hash_of(password)
    with writing(engine) as db:
        _set_by_link_in(db, token, name, new)


def enter_by_link(engine: Engine, token: str, name: str, password: str, address: str = "") -> str:
    """`set_password`, and in at once: the link was proof enough. Returns a token for a signed-in researcher."""
    name, new = _fitting(name), _hash_of(password)
    with writing(engine) as db:
        _set_by_link_in(db, token, name, new)
        note_in(db, name, SignedIn(how="one-time link", address=address))
        return begin_in(db, name)


def change_password(engine: Engine, name: str, old: str, new: str, address: str = "", token: str | None = None) -> None:
    """Replace one's own password; every other sign-in ends, that with `token` stays. Raises SignInRefused."""
    hashed_new = _hash_of(new)
    marks = _check(engine, name, old, address, "The present password is wrong.")
    with writing(engine) as db:
        row = db.get(Researcher, name)
        if row is None:
            raise NotFound(f"There is no researcher '{name}'.")
        proved_right_in(db, name, address, marks)
        _set_in(db, row, hashed_new, "changed", token)


def sign_in(engine: Engine, name: str, password: str, address: str = "") -> str:
    """A token for a signed-in researcher. Raises SignInRefused; after five failures from an address one has to wait."""
    name = name.strip()
    marks = _check(engine, name, password, address, WRONG)
    with writing(engine) as db:
        proved_right_in(db, name, address, marks)
        db.exec(delete(Secret).where(col(Secret.expires_at) < now()))
        note_in(db, name, SignedIn(how="password", address=address))
        return begin_in(db, name)


def _check(engine: Engine, name: str, password: str, address: str, wrong: str) -> list[str]:
    """The marks of this attempt, if the password is right. Raises SignInRefused."""
    if not NAME.fullmatch(name):
        name = ""  # it still counts for the address
    with writing(engine) as db:
        row = db.exec(select(Researcher).where(Researcher.name == name).with_for_update()).one_or_none()
        marks = attempt_in(db, name, address)
    if _matches(row.password_hash if row and row.password_hash else _nobody, password) and row is not None:
        return marks
    note(engine, NOBODY, SignInFailed(name=row.name if row else "", address=address, why="wrong password or name"))
    raise SignInRefused(wrong)


def _fitting(name: str) -> str:
    if not NAME.fullmatch(name.strip()):
        raise SignInRefused("Please give a name of 1 to 60 letters, digits, spaces or . @ - _.")
    return name.strip()


def _set_by_link_in(db: Session, token: str, name: str, new: str) -> None:
    link = _valid(db, token, alone=True)
    if link is None:
        raise SignInRefused("This link was used already or is too old. Ask for another one.")
    if link.subject not in ("", name):
        raise SignInRefused(f"This link sets the password of {link.subject}.")
    db.delete(link)
    row = db.get(Researcher, name)
    if row is None:
        row = Researcher(name=name, password_hash=new, created_at=now())
        db.add(row)
        db.flush()
        db.add(Standing(name=name, administrator=True))
    _set_in(db, row, new, "by one-time link")


def _set_in(db: Session, row: Researcher, new: str, how: str, token: str | None = None) -> None:
    row.password_hash = new
    db.add(row)
    end_all_in(db, row.name, but=token)
    forget_failures_in(db, row.name)
    note_in(db, row.name, PasswordSet(name=row.name, how=how))


def _hash_of(password: str) -> str:
    if len(password) < MIN_PASSWORD:
        raise SignInRefused(f"Please choose a password of at least {MIN_PASSWORD} characters.")
    if len(password) > MAX_PASSWORD:
        raise SignInRefused(f"Please choose a password of at most {MAX_PASSWORD} characters.")
    return _hasher.hash(password)


def _valid(db: Session, token: str, alone: bool = False) -> Secret | None:
    query = select(Secret).where(
        Secret.token_hash == hashed(token), Secret.purpose == "setup", col(Secret.expires_at) > now()
    )
    return db.exec(query.with_for_update() if alone else query).one_or_none()


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
