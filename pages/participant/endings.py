"""The end of a sitting: thanks, and the completion code once everything is in the record."""

import streamlit as st

from pages.shared.visit import Visit


def draw(visitor: Visit) -> None:
    """What is shown depends on the ending that was committed, read back from the record."""
    if visitor.position.sitting.status == "refused_consent":
        st.title("Thank you")
        st.write("You chose not to take part, and nothing more is recorded. You can close this page.")
        return
    completion = visitor.protocol.completion
    st.title("You are done. Thank you!")
    st.write("All your answers are stored. This is your completion code:")
    st.code(completion.code, language=None)
    if completion.redirect_url:
        st.link_button("Back to where you came from", completion.redirect_url, type="primary")
    st.write("You can close this page now.")
