"""What may always be seen of a study, sealed or not: numbers over all conditions together."""

from statistics import median

import streamlit as st

from pages.runtime import protocol_for, runtime
from study.monitor import overview
from study.tables import Study


def show_tallies(study: Study) -> None:
    """How many take part, left and finished, how long it took, and what failed; of people only."""
    protocols = {number: protocol_for(study.id, number) for number in range(1, study.version + 1)}
    rows = overview(runtime().engine, study.id, protocols).sessions
    people = [row for row in rows if row.is_person]
    complete = [row for row in people if row.outcome == "complete"]
    left = sum(row.outcome not in ("running", "complete") for row in people)
    minutes = f"{median(row.minutes for row in complete):.0f}" if complete else "–"
    with st.container(horizontal=True):
        st.metric("Started", len(people), border=True)
        st.metric("Complete", len(complete), border=True)
        st.metric("Left early", left, border=True, help="Away too long, declined, screened out, rejected and the like")
        st.metric("Minutes, median", minutes, border=True, help="From start to end, of those who are complete")
        st.metric("Failed replies", sum(row.failed_replies for row in people), border=True)
    if simulated := len(rows) - len(people):
        st.caption(f"And {simulated} simulated, which are never mixed with people.")
    if not rows:
        st.info("Nobody has taken part yet. Share the participant link from the page Studies, and come back here.")
