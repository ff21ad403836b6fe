"""Somebody without a link."""

import streamlit as st

from pages.shared.theme import same_tab_link


def page() -> None:
    """Say what is needed; there is nothing to do here without a link."""
    st.set_page_config(page_title="Study", layout="centered")
    st.title("Welcome")
    st.write(
        "To take part, please open the link you were given, complete and unchanged. "
        "If you have already begun, the same link brings you back to where you were."
    )
    same_tab_link("Researchers: sign in", "/researcher/sign-in")
