"""The built-in model's structured answers, one rule for each schema (memory/schemas.py)."""

import re
from collections.abc import Callable
from typing import Any

from memory.offline_needs import find_needs
from memory.offline_reading import Reading, gather, rank, sentence, wishes
from memory.prompts import EDITED

HEDGES = re.compile(r"\b(maybe|perhaps|might|possibly|not sure|could be|kind of)\b", re.IGNORECASE)
SEVERAL = re.compile(r"\b(several|many)\b", re.IGNORECASE)


def draft_solution(reading: Reading) -> dict[str, Any]:
    """The best option of every section, and which entries about the participant it answers."""
    wanted = gather(reading, reading.text("Message"))
    if reading.text("Message") == EDITED:
        settled = {wish.topic for wish in wanted}
        wanted += [wish for wish in wishes(_last_said(reading), reading.topics, "message") if wish.topic not in settled]
    known = [wish for entry, text in reading.about for wish in wishes(text, reading.topics, entry)]
    ranked = rank(reading, wanted, reading.text("Task"))
    count = 2 if any(SEVERAL.search(text) for _, text in reading.about) else 1
    sections = []
    for section, _title in reading.sections:
        chosen = ranked[section][:count]
        fits = [w for w in known if w.wanted and chosen and chosen[0].attributes.get(w.topic) == w.value]
        because = list(dict.fromkeys(w.source for w in fits))
        sections.append({"id": section, "option_ids": [o.id for o in chosen], "text": "", "because": because})
    return {"sections": sections}


def propose_beliefs(reading: Reading) -> dict[str, Any]:
    """One belief for each wish in the message; less certain where the words hedge."""
    message = reading.text("Message")
    labels = {topic.id: topic for topic in reading.topics}
    beliefs = []
    for wish in wishes(message, reading.topics):
        said = sentence(message, wish.words)
        verb = "prefers" if wish.wanted else "does not want"
        beliefs.append(
            {
                "text": f"{labels[wish.topic].label}: {verb} {wish.value} (“{wish.words.lower()}”)",
                "reasoning": f"Said: “{said}”",
                "confidence": 4 if HEDGES.search(said) else 8,
                "durability": 6,
                "topic": wish.topic,
            }
        )
    return {"beliefs": beliefs}


def match_beliefs(reading: Reading) -> dict[str, Any]:
    """The same topic and value is identical, the same topic alone similar, else unrelated."""
    matches = []
    for line in reading.parts.get("Proposals", []):
        number, topic, text = (p.strip() for p in line[2:].split(" | ", 2))
        held = [(i, t) for i, _, held_topic, t in reading.held if held_topic == topic and topic]
        if not held:
            matches.append({"proposal": int(number), "belief_id": "", "label": "unrelated", "text": ""})
            continue
        belief_id, held_text = held[-1]
        same = _values(reading, held_text) == _values(reading, text)
        matches.append(
            {"proposal": int(number), "belief_id": belief_id, "label": "identical" if same else "similar", "text": text}
        )
    return {"matches": matches}


def _last_said(reading: Reading) -> str:
    said = [line for line in reading.parts.get("Conversation", []) if line.startswith("participant: ")]
    return said[-1] if said else ""


def _values(reading: Reading, text: str) -> set[tuple[str, str, bool]]:
    return {(w.topic, w.value, w.wanted) for w in wishes(text, reading.topics)}


ANSWERS: dict[str, Callable[[Reading], dict[str, Any]]] = {
    "SolutionDrafted": draft_solution,
    "NeedsFound": find_needs,
    "BeliefsProposed": propose_beliefs,
    "BeliefsMatched": match_beliefs,
}
