"""The editor of a draft's text and of a study's own files: a component whose state is what was typed, until the server has kept it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages.researcher import configure_acts
from pages.shared import visit
from pages.shared.acts import FOLDER
from study.draft import Checked, Note
from study.drafts import DraftMoved, OpenDraft, Seen
from study.errors import AtelierError
from study.tables import Study


def _part(kind: str) -> str:
    return Path(FOLDER / f"editor.{kind}").read_text(encoding="utf-8")


_editor = st.components.v2.component("atelier.editor", html=_part("html"), css=_part("css"), js=_part("js"))
HINT = "Saved as you type. Tab indents once you have begun to write; Escape, then Tab, leaves the text."


@dataclass(frozen=True)
class Written:
    """A text that is edited. `name`: what it is kept under in the browser; `label`: what a screen reader says."""

    name: str
    label: str
    text: str
    seen: Seen
    notes: tuple[Note, ...]


def editor(study: Study, draft: OpenDraft, checked: Checked, may_edit: bool) -> None:
    """Draw the text of the draft with what is wrong at each line."""
    text = Written(study.id, f"Protocol of {study.title}", draft.text, draft.seen, checked.notes)
    draw(text, may_edit, lambda: settle(study.id))


def draw(text: Written, may_edit: bool, settle_it: Callable[[], None]) -> None:
    """Draw any such text; `settle_it` keeps what was typed."""
    key = _key(text.name)
    data = {
        "study": text.name,
        "label": text.label,
        "hint": HINT,
        "elsewhere": "In all",
        "text": text.text,
        "seen": {"version": text.seen.version, "revision": text.seen.revision},
        "notes": [{"line": note.line, "said": note.said} for note in text.notes],
        "readOnly": not may_edit,
        "done": visit.value_of(f"{key}-done"),
        "refused": visit.value_of(f"{key}-refused") or "",
        "moved": bool(visit.value_of(f"{key}-moved")),
    }
    _editor(key=key, data=data, on_draft_change=settle_it)


def settle(study_id: str) -> None:
    """Keep what was typed of the draft."""
    settle_text(study_id, lambda text, seen: configure_acts.save_text(study_id, text, seen))


def settle_text(name: str, save: Callable[[str, Seen], None]) -> None:
    """Keep what was typed and is not kept yet: in the callback, and again at the top of a run whose callback was lost."""
    key = _key(name)
    sent = _sent(key)
    if sent is None or sent["n"] == visit.value_of(f"{key}-done"):
        return
    refused, moved = "", False
    try:
        save(sent["text"], sent["seen"])
    except AtelierError as error:
        refused, moved = str(error), isinstance(error, DraftMoved)
    visit.keep(f"{key}-refused", refused)
    visit.keep(f"{key}-moved", moved)
    visit.keep(f"{key}-done", sent["n"])


def _key(name: str) -> str:
    return f"editor-{name}"


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
