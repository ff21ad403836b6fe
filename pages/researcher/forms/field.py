"""One field of a form: drawn for what stands in the draft, and what is wrong with it beneath."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.researcher import configure_acts
from pages.shared import visit
from pages.shared.theme import literal
from study.draft import Checked, path_of
from study.form_fields import FormField
from study.shelf import Shelf
from study.yaml_edit import ABSENT, Place, value_at


@dataclass(frozen=True)
class Form:
    """The draft of a study as a form shows it."""

    study_id: str
    checked: Checked
    may_edit: bool
    shelf: Shelf

    def value(self, place: Place) -> Any:
        """What stands at a place of the draft; None for nothing."""
        found = value_at(self.checked.document.content if self.checked.document else None, place)
        return None if found is ABSENT else found

    def key(self, place: Place) -> str:
        """The key of the field for a place."""
        return f"form-{self.study_id}-{path_of(place)}"


def field(form: Form, place: Place, label: str, asked: FormField, said: str = "") -> None:
    """A field as its kind wants it; what does not fit the kind is shown as the text that it is."""
    stored = form.value(place)
    shown = asked.default if stored is None else stored
    if not _fits(asked, shown):
        _draw(form, place, st.text_input, label, stored, str(shown), said or asked.said)
    elif asked.kind in ("number", "whole"):
        number = shown if shown is None else (int if asked.kind == "whole" else float)(shown)
        _draw(form, place, st.number_input, label, stored, number, said or asked.said, value=None,
              step=1 if asked.kind == "whole" else None, format="%d" if asked.kind == "whole" else "%g", placeholder="none")  # fmt: skip
    elif asked.kind == "choice":
        _draw(form, place, st.selectbox, label, stored, shown, said or asked.said, options=asked.choices)
    elif asked.kind == "switch":
        _draw(form, place, st.toggle, label, stored, shown, said or asked.said)
    else:
        _draw(form, place, st.text_input, label, stored, shown or "", said or asked.said)
    wrong(form, place)


def several(
    form: Form, place: Place, label: str, offered: Sequence[str], said: str = "", named_by: str | None = None
) -> None:
    """A list of names to choose from; of mappings with a name, if `named_by` says under which key."""
    stored = form.value(place)
    items = list(stored) if isinstance(stored, list) else []
    names = [item.get(named_by) if named_by and isinstance(item, dict) else item for item in items]
    if len(set(map(str, names))) != len(names) or not all(isinstance(name, str) for name in names):
        st.caption(f"{literal(label)} can be changed in the text only.")
    else:
        key, options = form.key(place), [*names, *(name for name in offered if name not in names)]
        _seed(key, names)
        args = (configure_acts.choose, form.study_id, place, stored, key, named_by)
        st.multiselect(
            label, options, key=key, help=said or None, disabled=not form.may_edit, on_change=visit.attempt, args=args
        )
    wrong(form, place, inner=False)


def item(form: Form, place: Place, at: int, label: str, items: Sequence[str]) -> None:
    """A field for one text of a short list, which is written as a whole."""
    key = form.key((*place, at))
    _seed(key, items[at])
    args = (configure_acts.change_item, form.study_id, place, form.value(place), list(items), at, key)
    st.text_input(label, key=key, disabled=not form.may_edit, on_change=visit.attempt, args=args)


def wrong(form: Form, place: Place, inner: bool = True) -> None:
    """What the checks say of a place (and of what is in it)."""
    for note in form.checked.at(path_of(place)):
        if inner or note.place == path_of(place):
            st.error(literal(note.said.removeprefix(f"{note.place}: ")))


def _draw(
    form: Form, place: Place, widget: Any, label: str, stored: Any, shown: Any, said: str, **options: Any
) -> None:
    key = form.key(place)
    _seed(key, shown)
    widget(
        label,
        key=key,
        help=literal(said) if said else None,
        disabled=not form.may_edit,
        on_change=visit.attempt,
        args=(configure_acts.change, form.study_id, place, stored, key),
        **options,
    )


def _seed(key: str, shown: Any) -> None:
    """Show what stands in the draft, unless it is what was shown already: then what is being typed stays."""
    seed = f"{key}-shown"
    if visit.value_of(seed) != (shown,) or visit.value_of(key) is None:
        visit.keep(key, shown)
        visit.keep(seed, (shown,))


def _fits(asked: FormField, shown: Any) -> bool:
    if asked.kind == "switch":
        return isinstance(shown, bool)
    if asked.kind == "choice":
        return shown in asked.choices
    if asked.kind in ("number", "whole"):
        return isinstance(shown, int | None if asked.kind == "whole" else int | float | None) and not isinstance(
            shown, bool
        )
    return isinstance(shown, str) or shown is None
