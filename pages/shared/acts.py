"""Panels that are components of our own, and the acts they send: each waits in the component's state until it is done.

An act has an id, and the record holds each id once: no run that is cut short, no lost connection and no
second press can swallow or double it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from memory.conversation import Desk
from memory.mechanism import Control
from pages.shared import visit

FOLDER = Path(__file__).parent / "components"
HTML = '<div class="panel"><div class="body"></div><div class="status unseen" role="status"></div></div>'


def component(name: str) -> Callable[..., Any]:
    """A panel whose script is `components/<name>.js`, on top of what all panels share."""
    return st.components.v2.component(
        f"atelier.{name}",
        html=HTML,
        css=(FOLDER / "panel.css").read_text(encoding="utf-8"),
        js="".join((FOLDER / script).read_text(encoding="utf-8") for script in ("panel.js", f"{name}.js")),
    )


def key_of(desk: Desk, control: Control, part: str = "") -> str:
    """The panel's key, under which its state is found before it is drawn; `part`: which of several of one control."""
    return f"panel-{desk.step.id}-{control.mechanism}-{control.id}-{part}-{visit.rounds()}"


def mount(panel: Callable[..., Any], desk: Desk, control: Control, data: dict[str, Any], part: str = "") -> None:
    """Draw the panel of a control with this data, and do what it sends."""
    key = key_of(desk, control, part)
    if desk.is_past:
        panel(key=key, data=data | {"panel": "", "store": "", "done": [], "past": True})
        return
    sent = _sent(key)
    is_done = sent is not None and sent["n"] == visit.value_of(f"{key}-done")
    data |= {
        "panel": f"{control.mechanism}.{control.id}",
        "store": f"atelier:{desk.session_id[:8]}:{key}",
        "done": [act["id"] for act in sent["acts"]] if sent and is_done else [],
    }
    panel(key=key, data=data, on_acts_change=lambda: settle(desk, control, part))


def settle(desk: Desk, control: Control, part: str = "") -> bool:
    """Do what still waits in a panel; whether anything did."""
    key = key_of(desk, control, part)
    sent = _sent(key)
    if sent is None or sent["n"] == visit.value_of(f"{key}-done"):
        return False
    for act in sent["acts"]:
        visit.attempt(
            desk.operate, control.mechanism, control.id, str(act.get("action")), act.get("value"), str(act["id"])[:64]
        )
    visit.keep(f"{key}-done", sent["n"])
    return True


def _sent(key: str) -> dict[str, Any] | None:
    """The outbox of a panel, if it is well-formed."""
    state = visit.value_of(key)
    sent = state.get("acts") if hasattr(state, "get") else None
    if not isinstance(sent, dict) or not isinstance(sent.get("acts"), list):
        return None
    acts = [act for act in sent["acts"] if isinstance(act, dict) and act.get("id")]
    return {"acts": acts, "n": sent.get("n")}
