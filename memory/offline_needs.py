"""The built-in model's rule for finding needs: what was said, and what to ask next."""

import re
from typing import Any

from memory.offline_reading import Reading, sentence
from study.wishes import Topic, Wish, excludes, noted, wishes

WANTS_ANSWER = re.compile(
    r"\b(?:no more questions|enough questions|(?:stop|without) asking|(?:just|simply) (?:give|show|tell|make) me"
    r"|(?:give|show) me (?:the|a|your) (?:plan|answer|suggestions?))\b",
    re.IGNORECASE,
)
AREAS = ("The basics", "The details", "Finishing touches")
"""Names of groups of three attributes, in the task's order; the last one takes all that follow."""


def find_needs(reading: Reading) -> dict[str, Any]:
    """One need for each wish in the message, and questions of the next area about topics that are still open."""
    message = reading.text("Message")
    labels = {topic.id: topic for topic in reading.topics}
    said = wishes(message, reading.topics)
    needs = [_need(reading, labels[wish.topic], wish, sentence(message, wish.words)) for wish in said]
    stated = {wish.topic for wish in said}
    settled = stated | {topic for _, _, topic, _ in reading.held}
    left = [(_area(n), topic) for n, topic in enumerate(reading.topics) if topic.id not in settled]
    is_open = any(status == "open" and topic not in stated for _, status, topic, _ in reading.held)
    area = _milestone(reading, [name for name, _ in left], is_open)
    questions = [_question(topic, message) for name, topic in left if name == area]
    return {
        "needs": needs,
        "area": area,
        "questions": sorted(questions, key=lambda question: question["effort"]),
        "wants_answer": bool(WANTS_ANSWER.search(message)),
    }


def _milestone(reading: Reading, left: list[str], is_open: bool) -> str:
    """The newest area while something in it is open or left to ask; else the first one that was not there yet."""
    so_far = [line[2:] for line in reading.parts.get("Areas so far", []) if line.startswith("- ")]
    if so_far and (is_open or so_far[-1] in left):
        return so_far[-1]
    return next((area for area in left if area not in so_far), "")


def _question(topic: Topic, message: str) -> dict[str, Any]:
    """About one topic; the more answers there are to choose from, the harder. Implicit where the message touches it."""
    touched = re.search(rf"\b{re.escape(topic.label)}\b", message, re.IGNORECASE)
    return {
        "topic": topic.id,
        "question": topic.question,
        "suggestions": list(topic.values),
        "level": "implicit" if touched else "latent",
        "effort": min(3, max(1, len(topic.values) - 1)),
    }


def _need(reading: Reading, topic: Topic, wish: Wish, quote: str) -> dict[str, Any]:
    held = [(i, wishes(text, [topic])) for i, status, t, text in reading.held if t == topic.id and status == "held"]
    # What cannot be read may well say the opposite; what the person wrote then stands against the new need.
    replaces = [i for i, known in held if not known or any(excludes(wish, other) for other in known)]
    return {"text": noted(topic, wish), "topic": topic.id, "quote": quote, "beside": not replaces, "replaces": replaces}


def _area(number: int) -> str:
    return AREAS[min(number // 3, len(AREAS) - 1)]
