"""The versions of a study, and what differs between them."""

from itertools import pairwise

import streamlit as st

from pages.researcher.hours import hour
from pages.runtime import protocol_for, runtime
from pages.shared.theme import literal
from study.difference import as_sentences, difference
from study.protocol import Protocol
from study.tables import Study
from study.versions import Version, versions


def show_versions(study: Study) -> None:
    """Each with its people and its difference from the one before, newest first."""
    newest_first = [*reversed(versions(runtime().engine, study.id)), None]
    for shown, before in pairwise(newest_first):
        if shown:
            _version(study, shown, before)


def _version(study: Study, shown: Version, before: Version | None) -> None:
    row = shown.row
    st.markdown(f"**Version {row.number}** · {hour(row.created_at)} · {row.protocol_hash[:12]}")
    note = f" · {literal(row.note)}" if row.note else ""
    st.caption(f"{shown.started} started, {shown.running} under way{note}")
    if before:
        show_sentences(protocol_for(study.id, before.row.number), protocol_for(study.id, row.number))


def show_sentences(old: Protocol, new: Protocol) -> None:
    """Plain text: what a protocol says is not to be read as Markdown."""
    st.code("\n".join(as_sentences(difference(old, new))), language=None, wrap_lines=True)
