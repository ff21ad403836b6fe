"""Live: who is where, cells filled, drop-outs, time and cost."""

import pandas as pd
import streamlit as st

from pages.runtime import protocol_for, runtime
from study.monitor import overview
from study.studies import all_studies


def page() -> None:
    """Choose a study and watch it."""
    st.title("Monitor")
    known = {study.id: study for study in all_studies(runtime().engine)}
    if not known:
        st.info("There is no study yet. Create one on the page Studies.")
        return
    chosen = st.selectbox("Study", list(known), format_func=lambda i: f"{known[i].title} ({i})")
    _live(chosen, known[chosen].version)


@st.fragment(run_every=5)
def _live(study_id: str, version: int) -> None:
    protocols = {number: protocol_for(study_id, number) for number in range(1, version + 1)}
    protocol = protocols[version]
    seen = overview(runtime().engine, study_id, protocols)
    with st.container(horizontal=True):
        st.metric("Running", seen.counts.get("running", 0), border=True)
        st.metric(
            "Complete", f"{seen.counts.get('complete', 0)} of {protocol.design.planned_participants}", border=True
        )
        left = sum(count for status, count in seen.counts.items() if status not in ("running", "complete"))
        st.metric(
            "Left early",
            left,
            border=True,
            help="Away too long, declined, screened out, failed a check, out of time, withdrawn, rejected",
        )
        st.metric("Tokens in / out", f"{seen.input_tokens:,} / {seen.output_tokens:,}", border=True)
        if protocol.prices:
            spent = protocol.prices.cost(seen.input_tokens, seen.output_tokens)
            st.metric("Cost", f"{spent:,.2f} {protocol.prices.currency}", border=True)
        else:
            st.metric("Cost", "–", border=True, help="Give `prices` in the protocol to see what the model costs.")
    st.subheader("Orders")
    st.caption("Simulated and preview sessions are never counted here. Late: came back after their place was free.")
    st.dataframe(pd.DataFrame(seen.orders), hide_index=True)
    with st.expander("Every cell: orders with the tasks they are met with, and how people left"):
        st.dataframe(pd.DataFrame(seen.cells), hide_index=True)
    st.subheader("Sessions")
    if not seen.sessions:
        st.info("Nobody has started yet. Share the participant link from the page Studies.")
        return
    st.dataframe(
        pd.DataFrame(seen.sessions),
        hide_index=True,
        column_config={"last activity": st.column_config.DatetimeColumn(format="distance")},
    )
