"""A page with a text and a button: welcome, instructions, a break, debrief."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import visit
from pages.shared.visit import Visit
from study import progress
from study.flow import Step

BUTTONS = {"welcome": "Start", "instructions": "I am ready", "break": "Go on", "debrief": "Finish the study"}


def draw(visitor: Visit, step: Step) -> None:
    """The protocol's text; one click leads on."""
    st.title(step.title)
    if step.label:
        st.subheader(f"Version {step.label} · {visitor.protocol.task(step.task or '').title}")
    st.markdown(step.text)
    if step.kind == "instructions" and step.task:
        with st.container(border=True):
            st.markdown(visitor.protocol.task(step.task).brief)
    args = (progress.finish, runtime().engine, visitor.protocol, visitor.session_id, step.id, visitor.lease)
    st.button(BUTTONS[step.kind], type="primary", on_click=visit.attempt, args=args, key=f"next-{step.id}")
