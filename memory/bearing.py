"""Which texts bear on a message, by the words they share."""

from collections.abc import Sequence

from memory.belief import normal
from memory.index import vector_of
from study.protocol import Task


def relevance(message: str, context: Sequence[str], texts: Sequence[str]) -> list[float]:
    """How far each text bears on the message (or, for half as much, on the conversation before it), 0–1. Pure."""
    asked, before = vector_of(message), vector_of(" ".join(context))
    return [max(0.0, float(vector_of(text) @ asked), float(vector_of(text) @ before) / 2) for text in texts]


def in_words_of(task: Task, text: str) -> str:
    """A text with all the words of the attributes that it speaks of, so that “by rail” meets “the train”."""
    padded = f" {normal(text)} "
    spoken = [text]
    for attribute in task.attributes.values():
        words = [attribute.label, *(word for words in attribute.values.values() for word in words)]
        if any(f" {normal(word)} " in padded for word in words):
            spoken += words
    return " ".join(spoken)
