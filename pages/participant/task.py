"""The task screen: conversation at the left, plan at the right, and whatever the condition offers to operate."""

import streamlit as st

from memory.arm import mechanisms_of
from memory.conversation import Desk, View
from memory.past import PastDesk
from memory.state import fold
from pages.participant.texts import heading
from pages.runtime import runtime, worker
from pages.shared import chat, clock, controls, presence, solution, visit
from pages.shared.composer import composer, key_of, question_of, waiting
from pages.shared.visit import Visit
from pages.shared.words import say
from study.flow import Step
from study.protocol import BUILT_IN, Protocol


def draw(visitor: Visit, step: Step) -> None:
    """The same layout in every condition, unless it hides the plan; controls where a mechanism offers some."""
    desk = _desk(visitor, step)
    view = _view(desk)
    if not view.started and not desk.is_past:
        visit.attempt(desk.open)
    st.subheader(heading(step, view.task))
    with st.expander(say("Your task"), expanded=not view.turns):
        st.markdown(view.task.brief)
    if view.minutes_left is not None:
        _timer(desk, view.minutes_left)
    plans = _shows_plan(visitor.protocol, step)
    aside = has_aside(visitor.protocol, step)
    left, right = st.columns([3, 2], gap="large") if aside else (st.container(), None)
    with left, st.container(key="talk"):
        if visitor.position.sitting.model == BUILT_IN:
            st.caption(say("Replies come from Atelier's built-in model, which follows plain rules."))
        chat.history(desk, view)
        if visitor.past and visitor.past.writing:
            chat.under_way(visitor.past.writing)
        _composer(visitor, step, desk, view)
        _finish(desk, view, say("I am done with this plan") if plans else say("I am done with this conversation"))
    if right is not None:
        with right:
            _side(desk, [view], plans)


def has_aside(protocol: Protocol, step: Step) -> bool:
    """Whether something stands beside the conversation; alone, it is a column as narrow as any text."""
    nothing_said = fold("", protocol.task(step.task or ""), ())
    mechanisms = mechanisms_of(protocol.condition(step.condition or ""))
    return _shows_plan(protocol, step) or any(mechanism.controls(nothing_said) for mechanism in mechanisms)


def _shows_plan(protocol: Protocol, step: Step) -> bool:
    shown = protocol.condition(step.condition or "").plan_panel == "shown"
    return shown and bool(protocol.task(step.task or "").sections)


@st.fragment
def _side(desk: Desk | PastDesk, drawn: list[View], plans: bool) -> None:
    """Plan and controls: an act on a control, or a new plan, redraws only this part.

    `drawn` holds the view of the page's own run, to be used once; later runs look for themselves.
    """
    view = drawn.pop() if drawn else _view(desk)
    if not desk.is_past and (said := visit.notice()):
        st.warning(say(said))
    if plans:
        solution.panel(desk, view)
    controls.panel(desk, view)
    if not desk.is_past:
        presence.side(desk.step.id)


def _desk(visitor: Visit, step: Step) -> Desk | PastDesk:
    if visitor.past:
        return PastDesk(visitor.past, step)
    return Desk(runtime().engine, worker(), visitor.protocol, visitor.session_id, step, visitor.lease)


def _view(desk: Desk | PastDesk) -> View:
    """The screen from the record, after whatever is still in the outbox: a callback may have been cut short."""
    view = desk.view()
    if desk.is_past:
        return view
    if left := waiting(visit.value_of(key_of(desk.step.id)), desk.step.id, view.acknowledged):
        visit.attempt(desk.send, left)
        view = desk.view()
    return desk.view() if controls.settle(desk, view) else view


def _composer(visitor: Visit, step: Step, desk: Desk, view: View) -> None:
    answered = [turn.turn_id for turn in view.turns if turn.status in ("answered", "stopped", "failed")]
    busy = any(turn.status in ("waiting", "running") for turn in view.turns)
    composer(
        (visitor.session_id, step.id, visitor.lease),
        view.acknowledged,
        answered,
        busy,
        question_of(view),
        send=lambda messages: visit.attempt(desk.send, messages),
        stop=lambda turn_id: visit.attempt(desk.stop, turn_id),
        past=desk.is_past,
    )


def _finish(desk: Desk, view: View, done: str) -> None:
    st.button(
        done,
        on_click=visit.attempt,
        args=(desk.finish,),
        disabled=desk.is_past or not view.may_finish,
        type="primary" if view.may_finish else "secondary",
        key="finish-task",
    )
    if view.waiting_for:
        st.caption(say(view.waiting_for))


def _timer(desk: Desk, minutes: float) -> None:
    """A limited task ends by itself; the reply under way is kept as far as it has come."""
    if desk.is_past:
        st.caption(f"{minutes:.0f} minutes were left.")
        return
    if minutes <= 0:
        visit.attempt(desk.finish)
        st.rerun()
    clock.left(f"task-{desk.step.id}", minutes * 60)
