"""A page with a text and a button: welcome, instructions, a break, the end of a day, debrief."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import clock, visit
from pages.shared.visit import Visit
from pages.shared.words import say
from study import progress
from study.flow import Step
from study.protocol import Task

BUTTONS = {
    "welcome": "Start",
    "instructions": "I am ready",
    "break": "Go on",
    "next_session": "Go on with the study",
    "debrief": "Finish the study",
}


def draw(visitor: Visit, step: Step) -> None:
    """The protocol's text; one click leads on, if need be after a while."""
    wait = visitor.position.seconds_to_wait()
    if step.kind == "next_session" and wait <= 0:
        st.title(say("Welcome back"))
    else:
        st.title(say(step.title))
        _text(visitor, step)
    args = (progress.finish, runtime().engine, visitor.protocol, visitor.session_id, step.id, visitor.lease)
    button = f"next-{step.id}"
    closed = wait > 0 or visitor.is_past
    st.button(say(BUTTONS[step.kind]), type="primary", on_click=visit.attempt, args=args, key=button, disabled=closed)
    if visitor.is_past:
        return
    if wait > 0 and step.kind == "next_session":
        clock.opens(step.id, wait)
        st.write(say("Keep this link: it brings you back to this page."))
    elif wait > 0:
        clock.left(step.id, wait, over="")


def heading(step: Step, task: Task) -> str:
    """The task, and which version of the assistant it is done with where there are several."""
    return f"{say('Version {version}', version=step.label)} · {task.title}" if step.label else task.title


def _text(visitor: Visit, step: Step) -> None:
    if step.task:
        st.subheader(heading(step, visitor.protocol.task(step.task)))
    st.markdown(step.text)
    if step.kind == "instructions" and step.task:
        with st.container(border=True):
            st.markdown(visitor.protocol.task(step.task).brief)
