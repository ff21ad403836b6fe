"""How long a study's data may be kept, and whether participants may erase their own. Nothing is ever erased silently."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from study import erasing
from study.act_log import record_act_in
from study.acts import KeepingChanged
from study.advance import Advance
from study.database import clean, owe_wiping, reading, writing
from study.enrolment import sitting
from study.errors import AnswerRefused, AtelierError, NotFound
from study.log import now
from study.personal_links import forget_links_in, links
from study.sentence import Sentence
from study.studies import get_study, held_study
from study.tables import Sitting, Study, StudyKeeping

NEAR_DAYS = 30


@dataclass(frozen=True)
class Retention:
    """A study with a last day for its data.

    `people`: whose data are still here, those who were invited by an id and did not come among them; `days_left`: below 0
    once it is over.
    """

    study_id: str
    title: str
    delete_after: date
    people: int
    days_left: int

    @property
    def is_due(self) -> bool:
        """Whether the day is over and there is still somebody's data."""
        return self.days_left < 0 and self.people > 0

    @property
    def is_near(self) -> bool:
        """Whether somebody should think of it now."""
        return self.days_left <= NEAR_DAYS and self.people > 0

    @property
    def said(self) -> str:
        """In one sentence."""
        if self.is_due:
            return f"The data of {self.people} people may be kept until {self.delete_after}, and that day is over. Erase them."
        if self.days_left < 0:
            return (
                f"Data of people could be kept until {self.delete_after}. That day is over, and nobody's data are here."
            )
        return (
            f"The data of {self.people} people may be kept until {self.delete_after}: {self.days_left} days from today."
        )


def keeping(engine: Engine, study_id: str) -> StudyKeeping:
    """What is set for a study."""
    with reading(engine) as db:
        return db.get(StudyKeeping, study_id) or StudyKeeping(study_id=study_id)


def set_keeping(engine: Engine, study_id: str, delete_after: date | None, erase_own: bool, by: str) -> None:
    """Decide until when data are kept, and whether participants who left may erase theirs. What stays is no act."""
    with writing(engine) as db:
        held_study(db, study_id)
        row = db.get(StudyKeeping, study_id) or StudyKeeping(study_id=study_id)
        if (row.delete_after, row.erase_own) == (delete_after, erase_own):
            return
        act = KeepingChanged(
            old_delete_after=str(row.delete_after or ""),
            new_delete_after=str(delete_after or ""),
            old_erase_own=row.erase_own,
            new_erase_own=erase_own,
        )
        row.delete_after, row.erase_own = delete_after, erase_own
        db.add(row)
        record_act_in(db, study_id, by, act)


def retentions(engine: Engine, today: date | None = None) -> list[Retention]:
    """Every study with a last day, the next one first; days are those of UTC."""
    day = today or now().date()
    with reading(engine) as db:
        rows = db.exec(select(Study, StudyKeeping).join(StudyKeeping)).all()
    found = [
        Retention(study.id, study.title, last, _present(engine, study.id), (last - day).days)
        for study, keeping in rows
        if (last := keeping.delete_after)
    ]
    return sorted(found, key=lambda one: (one.delete_after, one.study_id))


def erase_own(engine: Engine, data_dir: Path, session_id: str, forget: erasing.Forget) -> None:
    """A participant who has left erases what is theirs. Raises AnswerRefused where the study does not offer it."""
    row = sitting(engine, session_id)
    if not may_erase_own(engine, row):
        raise AnswerRefused(Sentence("Your data cannot be erased from this page. Please write to the researchers."))
    erasing.erase(engine, data_dir, row, erasing.OWN, forget)


def may_erase_own(engine: Engine, row: Sitting) -> bool:
    """Whether the study lets them, and they have left it for good or did not agree to take part."""
    return row.status in ("withdrawn", "refused_consent") and keeping(engine, row.study_id).erase_own


def overdue(engine: Engine, study_id: str) -> Retention:
    """What has to be erased of a study now. Raises AtelierError saying why nothing is, or what to do before."""
    due = next((one for one in retentions(engine) if one.study_id == study_id), None)
    if due is None or not due.is_due:
        when = f" before the end of {due.delete_after}" if due and due.people else ""
        raise AtelierError(f"Nothing of the study '{study_id}' has to be erased{when}.")
    if get_study(engine, study_id).status != "closed":
        raise AtelierError(
            f"Nothing was erased: the study '{study_id}' is not closed, so that newcomers would stay. Close it on the page "
            "Studies, then erase."
        )
    return due


def erase_everybody(
    engine: Engine, data_dir: Path, study_id: str, by: str, forget: erasing.Forget, advance: Advance
) -> int:
    """Erase all people of a study whose last day is over, and the ids they were invited by; how many that were.

    Raises AtelierError before that day, and while the study is not closed. Broken off, it goes on with those who are
    left; who is erased by somebody else meanwhile is no matter. Simulated participants are nobody's data and stay.
    """
    due = overdue(engine, study_id)
    people = _people(engine, study_id)
    for done, session_id in enumerate(people, start=1):
        with suppress(NotFound):  # somebody else, or the same one in another tab, was faster
            erasing.remove(engine, data_dir, sitting(engine, session_id), by, forget)
        advance(done, len(people), "participants are erased")
    with writing(engine) as db:
        held_study(db, study_id)
        forget_links_in(db, study_id)
        owe_wiping(db)
    clean(engine)
    return due.people


def _present(engine: Engine, study_id: str) -> int:
    """How many people something is known of."""
    return len(_people(engine, study_id)) + sum(not one.participant for one in links(engine, study_id))


def _people(engine: Engine, study_id: str) -> list[str]:
    """Sessions of people, previews among them: a researcher may have written there."""
    query = select(Sitting.id).where(Sitting.study_id == study_id, col(Sitting.simulated).is_(False))
    with reading(engine) as db:
        return list(db.exec(query.order_by(col(Sitting.allocation_index))))
