"""Why this answer? What was used can be set aside."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from memory.belief import forebears
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn, dropped, piece_id
from study.errors import AnswerRefused
from study.events import Belief, ControlChanged, EventBase, Recalled
from study.sentence import Sentence

ACTIONS = ("set_aside", "use_again")
SET_ASIDE = Sentence("set aside by the participant")
SAME_MESSAGE = Sentence("set aside by the participant: rests on the same message")


class ExplanationParams(Params):
    """`set_aside`: whether the participant may say that something is not to be used here, or only reads it."""

    set_aside: bool = True


class Explanation(Mechanism):
    """Lists under each reply what was used for it; the participant may set pieces aside and take that back.

    After scrutable user models (Balog et al., 2019). Kept: what stands behind an answer is shown in plain
    sentences, and changing it changes the next answer. Changed: what is listed is what the assistant was told, not
    why the language model wrote what it wrote, which cannot be known; the lines are those of the record.

    What is set aside stays so wherever this memory reaches, for replies and plans, until it is taken back. It
    covers what later takes the place of the belief, and the words of messages on which the belief (or what it
    replaced) rests, so that it does not come back through another mechanism. It does not work the other way round:
    a belief may rest on more than the words that were set aside, and has a button of its own.
    """

    name: ClassVar[str] = "explanation"
    paper: ClassVar[str] = (
        "Transparent, Scrutable and Explainable User Models for Personalized Recommendation (Balog et al., SIGIR 2019)"
    )
    emits: ClassVar[frozenset[str]] = frozenset({"control_changed"})
    Params: ClassVar[type[BaseModel]] = ExplanationParams
    params: ExplanationParams

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        """What was set aside is dropped, and with a belief the messages it rests on."""
        aside = set(self._aside(turn.state))
        if not aside:
            return recalled
        beliefs = [b for b in turn.state.beliefs if _is_aside(b.id, aside, turn.state)]
        messages = {e for b in beliefs for one in _with_forebears(b, turn.state) for e in one.evidence}
        return [_reviewed(piece, aside, messages, turn.state) for piece in recalled]

    def controls(self, state: State) -> list[Control]:
        """The pieces that are set aside, by the ids under which they come up now."""
        now = [b.id for b in state.beliefs if _is_aside(b.id, set(self._aside(state)), state)]
        gone = {old.id for belief_id in now for old in forebears(belief_id, state.replaced)}
        aside = dict.fromkeys([*(i for i in self._aside(state) if i not in gone), *now])
        actions = ACTIONS if self.params.set_aside else ()
        label = Sentence("Why this answer?")
        return [Control("use", self.name, "explanation", label, list(aside), actions=actions, replans=True)]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Set one piece aside, or use it again, by its id; old and new value are the whole list."""
        if not self.params.set_aside or control != "use" or action not in ACTIONS:
            raise AnswerRefused(Sentence("This cannot be changed here."))
        if not isinstance(value, str) or value not in _known(state):
            raise AnswerRefused(Sentence("This was not used for an answer here."))
        old = self._aside(state)
        set_aside = _is_aside(value, set(old), state)
        if set_aside == (action == "set_aside"):
            return []
        lineage = {value, *(belief.id for belief in forebears(value, state.replaced))}
        new = [*old, value] if action == "set_aside" else [i for i in old if i not in lineage]
        return [ControlChanged(mechanism=self.name, control="use", action=action, old=old, new=new)]

    def _aside(self, state: State) -> list[str]:
        return list(state.controls.get(f"{self.name}.use") or [])


def _known(state: State) -> set[str]:
    """Everything that can be set aside: beliefs, and whatever came up for a reply."""
    came_up = {piece for line in (*state.remembered, *state.history) for piece in line.recalled}
    return came_up | {belief.id for belief in state.beliefs}


def _is_aside(piece: str, aside: set[str], state: State) -> bool:
    """Whether it was set aside itself, or as what it took the place of."""
    return piece in aside or any(old.id in aside for old in forebears(piece, state.replaced))


def _with_forebears(belief: Belief, state: State) -> Sequence[Belief]:
    return [belief, *forebears(belief.id, state.replaced)]


def _reviewed(piece: Recalled, aside: set[str], messages: set[str], state: State) -> Recalled:
    if piece.kind == "instruction":
        return piece
    if _is_aside(piece_id(piece), aside, state):
        return dropped(piece, SET_ASIDE)
    if piece.belief_id is None and messages.intersection(piece.evidence):
        return dropped(piece, SAME_MESSAGE)
    return piece
