"""One readable page about the person, rewritten as the conversation goes on."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from memory import prompts
from memory.mechanism import Control, Mechanism, Params, State, Tools, Turn
from memory.page import Page, allowed, edited, lines_of, lost, page_of, tokens
from memory.profile_list import Visibility
from memory.schemas import PageRewritten
from study.errors import AnswerRefused
from study.events import BeliefRefused, ControlChanged, EventBase, LearningFailed, PageWritten, Recalled
from study.sentence import Sentence

CONTROL = "page"
ROLE = (
    "You keep one page of notes about the participant. Rewrite the page in the light of the message: add what they say "
    "about themselves and their wishes, replace what is no longer true, merge what belongs together, keep all the rest. "
    "One plain line for each subject, as `Subject: what is known`. Keep the participant's own lines word for word, and "
    "never bring back what they removed, in whatever words. Write down nothing that was not said."
)


class PageParams(Params):
    """How long the page may be, in tokens counted roughly (the paper: 2,000); whether it is hidden, shown or editable."""

    max_tokens: int = Field(default=2_000, ge=50, le=8_000)
    visibility: Visibility = "hidden"


class MemoryPage(Mechanism):
    """Keeps a page "about you" that a person can read, rewrites it after each turn and recalls it whole.

    After PersonaMem-v2 (Jiang et al., 2025), whose agent keeps one readable memory of at most 2,000 tokens and needs a
    sixteenth of the tokens of the whole history. Kept: one page in plain language, rewritten as a whole, the limit.
    Changed: no model is trained, a role and a schema replace the learned way of writing; the page is rewritten after
    each turn instead of each session; it may be shown and edited. What the person wrote on it outranks any rewrite,
    and what they removed does not come back: code sees to that (memory/page.py), not the prompt alone; only a
    removed line in wholly other words is beyond it. A rewrite that is too long is cut after the last line that fits. One
    that is empty or keeps less than a third of three or more lines is refused: the page stays as it was and the
    record says that learning failed. Who wants something forgotten removes it from the page.
    """

    name: ClassVar[str] = "memory_page"
    paper: ClassVar[str] = "PersonaMem-v2: Towards Personalized Intelligence (arXiv 2512.06688)"
    emits: ClassVar[frozenset[str]] = frozenset(
        {"page_written", "belief_refused", "learning_failed", "control_changed"}
    )
    Params: ClassVar[type[BaseModel]] = PageParams
    params: PageParams

    def recall(self, turn: Turn, tools: Tools) -> list[Recalled]:
        """The page as one piece, with the messages that it rests on."""
        page = self._page(turn.state)
        if not page.lines:
            return []
        evidence = page.evidence or (f"control:{CONTROL}",)
        return [Recalled(text="; ".join(page.lines), mechanism=self.name, evidence=evidence)]

    def learn(self, turn: Turn, reply: str, tools: Tools) -> list[EventBase]:
        """One call rewrites the page; a new version only if that changes what it says."""
        page = self._page(turn.state)
        answer = tools.ask(PageRewritten, _messages(turn, page, tools), "rewrite_page")
        if answer is None:
            return []
        rewrite = lines_of("\n".join(answer.lines))
        if missing := lost(page, rewrite):
            error = f"The rewritten page lost {missing} of {len(page.lines)} lines; it stays as it was."
            return [LearningFailed(mechanism=self.name, turn_id=turn.id, error=error)]
        reasons = {line: tools.refusal(line) for line in rewrite if line not in page.own}
        events: list[EventBase] = [
            BeliefRefused(mechanism=self.name, reason=reason, turn_id=turn.id)
            for reason in dict.fromkeys(reason for reason in reasons.values() if reason)
        ]
        lines = allowed(page, [line for line in rewrite if not reasons.get(line)], self.params.max_tokens)
        if set(lines) == set(page.lines):
            return events
        evidence = tuple(dict.fromkeys([*page.evidence, turn.message_id]))
        return [*events, self._written(page, lines, page.own, evidence, turn_id=turn.id)]

    def controls(self, state: State) -> list[Control]:
        """Nothing when hidden; the page and the version before it when shown; with `set` when editable."""
        if self.params.visibility == "hidden":
            return []
        page = self._page(state)
        actions = ("set",) if self.params.visibility == "editable" else ()
        text, before = Sentence("What the assistant has noted from your messages."), {"before": page.before}
        return [
            Control(
                CONTROL,
                self.name,
                "page",
                Sentence("About you"),
                value=page.text,
                help=text,
                details=before,
                actions=actions,
                replans=True,
            )
        ]

    def act(self, state: State, control: str, action: str, value: Any) -> list[EventBase]:
        """Set the page (its whole new text): lines that are new are the person's, lines that are missing stay away."""
        if self.params.visibility != "editable" or control != CONTROL or action != "set" or not isinstance(value, str):
            raise AnswerRefused(Sentence("This cannot be changed here."))
        if tokens(value) > self.params.max_tokens:
            raise AnswerRefused(
                Sentence("The page takes at most about {count} words.", count=self.params.max_tokens * 3 // 4)
            )
        page = self._page(state)
        new = edited(page, value)
        if new.lines == page.lines:
            return []
        acted = ControlChanged(mechanism=self.name, control=CONTROL, action="set", old=page.text, new=new.text)
        evidence = tuple(dict.fromkeys([*page.evidence, f"control:{CONTROL}"]))
        return [acted, self._written(page, new.lines, new.own, evidence)]

    def _page(self, state: State) -> Page:
        return page_of(state.noted, self.name)

    def _written(
        self,
        page: Page,
        lines: Sequence[str],
        own: Sequence[str],
        evidence: tuple[str, ...],
        turn_id: str | None = None,
    ) -> PageWritten:
        return PageWritten(
            mechanism=self.name,
            version=page.version + 1,
            text="\n".join(lines),
            by="mechanism" if turn_id else "person",
            own=tuple(own),
            evidence=evidence,
            turn_id=turn_id,
        )


def _messages(turn: Turn, page: Page, tools: Tools) -> list[Any]:
    extra = {
        "Page": prompts.listed(page.lines),
        "Own lines": prompts.listed(page.own),
        "Removed lines": prompts.listed(page.removed),
        "Message": [turn.text],
    }
    return prompts.structured_messages(turn.state, ROLE + tools.discretion(), extra)
