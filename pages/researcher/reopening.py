"""Opening a study again that was closed with people complete: who may unseal does it, and says why."""

from collections.abc import Callable

import streamlit as st

from pages.researcher.status_button import BUILT_IN_REPLIES
from pages.runtime import runtime
from pages.shared import visit
from study import studies
from study.access import Access
from study.protocol import BUILT_IN


def offer(study_id: str, own: Access, act: Callable[[str, str, str], None]) -> bool:
    """The way to it, or whom to ask, where it takes that; whether it does. `act`: what then opens the study."""
    if not studies.needs_reason(runtime().engine, study_id):
        return False
    if not own.may("unseal"):
        st.caption("People are complete, and outcomes could be seen while it was closed: only an owner may reopen it.")
        return True
    key = f"reopen-reason-{study_id}"
    with (
        st.popover("Reopen …"),
        st.form(f"reopen-{study_id}", border=False, enter_to_submit=False, clear_on_submit=True),
    ):
        st.write(
            "Outcomes by condition could be seen while this study was closed. Who collects after that can be led by it, "
            "knowingly or not, in when to stop and whom to leave out."
        )
        if studies.get_study(runtime().engine, study_id).model == BUILT_IN:
            st.write(BUILT_IN_REPLIES)
        st.text_area("Why is it opened again?", key=key, height=90)
        st.caption("The reason is stored with your name and the time, and every report says it on its first page.")
        st.form_submit_button("Reopen the study", on_click=visit.attempt, args=(act, study_id, "open", key))
    return True
