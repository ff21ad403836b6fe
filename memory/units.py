"""Cutting a conversation into what is recalled at once: single turns, segments of one topic, whole tasks. Pure."""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from memory.mechanism import Line
from memory.words import has_words, sentences, stems

WINDOW = 2
"""Turns on either side of a gap that are compared. TextTiling compares blocks of 6–10 sentences; a turn has some."""
SHORT = 3
"""A message with at most so many meaningful words is read together with the question it answers (our choice)."""
QUESTION_LIMIT = 200
SAME_TOPIC = 0.4
"""Blocks that are at least so alike are one topic, however deep the valley between them is (our choice)."""


@dataclass(frozen=True)
class Remark:
    """One message of the participant: `asked` is the question that it answers shortly, `reply` what came back."""

    id: str
    text: str
    asked: str = ""
    reply: str = ""
    step: str = ""

    @property
    def whole(self) -> str:
        """The message with the question that it cannot be understood without."""
        return f"{self.asked} {self.text}".strip()


@dataclass(frozen=True)
class Unit:
    """Consecutive messages that are found and recalled together."""

    remarks: tuple[Remark, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages."""
        return tuple(remark.id for remark in self.remarks)

    @property
    def text(self) -> str:
        """All of it, as it is compared with a message."""
        return " ".join(remark.whole for remark in self.remarks)


def remarks(lines: Sequence[Line]) -> list[Remark]:
    """The participant's messages of a conversation, in order, with what stands around each."""
    found: list[Remark] = []
    for number, line in enumerate(lines):
        if line.role == "user":
            before = lines[number - 1] if number and lines[number - 1].step == line.step else None
            after = lines[number + 1] if number + 1 < len(lines) else None
            reply = after.text if after is not None and after.role == "assistant" else ""
            found.append(Remark(line.id, line.text, asked(line.text, before), reply, line.step))
    return found


def permitted(said: Iterable[Remark], refusal: Callable[[str], str | None]) -> list[Remark]:
    """What of these messages may be kept: without the sentences that `refusal` names a reason against.

    The answer to a question that may not be kept says the same, and goes with it.
    """
    return [kept for remark in said if (kept := _permitted(remark, refusal)).text]


def _permitted(remark: Remark, refusal: Callable[[str], str | None]) -> Remark:
    written = sentences(remark.text)
    kept = [] if refusal(remark.asked) else [s for s in written if not refusal(s)]
    return remark if len(kept) == len(written) else replace(remark, text=" ".join(kept))


def asked(text: str, before: Line | None) -> str:
    """The question at the end of the line before, where the answer says too little to be found by itself."""
    if before is None or before.role != "assistant" or not has_words(text) or len(stems(text)) > SHORT:
        return ""
    last = (sentences(before.text) or [""])[-1]
    return last if last.endswith("?") and len(last) <= QUESTION_LIMIT else ""


def turns(said: Iterable[Remark]) -> list[Unit]:
    """Each message for itself."""
    return [Unit((remark,)) for remark in said]


def tasks(said: Iterable[Remark]) -> list[Unit]:
    """All that was said in one task."""
    return [Unit(tuple(group)) for _, group in groupby(said, key=lambda remark: remark.step)]


def segments(said: Iterable[Remark]) -> list[Unit]:
    """What was said of one topic: a task is cut where the words change.

    TextTiling (Hearst 1997) in the place of SeCom's segmentation by a language model. Blocks of turns
    (message and reply) before and after each gap are compared by the cosine of their word counts; a valley
    that is deeper than the mean of all depths less half a standard deviation is a border.
    """
    return [Unit(part) for task in tasks(said) for part in _cut(task.remarks)]


def _cut(said: tuple[Remark, ...]) -> Iterator[tuple[Remark, ...]]:
    words = [Counter(stems(f"{remark.whole} {remark.reply}")) for remark in said]
    alike = [_alike(words[max(0, n - WINDOW) : n], words[n : n + WINDOW]) for n in range(1, len(said))]
    depths = [_depth(alike, n) for n in range(len(alike))]
    limit = statistics.fmean(depths) - statistics.pstdev(depths) / 2 if depths else 0.0
    start = 0
    for n, (depth, likeness) in enumerate(zip(depths, alike, strict=True), start=1):
        is_valley = likeness <= min(alike[max(0, n - 2) : n + 1])
        if is_valley and depth > 0 and depth >= limit and likeness < SAME_TOPIC:
            yield said[start:n]
            start = n
    yield said[start:]


def _alike(one: Sequence[Counter[str]], other: Sequence[Counter[str]]) -> float:
    a, b = sum(one, Counter[str]()), sum(other, Counter[str]())
    dot = sum(count * b[word] for word, count in a.items())
    return dot / math.sqrt(sum(x * x for x in a.values()) * sum(x * x for x in b.values())) if dot else 0.0


def _depth(alike: Sequence[float], n: int) -> float:
    """How far a gap lies under the peaks on both sides of it."""
    left = right = n
    while left > 0 and alike[left - 1] >= alike[left]:
        left -= 1
    while right + 1 < len(alike) and alike[right + 1] >= alike[right]:
        right += 1
    return (alike[left] - alike[n]) + (alike[right] - alike[n])


def shortened(unit: Unit, keep: Sequence[bool]) -> Unit:
    """A unit with only some of its sentences: `keep` says of each, in the order of `parts`, whether it stays."""
    verdicts = iter(keep)
    kept = [
        replace(remark, text=" ".join(s for s in sentences(remark.text) if next(verdicts))) for remark in unit.remarks
    ]
    return Unit(tuple(remark for remark in kept if remark.text))


def parts(unit: Unit) -> list[str]:
    """The sentences of a unit, in order."""
    return [sentence for remark in unit.remarks for sentence in sentences(remark.text)]
