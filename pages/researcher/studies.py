"""The page of studies: create, set the model, open, pause, close, share, preview, export."""

import streamlit as st

from pages.researcher import acts
from pages.researcher.versions import show_versions
from pages.runtime import PROTOCOLS, host_url, runtime
from pages.shared import visit
from pages.shared.theme import same_tab_link
from study.protocol import BUILT_IN
from study.studies import all_studies
from study.tables import Study

STATUS = {
    "draft": ":gray-badge[draft]",
    "open": ":green-badge[open]",
    "paused": ":orange-badge[paused]",
    "closed": ":gray-badge[closed]",
}
NEXT = {"draft": ("open",), "open": ("paused", "closed"), "paused": ("open", "closed"), "closed": ("open",)}
VERB = {"open": "Open", "paused": "Pause", "closed": "Close"}


def page() -> None:
    """Every study with what can be done to it, and a way to make a new one."""
    st.title("Studies")
    if said := visit.notice():
        st.error(said)
    studies = all_studies(runtime().engine)
    if not studies:
        st.info("There is no study yet. Create one from a protocol below.")
    for study in studies:
        _study(study)
    st.subheader("New study")
    files = sorted(path.stem for path in PROTOCOLS.glob("*.yaml"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Protocol", files, key="new-protocol")
        st.button("Create", on_click=visit.attempt, args=(acts.create, "new-protocol"))
    same_tab_link("Sign out", "/researcher/sign-out")


def _study(study: Study) -> None:
    base = host_url()
    with st.container(border=True):
        st.markdown(f"#### {study.title} {STATUS[study.status]}")
        st.caption(
            f"{study.id} · version {study.version}, protocol {study.protocol_hash[:12]} · created {study.created_at:%Y-%m-%d %H:%M} UTC"
        )
        st.write("Participant link")
        st.code(f"{base}/s/{study.id}", language=None)
        with st.expander("Link for Prolific"):
            st.code(
                f"{base}/s/{study.id}?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}&STUDY_ID={{{{%STUDY_ID%}}}}&SESSION_ID={{{{%SESSION_ID%}}}}",
                language=None,
            )
        key = f"model-{study.id}"
        help_text = "offline (built in), or provider:model such as openai:gpt-4o-mini. Keys come from the environment."
        st.text_input(
            "Model for sessions that start from now on",
            value=study.model,
            key=key,
            help=help_text,
            on_change=visit.attempt,
            args=(acts.set_model, study.id, key),
        )
        _buttons(study)
        show_versions(study)


def _buttons(study: Study) -> None:
    with st.container(horizontal=True):
        for status in NEXT[study.status]:
            if status == "open" and study.model == BUILT_IN:
                with st.popover("Open …"):
                    st.write(
                        "Replies will come from the built-in model, which follows plain rules and is no language model."
                    )
                    st.button(
                        "Open with the built-in model",
                        key=f"open-{study.id}",
                        on_click=visit.attempt,
                        args=(acts.set_status, study.id, "open"),
                    )
            else:
                st.button(
                    VERB[status],
                    key=f"{status}-{study.id}",
                    on_click=visit.attempt,
                    args=(acts.set_status, study.id, status),
                )
        st.button(
            "Preview as participant", key=f"preview-{study.id}", on_click=visit.attempt, args=(acts.preview, study.id)
        )
        st.link_button("Export (ZIP)", f"/researcher/export/{study.id}")
    if link := visit.value_of(f"preview-link-{study.id}"):
        st.link_button("Open the preview in a new tab", link, type="primary")
