"""From moment to moment of a session: buttons with keys, a slider, a time, and the list of what happened."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import visit
from pages.shared.theme import literal
from study.event_lines import GROUPS, REST, Wanted, chosen, clock, detail, name_of, seconds_of, short
from study.log import Logged
from study.moment import Moment, last_before

AROUND = 25
"""So many events before and after the moment are listed."""
WORDS, GROUP, STEP, SLIDER, TIME = "replay-words", "replay-groups", "replay-step", "replay-event", "replay-time"


def wanted(is_blind: bool) -> Wanted:
    """Which events are asked for in the fields of the list."""
    groups = tuple(visit.value_of(GROUP) or ())
    return Wanted(groups, str(visit.value_of(STEP) or ""), str(visit.value_of(WORDS) or ""), is_blind)


def travel(seen: Sequence[Logged], at: Moment, is_blind: bool) -> None:
    """Back and on by event (of those listed) or by step, to any event that is `seen`, to any time."""
    numbers = [entry.seq for entry in seen]
    listed = [entry.seq for entry in chosen(seen, wanted(is_blind))]
    steps = [entry.seq for entry in seen if entry.kind == "step_entered"]
    with st.container(horizontal=True, vertical_alignment="bottom", key="travel"):
        _button("Step back", "skip_previous", "shift+b", max((s for s in steps if s < at.seq), default=None))
        _button("Back", "chevron_left", "b", max((s for s in listed if s < at.seq), default=None))
        _button("Next", "chevron_right", "n", min((s for s in listed if s > at.seq), default=None))
        _button("Next step", "skip_next", "shift+n", min((s for s in steps if s > at.seq), default=None))
        visit.keep(SLIDER, numbers.index(at.seq) + 1)
        if len(numbers) > 1:
            st.slider("Event", 1, len(numbers), key=SLIDER, on_change=_slide, args=(numbers,), width=320)
        visit.keep(TIME, clock(at.at, seen[0].at))
        st.text_input(
            "Time since the start",
            key=TIME,
            on_change=_to_time,
            args=(seen,),
            width=150,
            help="Such as 1:30 or 0:01:30",
        )


def events(seen: Sequence[Logged], at: Moment, is_blind: bool) -> None:
    """The list, around the moment; each line leads to its event."""
    st.markdown("##### What happened")
    st.multiselect("Show", [*GROUPS, REST], placeholder="All but the browser", key=GROUP)
    with st.container(horizontal=True):
        steps = list(dict.fromkeys(entry.place.step for entry in seen if entry.place.step))
        called = {step: f"step {number}" if is_blind else step for number, step in enumerate(steps, start=1)}
        st.selectbox("Step", steps, index=None, placeholder="Any", key=STEP, format_func=called.__getitem__)
        st.text_input("Search", key=WORDS, placeholder="Words in events")
    listed = chosen(seen, wanted(is_blind))
    if not listed:
        st.info("No event is like that. Choose other filters.")
        return
    before = [entry for entry in listed if entry.seq <= at.seq][-AROUND:]
    later = [entry for entry in listed if entry.seq > at.seq][:AROUND]
    st.caption(f"{len(listed)} of {len(seen)} events" + (", the nearest ones" if len(listed) > 2 * AROUND else ""))
    numbers = {entry.seq: number for number, entry in enumerate(seen, start=1)}
    with st.container(height=430, key="events", gap=None):
        for entry in (*before, *later):
            when, said = clock(entry.at, seen[0].at), short(detail(entry, is_blind))
            label = f"{numbers[entry.seq]} · {when} · {name_of(entry.kind)}" + (f": {said}" if said else "")
            _line(entry, label, entry.seq == at.seq)


def go(seq: int) -> None:
    """To a moment, by its address."""
    here = st.query_params
    st.query_params.from_dict({"study": here.get("study", ""), "session": here.get("session", ""), "event": str(seq)})


def _line(entry: Logged, label: str, is_here: bool) -> None:
    st.button(
        literal(label),
        key=f"go-{entry.seq}",
        type="primary" if is_here else "tertiary",
        on_click=go,
        args=(entry.seq,),
    )


def _button(label: str, icon: str, shortcut: str, to: int | None) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"travel-{icon}",
        shortcut=shortcut,
        disabled=to is None,
        on_click=go,
        args=(to or 1,),
    )


def _slide(numbers: Sequence[int]) -> None:
    place = visit.value_of(SLIDER)
    if isinstance(place, int) and 0 < place <= len(numbers):
        go(numbers[place - 1])


def _to_time(seen: Sequence[Logged]) -> None:
    """The moment at that time; between two events, what was being written then is shown as far as it was."""
    seconds = seconds_of(str(visit.value_of(TIME) or ""))
    if seconds is None:
        return
    go(last_before(seen, seconds))
    st.query_params["t"] = f"{seconds:g}"
