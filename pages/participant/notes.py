"""What the researchers wrote to this participant, at the top of whatever page they are on, until they put it away."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from pages.shared.visit import Visit
from pages.shared.words import say
from study.notes import put_away


def draw(visitor: Visit) -> None:
    """Each note with a button; their place on the page is there without any, so that nothing below starts afresh."""
    with st.container(key="notes"):
        for note in visitor.position.notes:
            with st.container(border=True):
                st.caption(f":material/mail: {say('A note from the researchers')}")
                st.markdown(literal(note.text))
                act = (put_away, runtime().engine, visitor.session_id, note.id, visitor.lease)
                st.button(
                    say("I have read it"),
                    key=f"note-{note.id}",
                    disabled=visitor.is_past,
                    on_click=visit.attempt,
                    args=act,
                )
