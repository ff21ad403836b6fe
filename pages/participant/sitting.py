"""A participant's sitting: the one step that is due, under a line of progress."""

import streamlit as st

from pages.participant import consent, endings, language, notes, questionnaire, task, texts, verdicts
from pages.runtime import runtime
from pages.shared import clock, presence, theme, visit
from pages.shared.visit import Visit
from pages.shared.words import say
from study import progress
from study.flow import Step

SCREENS = {
    "welcome": texts.draw,
    "instructions": texts.draw,
    "break": texts.draw,
    "next_session": texts.draw,
    "debrief": texts.draw,
    "consent": consent.draw,
    "questionnaire": questionnaire.draw,
    "task": task.draw,
    "beliefs": verdicts.draw,
}


def page(visitor: Visit) -> None:
    """Draw the due step, or where the study goes on, or the end."""
    step = visitor.position.step
    wide = step is not None and step.kind == "task" and task.has_aside(visitor.protocol, step)
    st.set_page_config(page_title=visitor.protocol.title, layout="wide" if wide else "centered")
    theme.apply()
    theme.say_language()
    if step is None:  # in whichever tab: nothing goes on anywhere
        endings.draw(visitor)
    elif visitor.elsewhere:
        _elsewhere(visitor)
    else:
        if not visitor.position.entered:
            visit.attempt(progress.enter, runtime().engine, visitor.session_id, step, visitor.lease)
        _time(visitor, step)
        _head(visitor)
        notes.draw(visitor)
        if said := visit.notice():
            st.error(say(said))
        if visitor.position.number == 1:
            language.choice(visitor, step)
        SCREENS[step.kind](visitor, step)
        _leave(visitor)
        presence.mount(step.id, visitor.lease)


def look(visitor: Visit) -> None:
    """The screen of a moment of the past, only to look at: what was on it, without what keeps a page alive."""
    if visitor.position.step is None:
        endings.draw(visitor)
        return
    _head(visitor)
    notes.draw(visitor)
    SCREENS[visitor.position.step.kind](visitor, visitor.position.step)


def _time(visitor: Visit, step: Step) -> None:
    """A step whose time is over is left; one whose time is running says so."""
    at = visitor.position
    left, warning = at.seconds_left(), at.seconds_to_warning()
    if left is not None and left <= -progress.GRACE_SECONDS:
        visit.attempt(progress.expire, runtime().engine, visitor.protocol, visitor.session_id, visitor.lease)
        st.rerun()
    if left is None and warning is not None:
        clock.left(f"limit-{step.id}", warning, say("The time for this page is over. Please come to an end."), None)
    elif warning is not None:
        clock.left(f"limit-{step.id}", warning, wake_after=progress.GRACE_SECONDS)


def _head(visitor: Visit) -> None:
    at = visitor.position
    if at.sitting.preview:
        st.caption(f":material/visibility: {say('Preview. Nothing here counts as data.')}")
    st.progress((at.number - 1) / at.total, text=say("Step {number} of {total}", number=at.number, total=at.total))


def _leave(visitor: Visit) -> None:
    """A way out on every page after consent, asked for twice."""
    if visitor.position.step and visitor.position.step.kind in ("welcome", "consent"):
        return
    with st.container(key="leave"), st.popover(say("Leave the study"), type="tertiary"):
        st.write(
            say("You can pause at any time: your link brings you back. If you leave for good, the study ends for you.")
        )
        act = (runtime().engine, visitor.session_id, visitor.lease)
        st.button(say("Leave for good"), key="withdraw", on_click=visit.attempt, args=(progress.withdraw, *act))


def _elsewhere(visitor: Visit) -> None:
    st.title(say("This study goes on in another tab"))
    st.write(say("You opened it there later. Nothing is lost: please continue there, or take it over here."))
    act = (visitor.session_id, visitor.lease)
    st.button(say("Continue here"), type="primary", key="continue-here", on_click=visit.continue_here, args=act)
