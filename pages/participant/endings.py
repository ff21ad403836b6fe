"""The end of a sitting: what is said, and the code for it once everything is in the record."""

import streamlit as st

from pages.shared.visit import Visit

TITLES = {"complete": "You are done. Thank you!", "refused_consent": "Thank you"}
TEXTS = {
    "complete": "All your answers are stored. This is your completion code:",
    "refused_consent": "You chose not to take part, and nothing more is recorded. You can close this page.",
    "screened_out": "Thank you for your interest. This study looks for participants with other answers than yours.",
    "failed_check": "The study ends here, because some answers show that the instructions were not read.",
    "timed_out": "The time for this study is over, and it ends here. What you did is stored. You can close this page.",
    "withdrawn": "You have left the study. Nothing more is recorded. You can close this page.",
}


def draw(visitor: Visit) -> None:
    """What is shown depends on the ending that was committed, read back from the record."""
    ending = visitor.position.sitting.status
    st.title(TITLES.get(ending, "The study ends here"))
    if ending == "complete":
        completion = visitor.protocol.completion
        st.write(TEXTS[ending])
        _code(completion.code, completion.redirect_url)
        st.write("You can close this page now.")
        return
    early = visitor.protocol.endings.get(ending)
    st.markdown(early.text if early else TEXTS[ending])
    if early:
        _code(early.code, early.redirect_url)


def _code(code: str, redirect_url: str | None) -> None:
    if code:
        st.code(code, language=None)
    if redirect_url:
        st.link_button("Back to where you came from", redirect_url, type="primary")
