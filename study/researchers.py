"""Researchers' passwords and sign-ins. Only hashes are stored, of passwords and of links alike."""

import hashlib
import re
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from study.database import reading, writing
from study.errors import AtelierError
from study.log import now
from study.tables import Researcher, Secret

SETUP_HOURS, SIGN_IN_HOURS = 24, 12
MIN_PASSWORD = 10
MAX_FAILURES, BACK_OFF_MINUTES = 5, 15
NAME = re.compile(r"[\w .@-]{1,60}")
_hasher = PasswordHasher()
_nobody = _hasher.hash("nobody has this password")


class SignInRefused(AtelierError):
    """Wrong name or password, or too many attempts."""


def first_link(engine: Engine) -> str | None:
    """A fresh one-time token while there is no researcher yet; None afterwards."""
    with reading(engine) as db:
        if db.exec(select(func.count()).select_from(Researcher)).one():
            return None
    return new_link(engine)


def new_link(engine: Engine) -> str:
    """A one-time token with which a name and a password can be set; it replaces earlier ones."""
    with writing(engine) as db:
        db.exec(delete(Secret).where(col(Secret.purpose) == "setup"))
        return _issue(db, "setup", "", SETUP_HOURS)


def link_works(engine: Engine, token: str) -> bool:
    """Whether a one-time token can still be used."""
    with reading(engine) as db:
        return _valid(db, token, "setup") is not None


def set_password(engine: Engine, token: str, name: str, password: str) -> None:
    """Use up a one-time token. Raises SignInRefused saying what does not fit."""
    name = name.strip()
    if not NAME.fullmatch(name):
        raise SignInRefused("Please give a name of 1 to 60 letters, digits, spaces or . @ - _.")
    if len(password) < MIN_PASSWORD:
        raise SignInRefused(f"Please choose a password of at least {MIN_PASSWORD} characters.")
    hashed = _hasher.hash(password)
    with writing(engine) as db:
        secret = _valid(db, token, "setup", alone=True)
        if secret is None:
            raise SignInRefused("This link was used already or is too old. Run: python manage.py password-link")
        db.delete(secret)
        row = db.get(Researcher, name) or Researcher(name=name, password_hash=hashed, created_at=now())
        row.password_hash = hashed
        db.add(row)
        db.exec(delete(Secret).where(col(Secret.purpose) == "sign_in", col(Secret.subject) == name))


def sign_in(engine: Engine, name: str, password: str) -> str:
    """A token for a signed-in researcher. Raises SignInRefused; after five failures one has to wait."""
    name = name.strip()
    if not NAME.fullmatch(name):
        raise SignInRefused("Name or password is wrong.")
    with reading(engine) as db:
        row = db.get(Researcher, name)
        failures = (
            select(func.count())
            .select_from(Secret)
            .where(Secret.purpose == "failure", Secret.subject == name, col(Secret.expires_at) > now())
        )
        if db.exec(failures).one() >= MAX_FAILURES:
            raise SignInRefused(f"Too many attempts. Please wait {BACK_OFF_MINUTES} minutes.")
    right = _matches(row.password_hash if row else _nobody, password) and row is not None
    with writing(engine) as db:
        if not right:
            _issue(db, "failure", name, BACK_OFF_MINUTES / 60)
        else:
            db.exec(delete(Secret).where(col(Secret.expires_at) < now()))
            return _issue(db, "sign_in", name, SIGN_IN_HOURS)
    raise SignInRefused("Name or password is wrong.")


def signed_in(engine: Engine, token: str | None) -> str | None:
    """The researcher's name, while the sign-in lasts."""
    if not token:
        return None
    with reading(engine) as db:
        secret = _valid(db, token, "sign_in")
        return secret.subject if secret else None


def sign_out(engine: Engine, token: str | None) -> None:
    """End a sign-in."""
    if token:
        with writing(engine) as db:
            db.exec(delete(Secret).where(col(Secret.token_hash) == _hash(token)))


def _issue(db: Session, purpose: str, subject: str, hours: float) -> str:
    token = secrets.token_urlsafe(24)
    db.add(Secret(token_hash=_hash(token), purpose=purpose, subject=subject, expires_at=now() + timedelta(hours=hours)))
    return token


def _valid(db: Session, token: str, purpose: str, alone: bool = False) -> Secret | None:
    query = select(Secret).where(
        Secret.token_hash == _hash(token), Secret.purpose == purpose, col(Secret.expires_at) > now()
    )
    return db.exec(query.with_for_update() if alone else query).one_or_none()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
