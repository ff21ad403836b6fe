"""Which texts bear on a message, by the words they share. Pure."""

import re
from collections.abc import Sequence
from math import sqrt

from memory.belief import normal
from study.protocol import Task

REQUEST = re.compile(r"\b(plans?|suggest\w*|recommend\w*|propos\w*|ideas?|options?|choose|pick)\b", re.IGNORECASE)
"""What asks for a plan: everything that is known about the attributes of the task bears on such a message."""
SAYS_NOTHING = frozenset(
    """about because does doesn from have into like likes more most much need needs never only over please prefer prefers
    said earlier should some something than that their them then there they this told very want wants well were what
    when where which while will with would your""".split()  # noqa: SIM905 — a list that is read
)
"""English words that say nothing of a subject, beside all that are shorter than four letters."""


def bears_on(message: str, context: Sequence[str], texts: Sequence[str]) -> list[float]:
    """How far each text bears on the message (or, for half as much, on the conversation before it), 0–1.

    The cosine of the words that both have, each counted once.
    """
    asked, before = words(message), words(" ".join(context))
    return [max(_alike(words(text), asked), _alike(words(text), before) / 2) for text in texts]


def in_words_of(task: Task, text: str) -> str:
    """A text with all the words of the attributes that it speaks of, so that “by rail” meets “the train”."""
    padded = f" {normal(text)} "
    spoken = [named for named in _vocabulary(task) if any(f" {normal(word)} " in padded for word in named)]
    return " ".join([text, *(word for named in spoken for word in named)])


def asked_in_words_of(task: Task, message: str) -> str:
    """The same for a message; one that asks for a plan speaks of every attribute."""
    if REQUEST.search(message):
        return " ".join([message, *(word for named in _vocabulary(task) for word in named)])
    return in_words_of(task, message)


def _vocabulary(task: Task) -> list[list[str]]:
    """The words of each attribute: its label, and what people say for its values."""
    return [[a.label, *(word for words in a.values.values() for word in words)] for a in task.attributes.values()]


def words(text: str) -> set[str]:
    """The words of a text that may say something of its subject."""
    return {word for word in re.findall(r"[^\W_]+", text.lower()) if len(word) > 3} - SAYS_NOTHING


def _alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / sqrt(len(one) * len(other)) if one & other else 0.0
