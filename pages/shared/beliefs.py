"""Lists of beliefs that the participant can see or operate: needs for a plan, or a profile of them."""

from typing import Any

from memory.conversation import Desk, View
from memory.mechanism import Control
from pages.shared import acts, evidence, solution
from pages.shared.words import say, say_all
from study.events import Belief

_panel = acts.component("beliefs")
BOTH = {
    "edit": "Edit",
    "change": "Change it to",
    "save": "Save",
    "saved": "Saved.",
    "confirm": "That is right",
    "confirmed": "Thank you, noted.",
    "up": "Move up",
    "down": "Move down",
    "moved": "Now in place {place} of {count}.",
    "sections": "In the plan:",
    "taken": "It is used again.",
}
WORDS: dict[str, dict[str, str]] = {
    "needs": BOTH
    | {
        "empty": "Nothing is noted yet.",
        "open": "Worth asking",
        "own": "Something else …",
        "answer": "Your answer",
        "answered": "Your answer is noted.",
        "skip": "Does not matter",
        "decline": "Leave out",
        "declined": "It is left out.",
        "delete": "Delete",
        "deleted": "It is deleted.",
        "leftOut": "Left out",
        "back": "Take back",
        "add": "Add a need",
        "send": "Add",
        "added": "It is in the list.",
        "example": "for example: close to the water",
    },
    "profile": BOTH
    | {
        "empty": "Nothing is noted yet.",
        "open": "Not known yet",
        "own": "Something else …",
        "answer": "Your answer",
        "answered": "Your answer is noted.",
        "skip": "Does not matter",
        "decline": "Do not use",
        "declined": "It is not used any more.",
        "delete": "Delete",
        "deleted": "It is deleted.",
        "leftOut": "Not used",
        "back": "Use again",
        "add": "Add a note",
        "send": "Add",
        "added": "It is in the list.",
        "example": "",
    },
}


def panel(desk: Desk, view: View, control: Control) -> None:
    """The list of one control."""
    acts.mount(_panel, desk, control, data(view, control))


def data(view: View, control: Control) -> dict[str, Any]:
    """What the list shows: held beliefs in their order, then what is still open, then what was left out."""
    answering = solution.sections_by_belief(view)
    rows = {
        status: [_row(view, control, b, answering) for b in control.beliefs if b.status == status] for status in SHOWN
    }
    return {
        "label": say(control.label),
        "help": say(control.help),
        "actions": list(control.actions),
        "words": say_all(WORDS[control.type]),
        **rows,
    }


SHOWN = ("held", "open", "declined")


def _row(view: View, control: Control, belief: Belief, answering: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    is_profile = control.type == "profile"
    return {
        "id": belief.id,
        "was": belief.supersedes,
        "text": belief.text,
        "sure": evidence.certainty(belief) if is_profile and belief.status == "held" else "",
        "unsure": belief.source != "edited" and "panel" not in belief.evidence,
        "why": evidence.lines(view, belief.evidence),
        "area": belief.area,
        "answers": list(belief.answers),
        "sections": answering.get(belief.id, []),
    }
