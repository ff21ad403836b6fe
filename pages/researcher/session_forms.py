"""The forms for what can be done with one participant; after an act the keys are new, so that the next form is empty."""

from collections.abc import Callable

import streamlit as st

from pages.researcher import session_acts as acts
from pages.researcher.watch import Watch
from pages.shared import visit
from study.monitor import SessionSeen
from study.session_acts import NOTE_LIMIT, is_limited
from study.tables import Sitting


def form(row: Sitting, press: str, act: Callable[[Sitting, str], None], ask: str) -> None:
    """A text and a second press; a form that was refused keeps its text."""
    key = f"{act.__name__}-{row.id}-{acts.rounds()}"
    with st.form(f"form-{key}", enter_to_submit=False):
        st.text_area(ask, key=f"text-{key}", height=90, max_chars=NOTE_LIMIT)
        st.caption("It is stored with your name and the time.")
        st.form_submit_button(press, on_click=visit.attempt, args=(act, row, f"text-{key}"))


def again(row: Sitting) -> None:
    """One press: nothing is to be said."""
    args = (acts.offer_again, row)
    st.button("Have it tried again", key=f"again-{row.id}", on_click=visit.attempt, args=args)


def more_time(by: Watch, one: SessionSeen) -> None:
    """How many minutes, and for what."""
    row, key = one.watched.row, f"time-{one.watched.row.id}-{acts.rounds()}"
    limited = one.step is not None and is_limited(by.protocols[row.study_version], one.step)
    with st.form(f"form-{key}", enter_to_submit=False):
        st.number_input("Minutes more", min_value=1, max_value=600, value=5, key=f"minutes-{key}")
        st.toggle(
            "For every later step too",
            value=not limited,
            key=f"whole-{key}",
            help="Longer limits from this step to the end. In any case the place is kept for so much longer.",
        )
        if not limited:
            st.caption("The step they are at has no time limit.")
        args = (acts.extend_time, row, f"minutes-{key}", f"whole-{key}")
        st.form_submit_button("Give the time", on_click=visit.attempt, args=args)
