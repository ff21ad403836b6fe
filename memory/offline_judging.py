"""How the built-in model judges which notes bear on a message: by the task's attributes and by shared words."""

import re
from typing import Any

from memory.offline_reading import Reading, wishes

REQUEST = re.compile(r"\b(plans?|suggest\w*|recommend\w*|propos\w*|ideas?|options?|choose|pick)\b", re.IGNORECASE)
SAYS_NOTHING = frozenset(
    """about because does doesn from have into like likes more most much need needs never only over please prefer prefers
    said earlier should some something than that their them then there they this told very want wants well were what
    when where which while will with would your""".split()  # noqa: SIM905 — a list that is read
)


def judge_notes(reading: Reading) -> dict[str, Any]:
    """A note bears on a message about the same attribute, on one with the same word, and on any request for a plan."""
    message = reading.text("Message")
    asked, said = _attributes(reading, message), _words(message)
    notes = []
    for line in reading.parts.get("Notes", []):
        number, text = (part.strip() for part in line[2:].split(" | ", 1))
        its = _attributes(reading, text)
        shared = sorted(_words(text) & said)
        if its & asked:
            why = f"both are about {', '.join(sorted(its & asked))}"
        elif its and REQUEST.search(message):
            why = "the message asks for a plan"
        else:
            why = f"both say {', '.join(shared)}" if shared else "nothing in common"
        notes.append({"note": int(number), "why": why, "bears": why != "nothing in common"})
    return {"notes": notes}


def _attributes(reading: Reading, text: str) -> set[str]:
    """The attributes whose label or words the text contains."""
    named = {t.id for t in reading.topics if re.search(rf"(?<!\w){re.escape(t.label)}(?!\w)", text, re.IGNORECASE)}
    return named | {wish.topic for wish in wishes(text, reading.topics)}


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.lower()) if len(word) > 3} - SAYS_NOTHING
