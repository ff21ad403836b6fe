"""Every preference that the person stated, recalled every time."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from memory import profile_list, prompts
from memory.belief import new_id, same, successor, usable
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from memory.profile_list import TEXT_LIMIT, Visibility, profile
from memory.schemas import PreferencesStated, StatedPreference
from study.beliefs import current
from study.events import Belief, BeliefChanged, BeliefRefused, EventBase, Recalled
from study.sentence import Sentence

ROLE = (
    "You take down what the participant says they want, like or want to avoid. List every preference that the message "
    "states outright, one each, with the words it rests on; infer nothing. Where a held one says the same, name it in "
    "`same_as`. Where a held one cannot hold beside the new one, because its subject has one value at a time or "
    "because the participant changed their mind, name it in `replaces`."
)


class AllBeliefsParams(Params):
    """How many preferences are recalled (none: all of them, as in the paper); whether the list is hidden, shown or editable."""

    max_recalled: int | None = Field(default=None, ge=1, le=500)
    visibility: Visibility = "hidden"


class AllBeliefs(Mechanism):
    """Keeps every stated preference and tells the assistant all of them, newest last.

    After the reminder baseline of PrefEval (Zhao et al., 2025), which puts the stated preference before the
    model again: the strongest simple way there, and one that weakens as the conversation gets longer. Kept: no
    selection by relevance, nothing inferred. Changed: the benchmark knows the preference it reminds of; here one
    call after each turn finds what was stated. The same preference again supports the one that is held.
    A later statement on a subject that has one value at a time takes the place of the earlier one, which stays
    in the record: where memory can only be added to, the old and the new preference coexist and the assistant
    is told both. The limit of recall is ours, and off.
    """

    name: ClassVar[str] = "all_beliefs"
    paper: ClassVar[str] = "Do LLMs Recognize Your Preferences? (PrefEval, arXiv 2502.09597)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_changed", "belief_refused", "control_changed"})
    Params: ClassVar[type[BaseModel]] = AllBeliefsParams
    params: AllBeliefsParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Everything that is held, newest last; where there is a limit, the newest so many are used."""
        held = _by_age(turn.state)
        left_out = max(0, len(held) - (self.params.max_recalled or len(held)))
        return [
            Recalled(
                text=belief.text,
                mechanism=self.name,
                belief_id=belief.id,
                evidence=belief.evidence or (belief.id,),
                used=number >= left_out,
                reason=""
                if number >= left_out
                else Sentence("not among the {count} stated last", count=self.params.max_recalled),
            )
            for number, belief in enumerate(held)
        ]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """One call finds what was stated; it is new, says the same again, or takes the place of what was said before."""
        noted = profile(turn.state)
        extra = {"Held beliefs": prompts.belief_lines(usable(noted)), "Message": [turn.text]}
        messages = prompts.structured_messages(turn.state, ROLE + tools.discretion(), extra)
        answer = tools.ask(PreferencesStated, messages, "find_preferences")
        events: list[EventBase] = []
        for stated in answer.preferences if answer else []:
            if reason := tools.refusal(stated.text):
                events.append(BeliefRefused(mechanism=self.name, reason=reason, turn_id=turn.id))
                continue
            changes = self._changes(turn, stated, noted)
            events += changes
            noted = list(current([*noted, *(change.belief for change in changes)]))
        return list(dict.fromkeys(events))

    def controls(self, state: State) -> list[Control]:
        """The list, for those who may see it (memory/profile_list.py)."""
        return profile_list.control(self.name, self.params.visibility, profile(state))

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Edit, confirm, delete or hide a preference; what the person settled there outranks later messages."""
        return profile_list.act(self.name, self.params.visibility, profile(state), control, action, value)

    def _changes(self, turn: Turn, stated: StatedPreference, noted: Sequence[Belief]) -> list[BeliefChanged]:
        text = stated.text.strip()[:TEXT_LIMIT]
        held = usable(noted)
        again = next((b for b in held if b.id == stated.same_as or same(b.text, text)), None)
        if again:
            return self._supported(turn, again)
        if not text or any(same(b.text, text) for b in noted if b.status in ("declined", "retracted")):
            return []  # what the person deleted or hid is not noted again
        past = [belief for belief in held if belief.id in stated.replaces]
        if any(belief.source == "edited" for belief in past):
            return []  # settled in the list, and to be changed there
        fields: dict[str, Any] = {"text": text, "topic": stated.topic, "reasoning": stated.quote}
        fields |= {"source": "stated", "evidence": (turn.message_id,)}
        if not past:
            return [self._change("added", Belief(id=new_id(), **fields), turn)]
        gone = [self._change("outdated", b.model_copy(update={"status": "outdated"}), turn) for b in past[1:]]
        return [self._change("revised", successor(past[0], **fields), turn), *gone]

    def _supported(self, turn: Turn, belief: Belief) -> list[BeliefChanged]:
        """One more message that says so; never a second entry."""
        if turn.message_id in belief.evidence:
            return []
        more = belief.model_copy(update={"evidence": (*belief.evidence, turn.message_id)})
        return [self._change("supported", more, turn)]

    def _change(self, action: Any, belief: Belief, turn: Turn) -> BeliefChanged:
        return BeliefChanged(mechanism=self.name, by="mechanism", action=action, belief=belief, turn_id=turn.id)


def _by_age(state: State) -> list[Belief]:
    """What is held, by the message that said it last; what this turn taught comes after all of them."""
    lines = [line.id for line in (*state.remembered, *state.history)]
    place = {line: number for number, line in enumerate(lines)}
    return sorted(usable(profile(state)), key=lambda b: max((place.get(e, len(lines)) for e in b.evidence), default=-1))
