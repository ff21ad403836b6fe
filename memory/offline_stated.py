"""The built-in model's rule for stated preferences."""

from typing import Any

from memory.offline_reading import Reading, sentence
from study.wishes import excludes, noted, wishes


def find_preferences(reading: Reading) -> dict[str, Any]:
    """One preference for each wish in the message; a later word on an attribute replaces earlier ones."""
    message = reading.text("Message")
    topics = {topic.id: topic for topic in reading.topics}
    held = [(i, wishes(text, reading.topics)) for i, _, _, text in reading.held]
    preferences = []
    for wish in wishes(message, reading.topics):
        key = (wish.topic, wish.value, wish.wanted)
        same = [i for i, earlier in held if key in [(w.topic, w.value, w.wanted) for w in earlier]]
        preferences.append(
            {
                "text": noted(topics[wish.topic], wish),
                "topic": wish.topic,
                "quote": sentence(message, wish.words),
                "same_as": same[0] if same else "",
                "replaces": [i for i, earlier in held if any(excludes(wish, w) for w in earlier)],
            }
        )
    return {"preferences": preferences}
