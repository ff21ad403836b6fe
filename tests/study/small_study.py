"""A small protocol, written for the tests: two conditions, two tasks, an item of every type."""

from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parents[2] / "protocols"
TASK = {
    "title": "A trip",
    "brief": "Plan it.",
    "opening": "Hello.",
    "sections": [{"id": "stay", "title": "Stay"}],
    "attributes": {
        "price": {"label": "Price", "question": "How much?", "values": {"low": ["cheap"], "high": ["luxury"]}}
    },
    "catalogue": [{"id": "inn", "name": "Inn", "section": "stay", "attributes": {"price": "low"}}],
}
THREE = [{"value": value, "label": value.title()} for value in ("red", "green", "blue")]
EVERYTHING = {
    "id": "everything",
    "version": "1",
    "title": "An item of every type",
    "source": {"citation": "written for the tests", "licence": "CC0-1.0"},
    "order": "random",
    "items": [
        {"id": "effort", "text": "How hard?", "type": "slider", "min": 0, "max": 100, "step": 5},
        {"id": "share", "text": "Which share?", "type": "slider", "min": 0, "max": 1, "step": 0.1},
        {"id": "agree", "text": "Do you agree?", "type": "likert", "min": 1, "max": 7},
        {"id": "pair", "text": "dull – bright", "type": "semantic", "min": -3, "max": 3},
        {"id": "colour", "text": "Which colour?", "type": "single", "options": THREE},
        {"id": "colours", "text": "Which colours?", "type": "multiple", "options": THREE},
        {"id": "order", "text": "Rank the colours.", "type": "ranking", "options": THREE},
        {"id": "versions", "text": "Rank the versions.", "type": "ranking", "options": "conditions"},
        {"id": "either", "text": "Red or green?", "type": "pairwise", "options": THREE[:2]},
        {"id": "years", "text": "How many years?", "type": "number", "min": 0, "max": 120},
        {"id": "day", "text": "Since when?", "type": "date", "earliest": "2020-01-01", "latest": "2026-12-31"},
        {"id": "word", "text": "In one word?", "type": "short_text"},
        {"id": "why", "text": "Why?", "type": "long_text", "required": False},
    ],
    "scoring": [{"id": "agreement", "name": "Agreement", "items": ["agree"], "range": [1, 7]}],
}
SMALL = {
    "id": "small",
    "version": "1",
    "title": "A small study",
    "consent": {"version": "2", "text": "Yes?"},
    "conditions": [
        {"id": "plain", "mechanisms": [{"name": "none"}]},
        {"id": "steered", "mechanisms": [{"name": "retrieval", "params": {"top_k": 2}}]},
    ],
    "tasks": ["trip", "dinner"],
    "timeline": [
        {"step": "consent"},
        {"step": "questionnaire", "instruments": ["everything"]},
        {"step": "block", "steps": [{"step": "task"}]},
        {"step": "beliefs", "conditions": ["steered"]},
        {"step": "debrief", "title": "Thanks", "text": "Bye."},
    ],
    "completion": {"code": "DONE"},
}


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
