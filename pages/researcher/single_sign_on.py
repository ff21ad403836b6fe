"""Signing in through an institution (OIDC), by Streamlit's own `st.login`; who they are here, our record says."""

import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.runtime import runtime
from pages.shared.theme import same_tab_link
from study import single_sign_on
from study.errors import AtelierError

PARAMETER, DEFAULT = "sso", "default"
FRESH_SECONDS = 600
"""Streamlit remembers who signed in for 30 days; we take its word only right after they did."""
OPTIONS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url", "client_kwargs")


def providers() -> dict[str, str]:
    """Provider → how its link is called, as `[auth]` in secrets.toml says; empty where there is none."""
    found = st.secrets.get("auth", {}) if st.secrets.load_if_toml_exists() else {}
    named = {key: key.title() for key, value in found.items() if isinstance(value, Mapping) and key not in OPTIONS}
    return ({DEFAULT: "your institution"} if found.get("client_id") else {}) | named


def is_due() -> bool:
    """Whether somebody wants to sign in this way, or just did."""
    return bool(known := providers()) and (_wanted() in known or _is_fresh(dict(st.user)))


def page() -> None:
    """Send them to the provider; when they come back, in or a sentence."""
    st.set_page_config(page_title="Sign in", layout="centered")
    told = dict(st.user)
    if not _is_fresh(told):
        wanted = _wanted()
        st.write("One moment, please …")
        st.login(None if wanted == DEFAULT else wanted)
        return
    try:
        verified = told.get("email_verified") in (True, "true")
        ticket = single_sign_on.ticket_for(runtime().engine, str(told.get("email") or ""), verified)
    except AtelierError as error:
        st.title("Sign in")
        st.error(str(error))
        same_tab_link("Try again", "/researcher/sign-out")
        return
    same_tab_link("Go on", f"/researcher/enter/{ticket}")
    st.html(f"<script>window.location.replace('/researcher/enter/{ticket}')</script>", unsafe_allow_javascript=True)


def _wanted() -> str:
    return str(st.query_params.get(PARAMETER, ""))


def _is_fresh(told: Mapping[str, Any]) -> bool:
    """Whether a provider said just now who this is."""
    at = told.get("iat")
    return bool(told.get("is_logged_in")) and isinstance(at, int | float) and time.time() - at < FRESH_SECONDS
