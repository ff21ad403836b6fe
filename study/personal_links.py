"""Personal links: each lets one person in. Their ids stay here, out of the session and of every export.

A link is kept as a hash, so it can be copied only when it is made; one that was lost or revoked is renewed. Whoever opens one again,
in whatever browser, comes back to the same session: a link stands for a person, not for a device, and is to be kept to oneself.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from study.act_log import record_act_in
from study.acts import DoorChanged, LinkRevoked, LinksMade, LinksRenewed
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.log import now
from study.plain_csv import MAX_IDS
from study.sentence import Sentence
from study.sign_ins import hashed
from study.studies import held_study
from study.tables import PersonalLink, Sitting, StudyDoor

Door = Literal["open", "personal"]
State = Literal["unused", "started", "complete", "left", "revoked"]
BROKEN = Sentence("Please use the link you were given, complete and unchanged.")


@dataclass(frozen=True)
class Link:
    """One person's link as a list shows it. `participant`: their pseudonym, once they came."""

    person: str
    state: State
    made_at: datetime
    participant: str = ""


def door_of(engine: Engine, study_id: str) -> Door:
    """How people come in: by the open link, or each by a personal one."""
    with reading(engine) as db:
        return door_in(db, study_id)


def door_in(db: Session, study_id: str) -> Door:
    """`door_of` inside an open transaction."""
    row = db.get(StudyDoor, study_id)
    return "personal" if row and row.kind == "personal" else "open"


def set_door(engine: Engine, study_id: str, kind: str, by: str) -> None:
    """Choose the door. Whoever is in already may always come back."""
    if kind not in get_args(Door):
        raise AtelierError(f"'{kind}' is no door of a study; use one of {', '.join(get_args(Door))}.")
    with writing(engine) as db:
        held_study(db, study_id)
        old = door_in(db, study_id)
        if old != kind:
            row = db.get(StudyDoor, study_id) or StudyDoor(study_id=study_id)
            row.kind = kind
            db.add(row)
            record_act_in(db, study_id, by, DoorChanged(old=old, new=kind))


def make_links(engine: Engine, study_id: str, people: Sequence[str], by: str) -> list[tuple[str, str]]:
    """A link for each of these ids: (id, token), which nobody can be shown again.

    Raises AtelierError where somebody of them has a link already; then none is made.
    """
    with writing(engine) as db:
        held_study(db, study_id)
        known = set(db.exec(select(PersonalLink.person).where(PersonalLink.study_id == study_id)))
        twice = [person for person in people if person in known]
        if twice:
            shown = ", ".join(twice[:3]) + (", …" if len(twice) > 3 else "")
            raise AtelierError(
                f"{len(twice)} of these ids have a link already ({shown}). Leave them out; a link that was lost is renewed."
            )
        return _made(db, study_id, people, by)


def make_numbered_links(engine: Engine, study_id: str, count: int, by: str) -> list[tuple[str, str]]:
    """So many links for people without an id of their own: link-0001, link-0002, …, going on where it ended."""
    if not 1 <= count <= MAX_IDS:
        raise AtelierError(f"Please ask for 1 to {MAX_IDS:,} links.")
    with writing(engine) as db:
        held_study(db, study_id)
        known = set(db.exec(select(PersonalLink.person).where(PersonalLink.study_id == study_id)))
        free = (name for n in range(1, len(known) + count + 1) if (name := f"link-{n:04d}") not in known)
        return _made(db, study_id, [next(free) for _ in range(count)], by)


def renew(engine: Engine, study_id: str, person: str, by: str) -> list[tuple[str, str]]:
    """A link in the place of somebody's old one, lost or revoked: (id, token). It leads where that led. Raises NotFound."""
    with writing(engine) as db:
        held_study(db, study_id)
        return _renewed(db, study_id, [_of(db, study_id, person)], by)


def renew_unused(engine: Engine, study_id: str, by: str) -> list[tuple[str, str]]:
    """A link in the place of each that nobody came by yet; those that were revoked stay so. Raises NotFound for none."""
    unused = col(PersonalLink.session_id).is_(None) & col(PersonalLink.revoked_at).is_(None)
    query = select(PersonalLink).where(PersonalLink.study_id == study_id, unused).order_by(PersonalLink.person)
    with writing(engine) as db:
        held_study(db, study_id)
        rows = db.exec(query).all()
        if not rows:
            raise NotFound("There is no unused link in this study.")
        return _renewed(db, study_id, rows, by)


def links(engine: Engine, study_id: str) -> list[Link]:
    """Every link of a study, in the order of the ids."""
    query = (
        select(PersonalLink, Sitting.status, Sitting.participant)
        .outerjoin(Sitting, col(Sitting.id) == col(PersonalLink.session_id))
        .where(PersonalLink.study_id == study_id)
        .order_by(PersonalLink.person)
    )
    with reading(engine) as db:
        return [
            Link(row.person, _state(row, status), row.created_at, participant or "")
            for row, status, participant in db.exec(query)
        ]


def revoke(engine: Engine, study_id: str, person: str, by: str) -> None:
    """Somebody's link leads nowhere any more. Raises NotFound; a session that was begun by it stays as it is."""
    with writing(engine) as db:
        held_study(db, study_id)
        row = _of(db, study_id, person)
        if row.revoked_at is None:
            row.revoked_at = now()
            db.add(row)
            record_act_in(db, study_id, by, LinkRevoked(used=row.session_id is not None))


def study_of_link(engine: Engine, token: str) -> str:
    """The study that a link leads into. Raises NotFound in words for who opened it."""
    with reading(engine) as db:
        return _found(db, token).study_id


def opened_in(db: Session, study_id: str, token: str) -> PersonalLink:
    """The link into this study; as the caller holds the study, nobody else opens it meanwhile. Raises NotFound."""
    row = _found(db, token)
    if row.study_id != study_id:
        raise NotFound(BROKEN)
    return row


def forget_links_in(db: Session, study_id: str) -> None:
    """Remove every link of a study with the ids of its people, also of those who never came: for when its time is over."""
    db.exec(delete(PersonalLink).where(col(PersonalLink.study_id) == study_id))


def _found(db: Session, token: str) -> PersonalLink:
    row = db.get(PersonalLink, hashed(token))
    if row is None:
        raise NotFound(BROKEN)
    if row.revoked_at is not None:
        raise NotFound(Sentence("It was taken back. Please ask whoever sent it to you."))
    return row


def _of(db: Session, study_id: str, person: str) -> PersonalLink:
    query = select(PersonalLink).where(PersonalLink.study_id == study_id, PersonalLink.person == person)
    row = db.exec(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no link for “{person}” in this study.")
    return row


def _renewed(db: Session, study_id: str, rows: Sequence[PersonalLink], by: str) -> list[tuple[str, str]]:
    made, at = [(row.person, secrets.token_urlsafe(24)) for row in rows], now()
    for row, (_person, token) in zip(rows, made, strict=True):
        row.token_hash, row.created_at, row.revoked_at = hashed(token), at, None
        db.add(row)
    used = sum(row.session_id is not None for row in rows)
    record_act_in(db, study_id, by, LinksRenewed(count=len(made), used=used))
    return made


def _made(db: Session, study_id: str, people: Sequence[str], by: str) -> list[tuple[str, str]]:
    made, at = [(person, secrets.token_urlsafe(24)) for person in people], now()
    db.add_all(
        PersonalLink(token_hash=hashed(token), study_id=study_id, person=person, created_at=at)
        for person, token in made
    )
    record_act_in(db, study_id, by, LinksMade(count=len(made)))
    return made


def _state(row: PersonalLink, status: str | None) -> State:
    if status is None:
        return "revoked" if row.revoked_at else "unused"
    if status == "complete":
        return "complete"
    return "revoked" if row.revoked_at else "started" if status == "running" else "left"
