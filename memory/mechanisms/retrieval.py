"""Plain retrieval over what the participant wrote before."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from memory import units
from memory.mechanism import Mechanism, Params, State, Tools, Turn
from memory.relevance import relevance
from memory.units import Remark, Unit
from memory.words import has_words, sentences
from study.events import BeliefRefused, EventBase, Recalled

CUT: dict[str, Callable[[Iterable[Remark]], list[Unit]]] = {
    "turn": units.turns,
    "segment": units.segments,
    "session": units.tasks,
}
CANDIDATES = 100
"""How many messages the index is asked for; the ranking orders the units they belong to."""
FADING = 0.95
"""What is left of the freshness of a message with every message that came after it (our choice)."""


class RetrievalParams(Params):
    """What is recalled at once, how much of it, and what counts.

    `unit`: `turn`, one message (LaMP's item); `segment`, neighbouring messages of one topic (SeCom);
    `session`, all of an earlier task of the same memory. `top_k`: how many units; LaMP compares 1 to 4.
    `compression`: `extractive` keeps of each unit the sentences that bear on the message (SeCom compresses
    with LLMLingua-2). `min_similarity`: how near a message of the unit must be in the index (cosine,
    0–1). `recency`: the weight of freshness against relevance, 0–1 (neither paper weighs it; 0: not at all).
    """

    unit: Literal["turn", "segment", "session"] = "turn"
    compression: Literal["none", "extractive"] = "none"
    top_k: int = Field(default=3, ge=1, le=20)
    min_similarity: float = Field(default=0.05, ge=0, le=1)
    recency: float = Field(default=0.0, ge=0, le=1)


class Retrieval(Mechanism):
    """Indexes each message of the participant and recalls those that bear most on the present one.

    After LaMP (Salemi et al., 2024), the plain top-k baseline, and SeCom (Pan et al., 2025), which
    showed that segments serve better than turns and sessions. Kept: one entry per item, top-k by
    relevance; memory units of three sizes, compression before they are read. Changed: what is indexed
    are messages, and a unit is found through any of its messages, so that the size can differ while
    the index stays; segments are found by TextTiling, not by a language model; compression picks
    sentences, not tokens; only the participant's words are recalled, with the assistant's question where
    an answer is too short to be understood, and nothing that other mechanisms may not keep either
    (memory/privacy.py). The index delivers candidates (by `ATELIER_EMBEDDING`),
    `memory.relevance` orders them.
    """

    name: ClassVar[str] = "retrieval"
    paper: ClassVar[str] = (
        "LaMP: When Large Language Models Meet Personalization (arXiv 2304.11406); "
        "SeCom: On Memory Construction and Retrieval for Personalized Conversational Agents (arXiv 2502.05589)"
    )
    Params: ClassVar[type[BaseModel]] = RetrievalParams
    emits: ClassVar[frozenset[str]] = frozenset({"belief_refused"})
    params: RetrievalParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """The units of this memory that bear most on the message, each with its messages as evidence."""
        said = [
            remark
            for remark in units.permitted(_said(turn.state), tools.refusal)
            if remark.id != turn.message_id and not self._hides(remark, turn)
        ]
        near = self._near(turn, said, tools)
        found = [unit for unit in self._units(turn.state, said) if near.keys() & unit.ids]
        likeness = [max(near.get(i, 0.0) for i in unit.ids) for unit in found]
        context = [line.text for line in turn.state.history]
        bearing = relevance(turn.text, context, [unit.text for unit in found], likeness)
        fresh = {remark.id: FADING**age for age, remark in enumerate(reversed(said))}
        weight = self.params.recency
        scores = [
            (1 - weight) * bears + weight * max(fresh[i] for i in unit.ids)
            for unit, bears in zip(found, bearing, strict=True)
        ]
        best = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])[: self.params.top_k]
        return [self._recalled(unit, score, turn, context) for score, unit in best]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """Put the message into the index, without what may not be kept; the record itself holds it already."""
        before = turn.state.history[-1] if turn.state.history else None
        remark = Remark(turn.message_id, turn.text, units.asked(turn.text, before))
        kept = units.permitted([remark], tools.refusal)
        if kept:
            tools.remember(turn.state.scope, [(one.id, one.whole) for one in kept])
        reasons = dict.fromkeys(filter(None, map(tools.refusal, [remark.asked, *sentences(remark.text)])))
        return [BeliefRefused(mechanism=self.name, reason=reason, turn_id=turn.id) for reason in reasons]

    def entries(self, state: State, refusal: Callable[[str], str | None]) -> list[tuple[str, str]]:
        """Every message of this memory as far as it may be kept, a short answer with its question."""
        return [(remark.id, remark.whole) for remark in units.permitted(_said(state), refusal)]

    def _hides(self, remark: Remark, turn: Turn) -> bool:
        """Whether a message would bring back, in a larger unit, what the person took back (study/beliefs.py)."""
        return self.params.unit != "turn" and remark.id in turn.state.stale

    def _near(self, turn: Turn, said: Sequence[Remark], tools: Tools) -> dict[str, float]:
        """Message → likeness, of what the index finds; what it has lost is put back from the record."""
        if not has_words(turn.text):
            return {}
        scope = turn.state.scope
        found = tools.nearest(scope, turn.text, CANDIDATES)
        held = {name for name, _, _ in found}
        lost = [(remark.id, remark.whole) for remark in said if remark.id not in held and has_words(remark.whole)]
        if lost and len(found) < CANDIDATES:  # all of this scope was found, and this was not in it
            tools.remember(scope, lost)
            found = tools.nearest(scope, turn.text, CANDIDATES)
        return {name: similarity for name, _, similarity in found if similarity >= self.params.min_similarity}

    def _units(self, state: State, said: Sequence[Remark]) -> list[Unit]:
        if self.params.unit == "session":
            earlier = {line.id for line in state.remembered}
            said = [remark for remark in said if remark.id in earlier]
        return CUT[self.params.unit](said)

    def _recalled(self, unit: Unit, score: float, turn: Turn, context: Sequence[str]) -> Recalled:
        kept = compressed(unit, turn.text, context) if self.params.compression == "extractive" else unit
        when = "Said in an earlier task" if self.params.unit == "session" else "Said earlier"
        quoted = " ".join(f"(asked: {r.asked}) “{r.text}”" if r.asked else f"“{r.text}”" for r in kept.remarks)
        return Recalled(text=f"{when}: {quoted}", mechanism=self.name, evidence=kept.ids, score=round(score, 4))


def compressed(unit: Unit, message: str, context: Sequence[str]) -> Unit:
    """A unit with the sentences that bear on the message at least half as much as the best one of them does."""
    bearing = relevance(message, context, units.parts(unit))
    limit = max(bearing, default=0.0) / 2
    return units.shortened(unit, [score >= limit for score in bearing])


def _said(state: State) -> list[Remark]:
    return units.remarks((*state.remembered, *state.history))
