"""One page about a person: its versions as a fold, and what may stand in the next one. Pure.

The page is plain lines. What the person wrote on it stays word for word and what they took away does not come
back, whoever rewrites it and however.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memory.belief import normal, same
from study.events import PageWritten

BYTES_PER_TOKEN = 4
DENIALS = frozenset(
    {"no", "not", "never", "without", "avoid", "avoids", "nor", "don", "doesn", "nicht", "kein", "keine", "nie", "ohne"}
)
"""Words that turn a line around: "not by car" does not repeat "by car"."""
SUBJECT = re.compile(r"^([^:]{1,40}): ")
KEPT_SHARE = 1 / 3
"""A rewrite that keeps less of the lines is taken for an accident (our choice)."""


@dataclass(frozen=True)
class Page:
    """A version of the page. `own`: lines the person wrote; `removed`: lines they took away; `before`: the last text."""

    lines: tuple[str, ...] = ()
    version: int = 0
    own: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    before: str = ""

    @property
    def text(self) -> str:
        """The page as it is read."""
        return "\n".join(self.lines)


def page_of(noted: Iterable[Any], mechanism: str) -> Page:
    """The page as these events have left it."""
    page = Page()
    for event in noted:
        if isinstance(event, PageWritten) and event.mechanism == mechanism:
            removed = edited(page, event.text).removed if event.by == "person" else page.removed
            page = Page(lines_of(event.text), event.version, event.own, removed, event.evidence, page.text)
    return page


def edited(page: Page, text: str) -> Page:
    """The page after the person made it this: new lines are theirs, missing ones were taken away."""
    lines = lines_of(text)
    gone = tuple(line for line in page.lines if line not in lines)
    removed = tuple(dict.fromkeys(line for line in (*page.removed, *gone) if line not in lines))
    own = tuple(line for line in lines if line in page.own or line not in page.lines)
    return Page(lines, page.version + 1, own, removed, page.evidence, page.text)


def allowed(page: Page, rewrite: Sequence[str], limit: int) -> tuple[str, ...]:
    """What may stand on the next page of a rewrite: at most `limit` tokens, cut after the last line that fits.

    The person's lines come first and are never cut. Left out is what repeats a line that they took away, and
    what else is said on the subject of one of their lines.
    """
    subjects = {subject(line) for line in page.own} - {""}
    lines = list(page.own)
    for line in lines_of("\n".join(rewrite)):
        if subject(line) in subjects or any(same(line, own) for own in page.own):
            continue
        if any(repeats(line, removed) for removed in page.removed):
            continue
        if tokens("\n".join([*lines, line])) > limit:
            break
        lines.append(line)
    return tuple(lines)


def lost(page: Page, rewrite: Sequence[str]) -> int:
    """How many lines a rewrite would lose by accident: 0, unless it is empty or drops most of three or more lines.

    A line is kept when at least half of its words stand somewhere in the rewrite, so that lines may be merged.
    The person's lines do not count: they are kept in any case.
    """
    known = [line for line in page.lines if line not in page.own]
    words = {word for line in rewrite for word in normal(line).split()}
    kept = [line for line in known if 2 * len(words & set(normal(line).split())) >= len(set(normal(line).split()))]
    gone = len(known) - len(kept)
    if not words or (len(known) >= 3 and len(kept) < KEPT_SHARE * len(known)):
        return gone
    return 0


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text without bullets, blank lines and repetitions."""
    lines = (re.sub(r"^[-*•]\s+", "", line.strip()) for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if normal(line)))


def tokens(text: str) -> int:
    """About how many tokens a text takes: one for four bytes, the usual rule of thumb; no model's own count."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def subject(line: str) -> str:
    """What a line is about, where it says so before a colon."""
    found = SUBJECT.match(line)
    return normal(found[1]) if found else ""


def repeats(line: str, removed: str) -> bool:
    """Whether a line says what a removed one said, perhaps with more words; other words for it are not noticed."""
    said, gone = set(normal(line).split()), set(normal(removed).split())
    return gone <= said and bool(said & DENIALS) == bool(gone & DENIALS)
