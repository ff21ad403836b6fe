"""The only code that writes or reads acts of researchers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.acts import ACT, ActBase
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.log import UNSTORABLE, new_id, now
from study.tables import ActRow, Study


@dataclass(frozen=True)
class LoggedAct:
    """An act as it stands in the record: who did what, and when."""

    id: str
    study_id: str
    seq: int
    at: datetime
    by: str
    act: Any

    @property
    def kind(self) -> str:
        """The kind of the payload."""
        return str(self.act.kind)


def record_act(engine: Engine, study_id: str, by: str, act: ActBase) -> LoggedAct:
    """Write one act in a transaction of its own. Raises NotFound, and AtelierError where nobody is named."""
    with writing(engine) as db:
        return record_act_in(db, study_id, by, act)


def record_act_in(db: Session, study_id: str, by: str, act: ActBase) -> LoggedAct:
    """`record_act` inside a transaction that the caller opened with `writing`; the study is held until its end."""
    if not by.strip():
        raise AtelierError("What a researcher does is stored with their name, and there is none. Say who it is (--by).")
    if db.exec(select(Study.id).where(Study.id == study_id).with_for_update()).one_or_none() is None:
        raise NotFound(f"There is no study '{study_id}'.")
    last = db.exec(select(func.max(ActRow.seq)).where(ActRow.study_id == study_id)).one()
    payload = {name: _storable(value) for name, value in act.model_dump(mode="json").items()}
    row = ActRow(
        id=new_id(),
        study_id=study_id,
        seq=(last or 0) + 1,
        at=now(),
        by=_storable(by.strip()),
        kind=payload["kind"],
        payload=payload,
    )
    db.add(row)
    db.flush()
    return _logged(row)


def acts(engine: Engine, study_id: str, *kinds: str) -> list[LoggedAct]:
    """The acts on a study in order; only these kinds, if any are named."""
    with reading(engine) as db:
        return acts_in(db, study_id, *kinds)


def acts_in(db: Session, study_id: str, *kinds: str) -> list[LoggedAct]:
    """`acts` inside an open transaction."""
    query = select(ActRow).where(ActRow.study_id == study_id)
    if kinds:
        query = query.where(col(ActRow.kind).in_(kinds))
    return [_logged(row) for row in db.exec(query.order_by(col(ActRow.seq)))]


def _storable(value: Any) -> Any:
    return UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else value


def _logged(row: ActRow) -> LoggedAct:
    return LoggedAct(row.id, row.study_id, row.seq, row.at, row.by, ACT.validate_python(row.payload))
