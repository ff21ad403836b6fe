"""The page's own line to the server: telemetry up, live signals down; invisible, on every participant page."""

import time
from pathlib import Path

import streamlit as st

_presence = st.components.v2.component(
    "atelier.presence",
    html="<span></span>",
    js=(Path(__file__).parent / "components" / "presence.js").read_text(encoding="utf-8"),
)


def mount(step_id: str, lease: str) -> None:
    """Report from now on under this step; have the page drawn again when the server says that it changed."""
    data = {"step": step_id, "lease": lease, "drawn": time.time()}
    _presence(key="presence", data=data, on_seen_change=lambda: None)
