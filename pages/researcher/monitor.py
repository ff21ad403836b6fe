"""Live: what is wrong, who is where, cells filled, drop-outs, time and cost; and what can be done about it."""

import streamlit as st

from pages.researcher import reopening, who
from pages.researcher import session_acts as acts
from pages.researcher.one_session import panel
from pages.researcher.session_table import show_sessions
from pages.researcher.status_button import status_button
from pages.researcher.watch import Watch, watch
from pages.researcher.watched import show_alerts, show_cells, show_numbers, show_way
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.studies import get_study

OFTEN, SELDOM = 5, 30
"""Seconds between two looks: at who needs help, and at what changes slowly."""
BUTTONS = {
    "draft": (("Open", "open"),),
    "open": (("Pause", "paused"), ("Close", "closed")),
    "paused": (("Reopen", "open"), ("Close", "closed")),
    "closed": (("Reopen", "open"),),
}


def page() -> None:
    """Choose a study and watch it; what is chosen and typed stays while the numbers change around it."""
    st.title("Monitor")
    if chosen := who.choose_study("watched-study"):
        study_id = chosen[0].id
        _status(study_id)
        _live(study_id)
        panel(study_id)
        _slow(study_id)


@st.fragment
def _status(study_id: str) -> None:
    """Whether people come in, and the buttons for it."""
    study = get_study(runtime().engine, study_id)
    status = study.status
    with st.container(key="study-said"):
        if said := visit.notice():
            st.error(literal(said))
        if done := acts.said():
            st.success(literal(done))
    with st.container(horizontal=True, vertical_alignment="center", key="study-status"):
        st.markdown(f"The study is **{status}**.")
        own = watch(study_id).access
        if own.may("recruit") and not reopening.offer(study_id, own, acts.set_status):
            for verb, new in BUTTONS[status]:
                status_button(study, verb, new, acts.set_status)


@st.fragment(run_every=OFTEN)
def _live(study_id: str) -> None:
    seen_by: Watch = watch(study_id)
    seen = seen_by.look()
    show_alerts(seen)
    show_numbers(seen_by, seen)
    show_sessions(seen_by, seen)


@st.fragment(run_every=SELDOM)
def _slow(study_id: str) -> None:
    seen_by = watch(study_id)
    seen = seen_by.look()
    show_way(seen_by, seen)
    show_cells(seen_by, seen)
