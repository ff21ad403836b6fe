"""The tab Plan: compiled orders and what they balance, how long it takes and what it costs, before anybody takes part."""

import pandas as pd
import streamlit as st

from pages.runtime import runtime
from pages.shared.theme import literal
from study.checkup import Checkup, checkup
from study.design import balance, groups
from study.draft import Checked
from study.expected import as_matrix, parts, people_by_order, tokens
from study.protocol import Protocol
from study.spent import spent
from study.tables import Study


def show(study: Study, checked: Checked) -> None:
    """All of it for the draft; nothing while a check fails, as then there is no design."""
    protocol = checked.protocol
    if protocol is None:
        st.warning("A plan needs a protocol that passes every check. Mend the problems under *Text* or *Forms* first.")
        return
    seen = checkup(protocol)
    _numbers(study, protocol, seen)
    _orders(protocol, seen)
    _minutes(protocol, seen)


def _numbers(study: Study, protocol: Protocol, seen: Checkup) -> None:
    used, planned = tokens(protocol, spent(runtime().engine, study.id)), protocol.design.planned_participants
    with st.container(horizontal=True):
        st.metric("Planned participants", planned, border=True)
        st.metric("Orders of conditions", len(people_by_order(protocol)), border=True)
        st.metric("Length", seen.length().removeprefix("about "), border=True)
        if protocol.prices:
            each = protocol.prices.cost(round(used.input), round(used.output))
            st.metric("Model, each", f"{each:,.2f} {protocol.prices.currency}", border=True)
            st.metric(f"Model, {planned} people", f"{each * planned:,.2f} {protocol.prices.currency}", border=True)
        else:
            st.metric("Model, each", "–", border=True, help="Give prices under Forms, Model.")
    st.caption(
        f"Tokens of a participant: about {round(used.input, -2):,.0f} in and {round(used.output, -2):,.0f} out, {literal(used.source)}. "
        "Prices are the protocol’s. Whoever leaves early or comes for a preview costs as well."
    )


def _orders(protocol: Protocol, seen: Checkup) -> None:
    st.subheader("Orders and balance")
    for warning in seen.warnings:
        st.warning(literal(warning))
    if not seen.warnings:
        st.success("Orders, periods, carry-over and tasks are balanced with this number of participants.")
    ranges = {
        order: f"{low}" if low == high else f"{low} or {high}"
        for order, (low, high) in people_by_order(protocol).items()
    }
    rows = [{"order": " → ".join(order), "participants": people} for order, people in ranges.items()]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content" if len(rows) < 13 else 440)
    counts, met = balance(seen.table), [c for group in groups(protocol) for c in group]
    with st.expander(f"What one participant in each of the {len(seen.table)} cells meets"):
        for title, counted in (("Condition in period", counts.positions), ("Condition (down) before condition (across)", counts.follows),
                               ("Condition with task", counts.tasks)):  # fmt: skip
            if counted:
                st.markdown(f"**{title}**")
                st.dataframe(pd.DataFrame(as_matrix(counted, met)), hide_index=True)
        st.markdown("**Cells**")
        cells = [
            {"cell": cell.index, "order": " → ".join(cell.conditions), "tasks": ", ".join(cell.tasks)}
            for cell in seen.table
        ]
        st.dataframe(pd.DataFrame(cells), hide_index=True)


def _minutes(protocol: Protocol, seen: Checkup) -> None:
    st.subheader("Minutes")
    st.caption(
        "Rough figures for somebody who reads and answers at an ordinary pace, in the first cell; a pilot’s are better."
    )
    rows = [
        {"step": part.name, "condition": part.condition, "minutes": part.minutes, "reckoned from": part.why}
        for part in parts(protocol, seen.table[0])
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content" if len(rows) < 13 else 440)
