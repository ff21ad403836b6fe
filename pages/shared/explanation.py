"""Under each reply: what the assistant used for it, what it left aside and why. Only where a mechanism offers it."""

from typing import Any

from memory.conversation import Desk, View
from memory.mechanism import Control, piece_id
from memory.state import Exchange
from pages.shared import acts, evidence
from pages.shared.words import say, say_again, say_all
from study.events import Recalled

_panel = acts.component("why")
WORDS = {
    "used": "Used for this answer",
    "dropped": "Not used for this answer",
    "nothing": "Nothing about you was used for this answer.",
    "set_aside": "Don't use this here",
    "use_again": "Use it again",
    "aside": "It is set aside from now on.",
    "again": "It may be used again.",
}


def panel(desk: Desk, view: View, turn: Exchange) -> None:
    """What one reply rests on, once for each control that offers to say so."""
    for control in offered(view):
        acts.mount(_panel, desk, control, data(view, control, turn), turn.turn_id)


def offered(view: View) -> list[Control]:
    """The controls that explain replies."""
    return [control for control in view.controls if control.type == "explanation"]


def data(view: View, control: Control, turn: Exchange) -> dict[str, Any]:
    """What is shown: pieces about the participant, in words; how to act is no matter of theirs."""
    pieces = [piece for piece in turn.recalled if piece.kind == "memory"]
    aside = control.value if isinstance(control.value, list | tuple) else ()
    return {
        "label": say(control.label),
        "actions": list(control.actions),
        "words": say_all(WORDS),
        "used": [_piece(view, piece, aside) for piece in pieces if piece.used],
        "dropped": [_piece(view, piece, aside) for piece in pieces if not piece.used],
    }


def _piece(view: View, piece: Recalled, aside: Any) -> dict[str, Any]:
    return {
        "id": piece_id(piece),
        "text": piece.text,
        "used": piece.used,
        "reason": say_again(piece.reason),
        "aside": piece_id(piece) in aside,
        "why": evidence.lines(view, piece.evidence),
    }
