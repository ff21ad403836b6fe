"""Of what was recalled, only what bears on the message reaches the reply."""

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from memory import prompts
from memory.bearing import asked_in_words_of, in_words_of
from memory.belief import binding
from memory.mechanism import Mechanism, Params, Tools, Turn, dropped
from memory.relevance import BEARS, bears_on
from memory.schemas import NotesJudged
from study.events import Recalled
from study.sentence import Sentence

ROLE = (
    "You decide which notes about a participant bear on their message, before it is answered. A note bears on it if a "
    "good answer would be different without the note. A note does not bear on it if it only touches the same subject, "
    "would only be mentioned, was taken up in the conversation already and adds nothing now, or would only make the "
    "answer agree with the participant. Judge every note by its number."
)
LINES_BEFORE = 4
WHY_LIMIT = 200
Verdict = tuple[bool, str]

NO_BEARING = Sentence("does not bear on the message")


class FilterParams(Params):
    """Who judges, and what is never dropped.

    `judge`: `model`, one structured call (the paper's way); `lexical`, no call: a piece bears on the message when
    its words do so by at least `threshold` (0–1; ours: docs/benchmarks/over_use.md shows what each value saves and
    costs). `keep_constraints` (ours): constraints, and needs that come from the person, always stay.
    """

    judge: Literal["model", "lexical"] = "model"
    threshold: float = Field(default=BEARS, ge=0, le=1)
    keep_constraints: bool = True


class RelevanceFilter(Mechanism):
    """Looks over what all mechanisms recalled and drops what does not bear on the message.

    After Self-ReCheck of OP-Bench (Hu et al., 2026): assistants with a memory use it where nothing calls for it,
    and one look over what was recalled, before the reply is written, takes most of that away. Kept: one call,
    about the recalled pieces only, without training. Changed: pieces are judged one by one and the reason is
    recorded; what was not judged, and everything when no usable answer comes, stays; constraints stay; a
    lexical judge costs no call. Only replies are filtered: the plan must meet every need, whatever the last
    message was about.
    """

    name: ClassVar[str] = "relevance_filter"
    paper: ClassVar[str] = (
        "OP-Bench: Benchmarking Over-Personalization for Memory-Augmented Personalized Conversational Agents "
        "(arXiv 2601.13722)"
    )
    Params: ClassVar[type[BaseModel]] = FilterParams
    params: FilterParams

    def review(self, turn: Turn, recalled: list[Recalled], tools: Tools) -> list[Recalled]:
        """Drop what does not bear on the message; nothing for a plan, nothing without an answer."""
        places = [n for n, piece in enumerate(recalled) if self._may_drop(piece, turn)]
        if turn.purpose != "reply" or not places:
            return recalled
        texts = [recalled[n].text for n in places]
        judged = self._by_model(turn, texts, tools) if self.params.judge == "model" else self._by_words(turn, texts)
        reasons = {
            places[number]: Sentence("does not bear on the message: {why}", why=why) if why else NO_BEARING
            for number, (bears, why) in judged.items()
            if not bears and 0 <= number < len(places)
        }
        return [dropped(piece, reasons[n]) if n in reasons else piece for n, piece in enumerate(recalled)]

    def _may_drop(self, piece: Recalled, turn: Turn) -> bool:
        belief = next((b for b in turn.state.beliefs if b.id == piece.belief_id), None)
        kept = self.params.keep_constraints and belief is not None and binding(belief)
        return piece.used and piece.kind == "memory" and not kept

    def _by_model(self, turn: Turn, texts: list[str], tools: Tools) -> dict[int, Verdict]:
        extra = {
            "Conversation": prompts.conversation_lines(turn.state.history[-LINES_BEFORE:]) or ["Nothing was said yet."],
            "Message": [turn.text],
            "Notes": prompts.numbered_lines(texts),
        }
        messages = prompts.structured_messages(turn.state, ROLE, extra)
        answer = tools.ask(NotesJudged, messages, "judge_relevance")
        return {
            one.note: (one.bears, " ".join(one.why.split())[:WHY_LIMIT]) for one in (answer.notes if answer else [])
        }

    def _by_words(self, turn: Turn, texts: list[str]) -> dict[int, Verdict]:
        task, threshold = turn.state.task, self.params.threshold
        said = [line.text for line in turn.state.history[-LINES_BEFORE:] if line.role == "user"]
        scores = bears_on(asked_in_words_of(task, turn.text), said, [in_words_of(task, text) for text in texts])
        return {n: (score >= threshold, _measured(score, threshold)) for n, score in enumerate(scores)}


def _measured(score: float, threshold: float) -> Sentence:
    return Sentence("relevance {score}, below {threshold}", score=f"{score:.2f}", threshold=f"{threshold:.2f}")
