"""Somebody without a link."""

import streamlit as st

from pages.shared import theme, visit
from pages.shared.words import say


def page() -> None:
    """Say what is needed; there is nothing to do here without a link."""
    visit.speak(visit.wanted_language())
    st.set_page_config(page_title=say("Study"), layout="centered")
    theme.say_language()
    st.title(say("Welcome"))
    st.write(
        say(
            "To take part, please open the link you were given, complete and unchanged. "
            "If you have already begun, the same link brings you back to where you were."
        )
    )
    theme.same_tab_link(say("Researchers: sign in"), "/researcher/sign-in")
