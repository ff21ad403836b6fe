"""One participant on the monitor: how things stand with them, and what can be done."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.researcher import session_acts as acts
from pages.researcher.hours import ago, second
from pages.researcher.session_forms import again, form, more_time
from pages.researcher.session_table import connection
from pages.researcher.watch import Watch, watch
from pages.runtime import listening
from pages.shared import visit
from pages.shared.theme import literal
from study.errors import NotFound
from study.monitor import SessionSeen
from study.session_acts import may_move_on

REFRESH = 5


@st.fragment
def panel(study_id: str) -> None:
    """Choose a participant. Nothing here is drawn anew by the clock but the facts, so what is typed stays."""
    by = watch(study_id)
    people = [one.participant for one in by.look().sessions]
    if not people:
        return
    st.subheader("One participant")
    chosen = st.selectbox(
        "Participant", people, index=None, key=f"watched-{study_id}", placeholder="Choose one, e.g. P001"
    )
    if chosen is None:
        st.caption("Choose a participant to see more of them, and to write, give time, free the place and the like.")
        return
    _facts(study_id, chosen)
    with st.container(key="session-said"):  # there without anything said, so that an open form below stays open
        if said := visit.notice():
            st.error(literal(said))
        if done := acts.said():
            st.success(literal(done))
    if by.may_act:
        _acts(by, by.look_at(chosen))
    else:
        st.caption("You may watch this study, and not act on participants. Editors and owners may.")


@st.fragment(run_every=REFRESH)
def _facts(study_id: str, participant: str) -> None:
    by = watch(study_id)
    try:
        one = by.look_at(participant)
    except NotFound:
        st.caption(f"{participant} is no longer in the record.")
        return
    row, watched = one.watched.row, one.watched
    facts = {
        "Status": one.outcome.replace("_", " ") + (", the place was freed" if row.freed_at else ""),
        "Step": f"{one.number}, {by.title(one.step)}" if one.step else "–",
        "Condition": by.condition(one.step),
        "Page": connection(one, row.id in listening()),
        "Started": second(row.started_at),
        "Last activity": f"{second(row.seen_at)}, {ago(row.seen_at)}",
        "Model calls": f"{watched.calls.number}, {watched.calls.failed} failed",
    }
    if watched.waiting_since:
        facts["Waits for a reply since"] = f"{second(watched.waiting_since)}, {ago(watched.waiting_since)}"
    if watched.error:
        facts["Last error"] = watched.error[:300]
    if watched.marked:
        facts["Left out of the analysis"] = by.reason(watched.marked)
    with st.container(border=True, key="facts"):
        st.markdown("  \n".join(f"**{name}:** {literal(value)}" for name, value in facts.items()))


def _acts(by: Watch, one: SessionSeen) -> None:
    """First what to do, of what can be done now; then one form for it."""
    offered = _offered(by, one)
    chosen = st.pills("What to do", list(offered), key=f"act-{one.watched.row.id}-{acts.rounds()}")
    if chosen in offered:
        offered[chosen]()


def _offered(by: Watch, one: SessionSeen) -> dict[str, Callable[[], None]]:
    """What can be done now → what draws the form for it."""
    row, step = one.watched.row, one.step
    offered: dict[str, Callable[[], None]] = {}
    if row.status == "running":
        note = f"What {row.participant} reads, on any page, until they put it away"
        offered["Send a note"] = partial(form, row, "Send", acts.send_note, note)
        offered["Give more time"] = partial(more_time, by, one)
        if step and step.kind == "task":
            offered["Offer the failed reply again"] = partial(again, row)
        if step and may_move_on(step):
            offered["Move on"] = partial(form, row, "Finish this step for them", acts.move_on, "Why")
        if row.freed_at is None:
            offered["Free the place"] = partial(form, row, "Free it", acts.free_place, "Why")
    if row.status in ("running", "complete"):
        why = "Why they are not counted, and leave the study"
        offered["Reject"] = partial(form, row, "Reject them", acts.reject, why)
    if one.watched.marked:
        offered["Analyse after all"] = partial(form, row, "Take the mark back", acts.unmark, "Why")
    else:
        offered["Leave out of the analysis"] = partial(form, row, "Mark", acts.mark, "Why; every report says it")
    return offered
