"""Beliefs that are used only if the participant says so, each with what it would change."""

from typing import Any

from memory.conversation import Desk, View
from memory.mechanism import Control
from pages.shared import acts, evidence
from pages.shared.words import say, say_all

_panel = acts.component("opt_in")
WORDS = {
    "empty": "Nothing is noted yet.",
    "use": "Use this",
    "used": "The assistant uses this.",
    "unused": "The assistant does not use this.",
    "on": "It is used from now on.",
    "off": "It is not used any more.",
}


def panel(desk: Desk, view: View, control: Control) -> None:
    """The switches of one control."""
    acts.mount(_panel, desk, control, data(view, control))


def data(view: View, control: Control) -> dict[str, Any]:
    """What is shown: every belief with its evidence, what would change, and whether it is used; undecided is off."""
    chosen = control.value if isinstance(control.value, dict) else {}
    return {
        "label": say(control.label),
        "help": say(control.help),
        "actions": list(control.actions),
        "words": say_all(WORDS),
        "rows": [
            {
                "id": belief.id,
                "was": belief.supersedes,
                "text": belief.text,
                "use": chosen.get(belief.id) is True,
                "detail": say(control.details.get(belief.id, "")),
                "why": evidence.lines(view, belief.evidence),
            }
            for belief in control.beliefs
        ],
    }
