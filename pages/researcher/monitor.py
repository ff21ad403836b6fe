"""Live: who is where, cells filled, drop-outs, time and cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.researcher import who
from pages.runtime import protocol_for, runtime
from study.blinding import coded, shown_conditions
from study.monitor import overview
from study.tables import Study


def page() -> None:
    """Choose a study and watch it."""
    st.title("Monitor")
    if chosen := who.choose_study("monitor-study"):
        _live(chosen[0])


@st.fragment(run_every=5)
def _live(study: Study) -> None:
    access = who.still_here(study.id)
    protocols = {number: protocol_for(study.id, number) for number in range(1, study.version + 1)}
    protocol = protocols[study.version]
    seen = overview(runtime().engine, study.id, protocols)
    shown = shown_conditions(access, study, (c.id for one in protocols.values() for c in one.conditions))
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
    if not access.may("see_condition"):
        st.caption("You are blinded: each condition has a letter, always the same one in this study.")
    st.dataframe(_table(seen.orders, shown), hide_index=True)
    with st.expander("Every cell: orders with the tasks they are met with, and how people left"):
        st.dataframe(_table(seen.cells, shown), hide_index=True)
    st.subheader("Sessions")
    if not seen.sessions:
        st.info("Nobody has started yet. Share the participant link from the page Studies.")
        return
    st.dataframe(
        _table(seen.sessions, shown),
        hide_index=True,
        column_config={"last activity": st.column_config.DatetimeColumn(format="distance")},
    )


def _table(rows: Sequence[dict[str, Any]], shown: Mapping[str, str]) -> pd.DataFrame:
    """The rows with every condition as this researcher may see it."""
    frame = pd.DataFrame(rows)
    for column in {"order", "condition"} & set(frame.columns):
        frame[column] = [coded(text, shown) for text in frame[column]]
    return frame
