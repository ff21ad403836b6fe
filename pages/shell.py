"""The script of every run: who is it, and which one page is due for them."""

import streamlit as st

from pages import serving
from pages.participant import landing, sitting
from pages.researcher import entry
from pages.shared import visit
from study.errors import AtelierError


def main() -> None:
    """Draw the one page that is due; a pasted address cannot lead anywhere else."""
    researcher = entry.researcher_name(visit.cookies())
    if researcher and not visit.named_in_link():
        st.set_page_config(page_title="Atelier", page_icon=":material/science:", layout="wide")
        st.navigation(entry.pages(), position="top").run()
        return
    visitor = visit.current()
    page = landing.page if visitor is None else lambda: sitting.page(visitor)
    st.navigation([st.Page(page, title="Study", url_path="study", default=True)], position="hidden").run()


try:
    main()
except AtelierError as error:  # said in one sentence; the log needs no traceback for it
    serving.script_failed(error)
