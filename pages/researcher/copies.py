"""A study as one file, out and in again, and the same study once more."""

import streamlit as st

from pages.researcher import data_acts, who
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access, is_administrator


def show_copies(own: Access | None) -> None:
    """What can be done with the chosen study, if there is one; studies are made by administrators."""
    makes = is_administrator(runtime().engine, who.name())
    there = own is not None and own.may("export")
    if not (there or makes):
        st.info("Your role in this study does not include exports. An owner can change that on the page People.")
    if done := visit.value_of(data_acts.MADE):
        st.success(literal(done))
    if own and there:
        _out(own.study_id, makes)
    if makes:
        _in()


def _out(study_id: str, makes: bool) -> None:
    st.caption(
        "Every version of the protocol with its tasks, instruments and translations, the model and the seed, and nothing of "
        "participants: for another installation, a colleague or an archive."
    )
    with st.container(horizontal=True):
        st.link_button("Download the study as one file", f"/researcher/study-file/{study_id}")
        if makes:
            args = (data_acts.duplicate, study_id)
            st.button("Duplicate as a draft", key=f"duplicate-{study_id}", on_click=visit.attempt, args=args)


def _in() -> None:
    sent = st.file_uploader("Make a study of such a file", type=["zip"], key="study-file")
    if sent:
        args = (data_acts.unpack, sent.getvalue())
        label = f"Make a draft of {literal(sent.name)}"
        st.button(label, key="unpack", type="primary", on_click=visit.attempt, args=args)
