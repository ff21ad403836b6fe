"""Patience with wrong passwords: the more of them, the longer one waits.

They are counted for a name at an address first, so that who tries a name elsewhere does not lock out whom it belongs to. For
the name alone the limit is higher than what one address can reach in a day; for an address there is one over all names. An
attempt counts as failed from its beginning until it proved right, so that many at once are no way around.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from study.errors import AtelierError
from study.log import now
from study.tables import Secret

MAX_FAILURES, MAX_AT_ADDRESS, MAX_OF_NAME = 5, 20, 50
"""Wrong passwords before one has to wait: for a name at an address, for an address, for a name from wherever."""
AT_BOTH, AT_ADDRESS, OF_NAME = "failure_of_name_at", "failure_at", "failure"
BACK_OFF_MINUTES, LONGEST_MINUTES = 15, 8 * 60
REMEMBERED = timedelta(hours=24)


class SignInRefused(AtelierError):
    """Wrong name or password, or too many attempts."""


def waits_until(failures: Sequence[datetime], limit: int) -> datetime | None:
    """When one may try again after these failures, in order; None: at once.

    Every `limit` failures there is a wait, each twice as long as the one before: 15 minutes, 30, … up to 8 hours.
    """
    rounds = len(failures) // limit
    if rounds == 0:
        return None
    minutes = min(BACK_OFF_MINUTES * 2 ** min(rounds - 1, 10), LONGEST_MINUTES)
    return failures[rounds * limit - 1] + timedelta(minutes=minutes)


def attempt_in(db: Session, name: str, address: str) -> list[str]:
    """Note an attempt as failed; returns its marks, for `proved_right_in`. Raises SignInRefused where one has to wait."""
    at = now()
    watched = [
        (AT_BOTH, _both(name, address) if name else "", MAX_FAILURES),
        (OF_NAME, name, MAX_OF_NAME),
        (AT_ADDRESS, address, MAX_AT_ADDRESS),
    ]
    for purpose, subject, limit in watched:
        query = select(Secret.expires_at).where(Secret.purpose == purpose, Secret.subject == subject)
        ends = db.exec(query.where(col(Secret.expires_at) > at).order_by(col(Secret.expires_at))).all()
        until = waits_until([end - REMEMBERED for end in ends], limit) if subject else None
        if until is not None and until > at:
            minutes = max(1, round((until - at).total_seconds() / 60))
            raise SignInRefused(f"Too many attempts. Please wait {minutes} minutes.")
    marks = [secrets.token_hex(16) for _ in watched]
    for mark, (purpose, subject, _limit) in zip(marks, watched, strict=True):
        db.add(Secret(token_hash=mark, purpose=purpose, subject=subject, expires_at=at + REMEMBERED))
    return marks


def proved_right_in(db: Session, name: str, address: str, marks: Sequence[str]) -> None:
    """The attempt was right: it and the failures of this name are forgotten, as far as they are not of other addresses."""
    db.exec(delete(Secret).where(col(Secret.purpose) == OF_NAME, col(Secret.subject) == name))
    db.exec(delete(Secret).where(col(Secret.purpose) == AT_BOTH, col(Secret.subject) == _both(name, address)))
    db.exec(delete(Secret).where(col(Secret.token_hash).in_(marks)))


def forget_failures_in(db: Session, name: str) -> None:
    """A new password was set, by a one-time link or by who knew the old one: nobody waits for what was tried before."""
    of_both = (col(Secret.purpose) == AT_BOTH) & col(Secret.subject).startswith(_both(name, ""), autoescape=True)
    of_name = (col(Secret.purpose) == OF_NAME) & (col(Secret.subject) == name)
    db.exec(delete(Secret).where(of_both | of_name))


def _both(name: str, address: str) -> str:
    """A name and an address as one subject; no name holds a tab."""
    return f"{name}\t{address}"
