"""What the page of people does; each is one call into study, signed with the name of who pressed the button."""

from collections.abc import Sequence

import streamlit as st

from pages.researcher import who
from pages.runtime import host_url, runtime
from pages.shared import visit
from study import members, researchers, standing
from study.errors import AtelierError
from study.roles import ROLES, Role


def set_member(study_id: str, name: str, role_key: str, blind_key: str) -> None:
    """Another role, or blinded or not."""
    by = who.may(study_id, "manage_people")
    members.set_member(runtime().engine, study_id, name, _role(role_key), by, bool(visit.value_of(blind_key)))


def add_member(study_id: str, name_key: str, role_key: str, blind_key: str) -> None:
    """Take a researcher into the study."""
    if not visit.value_of(name_key):
        raise AtelierError("Please choose whom to add.")
    set_member(study_id, str(visit.value_of(name_key)), role_key, blind_key)


def remove_member(study_id: str, name: str) -> None:
    """Take somebody out of the study."""
    members.remove_member(runtime().engine, study_id, name, who.may(study_id, "manage_people"))


def invite(keys: Sequence[str], shown_in: str) -> None:
    """Take a researcher in, into a study as well if one is chosen; the link is kept for this tab alone."""
    name, email, study_id, role_key, blind, administrator = keys
    by, wanted, chosen = who.administrator(), str(visit.value_of(name) or "").strip(), visit.value_of(study_id)
    if chosen:
        who.may(str(chosen), "manage_people")
    is_administrator = bool(visit.value_of(administrator))
    token = standing.invite(runtime().engine, wanted, by, str(visit.value_of(email) or ""), is_administrator)
    visit.keep(shown_in, (wanted, _link(token)))
    if chosen:
        args = (str(chosen), wanted, _role(role_key), by, bool(visit.value_of(blind)))
        members.set_member(runtime().engine, *args)


def link_again(name: str, shown_in: str) -> None:
    """Another one-time link for somebody."""
    by = who.administrator()
    visit.keep(shown_in, (name, _link(standing.link_again(runtime().engine, name, by))))


def set_standing(name: str, administrator_key: str, email_key: str) -> None:
    """Administrator or not, and the e-mail address of single sign-on."""
    by, email = who.administrator(), str(visit.value_of(email_key) or "")
    standing.set_standing(runtime().engine, name, by, bool(visit.value_of(administrator_key)), email)


def remove(name: str) -> None:
    """Take somebody out of the installation."""
    standing.remove(runtime().engine, name, who.administrator())


def sign_out_everywhere(name: str) -> None:
    """End every sign-in of oneself, or as an administrator of somebody else."""
    by = who.name()
    standing.sign_out_everywhere(runtime().engine, name, by if name == by else who.administrator())


def change_password(old_key: str, new_key: str, done_key: str) -> None:
    """One's own password; every other sign-in ends."""
    by, old, new = who.name(), str(visit.value_of(old_key) or ""), str(visit.value_of(new_key) or "")
    address = st.context.ip_address or ""
    researchers.change_password(runtime().engine, by, old, new, address, visit.cookies().get(who.COOKIE))
    visit.keep(done_key, True)


def _link(token: str) -> str:
    return f"{host_url()}/researcher/setup/{token}"


def _role(key: str) -> Role:
    """Checked again: a page can send anything."""
    found = next((role for role in ROLES if role == visit.value_of(key)), None)
    if found is None:
        raise AtelierError(f"Please choose a role: {', '.join(ROLES)}.")
    return found
