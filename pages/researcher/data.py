"""The page of data: hand it out, see how long it is kept, erase a participant."""

from typing import get_args

import streamlit as st

from pages.researcher import data_acts, who
from pages.researcher.copies import show_copies
from pages.researcher.everybody import show_everybody
from pages.researcher.exports import show_export
from pages.researcher.hours import hour
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import deleting, erasing
from study.access import Access
from study.errors import NotFound
from study.keeping import keeping, retentions
from study.selection import Who
from study.tables import SessionStatus, Study

WHOM = {"all": "People and simulated", "people": "People only", "simulated": "Simulated only"}
DAYS = "Days as the files say them, the same for everybody: 00:30 in Berlin belongs to the day before."


def page() -> None:
    """Choose a study; export, retention, erasure, the study as a file, as far as one may."""
    st.title("Data")
    who.tell()
    if done := visit.value_of(data_acts.DELETED):
        st.success(literal(str(done)))
        visit.keep(data_acts.DELETED, "")
    chosen = who.choose_study("data-study", first=st.query_params.get("study", ""))
    if chosen is None:
        show_copies(None)
        return
    study, own = chosen
    tabs = st.tabs(["Export", "Keep and erase", "The study as a file"])  # short, so that what is refused is seen on top
    with tabs[0]:
        _export(study, own)
    with tabs[1]:
        _kept(own)
        if own.may("erase"):
            _erase(study.id)
        if own.may("delete"):
            _delete(study)
    with tabs[2]:
        show_copies(own)


def _export(study: Study, own: Access) -> None:
    if not own.may("export"):
        st.info("Your role in this study does not include exports. An owner can change that on the page People.")
        return
    keys = {name: f"export-{name}-{study.id}" for name in ("status", "who", "since", "until", "version", "identifiers")}
    with st.container(border=True):
        st.caption(
            "One ZIP: every table as CSV and Parquet, data dictionary, codebook, protocol versions, an R script. The same "
            "data give the same bytes. Nothing chosen means: everything."
        )
        st.multiselect("How the session ended", get_args(SessionStatus), key=keys["status"])
        with st.container(horizontal=True):
            st.selectbox("Who", get_args(Who), format_func=WHOM.__getitem__, key=keys["who"])
            st.date_input("Began on this day (UTC) or later", value=None, key=keys["since"], help=DAYS)
            st.date_input("Began on this day (UTC) or earlier", value=None, key=keys["until"], help=DAYS)
            st.multiselect("Version of the protocol", range(1, study.version + 1), key=keys["version"])
        if own.may("identify"):
            label = "With platform ids (personal data; the record says that you took them)"
            st.checkbox(label, value=False, key=keys["identifiers"])
        show_export(own, keys)


def _kept(own: Access) -> None:
    st.subheader("How long data are kept")
    last = next((one for one in retentions(runtime().engine) if one.study_id == own.study_id), None)
    if last:
        (st.error if last.is_due else st.warning if last.is_near else st.info)(literal(last.said))
    if not own.may("erase"):
        return
    show_everybody(own.study_id, last)
    held, until, theirs = keeping(runtime().engine, own.study_id), f"keep-{own.study_id}", f"own-{own.study_id}"
    with st.form(f"keeping-{own.study_id}", enter_to_submit=False):
        st.date_input("The last day on which people's data may be here", value=held.delete_after, key=until)
        st.checkbox("Participants who left may erase their own data", value=held.erase_own, key=theirs)
        args = (data_acts.set_keeping, own.study_id, until, theirs)
        st.form_submit_button("Save", on_click=visit.attempt, args=args)
    st.caption(
        "Nothing is erased by itself: when the day is over, an owner is offered it here, or by “manage.py retention”."
    )


def _erase(study_id: str) -> None:
    st.subheader("Erase a participant")
    if done := visit.value_of(f"erased-{study_id}"):
        st.success(literal(done))
    key = f"erase-{study_id}"
    with st.form(f"look-{study_id}", border=False, enter_to_submit=False):
        st.text_input("Pseudonym such as P007, the id they came with, or their link", key=key)
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
        for sentence in erasing.warnings(runtime().engine, row, hour):
            st.write(literal(sentence))
        st.text_input(f"Type {participant} to confirm", key=typed)
        args = (data_acts.erase, study_id, participant, typed)
        st.form_submit_button("Erase for good", type="primary", on_click=visit.attempt, args=args)


def _delete(study: Study) -> None:
    """The whole study, for good; folded, as it is rarely wanted."""
    st.subheader("Delete the study")
    with st.expander("Delete this study with everything in it …"):
        for sentence in deleting.warnings(runtime().engine, study.id, hour):
            st.write(literal(sentence))
        typed = f"delete-typed-{study.id}"
        with st.form(f"delete-{study.id}", border=False, enter_to_submit=False):
            st.text_input(f"Type {study.id} to confirm", key=typed)
            args = (data_acts.delete_study, study.id, typed)
            st.form_submit_button("Delete the study for good", on_click=visit.attempt, args=args)
