"""A new file of a study: written here, like one that there is, or from the researcher's computer."""

from collections.abc import Mapping

import streamlit as st

from pages.researcher import files_acts
from pages.shared import visit
from pages.shared.theme import literal
from study.draft import Checked
from study.drafts import Seen
from study.languages import english_name
from study.shelf import Kind, Shelf
from study.tables import Study

KINDS: dict[str, Kind] = {"Task": "tasks", "Questionnaire": "instruments", "Translation": "translations"}


def new_file(study: Study, checked: Checked, shelf: Shelf, seen: Mapping[str, Seen]) -> None:
    """Two ways to add one. `seen`: the study's own, as this page shows them."""
    with st.container(horizontal=True):
        with st.popover("New file …"):
            chosen = st.radio("Kind", list(KINDS), horizontal=True, key=f"new-file-kind-{study.id}")
            kind = KINDS[chosen or "Task"]
            if kind == "translations":
                _translation(study, checked, shelf)
            else:
                _like(study, kind, shelf)
        with st.popover("Upload …"):
            _upload(study, seen)


def _like(study: Study, kind: Kind, shelf: Shelf) -> None:
    name, like = f"new-file-name-{study.id}", f"new-file-like-{study.id}"
    st.text_input("Id", key=name, placeholder="my_task" if kind == "tasks" else "my_questionnaire", max_chars=60,
                  help="Small letters, digits and _; the protocol names the file so.")  # fmt: skip
    st.selectbox("Begin with", shelf.stems(kind), index=None, placeholder="A short one to go on from", key=like)
    args = (files_acts.add_file, study.id, kind, name, like)
    st.button("Add it", type="primary", on_click=visit.attempt, args=args)


def _translation(study: Study, checked: Checked, shelf: Shelf) -> None:
    content = checked.document.content if checked.document else {}
    named, own = content.get("languages"), content.get("id")
    there = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    offered = [f"{own}.{one}" for one in there if shelf.source(f"translations/{own}.{one}.yaml") != "own"]
    if not offered:
        st.write(
            "Name the languages first, under *Text*: `languages: [de, es]`. Each has one file, with every text of the study."
        )
        return
    key = f"new-file-language-{study.id}"
    st.selectbox("Language", offered, format_func=lambda stem: english_name(stem.partition(".")[2]), key=key)
    args = (files_acts.add_file, study.id, "translations", key, "")
    st.button("Add it", type="primary", on_click=visit.attempt, args=args)


def _upload(study: Study, seen: Mapping[str, Seen]) -> None:
    key = f"new-file-upload-{study.id}"
    sent = st.file_uploader("A task, questionnaire or translation", type=["yaml", "yml"], key=key, max_upload_size=1)
    replaces = st.checkbox("Replace the file of this study that is called the same", key=f"{key}-replaces")
    if sent:
        args = (files_acts.upload_file, study.id, sent.name, sent.getvalue(), dict(seen) if replaces else {})
        st.button(f"Add {literal(sent.name)}", type="primary", on_click=visit.attempt, args=args)
