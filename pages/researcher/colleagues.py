"""The researchers of the installation, for who looks after it: invite, make administrator, new link, remove."""

import streamlit as st

from pages.researcher import people_acts
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.access import studies_of
from study.roles import ROLES
from study.standing import Colleague, colleagues

LINK = "invitation-link"


def show_colleagues(name: str) -> None:
    """Everybody, with what can be done, and the invitation."""
    if shown := visit.value_of(LINK):
        st.success(f"A one-time link for {literal(shown[0])}, for 24 hours. Copy it now; it cannot be shown again.")
        st.code(shown[1], language=None)
    for one in colleagues(runtime().engine):
        _colleague(one, name)
    _invite(name)


def _colleague(one: Colleague, name: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"colleague-{one.name}"):
        you = " (you)" if one.name == name else ""
        st.markdown(f"**{literal(one.name)}**{you}")
        words = ["administrator" if one.administrator else "researcher"]
        words += [] if one.has_password else ["invited, no password yet"]
        words += [one.email] if one.email else []
        st.caption(literal(" · ".join(words)))
        with st.popover("Change …"):
            _changes(one)


def _changes(one: Colleague) -> None:
    keys = (f"administrator-{one.name}", f"email-{one.name}")
    st.checkbox("Administrator: may create studies and invite", one.administrator, key=keys[0])
    st.text_input("E-mail, for single sign-on", one.email, key=keys[1])
    st.button("Save", key=f"save-{one.name}", on_click=visit.attempt, args=(people_acts.set_standing, one.name, *keys))
    st.divider()
    for label, act in (
        ("New one-time link", people_acts.link_again),
        ("Sign out everywhere", people_acts.sign_out_everywhere),
        ("Remove from the installation", people_acts.remove),
    ):
        args = (act, one.name, LINK) if act is people_acts.link_again else (act, one.name)
        st.button(label, key=f"{label}-{one.name}", on_click=visit.attempt, args=args)


def _invite(name: str) -> None:
    owned = [study.id for study in studies_of(runtime().engine, name)]
    keys = tuple(f"invite-{part}" for part in ("name", "email", "study", "role", "blind", "administrator"))
    st.subheader("Invite a researcher")
    with st.form("invite", clear_on_submit=True):
        with st.container(horizontal=True):
            st.text_input("Name", key=keys[0])
            st.text_input("E-mail (only for single sign-on)", key=keys[1])
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox("Study", owned, index=None, placeholder="none yet", key=keys[2])
            st.selectbox("Role there", ROLES, len(ROLES) - 1, key=keys[3], width=140)
            st.checkbox("Blinded to conditions (viewers)", key=keys[4])
        st.checkbox("Administrator: may create studies and invite", key=keys[5])
        st.form_submit_button(
            "Make the link", type="primary", on_click=visit.attempt, args=(people_acts.invite, keys, LINK)
        )
