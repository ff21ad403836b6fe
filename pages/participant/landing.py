"""Somebody without a link, or whose data were erased while they had the page open."""

import streamlit as st

from pages.shared import theme, visit
from pages.shared.words import say


def page() -> None:
    """Say what is needed, or what became of the session that this tab showed."""
    visit.speak(visit.wanted_language())
    st.set_page_config(page_title=say("Study"), layout="centered")
    theme.apply("")
    theme.say_language()
    if visit.was_here():
        st.title(say("Your data were erased"))
        st.write(say("Nothing that you did in this study is kept any more. You can close this page."))
        return
    st.title(say("Welcome"))
    st.write(
        say(
            "To take part, please open the link you were given, complete and unchanged. "
            "If you have already begun, the same link brings you back to where you were."
        )
    )
    theme.same_tab_link(say("Researchers: sign in"), "/researcher/sign-in")
