"""Beliefs as values: which may be used, and how one takes another's place. What stands is a fold (study/beliefs.py)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from study.events import Belief


def usable(beliefs: Iterable[Belief]) -> list[Belief]:
    """What the assistant may use: held, never open, declined, retracted or outdated."""
    return [belief for belief in beliefs if belief.status == "held"]


def successor(old: Belief, **changes: Any) -> Belief:
    """A new belief in the place of an old one; the old one stays in the record."""
    return Belief.model_validate({**old.model_dump(), "id": new_id(), "supersedes": old.id, **changes})


def succession(beliefs: Iterable[Belief]) -> dict[str, Belief]:
    """Of beliefs in the order in which they came: by id, the one whose place each took, as it was last."""
    last: dict[str, Belief] = {}
    replaced: dict[str, Belief] = {}
    for belief in beliefs:
        old = last.get(belief.supersedes or "")
        if old is not None and old.id != belief.id:
            replaced[belief.id] = old
        last[belief.id] = belief
    return replaced


def forebears(belief_id: str, replaced: Mapping[str, Belief]) -> list[Belief]:
    """The belief whose place this one took, the one before that, and so on."""
    found: list[Belief] = []
    while (old := replaced.get(belief_id)) is not None and old not in found:
        found.append(old)
        belief_id = old.id
    return found


def may_revise(belief: Belief) -> bool:
    """Whether inference may change it: what the person wrote or corrected outranks any inference."""
    return belief.source == "inferred"


def same(one: str, other: str) -> bool:
    """Whether two texts say the same but for case, punctuation and spacing."""
    return normal(one) == normal(other)


def normal(text: str) -> str:
    """Lower case words, single spaces."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def known(beliefs: Sequence[Belief], text: str) -> bool:
    """Whether this was noted before: what was declined is not noted again, what was outdated may come true again."""
    return any(same(belief.text, text) for belief in beliefs if belief.status != "outdated")


def new_id() -> str:
    """A fresh belief id, short enough to be cited in a prompt."""
    return "b" + uuid4().hex[:10]


def binding(belief: Belief) -> bool:
    """Whether it is a hard constraint: called one, or a need that comes from the person."""
    return belief.kind == "constraint" or (belief.kind == "need" and belief.source != "inferred")
