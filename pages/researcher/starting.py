"""Where a protocol's text comes from: one of the shipped ones, or a file of one's own."""

import streamlit as st

from pages.researcher import acts, configure_acts
from pages.runtime import PROTOCOLS
from pages.shared import visit
from pages.shared.theme import literal
from study.drafts import OpenDraft
from study.tables import Study


def shipped() -> list[str]:
    """The protocols that are here, by name."""
    return sorted(path.stem for path in PROTOCOLS.glob("*.yaml"))


def new_study(first: bool) -> None:
    """A study of a shipped protocol, or of an uploaded one that passes every check."""
    st.subheader("New study")
    if first:
        st.info("There is no study of yours yet. Create one from a protocol.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Protocol", shipped(), key="new-protocol")
        st.button("Create", on_click=visit.attempt, args=(acts.create, "new-protocol"))
    with st.expander("Or upload a protocol"):
        st.caption(
            "One YAML file; or a ZIP with protocol.yaml and what it names beside it: tasks/trip.yaml, instruments/mine.yaml, "
            "translations/<id of the protocol>.de.yaml. What is not in it is taken from this installation. Tasks and "
            "questionnaires can also be written here afterwards, on the page Configure."
        )
        sent = st.file_uploader("Protocol file", type=["yaml", "yml", "zip"], key="new-upload", max_upload_size=5)
        if sent:
            args = (acts.create_uploaded, sent.name, sent.getvalue())
            st.button(f"Create from {literal(sent.name)}", type="primary", on_click=visit.attempt, args=args)


def begin_with(study: Study, own_id: str, draft: OpenDraft) -> None:
    """Another protocol's text in the place of the draft."""
    with st.popover("Begin with another protocol …"):
        st.write(
            "Its text takes the place of this one; the study and its id stay. "
            + ("What you changed is lost." if draft.is_changed else "")
        )
        key = f"begin-{study.id}"
        st.selectbox("A shipped protocol", shipped(), index=None, placeholder="Choose one", key=key)
        args = (configure_acts.begin_with_shipped, study.id, key, own_id, draft.seen)
        st.button(
            "Begin with it", key=f"{key}-shipped", on_click=visit.attempt, args=args, disabled=not visit.value_of(key)
        )
        sent = st.file_uploader(
            "Or a file of your own", type=["yaml", "yml"], key=f"{key}-file", help=_BESIDE, max_upload_size=1
        )
        if sent:
            args = (configure_acts.begin_with_file, study.id, sent.name, sent.getvalue(), own_id, draft.seen)
            st.button(f"Begin with {literal(sent.name)}", key=f"{key}-own", on_click=visit.attempt, args=args)


_BESIDE = "It names tasks and instruments by id: files of this study (the tab Files), or else of this installation."
