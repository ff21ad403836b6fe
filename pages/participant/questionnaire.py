"""One instrument on one page, drawn by the questionnaire component."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import form, visit
from pages.shared.visit import Visit
from pages.shared.words import say
from study import progress
from study.flow import Step


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
    form.questionnaire(
        visitor.session_id,
        step.id,
        [instrument.item(item) for item in order],
        versions,
        _answered(visitor, step),
        submits=step.time_limit is not None and step.time_limit.then == "submit",
    )


def _answered(visitor: Visit, step: Step):  # type: ignore[no-untyped-def]
    def take(values: dict[str, object]) -> None:
        visit.attempt(
            progress.answer, runtime().engine, visitor.protocol, visitor.session_id, step, values, visitor.lease
        )

    return take
