"""The consent text, with a way to say no."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import visit
from pages.shared.visit import Visit
from pages.shared.words import say
from study import progress
from study.flow import Step


def draw(visitor: Visit, step: Step) -> None:
    """Two buttons, neither of them chosen for the participant."""
    st.title(say("Before you decide"))
    st.markdown(visitor.protocol.consent.text)
    if visitor.protocol.payment:
        st.markdown(f"**{say('What you get.')}** {visitor.protocol.payment}")
    act = (runtime().engine, visitor.protocol, visitor.session_id, step.id, visitor.lease)
    with st.container(horizontal=True):
        st.button(
            say("I agree and want to take part"),
            type="primary",
            disabled=visitor.is_past,
            on_click=visit.attempt,
            args=(progress.agree, *act),
            key="agree",
        )
        st.button(
            say("I do not want to take part"),
            disabled=visitor.is_past,
            on_click=visit.attempt,
            args=(progress.refuse, *act),
            key="refuse",
        )
