"""Okapi BM25, small: the lexical yardstick for recall (Robertson & Zaragoza, 2009; k1 = 1.2, b = 0.75)."""

import math
import re
from collections import Counter
from collections.abc import Sequence

K1, B = 1.2, 0.75


def ranked(query: str, texts: Sequence[str]) -> list[int]:
    """Places of the texts, best first; where scores are equal the earlier text comes first."""
    scores = bm25(query, texts)
    return sorted(range(len(texts)), key=lambda n: -scores[n])


def bm25(query: str, texts: Sequence[str]) -> list[float]:
    """The score of every text for this query."""
    documents = [Counter(tokens(text)) for text in texts]
    average = sum(sum(d.values()) for d in documents) / max(1, len(documents))
    weights = {term: _idf(sum(term in d for d in documents), len(documents)) for term in set(tokens(query))}
    return [sum(w * _saturated(d[t], sum(d.values()), average) for t, w in weights.items()) for d in documents]


def tokens(text: str) -> list[str]:
    """Lower case words, no stemming, no stop words."""
    return re.findall(r"[^\W_]+", text.lower())


def _idf(holding: int, documents: int) -> float:
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def _saturated(count: int, length: int, average: float) -> float:
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length / average)) if count else 0.0
