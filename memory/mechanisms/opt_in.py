"""Nothing that was inferred is used before the participant has said so."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel

from memory import prompts
from memory.belief import forebears, same, usable
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn, dropped
from memory.schemas import DifferencesFound
from study.errors import AnswerRefused
from study.events import Belief, BeliefPreviewed, ControlChanged, EventBase, Message, Recalled
from study.sentence import Sentence

ROLE = (
    "You show a participant what it changes when an assistant may use an entry about them. For every entry under "
    "Held beliefs say in a few words what you would suggest for the message with it, and what without it, each time "
    "beside what is listed about the participant. Name options of the list where there are any. Where the entry "
    "changes nothing, write the very same words twice. Do not praise or advise either way."
)
TEXT_LIMIT = 200
NOT_COMPARED = Sentence("Not yet compared.")
NO_CHANGE = Sentence("Nothing would change.")
WAITS, HELD_BACK = Sentence("not opted in yet"), Sentence("the participant did not opt in")


class OptInParams(Params):
    """`default`: whether a belief is used as long as nothing was decided about it (the paper: off).

    `stated`: whether what the participant stated, edited or answered needs opting in as well (ours: no).
    """

    default: bool = False
    stated: bool = False


class OptIn(Mechanism):
    """The participant opts in to each belief, after reading what it would change.

    After participatory personalisation (Joren et al., 2023). Kept: people opt in at the time of use, per piece of
    information, informed of what they gain by it; whoever does not is served without it. Changed: the systems of
    the paper are families of trained classifiers that report gains in accuracy; here one structured call says
    in words what would be suggested with and without each belief.

    What comes from a control, a form or a message word for word is no belief and needs no opting in. A belief
    that takes another's place waits again, for it says something new; where the old one was held back, so is the
    new one. Comparisons belong to a task: they come with the first turn that finds the belief in the record,
    one turn after it was inferred, and are made anew in the next task.
    """

    name: ClassVar[str] = "opt_in"
    paper: ClassVar[str] = "Participatory Personalization in Classification (NeurIPS 2023, arXiv 2302.03874)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_previewed", "control_changed"})
    Params: ClassVar[type[BaseModel]] = OptInParams
    params: OptInParams

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        """Beliefs that are not opted in are dropped, for the reply and for the plan."""
        known = {belief.id: belief for belief in turn.state.beliefs}
        return [self._reviewed(piece, known.get(piece.belief_id or ""), turn.state) for piece in recalled]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """What each belief that was not compared in this task would change; one call for all of them."""
        compared = _compared(turn.state)
        fresh = {b.id: b for b in self._listed(turn.state) if b.id not in compared}
        if not fresh:
            return []
        found = tools.ask(DifferencesFound, self._messages(turn, list(fresh.values())), "preview_beliefs")
        previews: dict[str, EventBase] = {}
        for one in found.differences if found else []:
            texts = [" ".join(text.split())[:TEXT_LIMIT] for text in (one.with_it, one.without_it)]
            if one.belief_id in fresh and one.belief_id not in previews and _may_be_shown(texts, tools):
                previews[one.belief_id] = BeliefPreviewed(
                    mechanism=self.name,
                    belief_id=one.belief_id,
                    with_it=texts[0],
                    without_it=texts[1],
                    turn_id=turn.id,
                )
        return list(previews.values())

    def controls(self, state: State) -> list[Control]:
        """Every belief that needs opting in, whether it is used, and what it would change."""
        listed, compared = self._listed(state), _compared(state)
        help_text = (
            Sentence("All of this is used unless you say no.")
            if self.params.default
            else Sentence("None of this is used unless you say yes. You can change your mind at any time.")
        )
        return [
            Control(
                "use",
                self.name,
                "opt_in",
                Sentence("What may be used about you"),
                value={belief.id: self._is_used(belief, state) for belief in listed},
                help=help_text,
                beliefs=tuple(listed),
                details={belief.id: _in_words(compared.get(belief.id)) for belief in listed},
                replans=True,
            )
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Decide about one belief: {id, use}. Old and new value are all decisions so far, by belief."""
        if control != "use" or action != "set":
            raise AnswerRefused(Sentence("This cannot be changed here."))
        wanted, use = (value.get("id"), value.get("use")) if isinstance(value, dict) else (None, None)
        if wanted not in [belief.id for belief in self._listed(state)]:
            raise AnswerRefused(Sentence("This entry is no longer in the list."))
        if not isinstance(use, bool):
            raise AnswerRefused(Sentence("Please say whether this may be used: yes or no."))
        decided = dict(self._decided(state))
        if decided.get(wanted) is use:
            return []
        new = {**decided, wanted: use}
        return [ControlChanged(mechanism=self.name, control="use", action="set", old=decided, new=new)]

    def _messages(self, turn: Turn, fresh: list[Belief]) -> list[Message]:
        """Without conversation and plan, which hold what the beliefs were drawn from and led to."""
        told = [b for b in usable(turn.state.beliefs) if b not in fresh and self._is_used(b, turn.state)]
        lines = [f"- [{b.id}] {' '.join(b.text.split())}" for b in told]
        extra = {
            "About the participant": lines or [prompts.NOTHING_KNOWN],
            "Held beliefs": prompts.belief_lines(fresh),
            "Message": [turn.text],
        }
        return prompts.structured_messages(turn.state, ROLE, extra)

    def _reviewed(self, piece: Recalled, belief: Belief | None, state: State) -> Recalled:
        if piece.belief_id is None or piece.kind == "instruction":
            return piece
        if belief is None:  # what it is cannot be told, so nobody was asked about it
            return piece if self.params.default else dropped(piece, WAITS)
        if self._is_used(belief, state):
            return piece
        return dropped(piece, WAITS if self._decision(belief, state) is None else HELD_BACK)

    def _is_used(self, belief: Belief, state: State) -> bool:
        decision = self._decision(belief, state)
        return (self.params.default or not self._waits(belief)) if decision is None else decision

    def _decision(self, belief: Belief, state: State) -> bool | None:
        """What the participant decided about a belief; of what it replaced, a no counts and a yes does not."""
        decided = self._decided(state)
        if belief.id in decided:
            return decided[belief.id]
        earlier = (decided[old.id] for old in forebears(belief.id, state.replaced) if old.id in decided)
        return False if next(earlier, None) is False else None

    def _waits(self, belief: Belief) -> bool:
        return self.params.stated or belief.source == "inferred"

    def _listed(self, state: State) -> list[Belief]:
        return [b for b in usable(state.beliefs) if self._waits(b) or self._decision(b, state) is not None]

    def _decided(self, state: State) -> Mapping[str, bool]:
        decided: Mapping[str, bool] = state.controls.get(f"{self.name}.use") or {}
        return decided


def _compared(state: State) -> dict[str, BeliefPreviewed]:
    """The comparisons that were made in this task."""
    here = {line.id for line in state.history}
    return {e.belief_id: e for e in state.noted if isinstance(e, BeliefPreviewed) and e.turn_id in here}


def _in_words(preview: BeliefPreviewed | None) -> str:
    if preview is None:
        return NOT_COMPARED
    if same(preview.with_it, preview.without_it):
        return NO_CHANGE
    both = {"yes": preview.with_it.rstrip("."), "no": preview.without_it.rstrip(".")}
    return Sentence("With it: {yes}. Without it: {no}.", **both)


def _may_be_shown(texts: list[str], tools: Tools) -> bool:
    return all(texts) and not any(tools.refusal(text) for text in texts)
