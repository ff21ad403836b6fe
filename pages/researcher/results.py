"""The page of results: what may be seen while a study collects, the seal, and the reports."""

import streamlit as st

from pages.researcher import acts
from pages.researcher.reports import show_reports
from pages.researcher.tallies import show_tallies
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.sealing import Seal, seal_of, sentences
from study.studies import all_studies

TITLE = {
    "collecting": ":material/lock: Sealed",
    "unsealed": ":material/lock_open: Unsealed before the end",
    "simulated": ":material/science: Simulated data",
    "closed": ":material/lock_open: Open, for the study is closed",
    "enough": ":material/lock_open: Open, for the study is complete",
}


def page() -> None:
    """Choose a study; see its seal, its numbers and its reports."""
    st.title("Results")
    if said := visit.notice():
        st.error(literal(said))
    known = {study.id: study for study in all_studies(runtime().engine)}
    if not known:
        st.info("There is no study yet. Create one on the page Studies.")
        return
    chosen = st.selectbox("Study", list(known), format_func=lambda i: f"{known[i].title} ({i})", key="results-study")
    show_tallies(known[chosen])
    seal = seal_of(runtime().engine, chosen)
    _seal(chosen, seal)
    show_reports(chosen, seal)


def _seal(study_id: str, seal: Seal) -> None:
    with st.container(border=True):
        st.markdown(f"#### {TITLE[seal.why]}")
        for sentence in sentences(seal):
            st.write(literal(sentence))
        if seal.why == "collecting":
            _unseal(study_id, seal)
        elif seal.why == "unsealed":
            st.button("Seal again", key=f"seal-{study_id}", on_click=visit.attempt, args=(acts.seal_again, study_id))


def _unseal(study_id: str, seal: Seal) -> None:
    """A reason and a second press: nobody looks by accident."""
    until = f" or {seal.wanted} people are complete" if seal.wanted else ""
    st.caption(
        f"They open by themselves when the study is closed{until}. Who looks earlier can be led by it, knowingly or not, "
        "in when to stop and whom to leave out; the planned tests are then no longer what they say they are."
    )
    key = f"reason-{study_id}"
    with (
        st.popover("Unseal …"),
        st.form(f"unseal-{study_id}", border=False, enter_to_submit=False, clear_on_submit=True),
    ):
        st.text_area("Why do the results have to be seen now?", key=key, height=90)
        st.caption("The reason is stored with your name and the time, and every report says it on its first page.")
        args = (acts.unseal, study_id, key)
        st.form_submit_button("Unseal the results", on_click=visit.attempt, args=args)
