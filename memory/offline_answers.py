"""The built-in model's structured answers, one rule for each schema (memory/schemas.py)."""

import re
from collections.abc import Callable
from typing import Any

from memory.offline_page import rewrite_page
from memory.offline_reading import Reading, gather, noted, rank, sentence, wishes
from memory.offline_stated import find_preferences
from memory.prompts import EDITED

HEDGES = re.compile(
    r"\b(maybe|perhaps|possibly|probably|likely|might|could be|seems?|somewhat|kind of|sort of|not (?:so |quite )?sure|unsure|"
    r"not certain|i (?:think|guess|suppose|believe|assume))\b",
    re.IGNORECASE,
)
"""Words that take back some of what is said (the epistemic hedges of Hyland, 1998, as people use them in messages)."""
SEVERAL = re.compile(r"\b(several|many)\b", re.IGNORECASE)
MAX_QUESTIONS = 2


def draft_solution(reading: Reading) -> dict[str, Any]:
    """The best option of every section, and which entries about the participant it answers."""
    wanted = gather(reading, reading.text("Message"))
    if reading.text("Message") == EDITED:
        settled = {wish.topic for wish in wanted}
        wanted += [wish for wish in wishes(_last_said(reading), reading.topics, "message") if wish.topic not in settled]
    ranked = rank(reading, wanted, reading.text("Task"))
    count = 2 if any(SEVERAL.search(text) for _, text in reading.about) else 1
    sections = []
    for section, _title in reading.sections:
        chosen = ranked[section][:count]
        fits = [w for w in wanted if w.wanted and chosen and chosen[0].attributes.get(w.topic) == w.value]
        because = list(dict.fromkeys(w.source for w in fits if w.source != "message"))
        sections.append({"id": section, "option_ids": [o.id for o in chosen], "text": "", "because": because})
    return {"sections": sections}


def find_needs(reading: Reading) -> dict[str, Any]:
    """One need for each wish in the message, and questions about topics that are still open."""
    message = reading.text("Message")
    labels = {topic.id: topic for topic in reading.topics}
    said = wishes(message, reading.topics)
    needs = [{"text": noted(labels[w.topic], w), "topic": w.topic, "quote": sentence(message, w.words)} for w in said]
    settled = {w.topic for w in said} | {topic for _, _, topic, _ in reading.held}
    left = [topic for topic in reading.topics if topic.id not in settled]
    questions = [{"topic": t.id, "question": t.question, "suggestions": list(t.values)} for t in left[:MAX_QUESTIONS]]
    return {"needs": needs, "questions": questions}


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
    "PreferencesStated": find_preferences,
    "PageRewritten": rewrite_page,
}
