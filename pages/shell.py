"""The script of every run: who is it, and which one page is due for them."""

import streamlit as st

from pages import serving
from pages.participant import landing, sitting
from pages.researcher import entry, single_sign_on, who
from pages.shared import visit
from pages.shared.theme import ICON
from study.errors import AtelierError, NotFound


def main() -> None:
    """Draw the one page that is due; a pasted address cannot lead anywhere else."""
    by_link = visit.named_in_link()
    if not by_link and who.name_in(visit.cookies()):
        st.set_page_config(page_title="Atelier", page_icon=ICON, layout="wide")
        st.navigation(entry.pages(), position="top").run()
        return
    if not by_link and single_sign_on.is_due():
        page = single_sign_on.page
    elif not by_link and (why := who.why_signed_out()):
        page = lambda: entry.signed_out(why)  # noqa: E731
    else:
        visitor = visit.current()
        page = landing.page if visitor is None else lambda: sitting.page(visitor)
    st.navigation([st.Page(page, title="Study", url_path="study", default=True)], position="hidden").run()


try:
    main()
except AtelierError as error:  # said in one sentence; the log needs no traceback for it
    if isinstance(error, NotFound) and visit.was_here():
        st.rerun()  # erased while the page was drawn; the next run says so
    serving.script_failed(error)
