"""Forms for tasks and questionnaires: which, how long, at which step."""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from pages.researcher.forms.field import Form, field, several, wrong
from study.form_fields import form_fields
from study.protocol import Design, TaskRule
from study.yaml_edit import Place

AROUND = {"block": "in each condition", "repeat": "in each round"}
ORDINARY = {
    "min_turns": "At least so many messages",
    "min_minutes": "At least (minutes)",
    "max_minutes": "At most (minutes)",
}


def tasks(form: Form) -> None:
    """Which tasks there are, how they are dealt out, and when one may be finished."""
    several(
        form,
        ("tasks",),
        "Tasks",
        form.shelf.stems("tasks"),
        "Each is a file: yours under Files, or one of the installation.",
    )
    field(form, ("design", "tasks"), "Against conditions they are", form_fields(Design)["tasks"],
          "rotated: each task with each condition equally often; cycled: they may come round again; fixed: as listed")  # fmt: skip
    for column, (name, label) in zip(st.columns(3), ORDINARY.items(), strict=True):
        with column:
            field(form, ("task_rule", name), label, form_fields(TaskRule)[name])


def questionnaires(form: Form) -> None:
    """Every step of the timeline that asks something, with its instruments."""
    offered, found = form.shelf.stems("instruments"), list(_asking(form.value(("timeline",)), ("timeline",), []))
    if not found:
        st.info("No step of the timeline is a questionnaire. Add one in the text: `- step: questionnaire`.")
    for place, label in found:
        several(form, (*place, "instruments"), label, offered, "One page each, in this order")
        wrong(form, place, inner=False)


def _asking(entries: Any, above: Place, around: list[str]) -> Iterator[tuple[Place, str]]:
    """(place, what it is called) of each questionnaire."""
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        here = (*above, number)
        kind = entry.get("step")
        if kind == "questionnaire":
            steps = ".".join(str(part + 1) for part in here if isinstance(part, int))
            yield here, ", ".join([f"Step {steps}", *around])
        inner = [*around, AROUND[kind]] if isinstance(kind, str) and kind in AROUND else around
        yield from _asking(entry.get("steps"), (*here, "steps"), inner)
