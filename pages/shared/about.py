"""The page that the assistant keeps about the participant: to read, or to write in."""

from typing import Any

from memory.conversation import Desk, View
from memory.mechanism import Control
from pages.shared import acts
from pages.shared.changes import marked
from pages.shared.words import say, say_all

_panel = acts.component("page")
LIMIT = 20_000
WORDS = {
    "empty": "The assistant has not written anything about you yet.",
    "save": "Save",
    "saved": "Your page is saved.",
    "undo": "Undo my changes",
    "changes": "What changed since the version before",
    "overtaken": "The assistant has rewritten this page while you were writing. What you save takes its place.",
}


def panel(desk: Desk, view: View, control: Control) -> None:
    """The page of one control."""
    acts.mount(_panel, desk, control, data(control))


def data(control: Control) -> dict[str, Any]:
    """What is shown: the page, whether it can be written in, and what is new against the version before."""
    text = str(control.value or "")
    before = control.details.get("before", "")
    return {
        "label": say(control.label),
        "help": say(control.help),
        "value": text,
        "limit": LIMIT,
        "editable": "set" in control.actions,
        "changes": marked(before, text) if before and before != text else [],
        "words": say_all(WORDS),
    }
