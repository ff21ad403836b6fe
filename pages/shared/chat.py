"""The conversation as the record has it: the last turns, ratings, and a way out when a reply failed."""

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from memory.conversation import Desk, View
from memory.state import Exchange
from pages.shared import explanation, visit
from pages.shared.theme import literal
from pages.shared.words import say

SHOWN_TURNS = 10
FAILURES = {
    "refused": "The assistant did not want to answer this. You can try again or put it differently.",
    "timed_out": "The assistant took too long to answer.",
    "empty": "The assistant gave no answer.",
    "interrupted": "The answer was interrupted.",
    "stopped": "You stopped the answer before it began.",
}
FAILED = "The assistant could not answer just now."
FACES = {"user": ":material/person:", "assistant": ":material/forum:"}
"""Calm ones: neither looks like a person or a robot, which people would read something into."""


def line(who: Literal["user", "assistant"]) -> DeltaGenerator:
    """The place of what one of the two said."""
    return st.chat_message(who, avatar=FACES[who])


def history(desk: Desk, view: View) -> None:
    """The opening and the last ten turns; older ones on demand."""
    with st.container(key="history"):
        hidden = len(view.turns) - SHOWN_TURNS
        if hidden > 0 and not st.toggle(_earlier(hidden), key=f"older-{desk.step.id}"):
            shown = view.turns[-SHOWN_TURNS:]
        else:
            shown = view.turns
            with line("assistant"):
                st.markdown(view.task.opening)
        for turn in shown:
            _turn(desk, view, turn)


def under_way(text: str) -> None:
    """A reply that was being written at a moment of the past, as far as it had come."""
    with line("assistant"):
        st.markdown(text)
        st.caption("Being written. How far is reckoned from the times of its first and last word.")


def _earlier(count: int) -> str:
    return say("Show {count} earlier messages", "Show one earlier message", count=count)


def _turn(desk: Desk, view: View, turn: Exchange) -> None:
    with line("user"):
        st.markdown(literal(turn.text))
    if turn.status in ("answered", "stopped"):
        with line("assistant"):
            st.markdown(turn.reply)
            if turn.status == "stopped":
                st.caption(say("You stopped this answer."))
            _rating(desk, turn)
            explanation.panel(desk, view, turn)
    elif turn.status == "failed":
        with line("assistant"):
            st.warning(say(FAILURES.get(turn.outcome, FAILED)))
            st.button(
                say("Try again"),
                key=f"retry-{turn.message_id}",
                disabled=desk.is_past,
                on_click=visit.attempt,
                args=(desk.retry, turn.message_id),
            )


def _rating(desk: Desk, turn: Exchange) -> None:
    key = f"rate-{turn.turn_id}-{visit.rounds()}"
    with st.container(horizontal=True, vertical_alignment="center"):
        default = {"up": 1, "down": 0}.get(turn.rating or "")
        if desk.is_past:
            st.feedback("thumbs", key=key, default=default, disabled=True)
            return
        thumb = st.feedback("thumbs", key=key, default=default, on_change=_rated, args=(desk, turn, key))
        if thumb is not None and thumb != default:
            _rated(desk, turn, key)  # the callback was cut short
        if turn.rating:
            with st.popover(say("Why?"), type="tertiary"):
                why = f"why-{turn.turn_id}"
                label, args = say("Why this rating? (optional)"), (desk, turn, why)
                st.text_input(label, key=why, max_chars=500, on_change=_explained, args=args)


def _rated(desk: Desk, turn: Exchange, key: str) -> None:
    value = visit.value_of(key)
    if value in (0, 1):
        visit.attempt(desk.rate, turn.turn_id, "up" if value == 1 else "down")


def _explained(desk: Desk, turn: Exchange, key: str) -> None:
    visit.attempt(desk.rate, turn.turn_id, turn.rating, str(visit.value_of(key) or ""))
