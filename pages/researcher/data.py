"""The page of data: hand it out, see how long it is kept, erase a participant."""

from typing import get_args

import streamlit as st

from pages.researcher import data_acts
from pages.researcher.doors import COOKIE
from pages.researcher.exports import show_export
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import erasing, researchers
from study.access import Access, access, studies_of
from study.errors import NotFound
from study.keeping import keeping, retentions
from study.selection import Who
from study.tables import SessionStatus, Study

WHO = {"all": "People and simulated", "people": "People only", "simulated": "Simulated only"}


def page() -> None:
    """Choose a study; export, retention, erasure, as far as one may."""
    st.title("Data")
    if said := visit.notice():
        st.error(literal(said))
    name = researchers.signed_in(runtime().engine, visit.cookies().get(COOKIE)) or ""
    known = {study.id: study for study in studies_of(runtime().engine, name)}
    if not known:
        st.info("There is no study yet. Create one on the page Studies.")
        return
    chosen = st.selectbox("Study", list(known), format_func=lambda i: f"{known[i].title} ({i})", key="data-study")
    mine = access(runtime().engine, name, chosen)
    if mine.may("export"):
        _export(known[chosen])
    else:
        st.info("Your role in this study does not include exports. An owner can change that on the page People.")
    _kept(mine)
    if mine.may("erase"):
        _erase(chosen)


def _export(study: Study) -> None:
    st.subheader("Export")
    keys = {name: f"export-{name}-{study.id}" for name in ("status", "who", "since", "until", "version", "identifiers")}
    with st.container(border=True):
        st.caption(
            "One ZIP: every table as CSV and Parquet, data dictionary, codebook, protocol versions, an R script. The same "
            "data give the same bytes. Nothing chosen means: everything."
        )
        st.multiselect("How the session ended", get_args(SessionStatus), key=keys["status"])
        with st.container(horizontal=True):
            st.selectbox("Who", get_args(Who), format_func=WHO.__getitem__, key=keys["who"])
            st.date_input("Began on this day or later", value=None, key=keys["since"])
            st.date_input("Began on this day or earlier", value=None, key=keys["until"])
            st.multiselect("Version of the protocol", range(1, study.version + 1), key=keys["version"])
        st.checkbox(
            "With platform ids (personal data; the record says that you took them)",
            value=False,
            key=keys["identifiers"],
        )
        show_export(study.id, keys)


def _kept(mine: Access) -> None:
    st.subheader("How long data are kept")
    for one in retentions(runtime().engine):
        if one.study_id == mine.study_id:
            (st.error if one.is_due else st.warning if one.is_near else st.info)(literal(one.said))
    if not mine.may("erase"):
        return
    held, until, own = keeping(runtime().engine, mine.study_id), f"keep-{mine.study_id}", f"own-{mine.study_id}"
    with st.form(f"keeping-{mine.study_id}", enter_to_submit=False):
        st.date_input("The last day on which people's data may be here", value=held.delete_after, key=until)
        st.checkbox("Participants who left may erase their own data", value=held.erase_own, key=own)
        args = (data_acts.set_keeping, mine.study_id, until, own)
        st.form_submit_button("Save", on_click=visit.attempt, args=args)
    st.caption(
        "Nothing is erased by itself: when the day is over, `python manage.py retention STUDY` does it after asking."
    )


def _erase(study_id: str) -> None:
    st.subheader("Erase a participant")
    if done := visit.value_of(f"erased-{study_id}"):
        st.success(literal(done))
    key = f"erase-{study_id}"
    with st.form(f"look-{study_id}", border=False, enter_to_submit=False):
        st.text_input("Pseudonym such as P007, or the participant's link", key=key)
        st.form_submit_button("Look for them", on_click=visit.attempt, args=(data_acts.look_for, study_id, key))
    if found := visit.value_of(f"erase-found-{study_id}"):
        _confirm(study_id, found)


def _confirm(study_id: str, participant: str) -> None:
    """Whom it concerns and what it does not reach, before it is done."""
    try:
        row = erasing.find(runtime().engine, study_id, participant)
    except NotFound:  # somebody else was faster
        return
    typed = f"erase-typed-{study_id}"
    with st.form(f"confirm-{study_id}", enter_to_submit=False):
        for sentence in erasing.warnings(runtime().engine, row):
            st.write(literal(sentence))
        st.text_input(f"Type {participant} to confirm", key=typed)
        args = (data_acts.erase, study_id, participant, typed)
        st.form_submit_button("Erase for good", type="primary", on_click=visit.attempt, args=args)
