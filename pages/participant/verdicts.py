"""Which of the assistant's beliefs about the participant were right: their own verdict."""

import streamlit as st

from pages.runtime import runtime
from pages.shared import form, visit
from pages.shared.visit import Visit
from pages.shared.words import say, say_all
from study import progress
from study.flow import Step
from study.instruments import Item, Option

VERDICTS = {
    "right": "Right",
    "wrong": "Wrong",
    "not_comfortable": "I am not comfortable with it being noted",
}


def draw(visitor: Visit, step: Step) -> None:
    """Every belief that was held, with three ways to judge it."""
    engine = runtime().engine
    held = progress.beliefs_held(visitor.events("belief_changed"), step.conditions)
    st.title(say("What one of the assistants noted about you"))
    if not held:
        st.write(say("It noted nothing."))
        args = (progress.finish, engine, visitor.protocol, visitor.session_id, step.id, visitor.lease)
        st.button(
            say("Continue"),
            type="primary",
            disabled=visitor.is_past,
            on_click=visit.attempt,
            args=args,
            key=f"next-{step.id}",
        )
        return
    st.write(
        say("One version of the assistant kept these notes from what you wrote. Please say what you think of each.")
    )
    verdicts = tuple(Option(value=value, label=label) for value, label in say_all(VERDICTS).items())
    items = [Item(id=f"note_{n}", text=text, type="single", options=verdicts) for n, (_id, text) in enumerate(held)]

    def take(values: dict[str, object]) -> None:
        visit.attempt(
            progress.judge_all,
            engine,
            visitor.protocol,
            visitor.session_id,
            step,
            [values.get(i.id) for i in items],
            visitor.lease,
        )

    judged = {entry.event.belief_id: entry.event.verdict for entry in visitor.events("belief_judged")}
    given = {item.id: judged.get(belief) for item, (belief, _text) in zip(items, held, strict=True)}
    form.questionnaire(visitor.session_id, step.id, items, [], take, past=given if visitor.is_past else None)
