"""The editor of a draft's text: a component whose state is what was typed, until the server has kept it."""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.researcher import configure_acts
from pages.shared import visit
from pages.shared.acts import FOLDER
from study.draft import Checked
from study.drafts import DraftMoved, OpenDraft, Seen
from study.errors import AtelierError
from study.tables import Study


def _part(kind: str) -> str:
    return Path(FOLDER / f"editor.{kind}").read_text(encoding="utf-8")


_editor = st.components.v2.component("atelier.editor", html=_part("html"), css=_part("css"), js=_part("js"))
HINT = "Saved as you type. Tab indents once you have begun to write; Escape, then Tab, leaves the text."


def editor(study: Study, draft: OpenDraft, checked: Checked, may_edit: bool) -> None:
    """Draw the text with what is wrong at each line."""
    key = _key(study.id)
    data = {
        "study": study.id,
        "label": f"Protocol of {study.title}",
        "hint": HINT,
        "elsewhere": "In all",
        "text": draft.text,
        "seen": {"version": draft.seen.version, "revision": draft.seen.revision},
        "notes": [{"line": note.line, "said": note.said} for note in checked.notes],
        "readOnly": not may_edit,
        "done": visit.value_of(f"{key}-done"),
        "refused": visit.value_of(f"{key}-refused") or "",
        "moved": bool(visit.value_of(f"{key}-moved")),
    }
    _editor(key=key, data=data, on_draft_change=lambda: settle(study.id))


def settle(study_id: str) -> None:
    """Keep what was typed and is not kept yet: in the callback, and again at the top of a run whose callback was lost."""
    key = _key(study_id)
    sent = _sent(key)
    if sent is None or sent["n"] == visit.value_of(f"{key}-done"):
        return
    refused, moved = "", False
    try:
        configure_acts.save_text(study_id, sent["text"], sent["seen"])
    except AtelierError as error:
        refused, moved = str(error), isinstance(error, DraftMoved)
    visit.keep(f"{key}-refused", refused)
    visit.keep(f"{key}-moved", moved)
    visit.keep(f"{key}-done", sent["n"])


def _key(study_id: str) -> str:
    return f"editor-{study_id}"


def _sent(key: str) -> dict[str, Any] | None:
    """What the component sends, if it is well-formed."""
    state = visit.value_of(key)
    sent = state.get("draft") if hasattr(state, "get") else None
    if not isinstance(sent, dict) or not isinstance(sent.get("text"), str) or not isinstance(sent.get("n"), int):
        return None
    seen = sent.get("seen")
    numbers = [seen.get(name) for name in ("version", "revision")] if isinstance(seen, dict) else []
    if len(numbers) != 2 or not all(isinstance(number, int) for number in numbers):
        return None
    return {"text": sent["text"], "n": sent["n"], "seen": Seen(*numbers)}
