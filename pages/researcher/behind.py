"""What no participant sees: prompt and model calls of a reply, what was recalled for it, and an event in full."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared.theme import literal
from study.log import Logged
from study.moment import Moment

IDENTIFYING = ("url_params", "user_agent")
"""What of an event may say who the participant is; exports leave it out as well."""


def panel(at: Moment, every: tuple[Logged, ...]) -> None:
    """Behind the last reply of the step so far, and the event of the moment; drawn when it is asked for."""
    if not st.toggle("Behind the screen: prompt, model calls, what was recalled", key="behind"):
        return
    here = at.events[-1]
    given = [e for e in at.at_step(here.place.step) if e.kind == "reply_given"]
    if given:
        _reply(given[-1], [e for e in every if e.kind == "model_called" and e.event.turn_id == given[-1].event.turn_id])
    with st.expander(f"Event {here.seq} in full", expanded=not given):
        st.json(here.event.model_dump(mode="json", exclude=set(IDENTIFYING)), expanded=1)


def _reply(entry: Logged, calls: list[Logged]) -> None:
    reply = entry.event
    st.markdown(f"##### Behind the reply of event {entry.seq}")
    st.caption(literal(f"{reply.model} · {_numbers(reply)}"))
    if reply.recalled:
        rows = [
            {"fate": "used" if piece.used else "dropped", "text": piece.text, "reason": piece.reason,
             "kind": piece.kind, "from": piece.mechanism, "score": piece.score}
            for piece in reply.recalled
        ]  # fmt: skip
        st.dataframe(pd.DataFrame(rows), hide_index=True)
    else:
        st.caption("Nothing was recalled for it.")
    if reply.draft:
        with st.expander("Draft, before it was revised"):
            st.code(reply.draft, language=None, wrap_lines=True)
    for call in calls:
        _call(call, is_reply=call.event.call_id == reply.call_id)


def _call(entry: Logged, is_reply: bool) -> None:
    call = entry.event
    name = "Final prompt" if is_reply else f"Model call: {call.purpose}"
    with st.expander(literal(f"{name} · {call.outcome} · {call.duration_ms:.0f} ms")):
        st.caption(literal(f"{call.model} · {_numbers(call)} · tried again {call.retries} times"))
        if call.parameters:
            st.json(call.parameters, expanded=False)
        for message in call.messages:
            for part in _sections(message.content) if message.role == "system" else [message.content]:
                st.caption(message.role)
                st.code(part, language=None, wrap_lines=True)
        st.caption("answer" if not call.error else literal(f"answer · {call.error}"))
        st.code(call.raw or "–", language=None, wrap_lines=True)


def _sections(text: str) -> list[str]:
    """A system message by its sections, each of which begins with a line `# Name` (memory/prompts.py)."""
    parts = f"\n{text}".split("\n# ")
    return [f"# {part.strip()}" if n else part.strip() for n, part in enumerate(parts) if part.strip()]


def _numbers(said: Any) -> str:
    """Tokens and times, as far as they are known."""
    tokens = f"{said.input_tokens if said.input_tokens is not None else '–'} tokens in, "
    tokens += f"{said.output_tokens if said.output_tokens is not None else '–'} out"
    first = f"first word after {said.first_token_ms:.0f} ms, " if said.first_token_ms is not None else ""
    return f"{tokens} · {first}complete after {said.duration_ms:.0f} ms"
