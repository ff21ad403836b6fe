"""What is left of participants who were erased: that there were so many, in which cell, and how far they had come."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from study.tables import Tombstone


def tombstones(db: Session, study_id: str) -> list[Tombstone]:
    """Everybody who was erased from a study, previews left out; in the order in which it happened."""
    query = select(Tombstone).where(Tombstone.study_id == study_id, col(Tombstone.preview).is_(False))
    return list(db.exec(query.order_by(col(Tombstone.at), col(Tombstone.id))))


def said_of(erased: Sequence[Tombstone]) -> str:
    """How many, for a report or an export: `3 people erased (1 complete, 2 withdrawn); they are in no other count`."""
    if not erased:
        return "nobody"
    people = [one.status for one in erased if not one.simulated]
    ends = ", ".join(f"{people.count(end)} {end.replace('_', ' ')}" for end in sorted(set(people)))
    parts = [f"{len(people)} of people ({ends})"] if people else []
    if simulated := len(erased) - len(people):
        parts.append(f"{simulated} simulated")
    return f"{' and '.join(parts)}; they are in no table and in no other count"
