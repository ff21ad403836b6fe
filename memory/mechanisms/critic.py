"""A second look at every reply before it is shown."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Literal

from pydantic import BaseModel

from memory import prompts
from memory.belief import same
from memory.mechanism import Mechanism, Params, Tools, Turn
from memory.schemas import AnswersJudged, DraftReviewed, NeutralAnswer
from study.events import Message, Recalled

ROLE = (
    "You review a draft that an assistant is about to send. You know what the assistant was told about the "
    "participant. List what is wrong: something that goes against an entry about the participant or against the "
    "message, an entry that is used although it does not bear on the message, anything that is claimed about the "
    "participant and listed nowhere, a tone or length that does not suit them. If there is a problem, write the whole "
    "reply anew; keep what is good, its form and its length, and name only options of the list. Then say which of the "
    "two is better; in doubt the draft."
)
NEUTRAL_ROLE = "Nothing is known about this participant: answer as you would answer anybody."
JUDGE_ROLE = (
    "You compare two replies to the message of a participant. The better one answers the message well and respects "
    "what is listed about the participant where it bears on the message. Using an entry that does not bear on it, or "
    "claiming what is listed nowhere, is worse than not using it. Neither order nor length counts."
)
CONVERSATION_LINES = 6
SHORTEST = 1 / 3
"""A reply is not replaced by one with less than this share of its words (ours): it would leave things out."""


class CriticParams(Params):
    """`revise`: a critic may rewrite the draft. `choose`: the draft stands against an answer without personal lines."""

    mode: Literal["revise", "choose"] = "revise"


class Critic(Mechanism):
    """Keeps the better of two replies: the draft, and a revision of it or a neutral answer.

    `revise` after PerFine (Maram et al., 2025). Kept: a critic that knows the same about the person names
    problems, the reply is revised, and the stronger one is kept (knockout). Changed: critic, revision and knockout
    are one structured call and one round; the paper has separate calls and three to five rounds. The draft stays
    unless the critic names a problem and holds its revision to be better.

    `choose` after Jekyll & Hyde (Kim et al., 2024). Kept: an answer with and one without the persona, judged in both
    orders to be rid of position bias. Changed: the persona is what was told about the person; where the two
    judgements differ, the personal draft stays, while the paper asks again. Three calls more; the judgements
    are made at the same time.

    Both: a draft that was told nothing about the person is left alone, a replacement that is empty or far too
    short is refused, and without a usable answer of the model the draft is shown.
    """

    name: ClassVar[str] = "critic"
    paper: ClassVar[str] = (
        "Iterative Critique-Refine Framework for Enhancing LLM Personalization (PerFine, arXiv 2510.24469); "
        "Persona is a Double-edged Sword (Jekyll & Hyde, arXiv 2408.08631)"
    )
    Params: ClassVar[type[BaseModel]] = CriticParams
    params: CriticParams

    def revise(self, turn: Turn, recalled: list[Recalled], draft: str, tools: Tools) -> str:
        """The draft, or what serves this participant better."""
        if not any(piece.used and piece.kind == "memory" for piece in recalled):
            return draft
        better = _revision if self.params.mode == "revise" else _neutral
        return better(turn, recalled, draft, tools) or draft


def _revision(turn: Turn, recalled: Sequence[Recalled], draft: str, tools: Tools) -> str:
    """The critic's revision, if it is to be shown; else nothing."""
    messages = _messages(turn, recalled, ROLE, {"Draft": [draft]})
    found = tools.ask(DraftReviewed, messages, "review_draft")
    if found is None or not any(problem.strip() for problem in found.problems) or found.better != "revision":
        return ""
    return _in_its_place(found.revision, draft)


def _neutral(turn: Turn, recalled: Sequence[Recalled], draft: str, tools: Tools) -> str:
    """The answer without personal lines, if both judgements prefer it; else nothing."""
    answer = tools.ask(NeutralAnswer, _neutral_messages(turn, recalled), "answer_neutrally")
    neutral = _in_its_place(answer.text, draft) if answer else ""
    if not neutral or same(neutral, draft):
        return ""

    def preferred(first: str, second: str) -> str | None:
        shown = {"First answer": [first], "Second answer": [second]}
        judged = tools.ask(AnswersJudged, _messages(turn, recalled, JUDGE_ROLE, shown), "judge_answers")
        return {"first": first, "second": second}[judged.better] if judged else None

    with ThreadPoolExecutor(2, "judge") as pool:
        verdicts = list(pool.map(preferred, (draft, neutral), (neutral, draft)))
    return neutral if verdicts == [neutral, neutral] else ""


def _messages(turn: Turn, recalled: Sequence[Recalled], role: str, looked_at: dict[str, list[str]]) -> list[Message]:
    rules = prompts.instructions(recalled)
    extra = {
        "About the participant": prompts.about_lines(recalled),
        **({"Instructions": rules} if rules else {}),
        "Conversation": prompts.conversation_lines(turn.state.history[-CONVERSATION_LINES:]),
        "Message": [turn.text],
        **looked_at,
    }
    return prompts.structured_messages(turn.state, role, extra)


def _neutral_messages(turn: Turn, recalled: Sequence[Recalled]) -> list[Message]:
    """The prompt of the reply without its personal lines, as a structured call."""
    plans = bool(turn.state.task.sections)
    role = prompts.REPLY_ROLE if plans else prompts.CONVERSATION_ROLE
    extra = {
        "About the participant": [prompts.NOTHING_KNOWN],
        **(prompts.plan_so_far(turn.state) if plans else {}),
        "Conversation": prompts.conversation_lines(turn.state.history),
        "Message": [turn.text],
    }
    rules = "\n".join([role, NEUTRAL_ROLE, *prompts.instructions(recalled)])
    return prompts.structured_messages(turn.state, rules, extra)


def _in_its_place(text: str, draft: str) -> str:
    """A text that may take the place of the draft, or nothing."""
    text = text.strip()
    return text if text and len(text.split()) >= SHORTEST * len(draft.split()) else ""
