"""From a draft to what new participants get: what would differ, in sentences, and the button."""

import streamlit as st

from pages.researcher import configure_acts
from pages.researcher.versions import show_sentences
from pages.runtime import protocol_for
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access
from study.draft import Checked
from study.drafts import OpenDraft
from study.tables import Study


def show(study: Study, own: Access, draft: OpenDraft, checked: Checked) -> None:
    """The difference, then the button; or what is in the way."""
    if number := visit.value_of(f"published-{study.id}"):
        st.success(
            f"New participants get version {number}. Whoever had started finishes on the version they started on."
        )
        visit.keep(f"published-{study.id}", None)
    used = protocol_for(study.id, study.version)
    if checked.protocol is None:
        count = len(checked.notes)
        st.warning(
            f"{count} problem{'s' if count > 1 else ''} first: a version is made of a protocol that passes every check."
        )
        for note in checked.notes:
            st.markdown(f"- {f'Line {note.line}: ' if note.line else ''}{literal(note.said)}")
    elif draft.differs(checked.protocol, used):
        st.markdown(f"Instead of version {study.version}, new participants would get:")
        show_sentences(used, checked.protocol)
    else:
        st.info(
            "The draft is what participants get already, apart from comments and spaces."
            if draft.is_changed
            else "The draft is what participants get already. Change it under *Text*, *Forms* or *Files*; you will see here "
            "what differs."
        )
        if draft.is_changed and own.may("edit_protocol"):
            _discard(study, draft)
        return
    if own.may("edit_protocol"):
        _buttons(study, draft, checked, used.id)


def _buttons(study: Study, draft: OpenDraft, checked: Checked, own_id: str) -> None:
    key = f"note-{study.id}"
    st.text_input("Note", key=key, placeholder="Why this version", max_chars=300)
    st.caption("Whoever has started finishes on the version they started on.")
    with st.container(horizontal=True):
        st.button(
            "Use for new participants",
            type="primary",
            disabled=checked.protocol is None,
            on_click=visit.attempt,
            args=(configure_acts.publish, study.id, own_id, draft, key),
        )
        _discard(study, draft)


def _discard(study: Study, draft: OpenDraft) -> None:
    with st.popover("Discard the draft …"):
        st.write(
            f"The text and the study's own files go back to those of version {study.version}. What was changed is lost."
        )
        args = (configure_acts.discard, study.id, draft)
        st.button("Discard it", on_click=visit.attempt, args=args)
