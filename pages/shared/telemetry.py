"""The telemetry component: invisible, mounted on every participant page, causes no reruns."""

from pathlib import Path

import streamlit as st

_telemetry = st.components.v2.component(
    "atelier.telemetry",
    html="<span></span>",
    js=(Path(__file__).parent / "components" / "telemetry.js").read_text(encoding="utf-8"),
)


def mount(step_id: str) -> None:
    """Report from now on under this step."""
    _telemetry(key="telemetry", data={"step": step_id})
