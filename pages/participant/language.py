"""The choice of language, small, on the first page."""

import streamlit as st

from pages.runtime import protocol_for, runtime
from pages.shared import visit
from pages.shared.visit import Visit
from study.flow import Step
from study.language_choice import choose_language
from study.languages import own_name


def choice(visitor: Visit, step: Step) -> None:
    """Every language of the study by its own name; the present one cannot be pressed."""
    row = visitor.position.sitting
    protocol = protocol_for(row.study_id, row.study_version)
    if not protocol.languages:
        return
    with st.container(key="languages", horizontal=True, horizontal_alignment="right"):
        for language in protocol.offered:
            st.button(
                own_name(language),
                key=f"language-{language}",
                type="tertiary",
                disabled=language == visitor.protocol.language,
                on_click=visit.attempt,
                args=(choose_language, runtime().engine, protocol, row.id, step, language, visitor.lease),
            )
