"""A panel of needs that the participant sees and steers."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from memory import prompts
from memory.belief import known, new_id, successor, usable
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from memory.schemas import FoundNeed, NeedsFound, OpenQuestion
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, EventBase, Recalled, Scope
from study.sentence import Sentence

TEXT_LIMIT = 300
HELP = "What the plan must meet, what matters most first. Change it whenever you like."
ACTIONS = ("add", "edit", "confirm", "decline", "delete", "move")
SURMISED = {"implicit": 0.6, "latent": 0.3}
"""How likely a need is that nobody stated: one that follows from what was said, one that is only thought of (our choice)."""
NO_ORDER = 0.5
"""Importance of a need that the participant has not put in order; those they have stand above it."""
ROLE = (
    "You listen for needs and think about which ones are still unknown. "
    "Discovery: list every requirement for the plan that the participant states in the message, one need each, only "
    "what was said; never one that is held already or was declined. "
    "Milestone: choose the area of the task to ask about next; stay in the newest area so far while something in it "
    "is open, never go back to an earlier one. "
    "Ranking: list at most four questions of that area, easiest first, each with default answers; never about a topic "
    "that is held, was declined or stands open. "
    "If the participant wants the answer or no more questions, say so and ask nothing."
)


class NeedsParams(Params):
    """How many open questions may stand in the panel at a time (the paper: three to four).

    `scope`: how far a need holds where the protocol carries memory on (trial: for its task alone).
    """

    max_questions: int = Field(default=3, ge=0, le=4)
    scope: Scope = "study"


class NeedsPanel(Mechanism):
    """Keeps a memo of needs: stated ones are held, others stay questions until they are answered.

    After CARE (Peng et al., 2024). Kept: explicit, implicit and latent needs, the latter two as questions with
    default answers; at most three to four at a time, all of one area; the next area is never one that was left
    before; a declined need is never asked about or used again, unless the person takes it back; questions are
    grouped by area, easy ones first; asking stops at once when the person wants the answer; plan sections cite
    the needs they answer; an edit replans at once. Changed: five agents are two structured calls: needs
    discovery, milestone and ranking in one, for the paper's participants complained most about waiting, and
    drafting the plan (memory/assistant.py). Inquiry takes place in the panel instead of the conversation, so that
    no reply waits for an answer. The order in which the person puts their needs is told to the model.
    Sources: three to four questions, the paper; the other numbers are ours.
    """

    name: ClassVar[str] = "needs_panel"
    paper: ClassVar[str] = "CARE: Navigating the Unknown (arXiv 2410.24032)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_changed", "control_changed"})
    Params: ClassVar[type[BaseModel]] = NeedsParams
    params: NeedsParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Every held need, most important first; open and declined ones are never used."""
        held = usable(_needs(turn.state))
        is_ordered = any(need.importance > NO_ORDER for need in held)
        return [
            Recalled(
                text=f"{need.text} (priority {place} of {len(held)})" if is_ordered else need.text,
                mechanism=self.name,
                belief_id=need.id,
                evidence=need.evidence or (need.id,),
            )
            for place, need in enumerate(held, 1)
        ]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """One call finds stated needs, the area to ask about next, and its questions."""
        needs = _needs(turn.state)
        extra = {
            "Held beliefs": prompts.belief_lines(needs),
            "Areas so far": [f"- {area}" for area in _areas(turn.state)] or ["None."],
            "Conversation": prompts.conversation_lines(turn.state.history[-2:]),
            "Message": [turn.text],
        }
        found = tools.ask(
            NeedsFound, prompts.structured_messages(turn.state, ROLE + tools.discretion(), extra), "find_needs"
        )
        if found is None:
            return []
        changes: list[BeliefChanged] = []
        for stated in found.needs:
            if stated.text.strip() and not known([*needs, *(c.belief for c in changes)], stated.text):
                changes += self._stated(needs, stated, turn)
        return [*changes, *self._asked(found, changes, turn)]

    def controls(self, state: State) -> list[Control]:
        """The list itself, most important first."""
        needs = tuple(_needs(state))
        label, text = Sentence("Your needs"), Sentence(HELP)
        return [Control("needs", self.name, "needs", label, help=text, actions=ACTIONS, beliefs=needs, replans=True)]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """One act on the list; what is so already is not done again.

        add (text) · edit ({id, text}) · confirm (id: it is right, or a declined one is taken back; {id, text}: the
        answer to an open one) · decline (id) · delete (id) · move ({id, before: id or None}).
        """
        if control != "needs" or action not in ACTIONS:
            raise AnswerRefused(Sentence("This cannot be changed here."))
        if action == "move":
            return self._moved(usable(_needs(state)), value)
        if action == "add":
            text = _text(value)
            new = Belief(
                id=new_id(), text=text, kind="need", scope=self.params.scope, source="stated", evidence=("panel",)
            )
            return self._acted(action, "added", None, new)
        old = _find(state, value, ("held", "open", "declined") if action in ("confirm", "delete") else ("held", "open"))
        if action == "delete":
            return self._acted(action, "retracted", old, old.model_copy(update={"status": "retracted"}))
        if action == "decline":
            return self._acted(action, "declined", old, old.model_copy(update={"status": "declined"}))
        given = value.get("text") if isinstance(value, dict) else None
        if action == "confirm" and given is None and old.status != "open":
            return self._acted(action, *_confirmed(old))
        return self._reworded(state, action, old, _text(given))

    def _stated(self, needs: list[Belief], stated: FoundNeed, turn: Turn) -> list[BeliefChanged]:
        """A need from a message: it answers an open question, replaces an earlier message's need, or is new."""
        fields: dict[str, Any] = {"text": stated.text.strip()[:TEXT_LIMIT], "status": "held", "source": "stated"}
        fields |= {"confidence": 1.0, "reasoning": stated.quote, "answers": (), "evidence": (turn.message_id,)}
        on_topic = [n for n in needs if n.topic and n.topic == stated.topic]
        held = [n for n in on_topic if n.status == "held"]
        named = [n for n in held if n.id in stated.replaces]
        excluded = named or ([] if stated.beside else held[-1:])  # unnamed, it is most likely what was said last
        replaced = [*(n for n in on_topic if n.status == "open"), *excluded]
        if any(n.source == "edited" and n.status == "held" for n in replaced):
            return []  # what the person settled in the panel outranks a later guess about a message
        if replaced:
            gone = [need.model_copy(update={"status": "outdated"}) for need in replaced[1:]]
            taken = self._change("revised", successor(replaced[0], **fields), "mechanism", turn.id)
            return [taken, *(self._change("outdated", need, "mechanism", turn.id) for need in gone)]
        new = Belief(id=new_id(), kind="need", scope=self.params.scope, topic=stated.topic, **fields)
        return [self._change("added", new, "mechanism", turn.id)]

    def _asked(self, found: NeedsFound, stated: Sequence[BeliefChanged], turn: Turn) -> list[BeliefChanged]:
        """What to ask next: one area at a time, easiest first, nothing twice, nothing to somebody who wants the answer."""
        needs = _needs(turn.state)
        answered = {change.belief.supersedes for change in stated}
        still_open = [need for need in needs if need.status == "open" and need.id not in answered]
        area, areas = found.area.strip()[:TEXT_LIMIT], _areas(turn.state)
        elsewhere = any(need.area != area for need in still_open) or (area in areas and area != areas[-1])
        if found.wants_answer or elsewhere:
            return []
        noted = [*needs, *(change.belief for change in stated)]
        topics, fresh = {need.topic for need in noted}, dict[str, OpenQuestion]()
        for question in sorted(found.questions, key=lambda q: q.effort):
            text = question.question.strip()
            if question.topic and question.topic not in topics and text and not known(noted, text):
                fresh.setdefault(question.topic, question)
        room = max(0, self.params.max_questions - len(still_open))
        return [self._question(question, area, turn) for question in list(fresh.values())[:room]]

    def _question(self, question: OpenQuestion, area: str, turn: Turn) -> BeliefChanged:
        asked = Belief(
            id=new_id(),
            text=question.question.strip()[:TEXT_LIMIT],
            kind="need",
            scope=self.params.scope,
            source="asked",
            status="open",
            confidence=SURMISED[question.level],
            topic=question.topic,
            area=area,
            answers=tuple(dict.fromkeys(s.strip() for s in question.suggestions if s.strip()))[:4],
            evidence=(turn.message_id,),
        )
        return self._change("added", asked, "mechanism", turn.id)

    def _reworded(self, state: State, action: str, old: Belief, text: str) -> list[EventBase]:
        """The person's own words in the place of a need, or as the answer to a question."""
        if action == "confirm" and old.source == "asked" and old.topic in state.task.attributes:
            text = f"{state.task.attributes[old.topic].label}: {text}"[:TEXT_LIMIT]
        if (old.text, old.status, old.source) == (text, "held", "edited"):
            return []
        new = successor(old, text=text, source="edited", status="held", confidence=1.0, reasoning="", answers=())
        return self._acted(action, "confirmed" if action == "confirm" else "revised", old, new)

    def _moved(self, held: list[Belief], value: Any) -> list[EventBase]:
        """A need before another one, or to the end; importance follows from the order, from 1 down to more than 0.5."""
        wanted, before = (value.get("id"), value.get("before")) if isinstance(value, dict) else (value, None)
        moved = next((need for need in held if need.id == wanted), None)
        order = [need for need in held if need is not moved]
        place = len(order) if before is None else next((n for n, need in enumerate(order) if need.id == before), None)
        if moved is None or place is None:
            raise AnswerRefused(Sentence("This need is no longer in the list."))
        order.insert(place, moved)
        if order == held:
            return []
        old, new = [need.id for need in held], [need.id for need in order]
        acted = ControlChanged(mechanism=self.name, control="needs", action="move", old=old, new=new)
        weights = [1 - (1 - NO_ORDER) * rank / len(order) for rank in range(len(order))]
        changed = [
            need.model_copy(update={"importance": weight})
            for need, weight in zip(order, weights, strict=True)
            if need.importance != weight
        ]
        return [acted, *(self._change("moved", need, "person", None) for need in changed)]

    def _change(self, action: Any, belief: Belief, by: Any, turn_id: str | None) -> BeliefChanged:
        return BeliefChanged(mechanism=self.name, by=by, action=action, belief=belief, turn_id=turn_id)

    def _acted(self, action: str, change: str, old: Belief | None, new: Belief) -> list[EventBase]:
        before = {"id": old.id, "text": old.text, "status": old.status} if old else None
        after = {"id": new.id, "text": new.text, "status": new.status}
        acted = ControlChanged(mechanism=self.name, control="needs", action=action, old=before, new=after)
        return [acted, self._change(change, new, "person", None)]


def _needs(state: State) -> list[Belief]:
    """Every need, in the order of the person first, in that of the conversation second."""
    return sorted((b for b in state.beliefs if b.kind == "need"), key=lambda need: -need.importance)


def _areas(state: State) -> list[str]:
    """The areas that were asked about, in order."""
    return list(dict.fromkeys(b.area for b in state.beliefs if b.kind == "need" and b.area))


def _confirmed(old: Belief) -> tuple[str, Belief, Belief]:
    """A need that is right, or is taken back after it was declined; a question that was declined is open again."""
    if old.status == "declined" and old.source == "asked":
        return "revised", old, old.model_copy(update={"status": "open"})
    sure = {"status": "held", "source": "edited", "confidence": 1.0}
    return "confirmed", old, old.model_copy(update=sure)


def _find(state: State, value: Any, statuses: tuple[str, ...]) -> Belief:
    wanted = value.get("id") if isinstance(value, dict) else value
    found = next((n for n in _needs(state) if n.id == wanted and n.status in statuses), None)
    if found is None:
        raise AnswerRefused(Sentence("This need is no longer in the list."))
    return found


def _text(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= TEXT_LIMIT:
        raise AnswerRefused(Sentence("A need takes between 1 and {count} characters.", count=TEXT_LIMIT))
    return text
