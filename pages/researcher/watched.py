"""What the monitor shows of a study as a whole: alerts, numbers, the way through it, cells."""

import pandas as pd
import streamlit as st

from pages.researcher.watch import Watch
from pages.shared.theme import literal
from study.monitor import Overview, wanted, way

NOT_IN_IT = "Of people and simulated participants; your own previews and *Arms* are not in it."
LEFT_HELP = "Away too long, declined, screened out, failed a check, out of time, withdrawn, rejected"


def show_alerts(seen: Overview) -> None:
    """What is wrong, where and what to do; the place is there when nothing is."""
    with st.container(key="alerts"):
        if not seen.alerts:
            st.caption(":material/check_circle: Nothing needs you now.")
        for alert in seen.alerts:
            say = st.error if alert.urgent else st.warning
            say(f"**{literal(alert.what)}**  \n{literal(alert.todo)}")


def show_numbers(by: Watch, seen: Overview) -> None:
    """How many, and what it cost."""
    counts, protocol = seen.counts, by.protocol
    left = sum(count for status, count in counts.items() if status not in ("running", "complete"))
    with st.container(horizontal=True, key="numbers"):
        st.metric("Running", counts.get("running", 0), border=True)
        st.metric("Complete", f"{counts.get('complete', 0)} of {wanted(protocol)}", border=True)
        st.metric("Left early", left, border=True, help=LEFT_HELP)
        st.metric("Came in 24 hours", seen.came, border=True)
        tokens = f"{seen.spent.input_tokens:,} in, {seen.spent.output_tokens:,} out"
        cost = seen.spent.cost(protocol)
        if cost is None or protocol.prices is None:
            st.metric(
                "Cost",
                "–",
                border=True,
                help=f"{tokens}. Give `prices` in the protocol to see what the model costs. {NOT_IN_IT}",
            )
        else:
            of = f" of {protocol.prices.budget:,.2f}" if protocol.prices.budget else ""
            st.metric(
                "Cost", f"{cost:,.2f}{of} {protocol.prices.currency}", border=True, help=f"{tokens} tokens. {NOT_IN_IT}"
            )


def show_way(by: Watch, seen: Overview) -> None:
    """How far people came, and where they left."""
    st.subheader("The way through the study")
    people = sum(seen.counts.values())
    if not people:
        st.info("As soon as somebody starts, this shows how many reach each step and where they leave.")
        return
    titles = _titles(by)
    frame = pd.DataFrame(
        [
            {
                "step": titles.get(one.step, one.title),
                "reached": one.reached,
                "there now": one.here,
                "left there": one.left,
            }
            for one in seen.funnel
        ]
    )
    bar = st.column_config.ProgressColumn(format="%d", min_value=0, max_value=people)
    st.dataframe(frame, hide_index=True, key="way-table", column_config={"reached": bar})
    st.caption("People only. Steps that are not for everybody count as reached by who went past them.")


def _titles(by: Watch) -> dict[str, str]:
    return {step.id: by.title(step) for step in way(by.protocol)}


def show_cells(by: Watch, seen: Overview) -> None:
    """Orders, and every cell with how people left."""
    st.subheader("Orders")
    st.dataframe(_coded(by, seen.orders), hide_index=True, key="order-table")
    st.caption("Simulated and preview sessions are never counted here. Late: came back after their place was free.")
    with st.expander("Every cell: orders with the tasks they are met with, and how people left"):
        st.dataframe(_coded(by, seen.cells), hide_index=True, key="cell-table")


def _coded(by: Watch, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame([{**row, "order": by.order(str(row["order"]))} for row in rows])
