"""The built-in model's rule for a page about the participant."""

from typing import Any

from memory.offline_reading import Reading
from study.wishes import Wish, excludes, noted, wishes


def rewrite_page(reading: Reading) -> dict[str, Any]:
    """One line for each wish, sorted; a later word on an attribute replaces earlier ones, other lines stay."""
    topics = {topic.id: topic for topic in reading.topics}
    page, own = _lines(reading, "Page"), _lines(reading, "Own lines")
    settled = [wish for line in own for wish in wishes(line, reading.topics)]
    said = wishes(reading.text("Message"), reading.topics)
    said = [wish for wish in said if not any(excludes(wish, s) or excludes(s, wish) for s in settled)]
    lines = [
        line
        for line in page
        if line in own or not any(excludes(wish, old) for wish in said for old in wishes(line, reading.topics))
    ]
    known = {_key(wish) for line in lines for wish in wishes(line, reading.topics)}
    lines += [noted(topics[wish.topic], wish) for wish in said if _key(wish) not in known]
    return {"lines": sorted(lines)}


def _key(wish: Wish) -> tuple[str, str, bool]:
    return (wish.topic, wish.value, wish.wanted)


def _lines(reading: Reading, section: str) -> list[str]:
    return [line[2:] for line in reading.parts.get(section, []) if line.startswith("- ")]
