"""The researcher's pages, and the check that only researchers see them."""

from collections.abc import Mapping

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.researcher import data, monitor, results, studies
from pages.researcher.doors import COOKIE
from pages.runtime import runtime
from pages.shared import visit
from study import researchers


def researcher_name(cookies: Mapping[str, str]) -> str | None:
    """Who is signed in in this browser; None for everybody else."""
    return researchers.signed_in(runtime().engine, cookies.get(COOKIE))


def pages() -> list[StreamlitPage]:
    """All pages; each checks the role again before it draws."""
    return [
        st.Page(
            _guarded(studies.page), title="Studies", url_path="studies", icon=":material/folder_open:", default=True
        ),
        st.Page(_guarded(monitor.page), title="Monitor", url_path="monitor", icon=":material/monitoring:"),
        st.Page(_guarded(results.page), title="Results", url_path="results", icon=":material/insights:"),
        st.Page(_guarded(data.page), title="Data", url_path="data", icon=":material/database:"),
    ]


def _guarded(draw):  # type: ignore[no-untyped-def]
    def page() -> None:
        if researcher_name(visit.cookies()) is None:
            st.error("Please sign in.")
            st.stop()
        draw()

    return page
