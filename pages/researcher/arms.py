"""The tab Arms: one message to every condition, and what each makes of it, side by side."""

import streamlit as st

from memory.side_by_side import MOST_MESSAGES, SideBySide, default_message
from pages.researcher import arms_acts, who
from pages.researcher.arm_column import show_column
from pages.researcher.at_hand import AtHand, choose_text
from pages.runtime import comparisons, protocol_for
from pages.shared import visit
from pages.shared.theme import literal
from study.access import Access
from study.draft import Checked
from study.drafts import OpenDraft
from study.protocol import BUILT_IN
from study.tables import Study
from study.versions import model_with


def show(study: Study, own: Access, draft: OpenDraft, checked: Checked) -> None:
    """What to say to whom; then the replies, and what may be said next."""
    st.caption(
        "Every condition gets the same words from a participant of its own and answers with the study's model, by the code that "
        "answers people. It is kept apart from the record: none of it is data, and it is gone when you begin again."
    )
    if not own.may("simulate"):
        st.caption("Owners and editors try the conditions.")
        return
    if found := comparisons().of(who.name(), study.id):
        _compared(study, found)
    else:
        _begin(study, choose_text(study, draft, checked, "arms"))


def _begin(study: Study, text: AtHand) -> None:
    """Task, conditions, first message."""
    protocol = text.protocol
    model = model_with(study, protocol_for(study.id, study.version), protocol)
    tasks, names = {task.id: task for task in protocol.tasks}, [condition.id for condition in protocol.conditions]
    key = f"arms-{study.id}-{protocol.content_hash()[:8]}"
    left, right = st.columns(2)
    chosen = left.selectbox("Task", list(tasks), format_func=lambda t: tasks[t].title, key=f"{key}-task")
    right.multiselect("Conditions", names, key=f"{key}-conditions", placeholder=f"All {len(names)}")
    if chosen is None:
        st.info("This text has no task, so there is nothing to talk about. Add one under *Forms*, Tasks.")
        return
    keys = {"task": f"{key}-task", "conditions": f"{key}-conditions", "message": f"{key}-message-{chosen}"}
    st.text_area("Message", default_message(tasks[chosen]), key=keys["message"], max_chars=4000, height=90)
    if model == BUILT_IN:
        st.caption("Replies come from the built-in model, which follows plain rules.")
    else:
        st.warning(f"Replies come from {literal(model)}; its provider may charge for every one of them.")
    args = (arms_acts.begin_arms, study.id, text, model, keys)
    st.button("Send it to every condition", type="primary", key=f"{key}-go", on_click=visit.attempt, args=args)


def _compared(study: Study, found: SideBySide) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{literal(found.task.title)}** · {literal(found.of)} · {literal(found.model)}")
        args = (arms_acts.end_arms, study.id)
        st.button("Begin again", key=f"arms-again-{study.id}", on_click=visit.attempt, args=args)
    if found.busy:
        _watch(study.id)
        return
    _columns(study.id, found)
    if found.said >= MOST_MESSAGES:
        st.caption(f"{MOST_MESSAGES} messages are enough to compare by. Begin again for another one.")
        return
    key = f"arms-next-{study.id}"
    with st.form(f"{key}-form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Another message to all of them", key=key, max_chars=4000)
        st.form_submit_button(
            "Send", type="primary", on_click=visit.attempt, args=(arms_acts.say_to_arms, study.id, key)
        )


@st.fragment(run_every=1)
def _watch(study_id: str) -> None:
    """Each reply as soon as it is there; when all are, the whole page is drawn again."""
    found = comparisons().of(who.name(), study_id)
    if found is None or not found.busy:
        st.rerun()
    _columns(study_id, found)


def _columns(study_id: str, found: SideBySide) -> None:
    """Two or three beside each other, the others below, so that each can be read."""
    seen = found.columns()
    replied = sum(not column.busy for column in seen)
    if replied < len(seen):
        st.progress(replied / len(seen), text=f"{replied} of {len(seen)} conditions are through")
    across = 2 if len(seen) in (2, 4) else 3
    for start in range(0, len(seen), across):
        row = seen[start : start + across]
        for place, column in zip(st.columns(across), row, strict=False):
            with place, st.container(border=True, key=f"arm-{column.condition}"):
                show_column(study_id, column, found.protocol.prices)
