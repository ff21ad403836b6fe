"""One instrument on one page, drawn by the questionnaire component."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import form, visit
from pages.shared.visit import Visit
from pages.shared.words import say
from study import progress
from study.flow import Step
from study.instruments import Answer


def draw(visitor: Visit, step: Step) -> None:
    """The items in this participant's own order; nothing is preselected."""
    instrument = visitor.protocol.instrument(step.instrument or "")
    st.title(instrument.title)
    if step.label and step.after_task:
        st.caption(say("About version {version}, which you have just used", version=step.label))
    if instrument.instructions:
        title = visitor.protocol.task(step.task).title if step.task else ""
        st.markdown(instrument.instructions.replace("{task}", title))
    order = progress.shown_order(instrument, visitor.position.sitting, step)
    versions = progress.version_labels(visitor.protocol, visitor.position.sitting)
    if visitor.is_past:  # whoever looks may be blinded to conditions: only their labels reach the page
        past = _given(visitor, step, dict(versions))
        versions = [(label, label) for _condition, label in versions]
    else:
        past = None
    form.questionnaire(
        visitor.session_id,
        step.id,
        [instrument.item(item) for item in order],
        versions,
        _answered(visitor, step),
        submits=step.time_limit is not None and step.time_limit.then == "submit",
        past=past,
    )


def _given(visitor: Visit, step: Step, labels: dict[str, str]) -> dict[str, Answer]:
    """What had been answered on this page at the moment that is shown; conditions by their labels."""
    given = [entry for entry in visitor.events("questionnaire_answered") if entry.place.step == step.id]
    answers = dict(given[-1].event.answers) if given else {}
    items = visitor.protocol.instrument(step.instrument or "").items
    named = {item.id for item in items if item.options == "conditions"}
    return {item: _named(answer, labels) if item in named else answer for item, answer in answers.items()}


def _named(answer: Answer, labels: dict[str, str]) -> Answer:
    if isinstance(answer, dict):
        return {labels.get(one, one): place for one, place in answer.items()}
    if isinstance(answer, list):
        return [labels.get(one, one) for one in answer]
    return labels.get(answer, answer) if isinstance(answer, str) else answer


def _answered(visitor: Visit, step: Step):  # type: ignore[no-untyped-def]
    def take(values: dict[str, object]) -> None:
        visit.attempt(
            progress.answer, runtime().engine, visitor.protocol, visitor.session_id, step, values, visitor.lease
        )

    return take
