"""Texts and messages with all the words of the task's attributes that they speak of, to be compared. Pure."""

import re

from memory.belief import normal
from study.protocol import Task

REQUEST = re.compile(r"\b(plans?|suggest\w*|recommend\w*|propos\w*|ideas?|options?|choose|pick)\b", re.IGNORECASE)
"""What asks for a plan: everything that is known about the attributes of the task bears on such a message."""


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
