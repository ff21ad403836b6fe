"""One session again: the participant's screen at a moment, and beside it what happened."""

from datetime import timedelta

import streamlit as st

from pages.participant import sitting as screens
from pages.researcher import behind, coding, travel
from pages.researcher.hours import second
from pages.researcher.watch import shown_in
from pages.runtime import protocol_in, runtime, whole_sessions
from pages.shared import visit
from pages.shared.theme import literal
from study import enrolment
from study.access import Access, require
from study.errors import NotFound
from study.event_lines import clock, name_of, nearest, seconds_of, visible
from study.log import Logged
from study.moment import Moment, moment
from study.tables import Sitting, Study

STYLE = "<style>.st-key-history { max-height: 58vh; overflow-y: auto; flex-wrap: nowrap; } .st-key-history > * { flex-shrink: 0; }</style>"
"""A long conversation scrolls in its place, as it did for the participant."""


def show(study: Study, access: Access, session_id: str) -> None:
    """The moment that the address names; the last one if it names none. Raises NotFound, NotAllowed."""
    require(runtime().engine, access.name, study.id, "see_data")
    row = enrolment.sitting(runtime().engine, session_id)
    every = whole_sessions().of_step(session_id, None) if row.study_id == study.id else ()
    if not every:
        raise NotFound("There is no such session in this study.")
    st.html(STYLE)
    is_blind = not access.may("see_condition")
    seen = visible(every, is_blind)
    at = _moment(row, every, seen)
    _head(access, study, row, seen, at)
    travel.travel(seen, at, is_blind)
    left, right = st.columns([2, 1], gap="large")
    with left:
        _screen(at)
    with right:
        coding.panel(access, session_id, at.events[-1])
        travel.events(seen, at, is_blind)
    if not is_blind:
        behind.panel(at, every)


def _moment(row: Sitting, every: tuple[Logged, ...], seen: list[Logged]) -> Moment:
    number, seconds = st.query_params.get("event", ""), seconds_of(st.query_params.get("t", ""))
    seq = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else seen[-1].seq
    time = every[0].at + timedelta(seconds=seconds) if seconds is not None else None
    return moment(
        lambda language: protocol_in(row.study_id, row.study_version, language), row, every, nearest(seen, seq), time
    )


def _head(access: Access, study: Study, row: Sitting, seen: list[Logged], at: Moment) -> None:
    st.title(f"Session of {row.participant}")
    shown = shown_in(access, study)
    order = " → ".join(shown.get(condition, "–") for condition in row.conditions)
    place, number = at.events[-1].place, seen.index(at.events[-1]) + 1
    now = [f"Event {number} of {len(seen)}", f"{clock(at.at, seen[0].at)} after the start"]
    if place.condition:
        now.append(f"in {shown.get(place.condition, '–')}")
    st.caption(literal(f"{row.status} · {order} · started {second(seen[0].at)}"))
    st.markdown(f"**{literal(', '.join(now))}** · {literal(name_of(at.events[-1].kind))}")


def _screen(at: Moment) -> None:
    """What the participant saw; fields take a new key whenever the record changes what they hold."""
    changed = [entry.seq for entry in at.events if entry.kind not in ("client_reported", "model_called")]
    visit.keep("round", f"past-{changed[-1] if changed else 0}")
    visit.speak(at.protocol.language)
    with st.container(border=True, key="replayed"):
        st.caption(":material/visibility: As the participant saw it. Nothing here can be operated.")
        screens.look(visit.replayed(at))
