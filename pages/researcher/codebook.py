"""The codebook of a study: every code with its description, retired ones too; adding, renaming, retiring and taking that back."""

import streamlit as st

from pages.researcher import coding_acts
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access
from study.coding import MAX_NAME, Code

COLOURS = ("blue", "green", "orange", "violet", "red")


def show_codebook(access: Access, book: dict[str, Code]) -> None:
    """Whoever codes adds codes; owners and editors change those that there are."""
    study_id, changes = access.study_id, access.may("change_codes")
    retired = [one for one in book.values() if one.retired]
    with st.expander(f"Codebook ({len(book) - len(retired)})"):
        for one in book.values():
            if not one.retired:
                st.markdown(f"{shown(one)}  \n{literal(one.description)}")
                if changes:
                    _change(study_id, one)
        if retired:
            st.markdown("**Retired**")
        for one in retired:
            st.markdown(f"{shown(one)}  \n{literal(one.description)}")
            if changes:
                args = (coding_acts.offer_again, study_id, one.id)
                st.button("Offer again", key=f"again-{one.id}", type="tertiary", on_click=visit.attempt, args=args)
        with st.form("new-code", border=False, clear_on_submit=True, enter_to_submit=False):
            st.text_input("New code", key="code-name", max_chars=MAX_NAME)
            st.text_input("When it holds", key="code-description")
            st.form_submit_button("Add the code", on_click=visit.attempt, args=(coding_acts.define, study_id))


def shown(code: Code) -> str:
    """A code with its sign."""
    return f":{COLOURS[code.number % len(COLOURS)]}[{code.sign}] {literal(code.name)}"


def _change(study_id: str, code: Code) -> None:
    name, description = f"code-name-{code.id}", f"code-description-{code.id}"
    with st.popover("Change …", key=f"change-{code.id}"):
        with st.form(f"rename-{code.id}", border=False, enter_to_submit=False):
            st.text_input("Name", value=code.name, key=name, max_chars=MAX_NAME)
            st.text_input("When it holds", value=code.description, key=description)
            args = (coding_acts.rename, study_id, code.id, name, description)
            st.form_submit_button("Rename", on_click=visit.attempt, args=args)
        st.caption("What was coded with it stays, under the new name.")
        st.button(
            "Retire",
            key=f"retire-{code.id}",
            type="tertiary",
            help="It is not offered any more; what was coded with it stays.",
            on_click=visit.attempt,
            args=(coding_acts.retire, study_id, code.id),
        )
