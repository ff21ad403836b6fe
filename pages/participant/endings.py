"""The end of a sitting: what is said, and the code for it once everything is in the record."""

import streamlit as st

from pages.runtime import forget, runtime
from pages.shared import theme, visit
from pages.shared.visit import Visit
from pages.shared.words import say
from study.keeping import erase_own, may_erase_own
from study.next_person import NEW_PARAMETER, may_be_followed
from study.recruitment import Farewell, farewell, farewell_of

SECONDS_BETWEEN_TRIES = 2

TITLES = {"complete": "You are done. Thank you!", "refused_consent": "Thank you"}
TEXTS = {
    "complete": "All your answers are stored. This is your completion code:",
    "refused_consent": "You chose not to take part, and nothing more is recorded. You can close this page.",
    "screened_out": "Thank you for your interest. This study looks for participants with other answers than yours.",
    "failed_check": "The study ends here, because some answers show that the instructions were not read.",
    "rejected": "The researchers have ended your participation, and nothing more is recorded. "
    "If you think that this is a mistake, please write to them.",
    "timed_out": "The time for this study is over, and it ends here. What you did is stored. You can close this page.",
    "withdrawn": "You have left the study. Nothing more is recorded. You can close this page.",
}


def draw(visitor: Visit) -> None:
    """What is shown depends on the ending that was committed, read back from the record."""
    said = _said(visitor)
    if said is None:
        st.title(say("One moment, please"))
        if not visitor.is_past:
            _wait(visitor)
        return
    st.title(say(TITLES.get(said.ending, "The study ends here")))
    early = {**visitor.protocol.endings}.get(said.ending)
    st.markdown(early.text if early else say(TEXTS[said.ending]))
    if said.code:
        st.code(said.code, language=None)
    if said.redirect_url and visitor.is_past:  # the address names the person on the platform they came from
        st.button(say("Back to where you came from"), disabled=True, type="primary", key="way-back")
    elif said.redirect_url:
        st.link_button(say("Back to where you came from"), said.redirect_url, type="primary")
    if said.ending == "complete":
        st.write(say("You can close this page now."))
    if not visitor.is_past and may_erase_own(runtime().engine, visitor.position.sitting):
        _erase(visitor)
    if not visitor.is_past and may_be_followed(runtime().engine, visitor.protocol, visitor.position.sitting):
        theme.same_tab_link(
            say("Somebody else wants to take part"), f"/s/{visitor.position.sitting.study_id}?{NEW_PARAMETER}=1"
        )


def _erase(visitor: Visit) -> None:
    """What is left of somebody who has gone, if they do not want it kept; asked for twice."""
    if refused := visit.notice():
        st.error(say(refused))
    with st.container(key="leave"), st.popover(say("Erase my data"), type="tertiary"):
        st.write(say("Everything that you wrote and answered here is removed for good. It cannot be brought back."))
        st.button(say("Erase everything"), key="erase", on_click=visit.attempt, args=(_erase_now, visitor.session_id))


def _erase_now(session_id: str) -> None:
    erase_own(runtime().engine, runtime().settings.data_dir, session_id, forget)


def _said(visitor: Visit) -> Farewell | None:
    if past := visitor.past:
        return farewell_of(past.protocol, past.sitting, past.events)
    return farewell(runtime().engine, visitor.protocol, visitor.session_id)


@st.fragment(run_every=SECONDS_BETWEEN_TRIES)
def _wait(visitor: Visit) -> None:
    """Try again until the end is in the record; nothing is promised before."""
    st.write(say("Your answers are being stored. Please keep this page open until it says that you are done."))
    if farewell(runtime().engine, visitor.protocol, visitor.session_id) is not None:
        st.rerun()
