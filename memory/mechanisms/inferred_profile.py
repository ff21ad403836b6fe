"""A profile that the assistant infers from what the participant writes."""

import re
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from memory import prompts
from memory.belief import known, may_revise, new_id, same, successor, usable
from memory.index import embed
from memory.mechanism import Control, Params, State, Tools, Turn
from memory.schemas import BeliefMatch, BeliefsMatched, BeliefsProposed, ProposedBelief
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, EventBase, Recalled

SENSITIVE = re.compile(
    r"\b(religio\w*|muslim|christian|jewish|hindu|church|politic\w*|party member|vot(?:e|es|ed) for|gay|lesbian|bisexual|trans(?:gender)?|"
    r"sexual\w*|depress\w*|anxiety disorder|cancer|hiv|disease|illness|diagnos\w*|pregnan\w*|ethnic\w*|race|union member|criminal)\b",
    re.IGNORECASE,
)
"""Categories that are not kept (after Art. 9 GDPR); a word list, so it errs on the side of forgetting."""
THIRD_PERSON = re.compile(r"^\s*(his|her|their|my (?:wife|husband|son|daughter|friend|boss)(?:'s)?)\b", re.IGNORECASE)
TEXT_LIMIT = 300
DECAY_PER_TURN = 0.05


class ProfileParams(Params):
    """Whether the profile is hidden, shown or editable; how many beliefs are recalled; their diversity (paper: λ .5)."""

    visibility: Literal["hidden", "shown", "editable"] = "hidden"
    max_recalled: int = Field(default=8, ge=1, le=50)
    diversity: float = Field(default=0.5, ge=0, le=1)


class InferredProfile:
    """Proposes beliefs after each turn, matches them with those held, and revises with evidence.

    After GUM (Shaikh et al., 2025). Kept: propose with reasoning, confidence and durability → find
    related → identical / similar / unrelated → attach evidence, revise, add; recall by relevance ×
    confidence × decay with MMR. Changed: observations are messages, not screenshots; durable beliefs
    fade slowest; nothing is deleted; the privacy check is a word list that really runs.
    """

    name: ClassVar[str] = "inferred_profile"
    paper: ClassVar[str] = "Creating General User Models from Computer Use (GUM, arXiv 2505.10831)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_changed", "control_changed"})

    Params: ClassVar[type[BaseModel]] = ProfileParams

    def __init__(self, params: ProfileParams) -> None:
        self.params = params

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:  # noqa: ARG002
        """Held beliefs by relevance × confidence × decay, then made diverse."""
        asked = embed(turn.text)
        order = [line.id for line in turn.state.history]
        scored = []
        for belief in usable(_profile(turn.state)):
            vector = embed(belief.text)
            relevance = 0.5 + 0.5 * _cosine(asked, vector)
            score = relevance * belief.confidence * (1 - DECAY_PER_TURN * (1 - belief.durability)) ** _age(belief, order)
            scored.append((score, belief, vector))
        return [
            Recalled(text=b.text, mechanism=self.name, belief_id=b.id, evidence=b.evidence, score=round(score, 4))
            for score, b in _diverse(scored, self.params.max_recalled, self.params.diversity)
        ]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:  # noqa: ARG002
        """Propose, check for privacy, match with what is held, then add, revise or support."""
        extra = {"Message": [turn.text]}
        proposed = tools.ask(BeliefsProposed, prompts.structured_messages(turn.state, prompts.PROPOSE_ROLE, extra), "propose_beliefs")
        kept = [p for p in (proposed.beliefs if proposed else []) if may_be_kept(p.text)]
        if not kept:
            return []
        profile = _profile(turn.state)
        matches = self._match(turn, kept, usable(profile), tools) if usable(profile) else {}
        changes: list[EventBase] = []
        for number, proposal in enumerate(kept):
            match = matches.get(number)
            old = next((b for b in usable(profile) if match and b.id == match.belief_id), None)
            if change := self._change(turn, proposal, match, old, profile):
                changes.append(change)
                profile = [*profile, change.belief]
        return changes

    def controls(self, state: State) -> list[Control]:
        """Nothing when hidden; the list when shown; with edit and delete when editable."""
        if self.params.visibility == "hidden":
            return []
        actions = ("edit", "delete") if self.params.visibility == "editable" else ()
        text = "What the assistant has noted from your messages."
        return [Control("profile", self.name, "profile", "About you", help=text, actions=actions, beliefs=tuple(_profile(state)), replans=True)]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Edit ({id, text}) or delete (id) a belief; a correction outranks any later inference."""
        if self.params.visibility != "editable" or control != "profile" or action not in ("edit", "delete"):
            raise AnswerRefused("This cannot be changed here.")
        wanted = value.get("id") if isinstance(value, dict) else value
        old = next((b for b in usable(_profile(state)) if b.id == wanted), None)
        text = str(value.get("text") or "").strip() if isinstance(value, dict) else ""
        if old is None or (action == "edit" and not 0 < len(text) <= TEXT_LIMIT):
            raise AnswerRefused("This note is no longer in the list." if old is None else f"A note takes between 1 and {TEXT_LIMIT} characters.")
        if action == "delete":
            new = old.model_copy(update={"status": "retracted"})
        else:
            new = successor(old, text=text, source="edited", confidence=1.0)
        acted = ControlChanged(mechanism=self.name, control="profile", action=action, old={"id": old.id, "text": old.text}, new={"id": new.id, "text": new.text, "status": new.status})
        done = "retracted" if action == "delete" else "revised"
        return [acted, BeliefChanged(mechanism=self.name, by="person", action=done, belief=new)]

    def _match(self, turn: Turn, kept: list[ProposedBelief], held: list[Belief], tools: Tools) -> dict[int, BeliefMatch]:
        extra = {
            "Held beliefs": prompts.belief_lines(held),
            "Proposals": [f"- {n} | {p.topic} | {p.text}" for n, p in enumerate(kept)],
        }
        answer = tools.ask(BeliefsMatched, prompts.structured_messages(turn.state, prompts.MATCH_ROLE, extra), "match_beliefs")
        return {match.proposal: match for match in (answer.matches if answer else [])}

    def _change(
        self, turn: Turn, proposal: ProposedBelief, match: BeliefMatch | None, old: Belief | None, profile: list[Belief]
    ) -> BeliefChanged | None:
        evidence = tuple(dict.fromkeys([*(old.evidence if old else ()), turn.message_id]))
        fields = {"confidence": proposal.confidence / 10, "durability": proposal.durability / 10, "reasoning": proposal.reasoning, "topic": proposal.topic}
        if old is not None and match is not None and match.label != "unrelated":
            if match.label == "identical" or same(old.text, match.text or proposal.text):
                stronger = min(1.0, old.confidence + (1 - old.confidence) * 0.5)
                return self._event("supported", old.model_copy(update={"evidence": evidence, "confidence": stronger}), turn)
            if not may_revise(old):
                return None
            return self._event("revised", successor(old, text=match.text or proposal.text, evidence=(turn.message_id,), **fields), turn)
        if known(profile, proposal.text):
            return None  # noted before, perhaps deleted by the person: not noted again
        new = Belief(id=new_id(), text=proposal.text.strip()[:TEXT_LIMIT], source="inferred", evidence=(turn.message_id,), **fields)
        return self._event("added", new, turn)

    def _event(self, action: Any, belief: Belief, turn: Turn) -> BeliefChanged:
        return BeliefChanged(mechanism=self.name, by="mechanism", action=action, belief=belief, turn_id=turn.id)


def may_be_kept(text: str) -> bool:
    """Whether a belief may be held at all: about this person, and of no sensitive category."""
    return bool(text.strip()) and not SENSITIVE.search(text) and not THIRD_PERSON.search(text)


def _profile(state: State) -> list[Belief]:
    return [belief for belief in state.beliefs if belief.kind != "need"]


def _age(belief: Belief, order: list[str]) -> int:
    """How many lines of conversation ago the newest evidence was said."""
    places = [order.index(e) for e in belief.evidence if e in order]
    return len(order) - max(places) if places else 0


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _diverse(scored: list[tuple[float, Belief, list[float]]], count: int, weight: float) -> list[tuple[float, Belief]]:
    """Maximal marginal relevance: the best first, then what adds most to what is there already."""
    left, chosen = sorted(scored, key=lambda s: -s[0]), []
    while left and len(chosen) < count:
        best = max(left, key=lambda s: weight * s[0] - (1 - weight) * max((_cosine(s[2], c[2]) for c in chosen), default=0.0))
        left.remove(best)
        chosen.append(best)
    return [(score, belief) for score, belief, _ in chosen]
