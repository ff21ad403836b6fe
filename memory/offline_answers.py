"""The built-in model's structured answers, one rule for each schema (memory/schemas.py)."""

import re
from collections.abc import Callable
from typing import Any

from memory.offline_ask_policy import sample_answers
from memory.offline_critic import answer_neutrally, judge_answers, review_draft
from memory.offline_judging import judge_notes
from memory.offline_needs import find_needs
from memory.offline_opt_in import find_differences
from memory.offline_page import rewrite_page
from memory.offline_preferences import clarify, reveal_preferences
from memory.offline_reading import Reading, gather, rank, sentence
from memory.offline_stated import find_preferences
from memory.prompts import EDITED
from study.wishes import Wish, excludes, wishes

HEDGES = re.compile(
    r"\b(maybe|perhaps|possibly|probably|likely|might|could be|seems?|somewhat|kind of|sort of|not (?:so |quite )?sure|unsure|"
    r"not certain|i (?:think|guess|suppose|believe|assume))\b",
    re.IGNORECASE,
)
"""Words that take back some of what is said (the epistemic hedges of Hyland, 1998, as people use them in messages)."""
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
    """The same wish is identical, one that excludes it similar; what can be met side by side is unrelated."""
    matches = []
    for line in reading.parts.get("Proposals", []):
        number, topic, text = (p.strip() for p in line[2:].split(" | ", 2))
        said = wishes(text, reading.topics)
        held = [(i, wishes(t, reading.topics)) for i, _, held_topic, t in reading.held if held_topic == topic and topic]
        same = [i for i, others in held if _values(others) == _values(said)][-1:]
        excluded = [i for i, others in held if not others or any(excludes(a, b) for a in said for b in others)]
        label = "identical" if same else "similar" if excluded else "unrelated"
        for belief_id in same or excluded or [""]:
            revised = text if label == "similar" else ""
            matches.append({"proposal": int(number), "belief_id": belief_id, "label": label, "text": revised})
    return {"matches": matches}


def _last_said(reading: Reading) -> str:
    said = [line for line in reading.parts.get("Conversation", []) if line.startswith("participant: ")]
    return said[-1] if said else ""


def _values(said: list[Wish]) -> set[tuple[str, str, bool]]:
    return {(w.topic, w.value, w.wanted) for w in said}


ANSWERS: dict[str, Callable[[Reading], dict[str, Any]]] = {
    "SolutionDrafted": draft_solution,
    "NeedsFound": find_needs,
    "BeliefsProposed": propose_beliefs,
    "BeliefsMatched": match_beliefs,
    "PreferencesStated": find_preferences,
    "PageRewritten": rewrite_page,
    "AnswersSampled": sample_answers,
    "DifferencesFound": find_differences,
    "DraftReviewed": review_draft,
    "NeutralAnswer": answer_neutrally,
    "AnswersJudged": judge_answers,
    "Clarification": clarify,
    "PreferencesRevealed": reveal_preferences,
    "NotesJudged": judge_notes,
}
