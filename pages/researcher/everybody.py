"""On the page Data, when a study's last day is over: erasing all its people, and how far that is."""

import streamlit as st

from pages.researcher import data_acts, overdue, who
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.keeping import Retention
from study.studies import get_study

ABOUT = (
    "Sessions, links and the ids that people were invited by are removed for good, also of who is still taking part, with the "
    "reports and exports that hold their data. Simulated participants stay. Not reached: backups, and what was taken away."
)


def show_everybody(study_id: str, held: Retention | None) -> None:
    """The form while the day is over, the progress while it is at work, and what became of it."""
    run = overdue.latest(study_id)
    if run and not run.said:
        _watch(study_id)
        return
    if run:
        (st.error if run.failed else st.success)(literal(run.said))
    if held is None or not held.is_due:
        return
    if get_study(runtime().engine, study_id).status != "closed":
        st.info(
            "Close the study on the page Studies, so that nobody new comes; then all its people can be erased here."
        )
        return
    typed = f"everybody-typed-{study_id}"
    with st.form(f"everybody-{study_id}", enter_to_submit=False):
        st.write(ABOUT)
        st.text_input(f"Type {study_id} to erase everybody", key=typed)
        label = "Erase 1 person for good" if held.people == 1 else f"Erase {held.people} people for good"
        args = (data_acts.erase_everybody, study_id, typed)
        st.form_submit_button(label, type="primary", on_click=visit.attempt, args=args)


@st.fragment(run_every=1)
def _watch(study_id: str) -> None:
    """How far it is; when it has ended, the whole page is drawn again."""
    who.still_here(study_id)
    run = overdue.latest(study_id)
    if run is None or run.said:
        st.rerun()
    st.progress(min(run.done / run.total, 1.0), text=f"{run.done} of {run.total} are erased, for {literal(run.by)}")
