"""Ask only where an answer is worth the effort of giving it."""

import re
from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, Field

from memory import prompts
from memory.belief import normal
from memory.mechanism import Mechanism, Params, State, Tools, Turn
from memory.schemas import AnswersSampled, LikelyAnswer, QuestionSampled
from study.events import Message, Question, Recalled
from study.protocol import Task

ROLE = (
    "You decide whether asking the participant a question is worth their effort. Say first what you would suggest "
    "now, without asking. Then go through at most {count} of the open topics, those whose answers would change your "
    "suggestion most: one short question each, two to four answers that this participant may well give, how likely "
    "each is, and what you would suggest after it. Where the suggestion would stay the same, repeat it in the very "
    "same words. Leave out what the message, the conversation, the plan so far or what is listed about the "
    "participant settles. "
    "If no answer would change anything, give no questions."
)
AT_ONCE = re.compile(
    r"\bjust (?:tell|answer|show|give|suggest|pick|choose|decide)\b|\bno (?:more )?questions?\b|\bsurprise me\b|"
    r"\b(?:stop asking|(?:don['’]?t|do not) ask)\b|\byou (?:decide|choose|pick)\b|\bskip (?:it|this|that|the question)\b",
    re.IGNORECASE,
)
"""Words that ask for the answer at once; what they miss, the model is asked."""
CONVERSATION_LINES = 6
MOST_OPTIONS = 6
OPTION_LENGTH = 80


class AskPolicyParams(Params):
    """`cost` of a question: the share of first choices an answer must be expected to change to be worth it (ours).

    `budget`: questions per task (ours; CARE asks three to four). `max_topics`: how many topics are sampled in a
    call (ours). `in_a_row`: how many questions may follow one another without an answer between them (ours).
    """

    cost: float = Field(default=0.4, ge=0, le=1)
    budget: int = Field(default=3, ge=0, le=20)
    max_topics: int = Field(default=3, ge=1, le=8)
    in_a_row: int = Field(default=1, ge=1, le=5)


class AskPolicy(Mechanism):
    """Asks when the expected gain of an answer exceeds what a question costs, else lets the reply be made.

    After the value of information (Dong et al., 2026) and data minimisation at inference (Tran and Fioretto,
    2023). Kept: likely answers are sampled with their likelihoods, the gain is an expectation over them, compared
    with a cost per question; no more is asked once no sampled answer changes the outcome. Changed: the gain
    is no utility but the share of first choices that change: one choice per section of a plan, the gist of the
    answer in a conversation. The cost is the researcher's, and one call samples everything. PrefDisco found 29 % of
    naive attempts to elicit preferences worse than a generic answer, therefore a budget, and never a topic that was
    asked before, that came up as known (used or held back), that stands as an open question, or that was declined.

    The budget counts this mechanism's own questions in the conversation of the task.
    """

    name: ClassVar[str] = "ask_policy"
    paper: ClassVar[str] = (
        "Value of Information: A Framework for Human–Agent Communication (arXiv 2601.06407); "
        "Data Minimization at Inference Time (arXiv 2305.17593); "
        "Personalized Reasoning: Just-In-Time Personalization and Why LLMs Fail At It (PrefDisco, arXiv 2510.00177)"
    )
    Params: ClassVar[type[BaseModel]] = AskPolicyParams
    params: AskPolicyParams

    def ask(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> Question | None:
        """The question with the highest gain less cost, if that is above zero; its likely answers are the options."""
        task, closed = turn.state.task, closed_topics(turn.state, recalled)
        open_topics = [topic for topic in task.attributes if topic not in closed]
        if not self._may_ask(turn) or (task.attributes and not open_topics):
            return None
        sampled = tools.ask(AnswersSampled, self._messages(turn, recalled, open_topics, tools), "weigh_questions")
        if sampled is None or sampled.wants_answer:
            return None
        questions = [
            as_question(self.name, one, gain(sampled.choices_now, one, task))
            for one in sampled.questions[: self.params.max_topics]
            if (one.topic in open_topics if task.attributes else normal(one.topic) not in map(normal, closed))
        ]
        best = max(filter(None, questions), key=_gained, default=None)
        return best if best and _gained(best) > self.params.cost else None

    def _may_ask(self, turn: Turn) -> bool:
        questions = [line.asked for line in turn.state.history if line.role == "assistant"]
        mine = sum(asked is not None and asked.mechanism == self.name for asked in questions)
        last = questions[-self.params.in_a_row :]
        row_is_full = len(last) == self.params.in_a_row and all(last)
        return mine < self.params.budget and not row_is_full and not AT_ONCE.search(turn.text)

    def _messages(self, turn: Turn, recalled: Sequence[Recalled], topics: Sequence[str], tools: Tools) -> list[Message]:
        state = turn.state
        asked = [f"- {line.asked.text}" for line in state.history if line.asked]
        extra = {
            "About the participant": prompts.about_lines(recalled),
            **(prompts.plan_so_far(state) if state.task.sections else {}),
            "Conversation": prompts.conversation_lines(state.history[-CONVERSATION_LINES:]),
            "Open topics": [f"- {topic}: {state.task.attributes[topic].question}" for topic in topics] or ["Any."],
            "Asked before": asked or ["Nothing."],
            "Message": [turn.text],
        }
        role = ROLE.format(count=self.params.max_topics) + tools.discretion()
        return prompts.structured_messages(state, role, extra)


def closed_topics(state: State, recalled: Sequence[Recalled]) -> set[str]:
    """Topics that are not asked about: asked before, declined or open in a list, or of a belief that came up."""
    came_up = {piece.belief_id for piece in recalled}
    known = {b.topic for b in state.beliefs if b.status in ("declined", "open") or b.id in came_up}
    return {topic for topic in known | {line.asked.topic for line in state.history if line.asked} if topic}


def gain(now: Sequence[str], question: QuestionSampled, task: Task) -> float:
    """The share of first choices that an answer is expected to change (0–1), each answer by its likelihood.

    A choice that an answer leaves out, or that is no option of the task, counts as unchanged.
    """
    before = first_choices(now, task)
    answers = _answers(question)
    total = sum(answer.likelihood for answer in answers)
    if not before or not total:
        return 0.0
    changed = 0.0
    for answer in answers:
        after = first_choices(answer.choices, task)
        share = sum(after.get(place, choice) != choice for place, choice in before.items()) / len(before)
        changed += answer.likelihood / total * share
    return round(changed, 3)


def first_choices(choices: Sequence[str], task: Task) -> dict[str, str]:
    """Section → its first option; in a conversation the one gist, by its words."""
    if not task.sections:
        gist = normal(choices[0]) if choices else ""
        return {"": gist} if gist else {}
    section = {option.id: option.section for option in task.catalogue}
    return {section[choice]: choice for choice in reversed(choices) if choice in section}


def as_question(mechanism: str, sampled: QuestionSampled, worth: float) -> Question | None:
    """What is shown; None where there is nothing to ask or fewer than two answers to choose from."""
    likeliest = sorted(_answers(sampled), key=lambda answer: -answer.likelihood)
    options = tuple(" ".join(answer.text.split())[:OPTION_LENGTH] for answer in likeliest[:MOST_OPTIONS])
    text = sampled.question.strip()
    if not text or not sampled.topic.strip() or len(options) < 2:
        return None
    return Question(mechanism=mechanism, text=text, topic=sampled.topic, options=options, gain=worth)


def _answers(sampled: QuestionSampled) -> list[LikelyAnswer]:
    """The answers that say something, each once."""
    said: dict[str, LikelyAnswer] = {}
    for answer in sampled.answers:
        if words := normal(answer.text):
            said.setdefault(words, answer)
    return list(said.values())


def _gained(question: Question) -> float:
    return question.gain or 0.0
