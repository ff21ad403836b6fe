"""Whether outcomes by condition may be shown: looking at them while a study collects makes its tests worth less.

Only outcomes are sealed. How many take part, who left, how long it took and what failed is always to be seen.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from study.act_log import LoggedAct, acts_in, record_act_in
from study.acts import ResultsSealed, ResultsUnsealed
from study.clock import Clock, in_utc
from study.database import reading, writing
from study.errors import AtelierError
from study.looks import KINDS, is_unsealed, looks, reopenings, said
from study.records import Record
from study.studies import get_study, held_study, protocol_of
from study.tables import Sitting, Study

Why = Literal["collecting", "unsealed", "simulated", "closed", "enough"]


@dataclass(frozen=True)
class People:
    """How many complete sessions there are: of people, and simulated ones. Previews are not counted."""

    complete: int = 0
    simulated: int = 0


@dataclass(frozen=True)
class Seal:
    """Whether the results of a study are sealed, and why or why not.

    `looks`: every act by which outcomes were or could be seen before the end (`study.looks`), in order; `reopened`: every
    time it was opened again after it had been closed with people complete; `wanted`: complete sessions at which the
    study ends, if it says so.
    """

    why: Why
    people: People
    wanted: int | None = None
    looks: tuple[LoggedAct, ...] = ()
    reopened: tuple[LoggedAct, ...] = ()

    @property
    def is_sealed(self) -> bool:
        """Whether outcomes by condition stay hidden."""
        return self.why == "collecting"

    @property
    def reach(self) -> str:
        """How far the study is: “12 of 36 people are complete”."""
        of = f" of {self.wanted}" if self.wanted else ""
        one = self.people.complete == 1 and not of
        return f"{self.people.complete}{of} {'person is' if one else 'people are'} complete"


def seal(status: str, wanted: int | None, people: People, acts: Sequence[LoggedAct]) -> Seal:
    """The rule. `wanted`: the protocol's `stopping.after_complete`; `acts`: those of KINDS, in order.

    Results are open when the study is closed or has as many complete sessions as it wants, while only simulated participants
    are complete (they stand in then, under a label), and after they were unsealed with a reason, until they are sealed again.
    """
    why: Why = "collecting"
    if not people.complete and people.simulated:
        why = "simulated"
    elif status == "closed":
        why = "closed"
    elif wanted is not None and people.complete >= wanted:
        why = "enough"
    elif is_unsealed(acts):
        why = "unsealed"
    collecting = why in ("collecting", "unsealed")
    return Seal(why, people, wanted, looks(acts, collecting, wanted), reopenings(acts))


def sentences(of: Seal, clock: Clock = in_utc) -> list[str]:
    """What a report says on its first page: how things stand, and every look at outcomes before the end.

    Of a study that nobody looked into before its end, it is one sentence.
    """
    first = {
        "collecting": f"The results are sealed, for the study is still collecting: {of.reach}. Outcomes by condition are left out.",
        "unsealed": f"The study is still collecting: {of.reach}. What is said about conditions is an interim look.",
        "simulated": "No person has completed the study: every number is of simulated participants.",
        "closed": f"The study is closed: {of.reach}.",
        "enough": f"The study has as many participants as its protocol wants: {of.reach}.",
    }
    named = sorted((*of.looks, *of.reopened), key=lambda one: one.seq)
    return [first[of.why], *(said(one, clock) for one in named)]


def seal_of(engine: Engine, study_id: str) -> Seal:
    """How things stand with a study now. Raises NotFound."""
    study = get_study(engine, study_id)
    with reading(engine) as db:
        return _seal_in(db, study)


def seal_of_record(record: Record) -> Seal:
    """The same for a study as it was read."""
    found = Counter((row.simulated, row.status) for row in record.sessions)
    people = People(found[False, "complete"], found[True, "complete"])
    return seal(record.study.status, _wanted(record.study), people, [one for one in record.acts if one.kind in KINDS])


def unseal(engine: Engine, study_id: str, reason: str, by: str) -> None:
    """Show outcomes by condition from now on. Raises AtelierError without a reason, or if they are shown already."""
    if not reason.strip():
        raise AtelierError("Please give a reason. It is stored, and every report says it.")
    with writing(engine) as db:
        study = held_study(db, study_id)
        now = _seal_in(db, study)
        if not now.is_sealed:
            raise AtelierError("The results of this study are not sealed; there is nothing to unseal.")
        act = ResultsUnsealed(reason=reason.strip(), complete=now.people.complete, protocol_hash=study.protocol_hash)
        record_act_in(db, study_id, by, act)


def seal_again(engine: Engine, study_id: str, by: str) -> None:
    """Hide outcomes by condition again. Raises AtelierError if it was not unsealing that opened them."""
    with writing(engine) as db:
        now = _seal_in(db, held_study(db, study_id))
        if now.why != "unsealed":
            raise AtelierError("Only results that were unsealed before the end of a study can be sealed again.")
        record_act_in(db, study_id, by, ResultsSealed(complete=now.people.complete))


def outcomes_seen_in(db: Session, study: Study) -> bool:
    """Whether somebody may have seen outcomes of people by condition; what is decided from then on may rest on them."""
    now = _seal_in(db, study)
    return bool(now.looks or now.reopened) or now.why in ("unsealed", "closed", "enough")


def _seal_in(db: Session, study: Study) -> Seal:
    counted = (
        select(Sitting.simulated, func.count())
        .where(Sitting.study_id == study.id, Sitting.status == "complete", col(Sitting.preview).is_(False))
        .group_by(col(Sitting.simulated))
    )
    found = dict(db.exec(counted).all())
    people = People(found.get(False, 0), found.get(True, 0))
    return seal(study.status, _wanted(study), people, acts_in(db, study.id, *KINDS))


def _wanted(study: Study) -> int | None:
    rule = protocol_of(study).stopping
    return rule.after_complete if rule else None
