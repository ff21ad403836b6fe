"""What may not be kept about a participant.

Two rules, each by word lists and patterns that err on the side of forgetting: nothing of a sensitive
category is kept unless the protocol allows it, and nothing about other people is kept. The lists are English, German
and Spanish (memory/sensitive_words.py) and see words, not meaning: what is said in other words passes, and a church to
look at is refused. They hold for every mechanism alike, so that conditions do not differ in what is kept. What participants
wrote stays in the record as they wrote it. What leaves a prompt before it is sent: memory/names.py.
"""

import re
from collections.abc import Iterable

from memory.sensitive_words import OTHERS, WORDS
from study.events import BeliefChanged, BeliefRefused, EventBase, PageWritten
from study.protocol import Privacy, SensitiveCategory

NAMES_OF: dict[SensitiveCategory, str] = {
    "health": "health",
    "religion": "religion",
    "politics": "politics",
    "sexuality": "sexuality",
    "origin": "origin",
    "union": "membership of a trade union",
    "crime": "crimes",
}
"""How a prompt calls them."""
SENSITIVE = {
    category: re.compile(rf"\b(?:{'|'.join(languages.values())})\b", re.IGNORECASE)
    for category, languages in WORDS.items()
}
THIRD_PERSON = re.compile("|".join(OTHERS), re.IGNORECASE)


def refusal(text: str, privacy: Privacy) -> str | None:
    """Why a text may not be kept: a sensitive category, or `third_person`; None if it may."""
    for category, words in SENSITIVE.items():
        if category not in privacy.keep and words.search(text):
            return category
    return "third_person" if THIRD_PERSON.search(text) and not privacy.third_persons else None


def discretion(privacy: Privacy) -> str:
    """What a model that notes or asks is told to leave out; "" where the study may keep everything.

    It spares the check below work and the record refusals; the check is what holds.
    """
    subjects = [name for category, name in NAMES_OF.items() if category not in privacy.keep]
    listed = ", ".join(subjects[:-1]) + (" or " if subjects[1:] else "") + "".join(subjects[-1:])
    parts = [
        *([] if privacy.third_persons else ["other people's data"]),
        *([f"anything about {listed}"] if listed else []),
    ]
    return f" Leave out {' and '.join(parts)}." if parts else ""


def checked(learned: Iterable[EventBase], privacy: Privacy) -> list[EventBase]:
    """What mechanisms learned, less what may not be kept; of that only the reason stays.

    What the participant wrote into a list or a page is theirs and not checked.
    """
    return [kept for event in learned for kept in _checked(event, privacy)]


def _checked(event: EventBase, privacy: Privacy) -> list[EventBase]:
    if isinstance(event, PageWritten) and event.by == "mechanism":
        reasons = {line: refusal(line, privacy) for line in event.text.splitlines() if line not in event.own}
        text = "\n".join(line for line in event.text.splitlines() if not reasons.get(line))
        refused = dict.fromkeys(reason for reason in reasons.values() if reason)
        return [event.model_copy(update={"text": text}), *(_refused(event, reason) for reason in refused)]
    if not isinstance(event, BeliefChanged) or event.by == "person" or event.belief.status == "retracted":
        return [event]
    if reason := refusal(event.belief.text, privacy):
        return [_refused(event, reason)]
    if refusal(event.belief.reasoning, privacy):  # the belief may stay, the words it was drawn from may not
        event = event.model_copy(update={"belief": event.belief.model_copy(update={"reasoning": ""})})
    return [event]


def _refused(event: BeliefChanged | PageWritten, reason: str) -> BeliefRefused:
    return BeliefRefused(mechanism=event.mechanism, reason=reason, turn_id=event.turn_id)
