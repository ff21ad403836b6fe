"""Lists of beliefs that the participant can operate: needs they stated, or a profile about them."""

from typing import Any

import streamlit as st

from memory.conversation import Desk
from memory.mechanism import Control
from pages.shared import visit
from pages.shared.theme import literal
from study.events import Belief


def panel(desk: Desk, control: Control) -> None:
    """Held beliefs first, then what is still open, then what was declined."""
    with st.container(border=True, key=f"list-{control.mechanism}"):
        st.markdown(f"##### {control.label}")
        if control.help:
            st.caption(control.help)
        groups: dict[str, list[Belief]] = {"held": [], "open": [], "declined": []}
        for belief in control.beliefs:
            if belief.status in groups:
                groups[belief.status].append(belief)
        if not any(groups.values()):
            st.caption("Nothing is noted yet.")
        for belief in groups["held"]:
            _held(desk, control, belief)
        for belief in groups["open"]:
            _open(desk, control, belief)
        if groups["declined"]:
            st.caption("Left out: " + " · ".join(literal(belief.text) for belief in groups["declined"]))
        if "add" in control.actions:
            _add(desk, control)


def _held(desk: Desk, control: Control, belief: Belief) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"need-{belief.id}"):
        st.markdown(literal(belief.text), width="stretch")
        if "edit" in control.actions:
            with st.popover("Edit", type="tertiary"):
                key = f"edit-{belief.id}"
                st.text_input("Change it to", value=belief.text, key=key, max_chars=300)
                st.button("Save", key=f"save-{belief.id}", on_click=_edited, args=(desk, control, belief, key))
        if "delete" in control.actions:
            st.button(
                "Remove",
                key=f"delete-{belief.id}",
                type="tertiary",
                on_click=_act,
                args=(desk, control, "delete", belief.id),
            )


def _open(desk: Desk, control: Control, belief: Belief) -> None:
    st.markdown(f":material/help: {literal(belief.text)}")
    with st.container(horizontal=True):
        if "confirm" in control.actions:
            for n, answer in enumerate(a for a in belief.reasoning.split(" | ") if a):
                value = {"id": belief.id, "text": answer}
                st.button(answer, key=f"answer-{belief.id}-{n}", on_click=_act, args=(desk, control, "confirm", value))
        if "decline" in control.actions:
            st.button(
                "Does not matter",
                key=f"decline-{belief.id}",
                type="tertiary",
                on_click=_act,
                args=(desk, control, "decline", belief.id),
            )


def _add(desk: Desk, control: Control) -> None:
    key = f"add-{control.mechanism}"
    with st.form(f"form-{key}", border=False, clear_on_submit=True):
        st.text_input("Add a need", key=key, max_chars=300, placeholder="for example: close to the water")
        st.form_submit_button("Add", on_click=_added, args=(desk, control, key))


def _added(desk: Desk, control: Control, key: str) -> None:
    if text := str(visit.value_of(key) or "").strip():
        _act(desk, control, "add", text)


def _edited(desk: Desk, control: Control, belief: Belief, key: str) -> None:
    text = str(visit.value_of(key) or "").strip()
    if text and text != belief.text:
        _act(desk, control, "edit", {"id": belief.id, "text": text})


def _act(desk: Desk, control: Control, action: str, value: Any) -> None:
    visit.attempt(desk.operate, control.mechanism, control.id, action, value)
