"""Researchers whom a provider of single sign-on (OIDC) vouches for: a ticket from the page to the door, used once."""

import secrets
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import col, select

from study.database import writing
from study.installation_acts import SignedIn, SignInFailed
from study.installation_log import NOBODY, note, note_in
from study.log import now
from study.patience import SignInRefused
from study.sign_ins import begin_in, hashed
from study.standing import EMAIL
from study.tables import Secret, Standing

TICKET_SECONDS = 60
PURPOSE = "ticket"


def ticket_for(engine: Engine, email: str, verified: bool) -> str:
    """A ticket for the researcher whom somebody invited by this address. Raises SignInRefused.

    A page cannot set a cookie; it hands the ticket to a door that can. It works once, for a minute.
    """
    wanted = email.strip().lower()
    if not verified:
        raise _refused(engine, f"The provider has not verified that {wanted or 'your e-mail address'} is yours.")
    ticket = secrets.token_urlsafe(24)
    with writing(engine) as db:
        query = select(Standing.name).where(Standing.email == wanted)
        name = db.exec(query).one_or_none() if EMAIL.fullmatch(wanted) else None
        if name is not None:
            ends = now() + timedelta(seconds=TICKET_SECONDS)
            db.add(Secret(token_hash=hashed(ticket), purpose=PURPOSE, subject=name, expires_at=ends))
            return ticket
    raise _refused(engine, f"Nobody was invited as {wanted}. Ask an administrator of this installation to invite you.")


def use_ticket(engine: Engine, ticket: str, address: str = "") -> str:
    """A token for the signed-in researcher. Raises SignInRefused for a ticket that was used or is too old."""
    with writing(engine) as db:
        query = select(Secret).where(
            Secret.token_hash == hashed(ticket), Secret.purpose == PURPOSE, col(Secret.expires_at) > now()
        )
        found = db.exec(query.with_for_update()).one_or_none()
        if found is None or db.get(Standing, found.subject) is None:
            raise SignInRefused("This took too long. Please sign in again.")
        db.delete(found)
        note_in(db, found.subject, SignedIn(how="single sign-on", address=address))
        return begin_in(db, found.subject)


def _refused(engine: Engine, why: str) -> SignInRefused:
    note(engine, NOBODY, SignInFailed(why="single sign-on: unknown or unverified e-mail address"))
    return SignInRefused(why)
