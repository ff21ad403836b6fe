"""The page of sessions: choose one and see it again, step by step, as the participant saw it."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.researcher import replay, who
from pages.researcher.hours import hour
from pages.researcher.watch import shown_in
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access
from study.errors import NotAllowed, NotFound
from study.session_list import Listed, session_list
from study.tables import Study

KINDS = {"People": lambda one: not one.simulated and not one.preview, "Simulated": lambda one: one.simulated,
         "Previews": lambda one: one.preview}  # fmt: skip


def page() -> None:
    """The list of a study's sessions; with a session in the address, its replay."""
    who.tell()
    named, session_id = st.query_params.get("study", ""), st.query_params.get("session")
    if session_id:
        _replay(named, session_id)
        return
    st.title("Sessions")
    if chosen := who.choose_study("sessions-study", first=named):
        _list(*chosen)


def _replay(study_id: str, session_id: str) -> None:
    st.button("All sessions", icon=":material/arrow_back:", type="tertiary", key="all-sessions", on_click=_leave)
    try:
        replay.show(*who.known_study(study_id), session_id)
    except (NotFound, NotAllowed) as error:
        st.info(literal(str(error)))


def _list(study: Study, access: Access) -> None:
    """Filters, the table, and which session to open."""
    found = session_list(runtime().engine, study.id)
    if not found:
        st.info(
            "Nobody has taken part yet. Share the participant link from the page Studies, "
            "or take a look yourself with “Preview as participant”."
        )
        return
    shown = _filtered(found)
    if not shown:
        st.info("No session is like that. Choose other filters.")
        return
    orders, height = shown_in(access, study), "content" if len(shown) < 9 else 330
    rows = pd.DataFrame([_row(one, orders) for one in shown])
    if not access.may("see_condition"):  # one condition leaves more events than another
        rows = rows.drop(columns="events")
    st.dataframe(rows, hide_index=True, height=height)  # type: ignore[arg-type]
    by_id = {one.id: one for one in shown}
    st.selectbox(
        "Open a session",
        list(by_id),
        index=None,
        placeholder="Choose or type a participant’s code",
        format_func=lambda i: f"{by_id[i].participant} · {by_id[i].status} · {hour(by_id[i].started_at)}",
        key=f"open-{study.id}",
        on_change=_open,
        args=(study.id,),
    )


def _filtered(found: list[Listed]) -> list[Listed]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills("Who", list(KINDS), selection_mode="multi", key="sessions-kinds")
        statuses = st.multiselect("Status", sorted({one.status for one in found}), key="sessions-status")
        errors = st.toggle("With errors", key="sessions-errors")
    return [
        one
        for one in found
        if (not kinds or any(KINDS[kind](one) for kind in kinds))
        and (not statuses or one.status in statuses)
        and (one.errors or not errors)
    ]


def _row(one: Listed, orders: Mapping[str, str]) -> dict[str, object]:
    kind = next((name for name, is_so in KINDS.items() if is_so(one)), "")
    return {
        "participant": one.participant,
        "who": kind,
        "status": one.status,
        "order": " → ".join(orders[condition] for condition in one.conditions),
        "started": hour(one.started_at),
        "minutes": one.minutes,
        "events": one.events,
        "errors": one.errors,
    }


def _open(study_id: str) -> None:
    if isinstance(chosen := visit.value_of(f"open-{study_id}"), str):
        st.query_params.from_dict({"study": study_id, "session": chosen})


def _leave() -> None:
    st.query_params.from_dict({"study": st.query_params.get("study", "")})
