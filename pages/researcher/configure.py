"""The page Configure: a study's protocol as a draft, edited as text or by forms, planned with, and given to participants."""

import streamlit as st

from pages.researcher import arms, configure_acts, files, planning, power, publishing, who
from pages.researcher.editor import editor, settle
from pages.researcher.forms import page as forms
from pages.researcher.hours import hour
from pages.researcher.starting import begin_with
from pages.researcher.versions import show_versions
from pages.runtime import protocol_for, runtime
from pages.shared.theme import literal
from study.draft import Checked
from study.drafts import OpenDraft, open_draft
from study.tables import Study

CHOICE = "configure-study"


def page() -> None:
    """Choose a study; its draft in one line, and the ways to look at it and change it."""
    st.title("Configure")
    who.tell()
    chosen = who.choose_study(CHOICE, first=st.query_params.get("study", ""))
    if chosen is None:
        return
    study, own = chosen
    if not own.may("see_condition"):
        st.info("A protocol names its conditions, and you are blinded to them. There is nothing for you here.")
        return
    settle(study.id)
    files.settle(study.id)
    draft, own_id = open_draft(runtime().engine, study.id), protocol_for(study.id, study.version).id
    checked = configure_acts.checked(draft, own_id)
    _state(study, draft, checked)
    may_edit = own.may("edit_protocol")
    views = {
        "Text": lambda: _text(study, draft, checked, may_edit),
        "Forms": lambda: forms.show(study, draft, checked, may_edit),
        "Files": lambda: files.show(study, draft, checked, may_edit),
        "Plan": lambda: planning.show(study, checked),
        "Arms": lambda: arms.show(study, own, draft, checked),
        "Power": lambda: power.show(study, own, draft, checked),
        "Use": lambda: publishing.show(study, own, draft, checked),
        "Versions": lambda: show_versions(study),
    }
    for tab, draw in zip(st.tabs(list(views), key=f"tabs-{study.id}", on_change="rerun"), views.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _text(study: Study, draft: OpenDraft, checked: Checked, may_edit: bool) -> None:
    if may_edit:
        begin_with(study, protocol_for(study.id, study.version).id, draft)
    editor(study, draft, checked, may_edit)


def _state(study: Study, draft: OpenDraft, checked: Checked) -> None:
    """In one line: what participants get, what the draft is, whether it is in order."""
    number = len(checked.notes)
    order = (
        ":green-badge[every check passes]" if not number else f":red-badge[{number} problem{'s' if number > 1 else ''}]"
    )
    words = f"Participants get version {study.version}. "
    if draft.saved:
        words += f"This is a draft, saved by {literal(draft.by)} at {hour(draft.saved)}."
    elif draft.differs(checked.protocol, protocol_for(study.id, study.version)):
        words += "The text is as it was; a file that it names has changed."
    else:
        words += "Nothing is changed yet."
    st.markdown(f"{words} {order}")
    if draft.seen.version != study.version:
        st.warning(
            f"Version {study.version} came after this draft was begun on version {draft.seen.version}. "
            "Under *Use* you see what would differ from it."
        )
