"""Which of the assistant's beliefs about the participant were right: their own verdict."""

from typing import Any

import streamlit as st

from pages.runtime import runtime
from pages.shared import form, visit
from pages.shared.visit import Visit
from pages.shared.words import say, say_all
from study import progress
from study.flow import Step
from study.instruments import Item, Option

VERDICTS = {"right": "Right", "wrong": "Wrong"}
TICK = {progress.NOT_COMFORTABLE: "I am not comfortable with it being noted"}


def draw(visitor: Visit, step: Step) -> None:
    """Every belief that was held: whether it is right, and apart from that whether it was welcome."""
    engine = runtime().engine
    held = progress.beliefs_held(visitor.events("belief_changed"), step)
    st.title(say("What was noted about you"))
    if not held:
        st.write(say("Nothing was noted about you."))
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
        say(
            "These notes were kept from what you wrote. Please say of each whether it is right. If you are not comfortable "
            "with it being noted, please tick the box below it as well, even if it is right."
        )
    )
    items = [item for n, (_belief, text) in enumerate(held) for item in _asked(n, text)]

    def take(values: dict[str, object]) -> None:
        visit.attempt(
            progress.judge_all,
            engine,
            visitor.protocol,
            visitor.session_id,
            step,
            [(values.get(f"note_{n}"), values.get(f"comfort_{n}")) for n in range(len(held))],
            visitor.lease,
        )

    given = _given(visitor, held) if visitor.is_past else None
    form.questionnaire(visitor.session_id, step.id, items, [], take, past=given)


def _asked(number: int, text: str) -> tuple[Item, Item]:
    """A verdict on one belief, and a tick of its own: what is true may be unwelcome."""
    verdicts, tick = _options(say_all(VERDICTS)), _options(say_all(TICK))
    return (
        Item(id=f"note_{number}", text=text, type="single", options=verdicts),
        Item(id=f"comfort_{number}", text=text, type="multiple", options=tick, required=False),
    )


def _options(labels: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(value=value, label=label) for value, label in labels.items())


def _given(visitor: Visit, held: list[tuple[str, str]]) -> dict[str, Any]:
    """What was answered, as the page takes it; before, not to be comfortable was a verdict of its own."""
    given: dict[str, Any] = {}
    judged = {entry.event.belief_id: entry.event for entry in visitor.events("belief_judged")}
    for number, (belief, _text) in enumerate(held):
        if said := judged.get(belief):
            given[f"note_{number}"] = said.verdict
            unwelcome = said.comfortable is False or said.verdict == progress.NOT_COMFORTABLE
            given[f"comfort_{number}"] = [progress.NOT_COMFORTABLE] if unwelcome else []
    return given
