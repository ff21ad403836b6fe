"""Which text of a study is planned with: what new participants get, or the draft if it passes every check."""

from dataclasses import dataclass

import streamlit as st

from pages.runtime import protocol_for
from study.draft import Checked
from study.drafts import OpenDraft
from study.protocol import Protocol
from study.tables import Study


@dataclass(frozen=True)
class AtHand:
    """One text of a study, in order."""

    study: Study
    protocol: Protocol
    is_draft: bool

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return "the draft" if self.is_draft else f"version {self.study.version}"


def choose_text(study: Study, draft: OpenDraft, checked: Checked, what: str) -> AtHand:
    """The text that the researcher chooses; without a choice where there is only one. `what`: it is about."""
    used = AtHand(study, protocol_for(study.id, study.version), is_draft=False)
    if not draft.differs(checked.protocol, used.protocol):
        return used
    if checked.protocol is None:
        count = len(checked.notes)
        st.warning(
            f"The draft has {count} problem{'s' if count > 1 else ''}, so this is about version {study.version}, which "
            "participants get. Mend the draft under *Text*, *Forms* or *Files* to have it here."
        )
        return used
    names = {"draft": "The draft", "used": f"Version {study.version}, which participants get"}
    chosen = st.radio(
        "Which text", list(names), format_func=names.__getitem__, horizontal=True, key=f"{what}-of-{study.id}"
    )
    return used if chosen == "used" else AtHand(study, checked.protocol, is_draft=True)
