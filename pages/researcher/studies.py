"""The page of studies: create, set the model, open, pause, close, share, preview, export; as far as one's role goes."""

import streamlit as st

from pages.researcher import acts, reopening, starting, who
from pages.researcher.hours import hour
from pages.researcher.links import show_door
from pages.researcher.status_button import status_button
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal, same_tab_link
from study.access import Access, access, is_administrator, studies_of
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
    who.tell()
    engine, name = runtime().engine, who.name()
    studies = studies_of(engine, name)
    for study in studies:
        _study(study, access(engine, name, study.id))
    if is_administrator(engine, name):
        starting.new_study(not studies)
    elif not studies:
        st.info(f"There is no study that you may see yet. {who.ASK}")


def _study(study: Study, own: Access) -> None:
    with st.container(border=True):
        st.markdown(f"#### {literal(study.title)} {STATUS[study.status]}")
        st.caption(
            f"{study.id} · version {study.version}, protocol {study.protocol_hash[:12]} · created {hour(study.created_at)}"
        )
        if own.may("see_condition"):
            same_tab_link("Configure this study", f"/configure?study={study.id}")
        show_door(study, own)
        if own.may("edit_protocol"):
            _model(study)
        else:
            st.caption(f"Your role here: {own.role}. Model: {literal(study.model)}")
        _buttons(study, own)


def _model(study: Study) -> None:
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


def _buttons(study: Study, own: Access) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if own.may("recruit") and not reopening.offer(study.id, own, acts.set_status):
            for status in NEXT[study.status]:
                status_button(study, VERB[status], status, acts.set_status)
        if own.may("simulate"):
            args = (acts.preview, study.id)
            st.button("Preview as participant", key=f"preview-{study.id}", on_click=visit.attempt, args=args)
        if own.may("export"):
            same_tab_link("Export", f"/data?study={study.id}")
    if link := visit.value_of(f"preview-link-{study.id}"):
        st.link_button("Open the preview in a new tab", link, type="primary")
