"""How the built-in model judges which notes bear on a message: by the task's attributes and by related words."""

import re
from typing import Any

from memory.bearing import REQUEST
from memory.offline_reading import Reading
from memory.relevance import BEARS, bears_on
from study.wishes import wishes


def judge_notes(reading: Reading) -> dict[str, Any]:
    """A note bears on a message about the same attribute, on one with related words, and on any request for a plan."""
    message = reading.text("Message")
    asked = _attributes(reading, message)
    notes = []
    for line in reading.parts.get("Notes", []):
        number, text = (part.strip() for part in line[2:].split(" | ", 1))
        its = _attributes(reading, text)
        if its & asked:
            why = f"both are about {', '.join(sorted(its & asked))}"
        elif its and REQUEST.search(message):
            why = "the message asks for a plan"
        else:
            why = "related words" if bears_on(message, (), [text])[0] >= BEARS else "nothing in common"
        notes.append({"note": int(number), "why": why, "bears": why != "nothing in common"})
    return {"notes": notes}


def _attributes(reading: Reading, text: str) -> set[str]:
    """The attributes whose label or words the text contains."""
    named = {t.id for t in reading.topics if re.search(rf"(?<!\w){re.escape(t.label)}(?!\w)", text, re.IGNORECASE)}
    return named | {wish.topic for wish in wishes(text, reading.topics)}
