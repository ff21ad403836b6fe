"""The built-in model weighs questions: each value of an attribute is an answer, all equally likely."""

import re
from typing import Any

from memory.offline_reading import Choice, Reading, gather, rank
from study.wishes import Topic, Wish

ANSWERED_AT_ONCE = re.compile(r"\W*(?:thanks?|thank you|great|perfect|ok(?:ay)?)\b", re.IGNORECASE)


def sample_answers(reading: Reading) -> dict[str, Any]:
    """What comes first now and after each value of each open topic; the topics that change most come first."""
    message = reading.text("Message")
    named = any(option.name.lower() in message.lower() for option in reading.options)
    wanted = gather(reading, message)
    now = _first(reading, wanted)
    open_topics = {line[2:].partition(":")[0].strip() for line in reading.parts.get("Open topics", [])}
    settled = {wish.topic for wish in wanted}
    asked = [
        _sampled(reading, topic, wanted)
        for topic in reading.topics
        if topic.id in open_topics and topic.id not in settled
    ]
    asked.sort(key=lambda question: -sum(len(set(now) - set(answer["choices"])) for answer in question["answers"]))
    at_once = named or bool(ANSWERED_AT_ONCE.match(message))
    return {"wants_answer": at_once, "choices_now": now, "questions": asked if now else []}


def _sampled(reading: Reading, topic: Topic, wanted: list[Wish]) -> dict[str, Any]:
    answers = [
        {
            "text": words[0],
            "likelihood": 1 / len(topic.values),
            "choices": _first(reading, [*wanted, Wish(topic.id, value, True, words[0])]),
        }
        for value, words in topic.values.items()
    ]
    return {"topic": topic.id, "question": topic.question, "answers": answers}


def _first(reading: Reading, wanted: list[Wish]) -> list[str]:
    ranked: dict[str, list[Choice]] = rank(reading, wanted, reading.text("Task"))
    return [options[0].id for options in ranked.values() if options]
