"""The plan as it stands: the same panel in every condition."""

import streamlit as st

from memory.conversation import View
from pages.shared.theme import literal


def panel(view: View) -> None:
    """Every section of the task, with the chosen options and the needs they answer."""
    options = {option.id: option for option in view.task.catalogue}
    needs = {
        belief.id: belief.text for belief in view.state.beliefs if belief.kind == "need" and belief.status == "held"
    }
    with st.container(border=True, key="solution"):
        st.markdown("##### Your plan")
        if not view.state.solution:
            st.caption("The plan grows here while you talk with the assistant.")
        for section in view.state.solution:
            st.markdown(f"**{literal(section.title)}**")
            for option_id in section.option_ids:
                option = options[option_id]
                st.markdown(f"{literal(option.name)}  \n:small[{literal(option.description)}]")
            if not section.option_ids:
                st.caption("Nothing chosen yet")
            if answers := [needs[b] for b in section.because if b in needs]:
                st.caption("Fits: " + " · ".join(literal(text) for text in answers))
