"""Who is signed in in this browser, and what they may do: asked anew by every page, every button and every door."""

from collections.abc import Mapping

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pages.runtime import runtime
from pages.shared import visit
from pages.shared.plain import message_page
from pages.shared.theme import literal
from study import sign_ins
from study.access import Access, is_administrator, require, require_administrator, studies_of
from study.errors import AtelierError, NotAllowed, NotFound
from study.roles import Deed
from study.studies import get_study
from study.tables import Study

COOKIE = "atelier_researcher"
ASK = "Ask an administrator to create one, or the owner of a study to take you in on the page People."
"""For who is in no study, and may make none."""


def name_in(cookies: Mapping[str, str], active: bool = True) -> str | None:
    """The researcher of these cookies; None for everybody else. `active`: somebody did something just now."""
    ready = runtime()
    return sign_ins.signed_in(ready.engine, cookies.get(COOKIE), ready.settings.idle_minutes, active)


def name() -> str:
    """Who is signed in. Raises AtelierError: a page that was left open must not act for who is signed out by now."""
    found = name_in(visit.cookies())
    if found is None:
        raise AtelierError("You are signed out. Please sign in again; nothing was done.")
    return found


def why_signed_out() -> str:
    """A sentence for who was signed out by time; empty for everybody else."""
    ready = runtime()
    return sign_ins.why_ended(ready.engine, visit.cookies().get(COOKIE), ready.settings.idle_minutes)


def may(study_id: str, deed: Deed) -> str:
    """The name of who presses the button, if they may do this. Raises AtelierError saying what is in the way."""
    found = name()
    require(runtime().engine, found, study_id, deed)
    return found


def administrator() -> str:
    """The name of who presses the button, if they look after the installation. Raises AtelierError."""
    found = name()
    require_administrator(runtime().engine, found)
    return found


def at_door(request: Request, study_id: str, deed: Deed) -> Access | None:
    """Their access, at a door; None for who is not signed in or no member. Raises NotAllowed for a member who may not."""
    found = name_in(request.cookies)
    try:
        return require(runtime().engine, found, study_id, deed) if found else None
    except NotFound:
        return None


async def admitted(request: Request, deed: Deed) -> Access | Response:
    """Who asks at a door, if they may; else the answer: nothing for a stranger, a sentence for a member."""
    try:
        found = await run_in_threadpool(at_door, request, request.path_params["study_id"], deed)
    except NotAllowed as error:
        return HTMLResponse(message_page("This is not for you", str(error)), 403)
    return found or Response(status_code=404)


def still_here(study_id: str) -> Access:
    """For a part of a page that refreshes itself: their access now, or the whole page is drawn again."""
    found = name_in(visit.cookies(), active=False)
    if found is None:
        st.rerun()
    return require(runtime().engine, found, study_id, "see")


def choose_study(key: str, first: str = "") -> tuple[Study, Access] | None:
    """The study that is looked at on this page, of those they may see; None, with a word, where there is none.

    `first` is chosen as long as nobody has chosen another, if they may see it.
    """
    found = name()
    known = {study.id: study for study in studies_of(runtime().engine, found)}
    if not known:
        makes = is_administrator(runtime().engine, found)
        st.info("There is no study that you may see. " + ("Create one on the page Studies." if makes else ASK))
        return None
    names = list(known)
    index = names.index(first) if first in known else 0
    chosen = st.selectbox("Study", names, index, format_func=lambda i: f"{known[i].title} ({i})", key=key)
    return known[chosen], require(runtime().engine, found, chosen, "see")


def known_study(study_id: str) -> tuple[Study, Access]:
    """A study that an address names, if they may see it. Raises NotFound otherwise: for them it does not exist."""
    access = require(runtime().engine, name(), study_id, "see")
    return get_study(runtime().engine, access.study_id), access


def tell() -> None:
    """Why the last press came to nothing, if it did.

    The place is always there: what comes and goes above tabs and expanders would put them back to how they began.
    """
    with st.container():
        if said := visit.notice():
            st.error(literal(said))
