"""Beliefs as a fold over events: which stand, and how each came about. Pure.

What was superseded stays in the record and never comes back. Two ways to retire: *retracted* by the person,
*outdated* because the world changed.
"""

from collections.abc import Iterable

from study.events import Belief, BeliefChanged, Scope


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


def stale(events: Iterable[BeliefChanged]) -> frozenset[str]:
    """What beliefs rested on that no longer hold: taken back or corrected by the person, or outdated.

    A message is set aside whole; what else it said stands as beliefs of its own. Evidence of a belief that
    inference revised, or of a question that was never answered, is left alone. What the person confirms again holds.
    """
    stood: dict[str, Belief] = {}
    retired: dict[str, tuple[str, ...]] = {}
    for event in events:
        belief = event.belief
        before = stood.get(belief.id) or stood.get(belief.supersedes or "")
        corrected = event.by == "person" and event.action == "revised"
        if before and before.status == "held" and (corrected or belief.status != "held"):
            retired[before.id] = before.evidence
        elif event.by == "person" and belief.status == "held":
            retired.pop(belief.id, None)
        stood[belief.id] = belief
    return frozenset(i for evidence in retired.values() for i in evidence)


def reaches(scope: Scope, same_task: bool, same_block: bool, same_session: bool) -> bool:
    """Whether something learned with this scope holds here, if the protocol carries memory from there to here."""
    return {"trial": same_task, "block": same_block, "session": same_session, "study": True}[scope]
