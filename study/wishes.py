"""What people ask for, read in their words: which values of a task's attributes they want, and which not. Pure.

The rules are plain and lexical, and know English alone: an attribute lists the words for each of its values, and
`study.stance` says how somebody stands to what they mention.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from study.protocol import Task
from study.stance import Span, stances

Phrase = tuple[str, str, str, str, bool]
"""Words, the same in small letters, the attribute and the value they say, and whether they say themselves that it is not
wanted.
"""


@dataclass(frozen=True)
class Topic:
    """One attribute with the words for its values."""

    id: str
    label: str
    question: str
    values: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Wish:
    """An attribute value that is wanted (or to be avoided), the words that said so, and whose line it was.

    `mild`: it would do, but is not asked for.
    """

    topic: str
    value: str
    wanted: bool
    words: str
    source: str = ""
    mild: bool = False


def topics_of(task: Task) -> list[Topic]:
    """The attributes of a task."""
    return [Topic(name, a.label, a.question, dict(a.values)) for name, a in task.attributes.items()]


def wishes(text: str, topics: list[Topic], source: str = "") -> list[Wish]:
    """What a text asks for, by the words of the attributes; longest phrases first, each word once."""
    return _wishes(text, phrases_of(topics), source)


def _wishes(text: str, phrases: Sequence[Phrase], source: str = "") -> list[Wish]:
    taken: dict[Span, tuple[str, str, bool, bool]] = {}
    read: list[Span] = []
    lower = text.lower()
    near = [phrase for phrase in phrases if phrase[1] in lower]  # quicker than what respects the limits of words
    for phrase, _, topic, value, denied in near:
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE):
            if not any(match.start() < end and start < match.end() for start, end in read):
                read.append(match.span())
                is_note = ": " in phrase  # what comes before its value is not swallowed: it may begin a list
                start = match.end() - len(value) if is_note else match.start()
                taken[start, match.end()] = (topic, value, denied, is_note)
    found: dict[tuple[str, str, bool, bool], Wish] = {}
    for span, stance in zip(taken, stances(text, list(taken)), strict=True):
        topic, value, denied, is_note = taken[span]
        how = (topic, value, not denied and stance != "rejects", stance == "accepts")
        words = value if is_note else text[slice(*span)]
        found.setdefault(how, Wish(*how[:3], words, source, mild=how[3]))
    return list(found.values())


def noted(topic: Topic, wish: Wish) -> str:
    """A wish as a line that reads back as the same wish."""
    return f"{topic.label}: {'' if wish.wanted else 'not '}{wish.value} (“{wish.words.lower()}”)"


def excludes(later: Wish, earlier: Wish) -> bool:
    """Whether an earlier wish cannot hold beside a later one: another value of the attribute, or wanted no longer."""
    if later.topic != earlier.topic:
        return False
    return later.wanted and earlier.wanted if later.value != earlier.value else later.wanted != earlier.wanted


def meets(attributes: Mapping[str, str], wish: Wish) -> bool:
    """Whether something with these attributes has what is wanted, or lacks what is not."""
    return (attributes.get(wish.topic) == wish.value) == wish.wanted


def standing(said: Iterable[tuple[str, bool]], phrases: Sequence[Phrase]) -> list[Wish]:
    """The wishes that stand after all of this was said, in order: a text, and whether it is said or taken back.

    `phrases`: those of the task's topics. A later wish replaces what it excludes. What would merely do is no wish.
    """
    stand: list[Wish] = []
    for text, is_said in said:
        found = [wish for wish in _wishes(text, phrases) if not wish.mild]
        if is_said:
            stand = [old for old in stand if not any(_same(new, old) or excludes(new, old) for new in found)] + found
        else:
            stand = [old for old in stand if not any(_same(gone, old) for gone in found)]
    return stand


def share_met(chosen: Sequence[Mapping[str, str]], wanted: Sequence[Wish]) -> float | None:
    """The share of pairs (chosen option, wish) in which the option meets the wish; None where there is no pair."""
    pairs = [meets(attributes, wish) for attributes in chosen for wish in wanted]
    return sum(pairs) / len(pairs) if pairs else None


def _same(one: Wish, other: Wish) -> bool:
    return (one.topic, one.value, one.wanted) == (other.topic, other.value, other.wanted)


NOTED = {"": False, "prefers ": False, "not ": True, "does not want ": True}
"""How lines that were noted put a value, and whether it is one to avoid; read whole, for labels may hold words of values."""


def phrases_of(topics: Sequence[Topic]) -> list[Phrase]:
    """Everything that says a value of an attribute, longest first."""
    every: list[Phrase] = []
    for topic in topics:
        for value, words in topic.values.items():
            lines = {f"{topic.label}: {says}{value}": denied for says, denied in NOTED.items()}
            said = {**dict.fromkeys(words, False), **lines}
            every += [(text, text.lower(), topic.id, value, denied) for text, denied in said.items()]
    return sorted(every, key=lambda p: -len(p[0]))
