"""Who works on a study and as what; who looks after the whole installation.

A study without an owner in the record (made in a terminal, at the first start, or before there were roles) belongs to every
administrator; the first change to its members writes these owners down. Researchers of before there were roles are
administrators until it is said otherwise, so that they keep all they had.
"""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from study.act_log import record_act_in
from study.acts import MemberAdded, MemberChanged, MemberRemoved
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.roles import ROLES, Role
from study.studies import held_study
from study.tables import Membership, Researcher, Standing, Study


@dataclass(frozen=True)
class Member:
    """One researcher in one study; only a viewer can be `blind` to conditions."""

    name: str
    role: Role
    blind: bool = False


def members(engine: Engine, study_id: str) -> list[Member]:
    """Everybody who works on a study: owners first, then by name."""
    with reading(engine) as db:
        return members_in(db, study_id)


def members_in(db: Session, study_id: str) -> list[Member]:
    """`members` inside an open transaction."""
    rows = db.exec(select(Membership).where(Membership.study_id == study_id)).all()
    found = {row.name: Member(row.name, _role(row.role), row.blind) for row in rows}
    if not any(one.role == "owner" for one in found.values()):
        found |= {name: Member(name, "owner") for name in administrators_in(db)}
    return sorted(found.values(), key=lambda one: (ROLES.index(one.role), one.name))


def administrators_in(db: Session) -> list[str]:
    """Who looks after the installation, by name; researchers of before there were roles among them."""
    query = (
        select(Researcher.name)
        .outerjoin(Standing, col(Standing.name) == col(Researcher.name))
        .where((col(Standing.name).is_(None)) | col(Standing.administrator))
    )
    return list(db.exec(query.order_by(Researcher.name)))


def set_member(engine: Engine, study_id: str, name: str, role: Role, by: str, blind: bool = False) -> None:
    """Take a researcher into a study, or give a member another role. Blinding is for viewers alone.

    Raises NotFound for a study or researcher that is not there, AtelierError if no owner would be left.
    """
    if role not in ROLES:
        raise AtelierError(f"'{role}' is no role; use one of {', '.join(ROLES)}.")
    new = Member(name, role, blind and role == "viewer")
    with writing(engine) as db:
        old = _held(db, study_id).get(name)
        if db.get(Researcher, name) is None:
            raise NotFound(f"There is no researcher '{name}'. Invite them first.")
        if old == new:
            return
        row = db.get(Membership, (study_id, name)) or Membership(study_id=study_id, name=name, role=role)
        row.role, row.blind = role, new.blind
        db.add(row)
        _keep_an_owner(db, study_id)
        changed = old and MemberChanged(
            name=name, old_role=old.role, new_role=role, old_blind=old.blind, new_blind=new.blind
        )
        record_act_in(db, study_id, by, changed or MemberAdded(name=name, role=role, blind=new.blind))


def remove_member(engine: Engine, study_id: str, name: str, by: str) -> None:
    """Take a member out of a study. Raises NotFound, and AtelierError if no owner would be left."""
    with writing(engine) as db:
        old = _held(db, study_id).get(name)
        row = db.get(Membership, (study_id, name))
        if old is None or row is None:
            raise NotFound(f"{name} does not work on this study.")
        db.delete(row)
        _keep_an_owner(db, study_id)
        record_act_in(db, study_id, by, MemberRemoved(name=name, role=old.role))


def leave_all_in(db: Session, name: str, by: str) -> None:
    """Take a researcher out of every study, as they leave. Raises AtelierError naming one they alone own."""
    for study_id in db.exec(select(Study.id).order_by(Study.id)).all():
        row = db.get(Membership, (study_id, name))
        if row is not None:
            held_study(db, study_id)
            role = _role(row.role)
            db.delete(row)
            _keep_an_owner(db, study_id)
            record_act_in(db, study_id, by, MemberRemoved(name=name, role=role))


def _held(db: Session, study_id: str) -> dict[str, Member]:
    """The members, with nobody else changing them; owners that are so by rule are written down."""
    held_study(db, study_id)
    found = members_in(db, study_id)
    for one in found:
        row = db.get(Membership, (study_id, one.name)) or Membership(study_id=study_id, name=one.name, role=one.role)
        row.role = one.role
        db.add(row)
    db.flush()
    return {one.name: one for one in found}


def _keep_an_owner(db: Session, study_id: str) -> None:
    db.flush()
    owners = select(Membership.name).where(Membership.study_id == study_id, Membership.role == "owner")
    if db.exec(owners).first() is None:
        raise AtelierError(f"The study '{study_id}' would be left without an owner. Make somebody else owner first.")


def _role(stored: str) -> Role:
    """What a row says; a role that this version does not know may do least."""
    return next((role for role in ROLES if role == stored), "viewer")
