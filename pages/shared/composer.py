"""The composer component: an outbox of messages as state, and the reply as it is written."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from memory.conversation import View
from pages.shared import visit
from pages.shared.words import say_all

FOLDER = Path(__file__).parent / "components"
_composer = st.components.v2.component(
    "atelier.composer",
    html=(FOLDER / "composer.html").read_text(encoding="utf-8"),
    css=(FOLDER / "composer.css").read_text(encoding="utf-8"),
    js=(FOLDER / "composer.js").read_text(encoding="utf-8"),
)
WORDS = {
    "answers": "Answers to choose from",
    "placeholder": "Write to the assistant …",
    "reply": "The assistant's reply",
    "writing": "The assistant is writing.",
    "message": "Your message",
    "send": "Send",
    "stop": "Stop",
}
KEEP = 50
"""How many stored ids are sent back; an outbox never holds more."""


def composer(
    where: tuple[str, str, str],
    acknowledged: Sequence[str],
    answered: Sequence[str],
    busy: bool,
    question: dict[str, Any] | None,
    send: Callable[[list[tuple[str, str]]], None],
    stop: Callable[[str], None],
    past: bool = False,
) -> None:
    """Draw the message field. `where` is (session id, step id, lease); ids say what is stored already.

    `question`: the turn that was one, with its options; each is sent under an id made of both, so once at most.
    `send` gets every message that is not acknowledged yet, as (id, text), possibly again and again;
    `stop` the id of the turn to be stopped. `past`: it is only to look at.
    """
    session_id, step_id, lease = where
    key = key_of(step_id)

    def outbox_changed() -> None:
        if messages := waiting(visit.value_of(key), step_id, acknowledged):
            send(messages)

    def stop_changed() -> None:
        turn_id = dict(visit.value_of(key) or {}).get("stop")
        if isinstance(turn_id, str):
            stop(turn_id)

    data = {
        "session": session_id[:8],
        "step": step_id,
        "lease": lease,
        "acked": list(acknowledged[-KEEP:]),
        "answered": list(answered[-KEEP:]),
        "busy": busy and not past,
        "past": past,
        "question": question,
        "words": say_all(WORDS),
    }
    _composer(
        key=key, data=data, on_outbox_change=outbox_changed, on_stop_change=stop_changed, on_seen_change=lambda: None
    )


def question_of(view: View) -> dict[str, Any] | None:
    """What the assistant asks with its last reply, if that is a question that nothing was said to yet."""
    last = view.turns[-1] if view.turns else None
    if last is None or last.asked is None or last.status not in ("answered", "stopped"):
        return None
    return {"turn": last.turn_id, "options": list(last.asked.options)}


def key_of(step_id: str) -> str:
    """The composer's key on this step, under which its state is found before it is drawn."""
    return f"composer-{step_id}"


def waiting(state: Any, step_id: str, acknowledged: Sequence[str]) -> list[tuple[str, str]]:
    """The well-formed messages of an outbox that are not stored yet."""
    outbox = state.get("outbox") if hasattr(state, "get") else None
    if not isinstance(outbox, dict) or outbox.get("step") != step_id or not isinstance(outbox.get("messages"), list):
        return []
    pairs = [(m.get("id"), m.get("text")) for m in outbox["messages"] if isinstance(m, dict)]
    known = set(acknowledged)
    return [(i, t) for i, t in pairs if isinstance(i, str) and isinstance(t, str) and i not in known]
