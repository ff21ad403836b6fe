"""The one place where a page or a door asks whether a researcher may do something to a study.

A page shows only what `access(…).may(deed)` allows; whatever acts asks `require(…)` again, for a page may have been
left open since. Commands in a terminal are not asked: whoever reaches it can read the database as well.
"""

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from study.database import reading
from study.errors import NotAllowed, NotFound
from study.log import UNSTORABLE
from study.members import Member, administrators_in, members_in
from study.roles import SAID, Deed, Role, may, roles_that_may
from study.tables import Study


@dataclass(frozen=True)
class Access:
    """What one researcher is in one study. `blind`: conditions have neutral codes for them."""

    study_id: str
    name: str
    role: Role
    blind: bool = False

    def may(self, deed: Deed) -> bool:
        """Whether they may do this here."""
        return may(self.role, deed, self.blind)


def access(engine: Engine, name: str, study_id: str) -> Access:
    """What a researcher is in a study. Raises NotFound for who is no member: for them it does not exist."""
    with reading(engine) as db:
        return access_in(db, name, study_id)


def access_in(db: Session, name: str, study_id: str) -> Access:
    """`access` inside an open transaction."""
    known = db.exec(select(Study.id).where(Study.id == UNSTORABLE.sub("", study_id))).one_or_none()
    own = next((one for one in members_in(db, known) if one.name == name), None) if known else None
    if own is None or known is None:
        raise NotFound(f"There is no study '{study_id}'.")
    return Access(known, name, own.role, own.blind)


def require(engine: Engine, name: str, study_id: str, deed: Deed) -> Access:
    """The researcher's access, if they may do this. Raises NotFound for no member, NotAllowed saying whom to ask."""
    with reading(engine) as db:
        found = access_in(db, name, study_id)
        if not found.may(deed):
            raise NotAllowed(_refusal(found, deed, members_in(db, found.study_id)))
    return found


def studies_of(engine: Engine, name: str) -> list[Study]:
    """The studies a researcher is a member of, newest first."""
    with reading(engine) as db:
        studies = db.exec(select(Study).order_by(col(Study.created_at).desc())).all()
        return [study for study in studies if any(one.name == name for one in members_in(db, study.id))]


def is_administrator(engine: Engine, name: str) -> bool:
    """Whether a researcher may create studies, invite researchers and see what concerns no study."""
    with reading(engine) as db:
        return name in administrators_in(db)


def require_administrator(engine: Engine, name: str) -> None:
    """Raises NotAllowed, saying whom to ask, for who is no administrator of this installation."""
    with reading(engine) as db:
        known = administrators_in(db)
    if name not in known:
        raise NotAllowed(f"Only an administrator may do this; ask {_listed(known)}.")


def _refusal(found: Access, deed: Deed, members: list[Member]) -> str:
    ask = f"ask {_listed([one.name for one in members if one.role == 'owner'])} (owner)"
    if may(found.role, deed):
        return f"You are blinded to conditions and may not {SAID[deed]}; {ask}."
    who = " or ".join(roles_that_may(deed))
    return f"Only an {who} may {SAID[deed]}; {ask}."


def _listed(names: list[str]) -> str:
    return " or ".join(names[:3])
