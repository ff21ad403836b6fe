"""How far the assistant may rely on what it knows about the person, in five levels."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from memory.belief import binding
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn, dropped
from study.errors import AnswerRefused
from study.events import Belief, ControlChanged, EventBase, Recalled
from study.sentence import Sentence

LOWEST, HIGHEST = 1, 5
SURE, LIKELY = 0.75, 0.4


class DialParams(Params):
    """`set_by`: who sets the level; `level`: where the participant's dial stands at first, or the fixed one.

    The start is ours: the middle, so that either direction is one of the person's own.
    """

    set_by: Literal["participant", "protocol"] = "participant"
    level: int = Field(default=3, ge=LOWEST, le=HIGHEST)


class RelianceDial(Mechanism):
    """Masks what was recalled by level, for replies and for the plan.

        1   hard constraints alone: constraints, and needs that the person stated or settled. What must hold, holds.
        2   and what the person said or set about themselves: stated, asked and edited beliefs, controls, forms.
            Nothing here was guessed.
        3   and beliefs inferred with a confidence of at least .75, and what stands for no belief, such as earlier
            messages: the person's words, but the assistant chose to bring them up.
        4   and beliefs inferred with a confidence of at least .4: more likely than not, give or take.
        5   everything.

    After SteeM (Tian et al., 2026), in which a person sets how much a reply depends on memory, from 1 (a fresh
    start) to 5 (true to what was before). Kept: five levels, set by the person at any time. Changed: the paper
    trains a model to follow the level; telling a model alone moves the error between the level asked for and the
    one judged only from 1.57 to 1.40, so the pieces themselves are masked here, which works with any model. What
    each level lets through, and both limits of confidence, are ours. Every piece says the level in force and the
    one it belongs to, so that reliance asked for and realised can be told from the record of a reply.

    Beside a filter of relevance the order in the protocol decides whose reason is recorded, and what the filter is
    asked about: named first, the dial spares it what it masks. What stays is the same where the filter judges each
    piece for itself.
    """

    name: ClassVar[str] = "reliance_dial"
    paper: ClassVar[str] = (
        "Controllable Memory Usage: Balancing Anchoring and Innovation in Long-Term Human-Agent Interaction "
        "(SteeM, arXiv 2601.05107)"
    )
    emits: ClassVar[frozenset[str]] = frozenset({"control_changed"})
    Params: ClassVar[type[BaseModel]] = DialParams
    params: DialParams

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        """Drop what belongs to a higher level than the one in force; say of the rest to which it belongs."""
        level = self._level(turn.state)
        beliefs = {belief.id: belief for belief in turn.state.beliefs}
        forms = {said.event_id for said in tools.said_before()}
        return [_masked(piece, level, beliefs.get(piece.belief_id or ""), forms) for piece in recalled]

    def controls(self, state: State) -> list[Control]:
        """The dial, where it is the participant's."""
        if self.params.set_by == "protocol":
            return []
        return [
            Control(
                "dial",
                self.name,
                "slider",
                Sentence("How much should the assistant use what it knows about you?"),
                value=self._level(state),
                help=Sentence(
                    "At the lowest point it only keeps to what you require; at the highest it uses every note."
                ),
                min=LOWEST,
                max=HIGHEST,
                low=Sentence("only what I require"),
                high=Sentence("everything"),
                required=True,
                replans=True,
            )
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Set the level, 1 to 5."""
        whole = isinstance(value, int) and not isinstance(value, bool)
        known = self.params.set_by == "participant" and control == "dial" and action == "set"
        if not (known and whole and LOWEST <= value <= HIGHEST):
            raise AnswerRefused(Sentence("This value is not one of those offered."))
        old = self._level(state)
        if value == old:
            return []
        return [ControlChanged(mechanism=self.name, control="dial", action="set", old=old, new=value)]

    def _level(self, state: State) -> int:
        if self.params.set_by == "protocol":
            return self.params.level
        return int(state.controls.get(f"{self.name}.dial", self.params.level))


def belongs_to(piece: Recalled, belief: Belief | None, forms: set[str]) -> tuple[int, str]:
    """The lowest level at which a piece is used, and what it is; `forms` are ids of answers to questionnaires."""
    if belief is None:
        own = bool(piece.evidence) and all(e.startswith("control:") or e in forms for e in piece.evidence)
        return (2, Sentence("set by the person")) if own else (3, Sentence("brought up from before"))
    if binding(belief):
        return 1, Sentence("hard constraint")
    if belief.source != "inferred":
        return 2, Sentence("said by the person")
    held = Sentence("inferred with confidence {confidence}", confidence=f"{belief.confidence:.2f}")
    return (3 if belief.confidence >= SURE else 4 if belief.confidence >= LIKELY else 5), held


def _masked(piece: Recalled, level: int, belief: Belief | None, forms: set[str]) -> Recalled:
    if piece.kind != "memory" or not piece.used:
        return piece
    needed, what = belongs_to(piece, belief, forms)
    reason = Sentence("reliance level {level}: {what}, used from level {least}", level=level, what=what, least=needed)
    if needed > level:
        return dropped(piece, reason)
    return piece if piece.reason else piece.model_copy(update={"reason": reason})
