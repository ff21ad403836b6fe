"""The only code that writes or reads marks of coders."""

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.act_log import record_act_in
from study.acts import CodeOffered, CodeRenamed
from study.coding import (
    MARK,
    MAX_NAME,
    MAX_TEXT,
    AnyMark,
    Code,
    CodeApplied,
    Coded,
    CodeDefined,
    CodeRemoved,
    CodeRetired,
    Mark,
    MemoWritten,
    SessionCoded,
    codebook,
    coded,
    gone_through,
)
from study.database import reading, writing
from study.errors import AtelierError, NotFound
from study.log import UNSTORABLE, new_id, now
from study.studies import held_study
from study.tables import CodingRow, EventRow, Sitting


def marks(engine: Engine, study_id: str) -> list[Mark]:
    """Every mark on a study and its sessions, in order."""
    with reading(engine) as db:
        return _marks(db, study_id)


def define_code(engine: Engine, study_id: str, name: str, description: str, by: str, code: str = "") -> str:
    """Add a code to the codebook, or give one another name or description; returns its id. Raises AtelierError."""
    with writing(engine) as db:
        held_study(db, study_id)
        wanted = CodeDefined.model_construct(code=code or new_id()[:12], name=name, description=description)
        return _defined(db, study_id, wanted, by).code


def rename_code(engine: Engine, study_id: str, code: str, name: str, description: str, by: str) -> None:
    """Give a code another name or description; it stays the same code. Raises NotFound, and AtelierError as a new one does."""
    with writing(engine) as db:
        held_study(db, study_id)
        old = _known_code(_marks(db, study_id), code)
        new = _defined(db, study_id, CodeDefined.model_construct(code=code, name=name, description=description), by)
        if (new.name, new.description) != (old.name, old.description):
            record_act_in(db, study_id, by, CodeRenamed(code=code, old=old.name, new=new.name))


def retire_code(engine: Engine, study_id: str, code: str, by: str) -> None:
    """Offer a code no longer; nothing that was coded with it is lost. Raises NotFound."""
    with writing(engine) as db:
        held_study(db, study_id)
        name = _known_code(_marks(db, study_id), code).name
        _write(db, study_id, by, CodeRetired(code=code))
        record_act_in(db, study_id, by, CodeOffered(code=code, name=name, offered=False))


def offer_again(engine: Engine, study_id: str, code: str, by: str) -> None:
    """Take the retiring of a code back. Raises NotFound, and AtelierError where another is called the same by now."""
    with writing(engine) as db:
        held_study(db, study_id)
        known = codebook(_marks(db, study_id)).get(code)
        if known is None or not known.retired:
            raise NotFound("This code is not retired; please reload the page.")
        _defined(db, study_id, CodeDefined(code=code, name=known.name, description=known.description), by)
        record_act_in(db, study_id, by, CodeOffered(code=code, name=known.name, offered=True))


def set_codes(engine: Engine, study_id: str, session_id: str, event_id: str, codes: list[str], by: str) -> None:
    """What a coder says of an event is these codes; only what changed is written. Raises NotFound."""
    with writing(engine) as db:
        held_study(db, study_id)
        _check(db, study_id, session_id, event_id)
        every = _marks(db, study_id)
        mine = _of(every, event_id, by).codes
        for code in codes:
            if code not in mine:
                _known_code(every, code)
                _write(db, study_id, by, CodeApplied(code=code), session_id, event_id)
        for code in mine:
            if code not in codes:
                _write(db, study_id, by, CodeRemoved(code=code), session_id, event_id)


def write_memo(engine: Engine, study_id: str, session_id: str, event_id: str, text: str, by: str) -> None:
    """A coder's memo on an event; an empty one takes it back. Raises NotFound, and AtelierError for one too long."""
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise AtelierError(f"A memo can have {MAX_TEXT} characters.")
    with writing(engine) as db:
        held_study(db, study_id)
        _check(db, study_id, session_id, event_id)
        if text != _of(_marks(db, study_id), event_id, by).memo:
            _write(db, study_id, by, MemoWritten(text=text), session_id, event_id)


def set_gone_through(engine: Engine, study_id: str, session_id: str, done: bool, by: str) -> None:
    """A coder has coded a whole session, or has not yet. Raises NotFound."""
    with writing(engine) as db:
        held_study(db, study_id)
        _check(db, study_id, session_id, None)
        if ((session_id, by) in gone_through(_marks(db, study_id))) != done:
            _write(db, study_id, by, SessionCoded(done=done), session_id)


def _marks(db: Session, study_id: str) -> list[Mark]:
    query = select(CodingRow).where(CodingRow.study_id == study_id).order_by(col(CodingRow.seq))
    return [
        Mark(row.seq, row.at, row.by, MARK.validate_python(row.payload), row.session_id, row.event_id)
        for row in db.exec(query)
    ]


def _of(every: list[Mark], event_id: str, by: str) -> Coded:
    found = (one for one in coded(every) if one.event_id == event_id and one.coder == by)
    return next(found, Coded("", event_id, by))


def _defined(db: Session, study_id: str, wanted: CodeDefined, by: str) -> CodeDefined:
    """What is `wanted`, without needless spaces, once it is written; nothing is where it says nothing new."""
    name, description = " ".join(wanted.name.split()), wanted.description.strip()
    if not 0 < len(name) <= MAX_NAME or len(description) > MAX_TEXT:
        raise AtelierError(f"A code needs a name of 1 to {MAX_NAME} characters.")
    known = codebook(_marks(db, study_id))
    others = [one for one in known.values() if not one.retired and one.id != wanted.code]
    if any(one.name.casefold() == name.casefold() for one in others):
        raise AtelierError(f"There is a code '{name}' already.")
    new, old = CodeDefined(code=wanted.code, name=name, description=description), known.get(wanted.code)
    if old is None or old.retired or (old.name, old.description) != (name, description):
        _write(db, study_id, by, new)
    return new


def _known_code(every: list[Mark], code: str) -> Code:
    known = codebook(every).get(code)
    if known is None or known.retired:
        raise NotFound("This code is not in the codebook any more; please reload the page.")
    return known


def _check(db: Session, study_id: str, session_id: str, event_id: str | None) -> None:
    """The session is one of the study, and the event one of the session."""
    row = db.get(Sitting, session_id)
    event = db.get(EventRow, event_id) if event_id else None
    if row is None or row.study_id != study_id or (event_id and (event is None or event.session_id != session_id)):
        raise NotFound("This is no longer in the record of the study; please reload the page.")


def _write(
    db: Session, study_id: str, by: str, mark: AnyMark, session_id: str | None = None, event_id: str | None = None
) -> None:
    """One row; the caller holds the study, so that the numbers have no gap."""
    if not by.strip():
        raise AtelierError("What a coder notes is stored with their name, and there is none.")
    last = db.exec(select(func.max(CodingRow.seq)).where(CodingRow.study_id == study_id)).one()
    payload = mark.model_dump(mode="json")
    row = CodingRow(
        id=new_id(),
        study_id=study_id,
        seq=(last or 0) + 1,
        session_id=session_id,
        event_id=event_id,
        at=now(),
        by=by,
        kind=payload["kind"],
        payload={k: UNSTORABLE.sub("\ufffd", v) if isinstance(v, str) else v for k, v in payload.items()},
    )
    db.add(row)
    db.flush()
