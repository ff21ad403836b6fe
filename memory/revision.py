"""What something that the person said does to what is held about them. Pure.

A preference on a subject that nothing is held on is added. The same again is one more piece of evidence.
More on a subject takes the place of what was held, and so does the opposite, after the old belief has
become history as outdated. Nothing is deleted, and old and new are never held at the same time.
"""

from collections.abc import Sequence
from typing import Any, Literal

from memory.belief import known, new_id, normal, same, successor, usable
from memory.index import vector_of
from memory.schemas import RevealedPreference
from study.events import Belief

Source = Literal["asked", "stated"]
Change = tuple[Literal["added", "supported", "revised", "outdated"], Belief]
TEXT_LIMIT = 400
NEAR = 0.5
"""How near (cosine) a belief must be to be on the same subject, where the model named none (PAHF's code: 0.3–0.5)."""
SURE, IN_DOUBT = 1.0, 0.5
"""What the person said is sure. What is left of a belief after they took a part of it back is open to doubt."""


def changes(said: RevealedPreference, noted: Sequence[Belief], source: Source, message_id: str) -> list[Change]:
    """The beliefs after the person said something, in the order in which they are to be recorded.

    `noted`: everything noted so far, in whatever status. What they deleted or hid comes back only where they
    say outright that it has changed.
    """
    held = usable(noted)
    text = said.text.strip()[:TEXT_LIMIT]
    entries = _entries(said, held)
    told = entries[0] if said.relation == "same" and entries else None
    if again := next((belief for belief in held if same(belief.text, text)), told):
        gone = [b for b in entries if b.id != again.id] if said.relation == "changes" else []
        return [*_outdated(gone), ("supported", _supported(again, source, message_id))]
    fields: dict[str, Any] = {"source": source, "confidence": SURE, "reasoning": said.quote.strip()}
    fields |= {"topic": said.topic.strip(), "evidence": (message_id,)}
    if said.relation == "changes" and entries:
        return _replaced(entries, text, fields) if text else []
    if not text or known([b for b in noted if b.status in ("declined", "retracted")], text):
        return []
    extended = next((b for b in entries if b.source != "edited"), None)
    if said.relation == "adds" and extended is not None:
        evidence = tuple(dict.fromkeys([*extended.evidence, message_id]))
        kept = {"source": "asked", "confidence": extended.confidence} if extended.source == "asked" else {}
        kept = {} if source == "asked" else kept
        return [("revised", successor(extended, text=text, **fields | kept | {"evidence": evidence}))]
    return [("added", Belief(id=new_id(), text=text, **fields))]


def doubted(held: Sequence[Belief], topics: Sequence[str], changed: Sequence[Belief]) -> list[Change]:
    """Everything else that is held on these subjects, open to doubt after a correction; not what the person edited."""
    corrected = {belief.topic for belief in changed}
    return [
        ("revised", belief.model_copy(update={"confidence": IN_DOUBT}))
        for belief in usable(held)
        if belief.topic in topics and belief.topic not in corrected
        if belief.source != "edited" and belief.confidence > IN_DOUBT
    ]


def is_sure(belief: Belief) -> bool:
    """Whether it holds and nothing the person said since has put it in doubt."""
    return belief.status == "held" and belief.confidence > IN_DOUBT


def _entries(said: RevealedPreference, held: Sequence[Belief]) -> list[Belief]:
    """The held beliefs on its subject: those that the model named, else by topic, else the nearest."""
    if said.relation == "new":
        return []
    if named := [belief for belief in held if belief.id in said.entries]:
        return named
    if said.topic and (about := [b for b in held if normal(b.topic) == normal(said.topic)]):
        return about
    asked = vector_of(said.text)
    nearest = max(held, key=lambda belief: float(vector_of(belief.text) @ asked), default=None)
    return [nearest] if nearest is not None and float(vector_of(nearest.text) @ asked) >= NEAR else []


def _replaced(entries: Sequence[Belief], text: str, fields: dict[str, Any]) -> list[Change]:
    """Every entry outdated, and one belief in the place of the first; sure only if it was asked for."""
    confidence = SURE if fields["source"] == "asked" else IN_DOUBT
    new = successor(entries[0], text=text, status="held", **fields | {"confidence": confidence})
    return [*_outdated(entries), ("revised", new)]


def _outdated(beliefs: Sequence[Belief]) -> list[Change]:
    return [("outdated", belief.model_copy(update={"status": "outdated"})) for belief in beliefs]


def _supported(old: Belief, source: Source, message_id: str) -> Belief:
    evidence = tuple(dict.fromkeys([*old.evidence, message_id]))
    kept = old.source if old.source == "edited" or source == "stated" else source
    return old.model_copy(update={"evidence": evidence, "confidence": SURE, "source": kept})
