"""Which texts bear on a message: by its words, its everyday topics, and the conversation before it. Pure.

Measured on TREC iKAT 2023 (docs/benchmarks/ikat.md). The weights were chosen on its eleven training topics,
as the middle of the settings that did well there; the test topics decided nothing.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from memory.embedding import vector_of
from memory.everyday import RELATED, topics_of_stems
from memory.words import stems

OWN_WORDS, EARLIER_WORDS, OWN_TOPICS, EARLIER_TOPICS, LIKENESS = 1.0, 0.5, 1.2, 0.2, 0.5
WEIGHTS = OWN_WORDS + EARLIER_WORDS + OWN_TOPICS + EARLIER_TOPICS + LIKENESS
FADING = 0.85
"""What a line of the conversation counts, of what the line after it counts."""
LINES = 20
"""How far back the conversation is looked at; what was said before counts for less than a twentieth."""
NEIGHBOURS = 0.4
"""What a topic lends to the topics that bear on it, all together (as a length)."""
SATURATION, LENGTH_SHARE, USUAL_LENGTH = 1.2, 0.75, 5
"""BM25's k₁ and b as usual (Robertson & Zaragoza 2009), and the length of a short statement in meaningful words."""
BEARS = 0.16
"""From here on a text counts as bearing on the message; docs/benchmarks/ikat.md says what that costs and saves."""


def relevance(
    message: str, context: Sequence[str], texts: Sequence[str], likeness: Sequence[float] | None = None
) -> list[float]:
    """How far each text bears on the message, 0–1; each text is judged for itself, whatever the others are.

    `context`: what both said before, oldest first; it counts less the longer ago it was. `likeness`: how near
    each text is to the message by an embedding (cosine, 0–1); without it the built-in one is used.
    """
    context = context[-LINES:]
    own = Counter(dict.fromkeys(stems(message), 1.0))
    earlier = _faded(context, own)
    own_topics, earlier_topics = _spread(_topics(stems(message))), _spread(_earlier_topics(context))
    near = [_nearness(message, text) for text in texts] if likeness is None else likeness
    scores = []
    for text, alike in zip(texts, near, strict=True):
        words = stems(text)
        topics = _topics(words)
        total = OWN_WORDS * _shared(own, words) + EARLIER_WORDS * _shared(earlier, words)
        total += OWN_TOPICS * _cosine(own_topics, topics) + EARLIER_TOPICS * _cosine(earlier_topics, topics)
        scores.append((total + LIKENESS * alike) / WEIGHTS)
    return scores


def bears_on(message: str, context: Sequence[str], texts: Sequence[str]) -> list[float]:
    """`relevance`, for a filter: what stays under `BEARS` is better left out of a reply.

    On the test topics, with which it was not chosen, it saved 88 of 220 turns from a use they did not need, and
    lost 27 of 79 hits: words and topics tell better *which* text bears than *whether* any is needed.
    """
    return relevance(message, context, texts)


def _faded(context: Sequence[str], own: Mapping[str, float]) -> Counter[str]:
    """The words of the conversation, each with the weight of the last line it stands in, without the message's own."""
    found: Counter[str] = Counter()
    for age, line in enumerate(reversed(context)):
        for word in stems(line):
            found.setdefault(word, FADING**age)  # type: ignore[arg-type]
    return Counter({word: weight for word, weight in found.items() if word not in own})


def _shared(asked: Mapping[str, float], words: Sequence[str]) -> float:
    """BM25 without the rarity of words (a handful of texts tells little of that), brought to 0–1."""
    length = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * len(words) / USUAL_LENGTH)
    counts = Counter(word for word in words if word in asked)
    total = sum(asked[word] * n * (SATURATION + 1) / (n + length) for word, n in counts.items())
    return total / (total + 2)


def _topics(words: Iterable[str]) -> dict[str, float]:
    """Topic → how much of the words speaks of it; a word of several topics is shared between them."""
    known = topics_of_stems()
    found: dict[str, float] = {}
    for word in words:
        for topic in known.get(word, ()):
            found[topic] = found.get(topic, 0.0) + 1 / len(known[word])
    return found


def _earlier_topics(context: Sequence[str]) -> dict[str, float]:
    """The topics of the conversation; a long line counts for less than its many words."""
    found: dict[str, float] = {}
    for age, line in enumerate(reversed(context)):
        words = stems(line)
        for topic, weight in _topics(words).items():
            found[topic] = found.get(topic, 0.0) + FADING**age * weight / math.sqrt(len(words))
    return found


def _spread(topics: Mapping[str, float]) -> dict[str, float]:
    """With a part of each topic's weight lent to the topics that bear on it."""
    found = dict(topics)
    for topic, weight in topics.items():
        others = RELATED[topic].split()
        for other in others:
            found[other] = found.get(other, 0.0) + NEIGHBOURS * weight / math.sqrt(len(others))
    return found


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    dot = sum(weight * other.get(topic, 0.0) for topic, weight in one.items())
    return dot / math.sqrt(sum(x * x for x in one.values()) * sum(x * x for x in other.values())) if dot else 0.0


def _nearness(message: str, text: str) -> float:
    return max(0.0, float(vector_of(text) @ vector_of(message)))
