"""The table of sessions on the monitor, and the filters over it."""

import pandas as pd
import streamlit as st

from pages.researcher.hours import ago, zone
from pages.researcher.watch import Watch
from pages.runtime import listening
from study.alerts import Alert
from study.monitor import Overview, SessionSeen

EVERYTHING = "all"
LAST = "YYYY-MM-DD HH:mm:ss"
"""With the day: studies run over many."""
STATUS = {"complete": "complete", "running": "under way", "expired": "away"}


def show_sessions(by: Watch, seen: Overview) -> None:
    """Everybody in a table, or those that a filter leaves."""
    st.subheader("Sessions")
    if not seen.sessions:
        st.info(
            "Nobody has started yet. Share the participant link from the page Studies; who comes appears here by itself."
        )
        return
    flagged = {alert.where: alert for alert in seen.alerts if alert.where}
    with st.container(horizontal=True, key="session-filters"):
        outcomes = sorted({one.outcome for one in seen.sessions})
        status = st.selectbox("Status", [EVERYTHING, *outcomes], format_func=_status, key="watch-status")
        met = sorted({by.condition(one.step) for one in seen.sessions} - {"–"})
        condition = st.selectbox("Condition now", [EVERYTHING, *met], key="watch-condition")
        only = st.toggle("Only with an alert", key="watch-alert")
    open_now = listening()
    rows = [
        _row(by, one, flagged.get(one.participant), one.watched.row.id in open_now)
        for one in seen.sessions
        if status in (EVERYTHING, one.outcome)
        and condition in (EVERYTHING, by.condition(one.step))
        and (not only or one.participant in flagged)
    ]
    if not rows:
        st.caption("Nobody fits this filter.")
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="session-table",
        column_config={"last activity": st.column_config.DatetimeColumn(format=LAST, timezone=zone())},
    )


def _row(by: Watch, one: SessionSeen, alert: Alert | None, is_open: bool) -> dict[str, object]:
    watched = one.watched
    step = one.step
    return {
        "participant": one.participant + (" (simulated)" if not one.is_person else ""),
        "status": _status(one.outcome),
        "alert": alert.kind.replace("_", " ") if alert else "",
        "step": f"{one.number}: {by.title(step)}" if step else "–",
        "condition": by.condition(step),
        "task": (step.task or "–") if step else "–",
        "minutes": one.minutes,
        "last activity": watched.row.seen_at,
        "page": connection(one, is_open),
        "messages": watched.counts.get("message_sent", 0),
        "waits for reply": ago(watched.waiting_since) if watched.waiting_since else "",
        "failed calls": watched.calls.failed,
        "last error": watched.error[:120],
        "left out": by.reason(watched.marked),
    }


def connection(one: SessionSeen, is_open: bool) -> str:
    """Whether a page of the session is open, as far as this process can know."""
    if one.watched.row.status != "running":
        return "–"
    return "open" if is_open else "not open"


def _status(name: str) -> str:
    return STATUS.get(name, name.replace("_", " "))
