"""The researcher's pages, and the check that only researchers see them."""

from collections.abc import Callable

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.researcher import audit, configure, data, hours, monitor, people, pilot, results, sessions, studies, who
from pages.shared import theme, visit
from pages.shared.theme import same_tab_link
from study.languages import ENGLISH


def pages() -> list[StreamlitPage]:
    """All pages; each checks who it is again before it draws, and asks what they may do."""
    return [
        _page(studies.page, "Studies", "folder_open", default=True),
        _page(configure.page, "Configure", "tune"),
        _page(pilot.page, "Pilot", "science"),
        _page(monitor.page, "Monitor", "monitoring"),
        _page(sessions.page, "Sessions", "play_circle"),
        _page(results.page, "Results", "insights"),
        _page(data.page, "Data", "database"),
        _page(people.page, "People", "group"),
        _page(audit.page, "Audit", "history"),
    ]


def signed_out(why: str) -> None:
    """What is shown to who was signed out by time."""
    st.set_page_config(page_title="Signed out", layout="centered")
    st.title("Signed out")
    st.write(why)
    same_tab_link("Sign in", "/researcher/sign-in")


def _page(draw: Callable[[], None], title: str, icon: str, default: bool = False) -> StreamlitPage:
    return st.Page(_guarded(draw), title=title, url_path=title.lower(), icon=f":material/{icon}:", default=default)


def _guarded(draw: Callable[[], None]) -> Callable[[], None]:
    def page() -> None:
        if who.name_in(visit.cookies()) is None:
            st.error("Please sign in.")
            st.stop()
        visit.speak(ENGLISH)
        theme.apply(theme.RESEARCHERS)
        draw()
        _sign_off()

    return page


def _sign_off() -> None:
    """At the end of every page: whose clock it shows, who is looking, and the way out."""
    with st.container(horizontal=True, vertical_alignment="center"):
        hours.name_zone()
        st.caption(f"Signed in as {theme.literal(who.name())}.", width="content")
        same_tab_link("Sign out", "/researcher/sign-out")
