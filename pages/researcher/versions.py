"""The versions of a study, what differs between them, and a way to add one."""

from itertools import pairwise

import streamlit as st

from pages.researcher import acts
from pages.runtime import protocol_for, runtime
from pages.shared import visit
from study.access import Access
from study.difference import as_sentences, difference
from study.errors import ProtocolInvalid
from study.protocol import Protocol
from study.tables import Study
from study.versions import Version, versions


def show_versions(study: Study, own: Access) -> None:
    """The list with its differences, newest first, and the upload."""
    with st.expander(f"Versions ({study.version})"):
        newest_first = [*reversed(versions(runtime().engine, study.id)), None]
        for shown, before in pairwise(newest_first):
            if shown:
                _version(study, shown, before)
        if own.may("edit_protocol"):
            _upload(study)


def _version(study: Study, shown: Version, before: Version | None) -> None:
    row = shown.row
    st.markdown(f"**Version {row.number}** · {row.created_at:%Y-%m-%d %H:%M} UTC · {row.protocol_hash[:12]}")
    st.caption(f"{shown.started} started, {shown.running} under way" + (f" · {row.note}" if row.note else ""))
    if before:
        _sentences(protocol_for(study.id, before.row.number), protocol_for(study.id, row.number))


def _upload(study: Study) -> None:
    """A new version: first what would differ, then the button."""
    sent = st.file_uploader("Upload a new version", type=["yaml", "yml"], key=f"upload-{study.id}-{study.version}")
    if sent is None:
        return
    try:
        protocol = acts.uploaded(sent.name, sent.getvalue())
    except ProtocolInvalid as error:
        st.error("\n\n".join(str(problem) for problem in error.problems))
        return
    _sentences(protocol_for(study.id, study.version), protocol)
    st.text_input("Note", key=f"note-{study.id}", placeholder="Why this version")
    st.caption("Whoever has started finishes on the version they started on.")
    args = (acts.revise, study.id, sent.name, sent.getvalue(), f"note-{study.id}")
    st.button("Use for new participants", key=f"revise-{study.id}", on_click=visit.attempt, args=args)


def _sentences(old: Protocol, new: Protocol) -> None:
    """Plain text: what a protocol says is not to be read as Markdown."""
    st.code("\n".join(as_sentences(difference(old, new))), language=None, wrap_lines=True)
