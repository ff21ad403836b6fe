"""The tab of forms: a part of the protocol at a time."""

import streamlit as st

from pages.researcher.configure_acts import shelf
from pages.researcher.forms import conditions, steps, whole
from pages.researcher.forms.field import Form
from pages.shared.theme import literal
from study.draft import Checked
from study.drafts import OpenDraft
from study.tables import Study

PARTS = {
    "Study": whole.study,
    "Model": whole.model,
    "Conditions": conditions.conditions,
    "Tasks": steps.tasks,
    "Questionnaires": steps.questionnaires,
    "Links": whole.links,
}


def show(study: Study, draft: OpenDraft, checked: Checked, may_edit: bool) -> None:
    """The chosen part. What is typed is saved when one leaves the field, and stays in the text as its own line."""
    if checked.document is None:
        said = "; ".join(note.said for note in checked.notes)
        st.warning(f"The text cannot be read, so there is no form to show. Mend it under *Text*: {literal(said)}")
        return
    part = st.radio("Part", list(PARTS), horizontal=True, label_visibility="collapsed", key=f"part-{study.id}")
    PARTS[part or "Study"](Form(study.id, checked, may_edit, shelf(draft)))
