"""The page of people: who works on a study and as what, the researchers of the installation, one's own password."""

import streamlit as st

from pages.researcher import people_acts, who
from pages.researcher.colleagues import show_colleagues
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access, is_administrator
from study.members import Member, members
from study.researchers import MIN_PASSWORD
from study.roles import ROLES
from study.standing import colleagues

MEANS = {
    "owner": "everything, also who else works on it",
    "editor": "runs the study: protocol, model, participants, reports",
    "viewer": "looks, and changes nothing",
}


def page() -> None:
    """Members of a study; for administrators, everybody; oneself."""
    st.title("People")
    who.tell()
    name = who.name()
    every = is_administrator(runtime().engine, name)
    tabs = st.tabs(["On a study", *(["Researchers"] if every else []), "You"])
    with tabs[0]:
        if chosen := who.choose_study("people-study"):
            _study(chosen[1])
    if every:
        with tabs[1]:
            show_colleagues(name)
    with tabs[-1]:
        _oneself(name)


def _study(own: Access) -> None:
    found = members(runtime().engine, own.study_id)
    for one in found:
        _member(own, one)
    st.caption(" · ".join(f"**{role}**: {MEANS[role]}" for role in ROLES))
    if own.may("manage_people"):
        _add(own.study_id, {one.name for one in found})


def _member(own: Access, one: Member) -> None:
    at = f"{own.study_id}-{one.name}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"member-{at}"):
        you = " (you)" if one.name == own.name else ""
        st.markdown(f"**{literal(one.name)}**{you}")
        if not own.may("manage_people"):
            st.markdown(f"{one.role}, blinded to conditions" if one.blind else one.role)
            return
        role, blind = f"role-{at}", f"blind-{at}-{one.role}"
        args = (people_acts.set_member, own.study_id, one.name, role, blind)
        st.selectbox(
            f"Role of {one.name}", ROLES, ROLES.index(one.role), key=role, label_visibility="collapsed", width=140,
            on_change=visit.attempt, args=args,
        )  # fmt: skip
        if one.role == "viewer":
            st.toggle(
                "Blinded", one.blind, key=blind, on_change=visit.attempt, args=args, help="Conditions are letters"
            )
        args = (people_acts.remove_member, own.study_id, one.name)
        st.button("Remove", key=f"remove-{at}", type="tertiary", on_click=visit.attempt, args=args)


def _add(study_id: str, present: set[str]) -> None:
    others = [one.name for one in colleagues(runtime().engine) if one.name not in present]
    if not others:
        st.caption("Everybody of this installation works on it. An administrator can invite more researchers.")
        return
    keys = tuple(f"add-{part}-{study_id}" for part in ("name", "role", "blind"))
    with st.form(f"add-{study_id}", clear_on_submit=True), st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Add", others, index=None, placeholder="a researcher", key=keys[0])
        st.selectbox("Role", ROLES, len(ROLES) - 1, key=keys[1], width=140)
        st.checkbox("Blinded to conditions (viewers)", key=keys[2])
        st.form_submit_button("Add", on_click=visit.attempt, args=(people_acts.add_member, study_id, *keys))


def _oneself(name: str) -> None:
    st.write(f"You are signed in as **{literal(name)}**.")
    if visit.value_of("password-changed"):
        st.success("Your password is changed; you are signed out everywhere else.")
        visit.keep("password-changed", False)
    with st.form("own-password", clear_on_submit=True):
        st.text_input("Present password", type="password", key="old-password", autocomplete="current-password")
        st.text_input(
            f"New password, at least {MIN_PASSWORD} characters", type="password", key="new-password",
            autocomplete="new-password",
        )  # fmt: skip
        args = (people_acts.change_password, "old-password", "new-password", "password-changed")
        st.form_submit_button("Change password", on_click=visit.attempt, args=args)
    st.button("Sign out everywhere", on_click=visit.attempt, args=(people_acts.sign_out_everywhere, name))
