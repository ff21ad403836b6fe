"""Preferences that the assistant asks for before it acts, and takes corrections of afterwards."""

import re
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator

from memory import profile_list, prompts, revision
from memory.belief import normal, usable
from memory.index import vector_of
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from memory.profile_list import Visibility, profile
from memory.schemas import Clarification, PreferencesRevealed
from study.beliefs import current
from study.events import Belief, BeliefChanged, BeliefRefused, EventBase, Question, Recalled
from study.sentence import Sentence

ASK_ROLE = (
    "You decide whether something must be asked before the message is answered. Nothing is asked when what is listed "
    "about the participant, or the message itself, settles what the answer depends on, when the message is thanks or "
    "small talk, or when the participant wants the answer now. Else ask one short question about one subject, the one "
    "on which most depends, with two to six short answers to choose from. What is in doubt is asked before what is "
    "unknown. Never ask about a subject that was asked already."
)
LEARN_ROLE = (
    "You note what the message reveals about the participant's preferences: an answer to the question, what they like "
    "or dislike about the last reply, or what they ask for of their own accord. Note only what they said; agreement and "
    "thanks reveal nothing. Compare with the held beliefs on the same subject and give the whole preference as it "
    "stands now: the new in place of the old where they contradict, together with what still holds of the old."
)
NOW = re.compile(
    r"\b(?:right away|right now|answer now|without asking|(?:no|stop|enough) (?:more )?(?:questions?|asking)|"
    r"(?:don['’]t|do not) ask|just (?:decide|choose|pick|answer|tell me|give me|show me|go ahead|do it))\b",
    re.IGNORECASE,
)
"""The person wants the answer now: nothing is asked, whatever the model thinks (it is told so too, for other languages)."""
OPTIONS = 6
SAID_BEFORE = 4
"""Lines of the conversation that a message is read with."""


class AskAndCorrectParams(Params):
    """`ask` before acting, `correct` from what the person says of their own accord: the paper's conditions, not both off.

    `questions_per_task`: the paper's shopping task allows one. `max_recalled`: beliefs on no subject of the task
    (paper: the ten nearest). `doubt`: what a correction puts in doubt, its own subject or everything held about the
    things at hand (ours; the paper has neither). `visibility` as in the inferred profile.
    """

    ask: bool = True
    correct: bool = True
    questions_per_task: int = Field(default=1, ge=1, le=10)
    max_recalled: int = Field(default=10, ge=0, le=50)
    doubt: Literal["subject", "task"] = "task"
    visibility: Visibility = "hidden"

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.ask or self.correct):
            raise ValueError("ask and correct are both off; switch one on, or use the mechanism 'none'")
        return self


class AskAndCorrect(Mechanism):
    """Asks what memory does not settle, and lets what the person says later take the place of what was held.

    After PAHF (Liang et al., 2026). Kept: before acting, one question with options if memory does not settle the
    task; after feedback, is a preference in it, which belief is on the same subject, revise that or add; asking
    alone, correcting alone or both. Changed: two structured calls in place of about six. Before a reply
    `clarify` (needed at all? which question?), left out when every attribute of the task was answered before; after a
    reply `reveal_preferences` (is there one? on which belief's subject?), left out when only answers count. Besides
    feedback, wishes in a request count as well, for people state them where the paper's tasks do not. A corrected
    belief becomes history instead of being written over, and what a correction leaves in doubt is asked once more.
    What the person edited in the list gives way only to their own contradiction, never to a reading of what they said.
    """

    name: ClassVar[str] = "ask_and_correct"
    paper: ClassVar[str] = "Learning Personalized Agents from Human Feedback (PAHF, arXiv 2602.16173)"
    emits: ClassVar[frozenset[str]] = frozenset({"belief_changed", "belief_refused", "control_changed"})
    Params: ClassVar[type[BaseModel]] = AskAndCorrectParams
    params: AskAndCorrectParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """Everything held on the subjects of the task; of what has no subject there, the nearest."""
        held = usable(profile(turn.state))
        topics = turn.state.task.attributes
        other = [belief for belief in held if belief.topic not in topics]
        near = _nearest([b for b in other if not (topics and b.topic)], turn.text, self.params.max_recalled)
        kept = {belief.id for belief in near} | {belief.id for belief in held if belief.topic in topics}
        return [
            Recalled(
                text=belief.text,
                mechanism=self.name,
                belief_id=belief.id,
                evidence=belief.evidence or (belief.id,),
                used=belief.id in kept,
                reason="" if belief.id in kept else Sentence("is about something else than this task"),
            )
            for belief in held
        ]

    def ask(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> Question | None:
        """One question if memory does not settle the message; none right after an answer or where none is wanted."""
        asked = [line.asked for line in turn.state.history if line.asked and line.asked.mechanism == self.name]
        enough = len(asked) >= self.params.questions_per_task
        if not self.params.ask or turn.answers or enough or NOW.search(turn.text):
            return None
        held = profile(turn.state)
        done = {question.topic for question in asked} | {b.topic for b in held if _settles(b)}
        topics = turn.state.task.attributes
        if topics and done.issuperset(topics):
            return None
        extra = {
            "About the participant": prompts.about_lines(recalled),
            "In doubt": prompts.belief_lines([b for b in usable(held) if not revision.is_sure(b)]),
            "Asked already": [f"- {topic}" for topic in sorted(done - {""})] or ["None."],
            "Message": [turn.text],
        }
        found = tools.ask(
            Clarification, prompts.structured_messages(turn.state, ASK_ROLE + tools.discretion(), extra), "clarify"
        )
        if found is None or found.settled or not found.question.strip() or tools.refusal(found.question):
            return None
        if normal(found.topic) in map(normal, done - {""}) or any(found.question == q.text for q in asked):
            return None
        options = dict.fromkeys(option.strip() for option in found.options if option.strip())
        return Question(
            mechanism=self.name,
            text=found.question.strip(),
            topic=found.topic.strip(),
            options=tuple(options)[:OPTIONS],
        )

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """What the message reveals: an answer to a question, or what the person said of their own accord."""
        if not (turn.answers or self.params.correct):
            return []
        source: revision.Source = "asked" if turn.answers else "stated"
        noted = profile(turn.state)
        extra = {
            "Held beliefs": prompts.belief_lines(_at_hand(usable(noted), turn)),
            "Conversation": prompts.conversation_lines(turn.state.history[-SAID_BEFORE:]),
            **({"Question": [f"- {turn.answers.topic or '-'} | {turn.answers.text}"]} if turn.answers else {}),
            "Message": [turn.text],
        }
        messages = prompts.structured_messages(turn.state, LEARN_ROLE + tools.discretion(), extra)
        found = tools.ask(PreferencesRevealed, messages, "reveal_preferences")
        learned: list[EventBase] = []
        corrected: list[Belief] = []
        for said in found.preferences if found else []:
            if reason := tools.refusal(said.text):
                learned.append(BeliefRefused(mechanism=self.name, reason=reason, turn_id=turn.id))
                continue
            changed = revision.changes(said, noted, source, turn.message_id)
            corrected += [belief for action, belief in changed if action == "outdated" and source == "stated"]
            learned += [self._event(change, turn) for change in changed]
            noted = list(current([*noted, *(belief for _, belief in changed)]))
        if corrected and self.params.doubt == "task":
            topics = list(turn.state.task.attributes)
            learned += [self._event(change, turn) for change in revision.doubted(noted, topics, corrected)]
        return learned

    def controls(self, state: State) -> list[Control]:
        """The list, for those who may see it (memory/profile_list.py)."""
        return profile_list.control(self.name, self.params.visibility, profile(state))

    def act(self, state: State, control: str, action: str, value: object) -> list[EventBase]:
        """Edit, confirm, delete or hide a belief; a correction outranks what is read in a message."""
        return profile_list.act(self.name, self.params.visibility, profile(state), control, action, value)

    def _event(self, change: revision.Change, turn: Turn) -> BeliefChanged:
        action, belief = change
        return BeliefChanged(mechanism=self.name, by="mechanism", action=action, belief=belief, turn_id=turn.id)


def _settles(belief: Belief) -> bool:
    """Whether its subject need not be asked about: the person answered or settled it, or wants it left alone."""
    if belief.status in ("declined", "retracted"):
        return True
    return belief.source in ("asked", "edited") and revision.is_sure(belief)


def _at_hand(held: list[Belief], turn: Turn) -> list[Belief]:
    """What a message may be about: the subjects of the task, and what has no subject or none of another task."""
    topics = turn.state.task.attributes
    return [belief for belief in held if not topics or not belief.topic or belief.topic in topics]


def _nearest(held: list[Belief], text: str, count: int) -> list[Belief]:
    """So many of the beliefs that bear most on a text."""
    asked = vector_of(text)
    order = np.argsort([-float(vector_of(belief.text) @ asked) for belief in held], kind="stable")
    return [held[place] for place in order[:count]]
