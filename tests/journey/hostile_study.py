"""A small study every text of which means harm, with every control that a participant can write into."""

from journey.harm import MARKUP
from journey.stand_ins import study_with

from memory.mechanisms.registry import parameter_models
from study.protocol import MechanismUse, Protocol
from study.translation import in_language, texts

ID = "hostile"
OWN_WORDS = {"id": "own_words", "type": "text", "label": "Always keep in mind"}
IN_PROTOCOLS = f"{MARKUP} **b** `c` $x^2$ [l](javascript:window.__harmed=4) {{x}} <b>h</b>"
"""Pictures from elsewhere are left out: a protocol may show some."""
INSTRUMENT = {
    "id": "words",
    "version": "1",
    "title": "Words",
    "source": {"citation": f"written for the tests {MARKUP}", "licence": "CC0-1.0"},
    "items": [
        {"id": "agree", "text": "I agree.", "type": "likert", "min": 1, "max": 3, "low": "Not at all", "high": "Fully"},
        {"id": "which", "text": "Which?", "type": "single",
         "options": [{"value": "a", "label": "This"}, {"value": "b", "label": "That"}]},
        {"id": "word", "text": "In one word?", "type": "short_text"},
        {"id": "why", "text": "Why?", "type": "long_text"},
    ],
}  # fmt: skip
TIMELINE = [
    {"step": "welcome", "title": "Hello", "text": "Come in."},
    {"step": "consent"},
    {"step": "questionnaire", "instruments": ["words"]},
    {"step": "block", "steps": [{"step": "instructions", "title": "Now", "text": "Go on."}, {"step": "task"}]},
    {"step": "beliefs", "conditions": ["one"]},
    {"step": "debrief", "title": "Bye", "text": "That was it."},
]


def hostile_study() -> Protocol:
    """The weekend trip with every panel that can be written into; each text that participants read means harm."""
    plain = study_with(
        ID,
        MechanismUse(name="needs_panel"),
        MechanismUse(name="preference_controls", params={"controls": [OWN_WORDS]}),
        MechanismUse(name="inferred_profile", params={"visibility": "editable"}),
        MechanismUse(name="memory_page", params={"visibility": "editable"}),
        MechanismUse(name="explanation"),
    )
    changes = {
        "instruments": [INSTRUMENT],
        "timeline": TIMELINE,
        "notes": MARKUP,
        "paper": MARKUP,
        "authors": [MARKUP],
        "task_rule": {"min_turns": 1},
        "endings": {"withdrawn": {"text": "Gone."}},
        "design": {"planned_participants": 24},
    }
    made = Protocol.model_validate({**plain.model_dump(), **changes})
    found = [one for one in texts(made, parameter_models()) if one.needed and ".values" not in one.place]
    table = {one.key: f"{one.text} {IN_PROTOCOLS}" for one in found}
    told = made.model_copy(update={"languages": ("xx",), "translations": {"xx": table}})
    turned = in_language(told, "xx", parameter_models()).model_copy(update={"language": "en"})
    return Protocol.model_validate(turned.model_dump())
