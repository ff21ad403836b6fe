"""Controls, drawn from data: whatever a mechanism offers, without knowing which one it is."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from memory.conversation import Desk, View
from memory.mechanism import Control
from pages.shared import about, acts, beliefs, explanation, opt_in, visit
from pages.shared.words import say

PANELS: dict[str, Callable[[Desk, View, Control], None]] = {
    "needs": beliefs.panel,
    "profile": beliefs.panel,
    "page": about.panel,
    "opt_in": opt_in.panel,
}
"""What is more than a field, by type of control; an explanation stands under the reply it is about."""


def panel(desk: Desk, view: View) -> None:
    """Every control of the condition; nothing where it offers none."""
    for control in view.controls:
        if control.type in PANELS:
            with st.container(border=True, key=f"list-{control.mechanism}-{control.id}"):
                PANELS[control.type](desk, view, control)
    if fields := [control for control in view.controls if control.type in FIELDS]:
        with st.container(border=True, key="controls"):
            st.markdown(f"##### {say('Your preferences')}")
            for control in fields:
                _field(desk, control)


def settle(desk: Desk, view: View) -> bool:
    """Do what still waits in the panels, for a callback may have been cut short; whether anything did."""
    waiting = [acts.settle(desk, control) for control in view.controls if control.type in PANELS]
    explained = [
        acts.settle(desk, control, turn.turn_id) for control in explanation.offered(view) for turn in view.turns
    ]
    return any(waiting + explained)


def _save(desk: Desk, control: Control, value: Any) -> None:
    """Store what the field holds, if the record holds something else."""
    if value != control.value and not (_is_unset(value) and _is_unset(control.value)):
        visit.attempt(desk.operate, control.mechanism, control.id, "set", value)


def _is_unset(value: Any) -> bool:
    return value is None or value is False or value == ""


def _slider(control: Control, act: dict[str, Any]) -> Any:
    # No start value becomes data: the first point means "not set" and is stored only once it is chosen.
    unsaid, unset = say("not set"), [] if control.required else [None]
    points: list[Any] = [*unset, *range(int(control.min), int(control.max) + 1, int(control.step))]
    names = {control.min: say(control.low), control.max: say(control.high)}
    return st.select_slider(
        say(control.label),
        points,
        value=control.value,
        format_func=lambda point: unsaid if point is None else names.get(point) or f"{point:g}",
        **act,
    )


def _choice(control: Control, act: dict[str, Any]) -> Any:
    names = dict(control.options)
    return st.pills(
        say(control.label), list(names), default=control.value, format_func=lambda value: names[value], **act
    )


def _toggle(control: Control, act: dict[str, Any]) -> Any:
    return st.toggle(say(control.label), value=bool(control.value), **act)


def _text(control: Control, act: dict[str, Any]) -> Any:
    hint = say("for example: no early mornings")
    return st.text_input(say(control.label), value=control.value or "", max_chars=300, placeholder=hint, **act)


def _field(desk: Desk, control: Control) -> None:
    """One field, seeded from the record and saved when it changes.

    What the field holds is compared with the record once more after drawing it: a run that was cut
    short before its callback, or a server that died, must not lose the change.
    """
    key = f"{desk.step.id}-{control.mechanism}-{control.id}-{visit.rounds()}"
    if desk.is_past:
        FIELDS[control.type](control, {"key": key, "help": control.help or None, "disabled": True})
        return

    def changed() -> None:
        _save(desk, control, visit.value_of(key))

    _save(
        desk,
        control,
        FIELDS[control.type](control, {"key": key, "help": say(control.help) or None, "on_change": changed}),
    )


FIELDS: dict[str, Callable[[Control, dict[str, Any]], Any]] = {
    "slider": _slider,
    "choice": _choice,
    "toggle": _toggle,
    "text": _text,
}
