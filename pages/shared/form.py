"""The questionnaire component: one instrument as native inputs, answers as component state."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import visit
from pages.shared.words import say, say_all
from study.instruments import Item, tables

FOLDER = Path(__file__).parent / "components"
_form = st.components.v2.component(
    "atelier.questionnaire",
    html='<div class="form"></div>',
    css=(FOLDER / "questionnaire.css").read_text(encoding="utf-8"),
    js="".join((FOLDER / name).read_text(encoding="utf-8") for name in ("items.js", "questionnaire.js")),
)
WORDS = {
    "button": "Continue",
    "or": "or",
    "unset": "not answered yet",
    "place": "Place of {option}",
    "between": "from {low} to {high}",
    "least": "from {low}",
    "most": "up to {high}",
    "number": "Please enter a number {bounds}.",
    "any_number": "Please enter a number.",
    "date": "Please enter a date {bounds}.",
    "any_date": "Please enter a date.",
    "missing": "This answer is still missing.",
    "unplaced": "Please give each of them a place.",
    "shared": "Two that you like equally may share a place.",
    "one_missing": "One answer is still missing; it is marked above.",
    "all_missing": "{count} answers are still missing; they are marked above.",
    "one_incomplete": "One answer is not complete; it is marked above.",
    "all_incomplete": "{count} answers are not complete; they are marked above.",
    "optional": "(optional)",
    "count": "{number} of {count}",
}
SHOWN = {"id", "text", "type", "section", "min", "max", "step", "low", "high", "earliest", "latest", "required"}


def questionnaire(
    session_id: str,
    step_id: str,
    items: Sequence[Item],
    versions: Sequence[tuple[str, str]],
    take: Callable[[dict[str, Any]], None],
    submits: bool = False,
    past: Mapping[str, Any] | None = None,
) -> None:
    """Draw items and hand complete answers to `take`, once per press of the button.

    `versions` are (condition id, label) pairs for items about the versions. With `submits` what is there
    is sent when the page's time is over. What a browser sends is passed on as it is; `take` checks it.
    `past`: answers that were given, by item; then the page is only to look at, and `take` is not called.
    """
    if past is not None:
        data = _shown(session_id, step_id, items, versions)
        _form(key=f"form-{step_id}-{visit.rounds()}", data=data | {"submits": False, "taken": None, "past": dict(past)})
        return
    key = f"form-{step_id}"

    def changed() -> bool:
        held = visit.value_of(key)
        sent = held.get("answers") if hasattr(held, "get") else None
        if _is_ours(sent, step_id) and sent["n"] != visit.value_of(f"{key}-taken"):
            take(sent["values"])
            visit.keep(f"{key}-taken", sent["n"])
            return True
        return False

    if changed():  # an earlier run was cut short before its callback
        st.rerun()
    data = _shown(session_id, step_id, items, versions)
    sent = {"submits": submits, "taken": visit.value_of(f"{key}-taken")}
    _form(key=key, data=data | sent, on_answers_change=changed)


def _shown(session_id: str, step_id: str, items: Sequence[Item], versions: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What the page shows, answered or not."""
    following = _following(items)
    return {
        "session": session_id[:8],
        "step": step_id,
        "words": say_all(WORDS),
        "language": visit.language(),
        "items": [
            {**_data(item, versions), "table": number, "row": len(table) > 1, "follows": item.id in following}
            for number, table in enumerate(tables(items))
            for item in table
        ],
    }


def _following(items: Sequence[Item]) -> set[str]:
    """Items to tick that belong to the one above, whose text they share: it is said aloud again, not shown again."""
    return {
        item.id
        for above, item in pairwise(items)
        if item.type == "multiple" and not item.required and item.text == above.text
    }


def _is_ours(sent: Any, step_id: str) -> bool:
    return (
        isinstance(sent, dict)
        and sent.get("step") == step_id
        and isinstance(sent.get("values"), dict)
        and isinstance(sent.get("n"), int | float)
    )


def _data(item: Item, versions: Sequence[tuple[str, str]]) -> dict[str, Any]:
    if item.options == "conditions":
        options = [
            {"value": condition, "label": say("Version {version}", version=label)} for condition, label in versions
        ]
    else:
        options = [{"value": option.value, "label": option.label} for option in item.options]
    rated = item.type in ("likert", "semantic")
    return {
        **item.model_dump(mode="json", include=SHOWN),
        "labels": list(item.labels),
        "points": list(item.scale()) if rated else [],
        "options": options,
        "bare": item.only_names_its_ends(),
    }
