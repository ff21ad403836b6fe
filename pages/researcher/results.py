"""The page of results: what may be seen while a study collects, the seal, and the reports."""

import streamlit as st

from pages.researcher import acts, who
from pages.researcher.hours import hour
from pages.researcher.reports import show_reports
from pages.researcher.tallies import show_tallies
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access
from study.sealing import Seal, seal_of, sentences

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
    who.tell()
    chosen = who.choose_study("results-study")
    if chosen is None:
        return
    study, access = chosen
    show_tallies(study)
    seal = seal_of(runtime().engine, study.id)
    _seal(access, seal)
    if access.may("see_condition"):
        show_reports(access, seal)
    else:
        st.info("You are blinded to conditions, which every report shows; so there is none to read here.")


def _seal(access: Access, seal: Seal) -> None:
    """How things stand; why somebody looked may name a condition, so who is blinded reads only the first sentence."""
    with st.container(border=True):
        st.markdown(f"#### {TITLE[seal.why]}")
        for sentence in sentences(seal, hour)[: None if access.may("see_condition") else 1]:
            st.write(literal(sentence))
        if not access.may("unseal"):
            return
        if seal.why == "collecting":
            _unseal(access.study_id, seal)
        elif seal.why == "unsealed":
            args = (acts.seal_again, access.study_id)
            st.button("Seal again", key=f"seal-{access.study_id}", on_click=visit.attempt, args=args)


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
