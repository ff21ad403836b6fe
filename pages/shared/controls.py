"""Controls, drawn from data: whatever a mechanism offers, without knowing which one it is."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from memory.conversation import Desk
from memory.mechanism import Control
from pages.shared import beliefs, visit


@st.fragment
def panel(desk: Desk) -> None:
    """Every control of the condition; an act is stored at once and redraws only this part."""
    offered = desk.view().controls
    lists = [control for control in offered if control.type in ("needs", "profile")]
    fields = [control for control in offered if control.type not in ("needs", "profile")]
    for control in lists:
        beliefs.panel(desk, control)
    if fields:
        with st.container(border=True, key="controls"):
            st.markdown("##### Your preferences")
            for control in fields:
                FIELDS[control.type](desk, control)


def _set(desk: Desk, control: Control, key: str) -> None:
    value = visit.value_of(key)
    if value != control.value:
        visit.attempt(desk.operate, control.mechanism, control.id, "set", value)


def _slider(desk: Desk, control: Control, key: str, act: dict[str, Any]) -> None:
    # No start value becomes data: the first point means "not set" and is stored only once it is chosen.
    points: list[Any] = [None, *range(int(control.min), int(control.max) + 1, int(control.step))]
    names = {control.min: control.low, control.max: control.high}
    st.select_slider(
        control.label,
        points,
        value=control.value,
        format_func=lambda point: "not set" if point is None else names.get(point) or f"{point:g}",
        **act,
    )


def _choice(desk: Desk, control: Control, key: str, act: dict[str, Any]) -> None:
    names = dict(control.options)
    st.pills(control.label, list(names), default=control.value, format_func=lambda value: names[value], **act)


def _toggle(desk: Desk, control: Control, key: str, act: dict[str, Any]) -> None:
    st.toggle(control.label, value=bool(control.value), **act)


def _text(desk: Desk, control: Control, key: str, act: dict[str, Any]) -> None:
    st.text_input(
        control.label, value=control.value or "", max_chars=300, placeholder="for example: no early mornings", **act
    )


def _field(draw: Callable[[Desk, Control, str, dict[str, Any]], None]) -> Callable[[Desk, Control], None]:
    """Seeded from the record, saved when it changes."""

    def drawn(desk: Desk, control: Control) -> None:
        key = f"{desk.step.id}-{control.mechanism}-{control.id}"
        act = {"key": key, "help": control.help or None, "on_change": _set, "args": (desk, control, key)}
        draw(desk, control, key, act)

    return drawn


FIELDS: dict[str, Callable[[Desk, Control], None]] = {
    "slider": _field(_slider),
    "choice": _field(_choice),
    "toggle": _field(_toggle),
    "text": _field(_text),
}
