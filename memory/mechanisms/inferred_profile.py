"""A profile that the assistant infers from what the participant writes."""

from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from memory import profile_list, prompts
from memory.belief import known, may_revise, new_id, same, successor, usable
from memory.index import vector_of
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from memory.profile_list import TEXT_LIMIT, Visibility, profile
from memory.schemas import BeliefMatch, BeliefsMatched, BeliefsProposed, ProposedBelief
from study.beliefs import current
from study.events import Belief, BeliefChanged, BeliefRefused, EventBase, Recalled
from study.sentence import Sentence

DECAY_PER_TURN = 0.05
Vector = np.ndarray[Any, np.dtype[Any]]


class ProfileParams(Params):
    """Whether the profile is hidden, shown or editable; how many beliefs are recalled; how diverse (paper: .5; 0: not)."""

    visibility: Visibility = "hidden"
    max_recalled: int = Field(default=8, ge=1, le=50)
    diversity: float = Field(default=0.5, ge=0, le=1)


class InferredProfile(Mechanism):
    """Proposes beliefs after each turn, matches them with those held, and revises with evidence.

    After GUM (Shaikh et al., 2025). Kept: propose with reasoning, confidence and durability → find
    related → identical / similar / unrelated → attach evidence, revise, add; recall by relevance ×
    confidence × decay with MMR. Changed: observations are messages, not screenshots; durable beliefs
    fade slowest; nothing is deleted; the privacy check really runs, before anything is compared or kept.
    """

    name: ClassVar[str] = "inferred_profile"
    paper: ClassVar[str] = "Creating General User Models from Computer Use (GUM, arXiv 2505.10831)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_changed", "belief_refused", "control_changed"})
    Params: ClassVar[type[BaseModel]] = ProfileParams
    params: ProfileParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Held beliefs by relevance × confidence × decay, then made diverse."""
        held = usable(profile(turn.state))
        if not held:
            return []
        vectors = np.stack([vector_of(belief.text) for belief in held])
        relevance = 0.5 + 0.5 * (vectors @ vector_of(turn.text))
        said = (*turn.state.remembered, *turn.state.history)  # also in earlier tasks: older than anything here
        order = {line.id: number for number, line in enumerate(said)}
        faded = [(1 - DECAY_PER_TURN * (1 - b.durability)) ** _age(b, order) * b.confidence for b in held]
        scores = relevance * np.array(faded)
        scored = list(zip(map(float, scores), held, strict=True))
        chosen = [scored[n] for n in _diverse(scores, vectors, self.params.max_recalled, 1 - self.params.diversity)]
        taken = {belief.id for _, belief in chosen}
        left = [(score, belief) for score, belief in scored if belief.id not in taken]
        return [self._recalled(*one, used=True) for one in chosen] + [self._recalled(*one, used=False) for one in left]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """Propose, check for privacy, match with what is held, then add, revise or support."""
        extra = {"Message": [turn.text]}
        messages = prompts.structured_messages(turn.state, prompts.PROPOSE_ROLE + tools.discretion(), extra)
        proposed = tools.ask(BeliefsProposed, messages, "propose_beliefs")
        texts = [p for p in (proposed.beliefs if proposed else []) if p.text.strip()]
        reasons = dict.fromkeys(reason for p in texts if (reason := tools.refusal(p.text)))
        changes: list[EventBase] = [BeliefRefused(mechanism=self.name, reason=r, turn_id=turn.id) for r in reasons]
        kept = [p for p in texts if not tools.refusal(p.text)]
        if not kept:
            return changes
        noted = profile(turn.state)
        refused = [b for b in noted if b.status in ("declined", "retracted")]
        compared = [*refused, *usable(noted)]
        matches = self._match(turn, kept, compared, tools) if compared else {}
        for number, proposal in enumerate(kept):
            made = self._changes(turn, proposal, matches.get(number, []), noted)
            changes += made
            noted = list(current([*noted, *(change.belief for change in made)]))
        return changes

    def controls(self, state: State) -> list[Control]:
        """The list, for those who may see it (memory/profile_list.py)."""
        return profile_list.control(self.name, self.params.visibility, profile(state))

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Edit, confirm, delete or hide a belief; a correction outranks any later inference."""
        return profile_list.act(self.name, self.params.visibility, profile(state), control, action, value)

    def _recalled(self, score: float, belief: Belief, used: bool) -> Recalled:
        return Recalled(
            text=belief.text,
            mechanism=self.name,
            belief_id=belief.id,
            evidence=belief.evidence,
            score=round(score, 4),
            used=used,
            reason=""
            if used
            else Sentence("not among the {count} that bear most on the message", count=self.params.max_recalled),
        )

    def _match(
        self, turn: Turn, kept: list[ProposedBelief], held: list[Belief], tools: Tools
    ) -> dict[int, list[BeliefMatch]]:
        extra = {
            "Held beliefs": prompts.belief_lines(held),
            "Proposals": [f"- {n} | {p.topic} | {' '.join(p.text.split())}" for n, p in enumerate(kept)],
        }
        messages = prompts.structured_messages(turn.state, prompts.MATCH_ROLE, extra)
        answer = tools.ask(BeliefsMatched, messages, "match_beliefs")
        matches: dict[int, list[BeliefMatch]] = {}
        for match in answer.matches if answer else []:
            matches.setdefault(match.proposal, []).append(match)
        return matches

    def _changes(
        self, turn: Turn, proposal: ProposedBelief, matches: list[BeliefMatch], noted: list[Belief]
    ) -> list[BeliefChanged]:
        """What a proposal does to the profile: support, revise, add, or nothing."""
        related = [(match, old) for match in matches for old in noted if _about_it(match, old, proposal)]
        if said_before := [old for match, old in related if match.label == "identical"]:
            return self._supported(said_before[0], turn)
        fields: dict[str, Any] = {"confidence": proposal.confidence / 10, "durability": proposal.durability / 10}
        fields |= {"reasoning": proposal.reasoning, "topic": proposal.topic, "evidence": (turn.message_id,)}
        if similar := [(match, old) for match, old in related if match.label == "similar" and old.status == "held"]:
            match, old = similar[0]
            unchanged = not match.text.strip() or same(match.text, old.text)  # then what is new must not be lost
            text = (proposal.text if unchanged else match.text).strip()[:TEXT_LIMIT]
            return self._revised(turn, text, fields, [old for _, old in similar], noted)
        if known(noted, proposal.text):
            return []  # noted before, perhaps deleted by the person: not noted again
        new = Belief(id=new_id(), text=proposal.text.strip()[:TEXT_LIMIT], source="inferred", **fields)
        return [self._event("added", new, turn)]

    def _revised(
        self, turn: Turn, text: str, fields: dict[str, Any], replaced: list[Belief], noted: list[Belief]
    ) -> list[BeliefChanged]:
        """One belief in the place of all that it contradicts or refines; nothing against the person's own words."""
        if same(replaced[0].text, text):
            return self._supported(replaced[0], turn)
        twin = next((b for b in noted if b.status != "outdated" and same(b.text, text)), None)
        if not all(may_revise(old) for old in replaced) or (twin and twin.status != "held"):
            return []  # the person's own words, or what they deleted
        first, *others = {old.id: old for old in replaced if old is not twin}.values()
        # What is held already in these words takes the place of what speaks against it.
        changed = twin.model_copy(update={"supersedes": first.id}) if twin else successor(first, text=text, **fields)
        left = [old.model_copy(update={"status": "outdated"}) for old in others]
        return [self._event("revised", changed, turn), *(self._event("outdated", old, turn) for old in left)]

    def _supported(self, old: Belief, turn: Turn) -> list[BeliefChanged]:
        """More evidence and half the missing confidence (our choice); nothing for what the person deleted."""
        if old.status != "held":
            return []
        evidence = tuple(dict.fromkeys([*old.evidence, turn.message_id]))
        stronger = min(1.0, old.confidence + (1 - old.confidence) * 0.5)
        return [self._event("supported", old.model_copy(update={"evidence": evidence, "confidence": stronger}), turn)]

    def _event(self, action: Any, belief: Belief, turn: Turn) -> BeliefChanged:
        return BeliefChanged(mechanism=self.name, by="mechanism", action=action, belief=belief, turn_id=turn.id)


def _about_it(match: BeliefMatch, old: Belief, proposal: ProposedBelief) -> bool:
    """Whether a match can be right: what is about another attribute of the task is never revised by it."""
    return match.belief_id == old.id and not (old.topic and proposal.topic and old.topic != proposal.topic)


def _age(belief: Belief, order: dict[str, int]) -> int:
    """How many lines of conversation ago, over all tasks of this memory, the newest evidence was said; 0: in this turn."""
    places = [order[e] for e in belief.evidence if e in order]
    return len(order) - max(places) if places else 0


def _diverse(scores: Vector, vectors: Vector, count: int, weight: float) -> list[int]:
    """Maximal marginal relevance: places of the best first, then of what adds most to what is there already."""
    chosen: list[int] = []
    nearest = np.zeros(len(scores))
    while len(chosen) < min(count, len(scores)):
        worth = weight * scores - (1 - weight) * nearest
        worth[chosen] = -np.inf
        best = int(np.argmax(worth))
        similar = vectors @ vectors[best]
        nearest = np.maximum(nearest, similar) if chosen else similar
        chosen.append(best)
    return chosen
