"""The tab Files: the tasks, questionnaires and translations of a draft; where each comes from, and the study's own to edit."""

import pandas as pd
import streamlit as st

from pages.researcher import configure_acts, files_acts
from pages.researcher.editor import Written, draw, settle_text
from pages.researcher.files_new import new_file
from pages.researcher.hours import hour
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.draft import Checked, check_file
from study.drafts import OpenDraft, Seen
from study.protocol_file import named_files
from study.shelf import Shelf, kind_of
from study.study_files import OwnFile, own_files
from study.tables import Study

FROM = {"own": "this study", "installation": "this installation", "nowhere": "nowhere yet"}


def show(study: Study, draft: OpenDraft, checked: Checked, may_edit: bool) -> None:
    """What the draft names and what the study has; below, one of them."""
    shelf, own = configure_acts.shelf(draft), own_files(runtime().engine, study.id)
    st.caption(
        "A protocol names its tasks, questionnaires and translations. A file of this study goes before one of the installation "
        "that is called the same; participants get it with the next version (the tab Use)."
    )
    if may_edit:
        new_file(study, checked, shelf, {path: file.seen for path, file in own.items()})
    named = named_files(checked.document) if checked.document else []
    paths = list(dict.fromkeys([*named, *own]))
    if not paths:
        st.info("The draft names no file yet. Add one above, or name one under *Text* or *Forms*.")
        return
    _list(paths, named, own, shelf)
    path = st.selectbox("Open", paths, key=f"{files_acts.OPEN}-{study.id}")
    if path in own:
        _own(study, own[path], checked, may_edit)
    elif path:
        _other(study, path, shelf, checked, may_edit)


def settle(study_id: str) -> None:
    """Keep what was typed of the file that is open."""
    if isinstance(path := visit.value_of(f"{files_acts.OPEN}-{study_id}"), str):
        settle_text(f"{study_id}/{path}", lambda text, seen: files_acts.save_file(study_id, path, text, seen))


def _list(paths: list[str], named: list[str], own: dict[str, OwnFile], shelf: Shelf) -> None:
    rows = [
        {
            "File": literal(path),
            "Comes from": FROM[shelf.source(path)],
            "The draft": "names it" if path in named else "does not name it",
            "Last saved": f"{hour(own[path].saved)} by {literal(own[path].by)}" if path in own else "",
        }
        for path in paths
    ]
    st.table(pd.DataFrame(rows).set_index("File"))


def _own(study: Study, file: OwnFile, checked: Checked, may_edit: bool) -> None:
    """Buttons have keys of their own for each file, so that a press on what another one showed is none on this."""
    notes = check_file(file.path, file.text, checked)
    name = f"{study.id}/{file.path}"
    draw(Written(name, file.path, file.text, file.seen, notes), may_edit, lambda: settle(study.id))
    with st.container(horizontal=True):
        _download(file.path, file.text)
        if may_edit and kind_of(file.path) == "translations":
            args = (files_acts.list_texts, study.id, file.path, file.seen)
            st.button("List new texts", key=f"list-{name}", on_click=visit.attempt, args=args, help=_LIST)
        if may_edit:
            with st.popover(f"Delete {literal(file.path)} …", key=f"deleting-{name}"):
                st.write(
                    "The study has it no longer; if the installation has one that is called the same, that is taken. "
                    "Versions that participants met keep it."
                )
                args = (files_acts.delete_file, study.id, file.path, file.seen)
                st.button("Delete it", key=f"delete-{name}", on_click=visit.attempt, args=args)


def _other(study: Study, path: str, shelf: Shelf, checked: Checked, may_edit: bool) -> None:
    text, args = shelf.text(path), (files_acts.begin_file, study.id, path)
    if text is None:
        st.info("The draft names it, and there is none. " + ("Begin it here, or add one above." if may_edit else ""))
        if may_edit:
            st.button("Begin it", key=f"begin-{path}", type="primary", on_click=visit.attempt, args=args)
        return
    with st.container(horizontal=True):
        if may_edit:
            label = "Change it for this study"
            st.button(label, key=f"change-{path}", type="primary", on_click=visit.attempt, args=args, help=_CHANGE)
        _download(path, text)
    shown = Written(f"{study.id}/{path}/there", path, text, Seen(0, 0), check_file(path, text, checked))
    draw(shown, False, lambda: None)  # nothing is typed here, so nothing has to be kept


def _download(path: str, text: str) -> None:
    name = path.rpartition("/")[2]
    st.download_button("Download", text, name, "application/yaml", on_click="ignore", key=f"download-{path}")


_CHANGE = "Makes a file of this study that begins as this one. Other studies keep that of the installation."
_LIST = "Every text of the draft, in order: translations that are known stay, new texts are empty."
