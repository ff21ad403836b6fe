"""Codes and memos on the event of a moment: each coder's own, and the others' only when they are asked for."""

import streamlit as st

from pages.researcher import coding_acts
from pages.researcher.codebook import show_codebook, shown
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import coding_log
from study.access import Access
from study.coding import MAX_TEXT, Code, Coded, codebook, coded, gone_through
from study.log import Logged


def panel(access: Access, session_id: str, entry: Logged) -> None:
    """What this coder says of the event; who may not code sees what others said."""
    every = coding_log.marks(runtime().engine, access.study_id)
    book, here = codebook(every), [one for one in coded(every) if one.event_id == entry.id]
    st.markdown("##### Codes and memo")
    if not access.may("code"):
        _others(here, book)
        return
    mine = next((one for one in here if one.coder == access.name), Coded(session_id, entry.id, access.name))
    _codes(access, entry, mine, book)
    _memo(access, entry, mine)
    place = (access.study_id, session_id)
    through = f"through-{session_id}"
    st.toggle(
        "I have coded this whole session",
        value=(session_id, access.name) in gone_through(every),
        key=through,
        help="Agreement is reckoned over sessions that two coders have coded as a whole.",
        on_change=visit.attempt,
        args=(coding_acts.gone_through, *place, through),
    )
    if st.toggle("Show the others’ codes", key="others-codes", help="Off, so that coders do not sway each other"):
        _others([one for one in here if one.coder != access.name], book)
    show_codebook(access, book)


def _codes(access: Access, entry: Logged, mine: Coded, book: dict[str, Code]) -> None:
    offered = [one.id for one in book.values() if not one.retired or one.id in mine.codes]
    if not offered:
        st.caption("There is no code yet. Add the first one in the codebook below.")
        return
    key = f"codes-{entry.id}"
    st.pills(
        "Your codes",
        offered,
        selection_mode="multi",
        default=list(mine.codes),
        format_func=lambda code: shown(book[code]),
        key=key,
        wrap=True,
        on_change=visit.attempt,
        args=(coding_acts.set_codes, access.study_id, entry.session_id, entry.id, key),
    )


def _memo(access: Access, entry: Logged, mine: Coded) -> None:
    key = f"memo-{entry.id}"
    st.text_area(
        "Your memo",
        value=mine.memo,
        key=key,
        height=80,
        max_chars=MAX_TEXT,
        on_change=visit.attempt,
        args=(coding_acts.write_memo, access.study_id, entry.session_id, entry.id, key),
    )


def _others(here: list[Coded], book: dict[str, Code]) -> None:
    if not here:
        st.caption("Nobody has coded this.")
    for one in here:
        codes = ", ".join(shown(book[code]) for code in one.codes)
        st.markdown(f"**{literal(one.coder)}** {codes}" + (f"  \n{literal(one.memo)}" if one.memo else ""))
