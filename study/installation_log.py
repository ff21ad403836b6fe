"""The only code that writes or reads acts that concern no study. Nothing in it is ever changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from study.acts import ActBase
from study.database import reading, writing
from study.installation_acts import INSTALLATION_ACT
from study.log import UNSTORABLE, new_id, now
from study.tables import InstallationActRow

NOBODY = "nobody"
"""By whom: somebody who did not get in."""


@dataclass(frozen=True)
class InstallationEntry:
    """An act as it stands in the log: who did what, and when."""

    at: datetime
    by: str
    act: Any

    @property
    def kind(self) -> str:
        """The kind of the payload."""
        return str(self.act.kind)


def note(engine: Engine, by: str, act: ActBase) -> None:
    """Write one act in a transaction of its own."""
    with writing(engine) as db:
        note_in(db, by, act)


def note_in(db: Session, by: str, act: ActBase) -> None:
    """`note` inside the transaction that does what is noted."""
    payload = {key: _storable(value) for key, value in act.model_dump(mode="json").items()}
    db.add(InstallationActRow(id=new_id(), at=now(), by=_storable(by), kind=payload["kind"], payload=payload))


def installation_acts(engine: Engine, limit: int = 5000) -> list[InstallationEntry]:
    """The newest acts, newest first."""
    query = select(InstallationActRow).order_by(col(InstallationActRow.at).desc(), col(InstallationActRow.id).desc())
    with reading(engine) as db:
        rows = db.exec(query.limit(limit)).all()
    return [InstallationEntry(row.at, row.by, INSTALLATION_ACT.validate_python(row.payload)) for row in rows]


def _storable(value: Any) -> Any:
    return UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else value
