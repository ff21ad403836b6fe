"""The researchers of an installation: inviting and removing them, who is an administrator, who is known by which e-mail."""

import re
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.installation_acts import (
    LinkRenewed,
    ResearcherInvited,
    ResearcherRemoved,
    SignedOutEverywhere,
    StandingChanged,
)
from study.installation_log import note_in
from study.log import now
from study.members import administrators_in, leave_all_in
from study.researchers import NAME, new_link_in
from study.sign_ins import end_all_in
from study.tables import Researcher, Secret, Standing

EMAIL = re.compile(r"[^\s\x00-\x1f@,;<>\"]{1,64}@[^\s\x00-\x1f@,;<>\"]{1,190}")


@dataclass(frozen=True)
class Colleague:
    """A researcher as others see them. `email`: by which single sign-on knows them, empty if it does not."""

    name: str
    administrator: bool
    email: str
    has_password: bool


def colleagues(engine: Engine) -> list[Colleague]:
    """Every researcher, by name."""
    with reading(engine) as db:
        known = administrators_in(db)
        emails = {row.name: row.email for row in db.exec(select(Standing))}
        rows = db.exec(select(Researcher).order_by(Researcher.name)).all()
        return [
            Colleague(row.name, row.name in known, emails.get(row.name, ""), bool(row.password_hash)) for row in rows
        ]


def invite(engine: Engine, name: str, by: str, email: str = "", administrator: bool = False) -> str:
    """Take a researcher in; returns the token of the one-time link that sets their password.

    Raises AtelierError for a name or e-mail address that is taken or cannot be one.
    """
    name, email = name.strip(), email.strip().lower()
    if not NAME.fullmatch(name):
        raise AtelierError("Please give a name of 1 to 60 letters, digits, spaces or . @ - _.")
    with writing(engine) as db:
        if any(one.casefold() == name.casefold() for one in db.exec(select(Researcher.name))):
            raise AtelierError(f"There is a researcher '{name}' already.")
        db.add(Researcher(name=name, password_hash="", created_at=now()))
        db.flush()
        db.add(Standing(name=name, administrator=administrator, email=_free_email(db, email, name)))
        note_in(db, by, ResearcherInvited(name=name, email=email, administrator=administrator))
        return new_link_in(db, name)


def link_again(engine: Engine, name: str, by: str) -> str:
    """Another one-time link for a researcher to set their password; the earlier one works no more. Raises NotFound."""
    with writing(engine) as db:
        _known(db, name)
        note_in(db, by, LinkRenewed(name=name))
        return new_link_in(db, name)


def set_standing(engine: Engine, name: str, by: str, administrator: bool, email: str = "") -> None:
    """Make somebody an administrator or not, and say by which e-mail single sign-on knows them.

    Raises NotFound, and AtelierError if no administrator would be left.
    """
    with writing(engine) as db:
        _known(db, name)
        was = name in administrators_in(db)
        row = db.get(Standing, name) or Standing(name=name)
        old, new = row.email, _free_email(db, email.strip().lower(), name)
        if (was, old) == (administrator, new):
            return
        row.administrator, row.email = administrator, new
        db.add(row)
        db.flush()
        _keep_an_administrator(db)
        changed = StandingChanged(
            name=name, old_administrator=was, new_administrator=administrator, old_email=old, new_email=new
        )
        note_in(db, by, changed)


def remove(engine: Engine, name: str, by: str) -> None:
    """Take a researcher out of the installation and of every study; what they did stays in the record.

    Raises NotFound, and AtelierError if a study would be left without owner or the installation without administrator.
    """
    with writing(engine) as db:
        row = _known(db, name)
        leave_all_in(db, name, by)
        end_all_in(db, name)
        db.exec(delete(Secret).where(col(Secret.purpose) == "setup", col(Secret.subject) == name))
        db.exec(delete(Standing).where(col(Standing.name) == name))
        db.delete(row)
        db.flush()
        _keep_an_administrator(db)
        note_in(db, by, ResearcherRemoved(name=name))


def sign_out_everywhere(engine: Engine, name: str, by: str) -> None:
    """End every sign-in of a researcher, this one too."""
    with writing(engine) as db:
        end_all_in(db, name)
        note_in(db, by, SignedOutEverywhere(name=name))


def _known(db: Session, name: str) -> Researcher:
    """One researcher, with all of them held: two who remove each other at the same moment would leave nobody."""
    held = db.exec(select(Researcher).order_by(Researcher.name).with_for_update()).all()
    row = next((one for one in held if one.name == name), None)
    if row is None:
        raise NotFound(f"There is no researcher '{name}'.")
    return row


def _free_email(db: Session, email: str, name: str) -> str:
    if not email:
        return ""
    if not EMAIL.fullmatch(email):
        raise AtelierError(f"'{email}' is no e-mail address. Use one such as ada@lab.org, or leave it empty.")
    other = db.exec(select(Standing.name).where(Standing.email == email, Standing.name != name)).first()
    if other is not None:
        raise AtelierError(f"{email} belongs to {other} already.")
    return email


def _keep_an_administrator(db: Session) -> None:
    if not administrators_in(db):
        raise AtelierError("Nobody would look after this installation. Make somebody else an administrator first.")
