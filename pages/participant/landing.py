"""Somebody without a link, or whose data were erased while they had the page open."""

import streamlit as st

from pages.shared import visit
from pages.shared.theme import same_tab_link


def page() -> None:
    """Say what is needed, or what became of the session that this tab showed."""
    st.set_page_config(page_title="Study", layout="centered")
    if visit.was_here():
        st.title("Your data were erased")
        st.write("Nothing that you did in this study is kept any more. You can close this page.")
        return
    st.title("Welcome")
    st.write(
        "To take part, please open the link you were given, complete and unchanged. "
        "If you have already begun, the same link brings you back to where you were."
    )
    same_tab_link("Researchers: sign in", "/researcher/sign-in")
