"""How somebody stands to what they mention, by plain lexical rules: wants it, would take it, or does not want it."""

import re
from collections.abc import Sequence
from typing import Literal

Stance = Literal["likes", "accepts", "rejects", "mentions"]
"""`mentions`: nothing says how they stand to it."""
Span = tuple[int, int]

BOUNDARY = re.compile(r"[.,;!?\n]|\bbut\b", re.IGNORECASE)
LISTED = re.compile(r"\s*(?:,|,?\s*\b(?:or|nor|and)\b)\s*(?:(?:the|an?|with)\s+)?", re.IGNORECASE)
JOINED = re.compile(r"\b(?:or|nor|and)\b", re.IGNORECASE)
NEGATIONS = re.compile(
    r"\b(?:no|not|don't|dont|do not|without|never|nothing|avoid|hate|dislike|isn't|aren't|used to)\b"
    r"(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
TAKES = re.compile(
    r"\b(?:(?:fine|ok|okay|happy) with|(?:don't|do not) mind|can live with|(?:would|could|I'd) (?:also )?accept)\b"
    r"(?:\W+\w+){0,2}\W*$",
    re.IGNORECASE,
)
WOULD_DO = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:fine|ok|okay|acceptable|would do|will do|(?<!not )works?|would have worked)\b",
    re.IGNORECASE,
)
WOULD_NOT = re.compile(
    r"^\W*(?:(?:does|do|will|would) not|doesn't|don't|won't|wouldn't|is not for me|isn't for me|is out)\b",
    re.IGNORECASE,
)
WANTS = re.compile(r"\b(?:prefer|like|love|want|choose|take|rather|wish|need)(?:s|d|red)?\b", re.IGNORECASE)


def stances(text: str, spans: Sequence[Span]) -> list[Stance]:
    """One for each mention (its place in the text), in the order given; things listed together share one."""
    text = text.replace("’", "'")
    found: dict[Span, Stance] = {}
    for group in _groups(text, sorted(spans)):
        before = BOUNDARY.split(text[: group[0][0]])[-1]
        after = BOUNDARY.split(text[group[-1][1] :])[0]
        found |= dict.fromkeys(group, _stance(before, after))
    return [found[span] for span in spans]


def _stance(before: str, after: str) -> Stance:
    if TAKES.search(before):
        return "accepts"
    if NEGATIONS.search(before) or WOULD_NOT.search(after):
        return "rejects"
    if WOULD_DO.search(after):
        return "accepts"
    return "likes" if WANTS.search(before) else "mentions"


def _groups(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    """Mentions that stand in one list; a comma belongs to it only if `or`, `nor` or `and` comes later."""
    runs: list[list[Span]] = []
    for span in spans:
        if runs and LISTED.fullmatch(text[runs[-1][-1][1] : span[0]]):
            runs[-1].append(span)
        else:
            runs.append([span])
    return [group for run in runs for group in _lists(text, run)]


def _lists(text: str, run: list[Span]) -> list[list[Span]]:
    joined = [n for n in range(1, len(run)) if JOINED.search(text[run[n - 1][1] : run[n][0]])]
    end = joined[-1] + 1 if joined else 0
    return ([run[:end]] if end else []) + [[span] for span in run[end:]]
