"""Forms for conditions: what participants read in place of their names, mechanisms on and off, and their parameters."""

import streamlit as st

from memory.mechanisms.registry import MECHANISMS, parameter_models
from pages.researcher.forms.field import Form, field, item, several, wrong
from pages.shared.theme import literal
from study.draft import path_of
from study.form_fields import first_sentence, form_fields
from study.protocol import Condition, Design
from study.yaml_edit import Place


def conditions(form: Form) -> None:
    """Each condition with its mechanisms."""
    _labels(form)
    found = form.value(("conditions",))
    for number, condition in enumerate(found if isinstance(found, list) else ()):
        with st.container(border=True):
            if isinstance(condition, dict):
                _condition(form, ("conditions", number), condition)
            wrong(form, ("conditions", number), inner=False)
    wrong(form, ("conditions",), inner=False)


def _labels(form: Form) -> None:
    """What the first, the second … condition that somebody meets is called."""
    given = form.value(("design", "labels"))
    labels = given if isinstance(given, list) else list(form_fields(Design)["labels"].default)
    st.caption("What participants read: the first condition that somebody meets, the second, and so on.")
    columns = st.columns(max(len(labels), 1))
    for at in range(len(labels)):
        with columns[at]:
            item(form, ("design", "labels"), at, f"Label {at + 1}", [str(one) for one in labels])
    wrong(form, ("design", "labels"))


def _condition(form: Form, place: Place, condition: dict[str, object]) -> None:
    st.markdown(f"##### {literal(str(condition.get('id', '')))}")
    models = parameter_models()
    said = "In this order they take part in each reply."
    several(form, (*place, "mechanisms"), "Mechanisms", list(models), said, named_by="name")
    uses = condition.get("mechanisms")
    for number, use in enumerate(uses if isinstance(uses, list) else ()):
        name = use.get("name") if isinstance(use, dict) else None
        here = (*place, "mechanisms", number)
        if isinstance(name, str) and name in models:
            _parameters(form, here, name)
        else:
            wrong(form, here)
    shown = form_fields(Condition)["plan_panel"]
    field(form, (*place, "plan_panel"), "Plan beside the conversation", shown)


def _parameters(form: Form, place: Place, name: str) -> None:
    """A mechanism's parameters as their model describes them; what is nested is shown as where it stands."""
    model = parameter_models()[name]
    asked = form_fields(model)
    if not asked:
        return
    st.markdown(f"**{literal(name)}** · {literal(first_sentence(MECHANISMS[name].__doc__))}")
    columns = st.columns(3)
    for number, one in enumerate(asked.values()):
        inner = (*place, "params", one.name)
        with columns[number % 3]:
            if one.kind in ("nested", "texts"):
                _elsewhere(form, inner, one.name)
            else:
                field(form, inner, one.name.replace("_", " "), one, one.said or first_sentence(model.__doc__))
    known = {path_of((*place, "params", one)) for one in asked}
    if not any(note.place.startswith(tuple(known)) for note in form.checked.at(path_of(place))):
        wrong(form, place)


def _elsewhere(form: Form, place: Place, name: str) -> None:
    document = form.checked.document
    line = document.spot(place).line if document and form.value(place) is not None else None
    st.caption(f"{literal(name.replace('_', ' '))}: in the text" + (f", line {line}" if line else ", not there yet"))
    wrong(form, place)
