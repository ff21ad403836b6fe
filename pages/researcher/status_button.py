"""The button that opens, pauses or closes a study: the same on every page, and never open to the built-in model unasked."""

from collections.abc import Callable

import streamlit as st

from pages.shared import visit
from study.protocol import BUILT_IN
from study.tables import Study

BUILT_IN_REPLIES = "Replies will come from the built-in model, which follows plain rules and is no language model."


def status_button(study: Study, verb: str, status: str, set_status: Callable[[str, str], None]) -> None:
    """Give a study this status; who would open it to people with the built-in model is told so first."""
    key, args = f"{status}-{study.id}", (set_status, study.id, status)
    if status == "open" and study.model == BUILT_IN:
        with st.popover(f"{verb} …"):
            st.write(BUILT_IN_REPLIES)
            st.button(f"{verb} with the built-in model", key=key, on_click=visit.attempt, args=args)
    else:
        st.button(verb, key=key, on_click=visit.attempt, args=args)
