"""Beliefs as values: which are current, which may be used, and how one takes another's place."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from study.events import Belief, BeliefChanged


def fold(events: Iterable[BeliefChanged]) -> tuple[Belief, ...]:
    """The beliefs that stand after these events, in order of first appearance."""
    return current(event.belief for event in events)


def current(beliefs: Iterable[Belief]) -> tuple[Belief, ...]:
    """The state after these beliefs in order: the latest of each id, a successor in the place of what it replaces.

    What was superseded once never comes back, whatever is said about it later.
    """
    held: dict[int, Belief] = {}  # place → belief; a place is never given twice
    place: dict[str, int] = {}
    replaced: set[str] = set()
    for number, belief in enumerate(beliefs):
        if belief.id in replaced:
            continue
        old = belief.supersedes if belief.supersedes != belief.id else None
        replaced |= {old} if old else set()
        known = sorted(place.pop(i) for i in {old, belief.id} if i in place)
        for left in known[1:]:
            del held[left]
        place[belief.id] = known[0] if known else number
        held[place[belief.id]] = belief
    return tuple(held[n] for n in sorted(held))


def history(events: Iterable[BeliefChanged], belief_id: str) -> tuple[BeliefChanged, ...]:
    """Everything that happened to a belief, to those it came from and to those that took its place, in order."""
    every = list(events)
    chain: set[str] = {belief_id}
    while True:
        links = [(e.belief.id, e.belief.supersedes) for e in every]
        grown = chain | {i for link in links if chain.intersection(link) for i in link if i is not None}
        if grown == chain:
            return tuple(e for e in every if e.belief.id in chain)
        chain = grown


def usable(beliefs: Iterable[Belief]) -> list[Belief]:
    """What the assistant may use: held, never open, declined, retracted or outdated."""
    return [belief for belief in beliefs if belief.status == "held"]


def successor(old: Belief, **changes: Any) -> Belief:
    """A new belief in the place of an old one; the old one stays in the record."""
    return Belief.model_validate({**old.model_dump(), "id": new_id(), "supersedes": old.id, **changes})


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
    """Whether this was noted before, in whatever status: what was declined is not noted again."""
    return any(same(belief.text, text) for belief in beliefs)


def new_id() -> str:
    """A fresh belief id, short enough to be cited in a prompt."""
    return "b" + uuid4().hex[:10]
