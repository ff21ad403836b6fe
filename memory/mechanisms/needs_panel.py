"""A panel of needs that the participant sees and steers."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from memory import prompts
from memory.belief import known, new_id, successor, usable
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from memory.schemas import FoundNeed, NeedsFound, OpenQuestion
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, EventBase, Recalled, Scope

TEXT_LIMIT = 300
ACTIONS = ("add", "edit", "confirm", "decline", "delete")


class NeedsParams(Params):
    """How many open questions may stand in the panel at a time (the paper: three to four).

    `scope`: how far a need holds where the protocol carries memory on (trial: for its task alone).
    """

    max_questions: int = Field(default=2, ge=0, le=4)
    scope: Scope = "study"


class NeedsPanel(Mechanism):
    """Keeps a memo of needs: stated ones are held, others stay questions until they are answered.

    After CARE (Peng et al., 2024). Kept: explicit needs, needs as questions with default answers, a
    declined need is never asked or used again, an edit replans at once. Changed: the five agents are
    two structured calls, finding needs with the next questions and drafting the plan.
    """

    name: ClassVar[str] = "needs_panel"
    paper: ClassVar[str] = "CARE: Navigating the Unknown (arXiv 2410.24032)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_changed", "control_changed"})
    Params: ClassVar[type[BaseModel]] = NeedsParams
    params: NeedsParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Every held need; open and declined ones are never used."""
        return [
            Recalled(text=need.text, mechanism=self.name, belief_id=need.id, evidence=need.evidence or (need.id,))
            for need in usable(_needs(turn.state))
        ]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """One call finds stated needs and what to ask next."""
        needs = _needs(turn.state)
        extra = {"Held beliefs": prompts.belief_lines(needs), "Message": [turn.text]}
        found = tools.ask(NeedsFound, prompts.structured_messages(turn.state, prompts.NEEDS_ROLE, extra), "find_needs")
        if found is None:
            return []
        changes: list[BeliefChanged] = []
        for stated in found.needs:
            if stated.text.strip() and not known([*needs, *(c.belief for c in changes)], stated.text):
                changes += self._stated(needs, stated, turn)
        topics = {n.topic for n in needs} | {c.belief.topic for c in changes}
        room = self.params.max_questions - sum(n.status == "open" for n in needs if not _answered(n, changes))
        fresh: dict[str, OpenQuestion] = {}
        for question in found.questions:
            if question.topic and question.topic not in topics and question.question.strip():
                fresh.setdefault(question.topic, question)
        for question in list(fresh.values())[: max(0, room)]:
            asked = Belief(
                id=new_id(),
                text=question.question,
                kind="need",
                scope=self.params.scope,
                source="asked",
                status="open",
                confidence=0.5,
                topic=question.topic,
                reasoning=" | ".join(question.suggestions[:4]),
                evidence=(turn.message_id,),
            )
            changes.append(self._change("added", asked, "mechanism", turn.id))
        return list(changes)

    def controls(self, state: State) -> list[Control]:
        """The list itself."""
        needs = tuple(_needs(state))
        text = "What the plan must meet. Change it whenever you like."
        return [
            Control("needs", self.name, "needs", "Your needs", help=text, actions=ACTIONS, beliefs=needs, replans=True)
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Add (text), edit ({id, text}), confirm (id; an open one: {id, text}), decline (id) or delete (id) a need."""
        if control != "needs" or action not in ACTIONS:
            raise AnswerRefused("This cannot be changed here.")
        if action == "add":
            belief = Belief(
                id=new_id(),
                text=_text(value),
                kind="need",
                scope=self.params.scope,
                source="stated",
                evidence=("panel",),
            )
            return self._acted(action, "added", None, belief)
        old = _find(state, value)
        if action == "delete":
            return self._acted(action, "retracted", old, old.model_copy(update={"status": "retracted"}))
        if action == "decline":
            return self._acted(action, "declined", old, old.model_copy(update={"status": "declined"}))
        given = value.get("text") if isinstance(value, dict) else None
        if action == "confirm" and old.status == "held" and given is None:
            sure = old.model_copy(update={"source": "edited", "confidence": 1.0})
            return self._acted(action, "confirmed", old, sure)
        text = _text(given)
        if action == "confirm" and old.status == "open":
            label = state.task.attributes[old.topic].label + ": " if old.topic in state.task.attributes else ""
            text = (label + text)[:TEXT_LIMIT]
        changed = successor(old, text=text, source="edited", status="held", confidence=1.0, reasoning="")
        return self._acted(action, "confirmed" if action == "confirm" else "revised", old, changed)

    def _stated(self, needs: list[Belief], stated: FoundNeed, turn: Turn) -> list[BeliefChanged]:
        """A need from a message: it answers an open question, replaces an earlier message's need, or is new."""
        fields: dict[str, Any] = {"text": stated.text.strip()[:TEXT_LIMIT], "status": "held", "source": "stated"}
        fields |= {"confidence": 1.0, "reasoning": stated.quote}
        for old in needs:
            if old.topic and old.topic == stated.topic:
                if old.source == "edited" and old.status == "held":
                    return []  # what the person settled in the panel outranks a later guess about a message
                if old.status in ("open", "held"):
                    return [
                        self._change(
                            "revised", successor(old, evidence=(turn.message_id,), **fields), "mechanism", turn.id
                        )
                    ]
        new = Belief(
            id=new_id(), kind="need", scope=self.params.scope, topic=stated.topic, evidence=(turn.message_id,), **fields
        )
        return [self._change("added", new, "mechanism", turn.id)]

    def _change(self, action: Any, belief: Belief, by: Any, turn_id: str | None) -> BeliefChanged:
        return BeliefChanged(mechanism=self.name, by=by, action=action, belief=belief, turn_id=turn_id)

    def _acted(self, action: str, change: str, old: Belief | None, new: Belief) -> list[EventBase]:
        before = {"id": old.id, "text": old.text, "status": old.status} if old else None
        after = {"id": new.id, "text": new.text, "status": new.status}
        acted = ControlChanged(mechanism=self.name, control="needs", action=action, old=before, new=after)
        return [acted, self._change(change, new, "person", None)]


def _needs(state: State) -> list[Belief]:
    return [belief for belief in state.beliefs if belief.kind == "need"]


def _answered(need: Belief, changes: list[BeliefChanged]) -> bool:
    return any(change.belief.supersedes == need.id for change in changes)


def _find(state: State, value: Any) -> Belief:
    wanted = value.get("id") if isinstance(value, dict) else value
    found = next((n for n in _needs(state) if n.id == wanted and n.status in ("held", "open")), None)
    if found is None:
        raise AnswerRefused("This need is no longer in the list.")
    return found


def _text(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= TEXT_LIMIT:
        raise AnswerRefused(f"A need takes between 1 and {TEXT_LIMIT} characters.")
    return text
