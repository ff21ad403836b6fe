"""Who is signed in, in which browser, and for how long. A sign-in ends 12 hours after its start, or when idle."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, delete

from study.database import reading, writing
from study.log import now
from study.tables import SignIn

SIGN_IN_HOURS = 12
IDLE_MINUTES = 120
SEEN_EVERY = timedelta(minutes=1)
"""So long, activity is not noted again."""


def begin_in(db: Session, name: str) -> str:
    """A fresh token for a researcher's browser. What ended long ago is cleared away."""
    token, at = secrets.token_urlsafe(24), now()
    db.exec(delete(SignIn).where(col(SignIn.started_at) < at - timedelta(hours=2 * SIGN_IN_HOURS)))
    db.add(SignIn(token_hash=hashed(token), name=name, started_at=at, seen_at=at))
    return token


def signed_in(engine: Engine, token: str | None, idle_minutes: float = IDLE_MINUTES, active: bool = True) -> str | None:
    """The researcher's name, while the sign-in lasts.

    `active`: somebody did something, which keeps it from ending idle; a page that refreshes itself is nobody.
    """
    if not token:
        return None
    with reading(engine) as db:
        row = db.get(SignIn, hashed(token))
    at = now()
    if row is None or _ended(row, at, idle_minutes):
        return None
    if active and at - row.seen_at > SEEN_EVERY:
        with writing(engine) as db:
            again = db.get(SignIn, row.token_hash)
            if again is None:
                return None
            again.seen_at = at
            db.add(again)
    return row.name


def why_ended(engine: Engine, token: str | None, idle_minutes: float = IDLE_MINUTES) -> str:
    """A sentence for whoever comes back after their sign-in ended by time; empty for everybody else."""
    if not token:
        return ""
    with reading(engine) as db:
        row = db.get(SignIn, hashed(token))
    return _ended(row, now(), idle_minutes) if row else ""


def sign_out(engine: Engine, token: str | None) -> None:
    """End a sign-in."""
    if token:
        with writing(engine) as db:
            db.exec(delete(SignIn).where(col(SignIn.token_hash) == hashed(token)))


def end_all_in(db: Session, name: str, but: str | None = None) -> None:
    """End every sign-in of a researcher; `but`: the token of one that stays."""
    kept = hashed(but) if but else ""
    db.exec(delete(SignIn).where(col(SignIn.name) == name, col(SignIn.token_hash) != kept))


def hashed(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _ended(row: SignIn, at: datetime, idle_minutes: float) -> str:
    if at - row.started_at >= timedelta(hours=SIGN_IN_HOURS):
        return f"You were signed out, {SIGN_IN_HOURS} hours after you signed in. Please sign in again."
    if at - row.seen_at >= timedelta(minutes=idle_minutes):
        return f"You were signed out, as nothing was done for {_span(idle_minutes)}. Please sign in again."
    return ""


def _span(minutes: float) -> str:
    return f"{minutes / 60:g} hours" if minutes > 60 else f"{minutes:g} minutes"
