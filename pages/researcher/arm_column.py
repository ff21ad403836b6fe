"""One condition of a comparison: what it replied, on what grounds, what it holds and shows, and what that took."""

import streamlit as st

from memory.mechanism import Control
from memory.side_by_side import Answered, Column, Used
from pages.researcher import arms_acts
from pages.shared import visit
from pages.shared.chat import line
from pages.shared.theme import literal
from study.events import Belief, Recalled
from study.protocol import Prices


def show_column(study_id: str, column: Column, prices: Prices | None) -> None:
    """From top to bottom: the conversation, the controls, the beliefs, the plan."""
    st.markdown(f"#### {literal(column.condition)}")
    if column.problem or column.view is None:
        st.info(column.problem)
        return
    for one in column.answered:
        _answered(one, prices)
    if column.busy:
        st.caption(_doing(column))
    elif column.failed:
        args = (arms_acts.retry_arm, study_id, column.condition)
        st.button("Try again", key=f"again-{column.condition}", on_click=visit.attempt, args=args)
    state = column.view.state
    _shown(column.view.controls)
    with st.expander(f"Holds about the participant ({len(state.beliefs)})", expanded=bool(state.beliefs)):
        _list([_belief(belief) for belief in state.beliefs], "Nothing.")
    if state.solution:
        names = {option.id: option.name for option in column.view.task.catalogue}
        with st.expander(f"Plan, version {state.solution_version}"):
            _list([f"**{literal(part.title)}:** {literal(', '.join(names.get(i, i) for i in part.option_ids) or part.text or '–')}"
                   for part in state.solution], "")  # fmt: skip


def _answered(one: Answered, prices: Prices | None) -> None:
    turn = one.turn
    with line("user"):
        st.markdown(literal(turn.text))
    if turn.status == "failed":
        st.error(f"No reply came: {literal(one.error)}. Check the model, its key and its limits, or try again.")
    if turn.status not in ("answered", "stopped"):
        return
    with line("assistant"):
        st.markdown(turn.reply)
    if turn.asked:
        options = f" Offered: {literal(', '.join(turn.asked.options))}." if turn.asked.options else ""
        st.caption(f":material/help: It asked instead of answering.{options}")
    with st.expander(f"Recalled for it ({len(turn.recalled)})"):
        _list([_recalled(piece) for piece in turn.recalled], "Nothing.")
    st.caption(literal(_numbers(one.used, prices)))


def _doing(column: Column) -> str:
    waiting = not column.answered or column.answered[-1].turn.status in ("waiting", "running")
    return "Replying …" if waiting else "Learning from it …"


def _shown(controls: tuple[Control, ...]) -> None:
    """What a participant of this condition can see and operate now."""
    with st.expander(f"Shows to the participant ({len(controls)})", expanded=bool(controls)):
        _list([_control(control) for control in controls], "No control; the conversation alone.")


def _control(control: Control) -> str:
    head = f"**{literal(control.label)}** ({control.type.replace('_', ' ')})"
    if control.beliefs:
        return "\n".join([head, *(f"  - {literal(b.text)} · {b.status}" for b in control.beliefs)])
    value = dict(control.options).get(str(control.value), control.value)
    said = "empty" if value in (None, "", (), []) else literal(str(value))
    around = f"; from {control.min:g} to {control.max:g}" if control.type == "slider" else ""
    offers = f"; offers {literal(', '.join(name for _, name in control.options))}" if control.options else around
    return f"{head}: {said}{offers}"


def _belief(one: Belief) -> str:
    return f"{literal(one.text)} · {one.kind}, {one.source}, {one.status}, {one.confidence:.0%} sure"


def _recalled(piece: Recalled) -> str:
    fate = "" if piece.used else f" · left out{f': {literal(piece.reason)}' if piece.reason else ''}"
    return f"{literal(piece.text)} · {literal(piece.mechanism.replace('_', ' '))}{fate}"


def _list(lines: list[str], nothing: str) -> None:
    st.markdown("\n".join(f"- {line}" for line in lines) or nothing)


def _numbers(took: Used, prices: Prices | None) -> str:
    """“2.1 s · 3 model calls · 812 tokens in, 96 out · 0.0004 USD”."""
    said = [] if took.seconds is None else [f"{took.seconds:.1f} s"]
    said.append(f"{took.calls} model call{'' if took.calls == 1 else 's'}")
    counts = ["–" if count is None else f"{count:,}" for count in (took.input, took.output)]
    said.append(f"{counts[0]} tokens in, {counts[1]} out")
    if prices and took.input is not None and took.output is not None:
        said.append(f"{prices.cost(took.input, took.output):.4f} {prices.currency}")
    return " · ".join(said)
