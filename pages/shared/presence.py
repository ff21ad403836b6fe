"""The page's own line to the server: telemetry up, live signals down; invisible, on every participant page."""

import time
from pathlib import Path

import streamlit as st

_presence = st.components.v2.component(
    "atelier.presence",
    html="<span></span>",
    js=(Path(__file__).parent / "components" / "presence.js").read_text(encoding="utf-8"),
)


_side = st.components.v2.component(
    "atelier.side",
    html="<span></span>",
    js="""export default function ({ data, setStateValue }) {
      (window.__atelierSide ??= {}).draw = () => setStateValue("seen", Date.now())
      window.__atelierSide.drawn = data.drawn
    }""",
)


def side(step_id: str) -> None:
    """Inside a fragment: lets the live channel have this part alone drawn again."""
    _side(key=f"side-{step_id}", data={"drawn": time.time()}, on_seen_change=lambda: None)


def mount(step_id: str, lease: str) -> None:
    """Report from now on under this step; have the page drawn again when the server says that it changed."""
    data = {"step": step_id, "lease": lease, "drawn": time.time()}
    _presence(key="presence", data=data, on_seen_change=lambda: None)
