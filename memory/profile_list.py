"""The list of what is noted about a person: who sees it, who may change it, and what each act does to a note.

Shared by all mechanisms that keep a profile, so that it looks and works the same whatever filled it.
"""

from collections.abc import Sequence
from typing import Any, Literal

from memory.belief import successor
from memory.mechanism import Control, State
from study.errors import AnswerRefused
from study.events import Belief, BeliefChanged, ControlChanged, EventBase
from study.sentence import Sentence

Visibility = Literal["hidden", "shown", "editable"]
TEXT_LIMIT = 300
CONTROL = "profile"
ACTIONS = ("edit", "confirm", "delete", "hide")
SURE: dict[str, Any] = {"source": "edited", "confidence": 1.0}
"""What the person settled: it outranks any later inference."""


def profile(state: State) -> list[Belief]:
    """What is noted about the person, in whatever status; needs are about the task and stand elsewhere."""
    return [belief for belief in state.beliefs if belief.kind != "need"]


def control(mechanism: str, visibility: Visibility, beliefs: Sequence[Belief]) -> list[Control]:
    """Nothing when hidden; the list when shown; with its actions when editable."""
    if visibility == "hidden":
        return []
    return [
        Control(
            CONTROL,
            mechanism,
            "profile",
            Sentence("About you"),
            help=Sentence("What the assistant has noted from your messages."),
            actions=ACTIONS if visibility == "editable" else (),
            beliefs=tuple(beliefs),
            replans=True,
        )
    ]


def act(
    mechanism: str, visibility: Visibility, beliefs: Sequence[Belief], control: str, action: str, value: Any
) -> list[EventBase]:
    """Edit ({id, text}), confirm (id), delete (id) or hide (id) a note; to confirm a hidden one uses it again.

    Raises AnswerRefused when the list cannot be changed, or has no such note.
    """
    if visibility != "editable" or control != CONTROL or action not in ACTIONS:
        raise AnswerRefused(Sentence("This cannot be changed here."))
    wanted = value.get("id") if isinstance(value, dict) else value
    old = next((b for b in beliefs if b.id == wanted and b.status in ("held", "declined")), None)
    if old is None:
        raise AnswerRefused(Sentence("This note is no longer in the list."))
    if action == "hide" and old.status == "declined":
        return []
    done, new = _changed(old, action, value)
    before = {"id": old.id, "text": old.text, "status": old.status}
    after = {"id": new.id, "text": new.text, "status": new.status}
    acted = ControlChanged(mechanism=mechanism, control=CONTROL, action=action, old=before, new=after)
    return [acted, BeliefChanged(mechanism=mechanism, by="person", action=done, belief=new)]


def _changed(old: Belief, action: str, value: Any) -> tuple[Any, Belief]:
    """What an act is called in the record, and the note after it."""
    if action == "delete":
        return "retracted", old.model_copy(update={"status": "retracted"})
    if action == "hide":
        return "declined", old.model_copy(update={"status": "declined"})
    if action == "confirm":
        return "confirmed", old.model_copy(update={"status": "held", **SURE})
    return "revised", successor(old, text=_text(value), status="held", **SURE)


def _text(value: Any) -> str:
    given = value.get("text") if isinstance(value, dict) else None
    text = given.strip() if isinstance(given, str) else ""
    if not 0 < len(text) <= TEXT_LIMIT:
        raise AnswerRefused(Sentence("A note takes between 1 and {count} characters.", count=TEXT_LIMIT))
    return text
