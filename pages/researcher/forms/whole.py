"""Forms for what concerns the study as a whole: its title and numbers, the model and its key, where participants go."""

import os

import streamlit as st

from memory.chat_model import key_name
from pages.researcher.forms.field import Form, field, wrong
from pages.runtime import runtime
from pages.shared.theme import literal
from study.form_fields import form_fields
from study.protocol import BUILT_IN, KEY, Completion, Design, EarlyEnding, Prices, Protocol, Recruitment

OF = {name: form_fields(model) for name, model in
      {"": Protocol, "design": Design, "prices": Prices, "completion": Completion, "recruitment": Recruitment}.items()}  # fmt: skip


def study(form: Form) -> None:
    """Title, how many participants, and when it is full."""
    field(form, ("title",), "Title", OF[""]["title"])
    left, right = st.columns(2)
    with left:
        planned = "How many the plan needs; “complete” is counted against it."
        field(
            form,
            ("design", "planned_participants"),
            "Planned participants",
            OF["design"]["planned_participants"],
            planned,
        )
    with right:
        field(form, ("design", "quota"), "Full after", OF["design"]["quota"])
    with left:
        field(
            form,
            ("design", "orders"),
            "Orders of conditions",
            OF["design"]["orders"],
            "See the tab *Plan* for what each balances.",
        )
    with right:
        field(
            form,
            ("design", "reservation_minutes"),
            "A place is kept for (minutes)",
            OF["design"]["reservation_minutes"],
        )
    field(form, ("payment",), "Payment, as participants read it", OF[""]["payment"])


def model(form: Form) -> None:
    """The model, the name under which its key is found, and what it costs."""
    left, right = st.columns(2)
    with left:
        said = "offline (built in), or provider:model such as openai:gpt-4o-mini"
        field(form, ("model",), "Model", OF[""]["model"], said)
    with right:
        said = "An environment variable of the server, ending in _API_KEY. Empty: the provider's usual one. The key itself is never written here."
        field(form, ("model_key",), "Name of the secret that holds the key", OF[""]["model_key"], said)
    _key(str(form.value(("model",)) or BUILT_IN), form.value(("model_key",)))
    st.caption("Sessions that start after this draft is used get this model, if it differs from the one before.")
    field(form, ("reply_timeout",), "A reply may take (seconds)", OF[""]["reply_timeout"])
    st.markdown("**Prices** of a million tokens, for the expected cost and the monitor")
    for column, name in zip(st.columns(3), ("input", "output", "currency"), strict=True):
        with column:
            field(form, ("prices", name), name.title(), OF["prices"][name])
    wrong(form, ("prices",), inner=False)


def _key(spec: str, asked: object) -> None:
    """Whether the key is there, never what it is; of variables of any other kind not even that."""
    name = key_name(spec, asked if isinstance(asked, str) else None)
    if spec == BUILT_IN:
        st.caption("The built-in model follows plain rules over the task's catalogue and needs no key.")
    elif name is None:
        st.caption("No key is known to be needed for this provider.")
    elif not KEY.fullmatch(name):
        st.caption("The name of a secret consists of capitals, digits and _, and ends in _API_KEY.")
    elif os.environ.get(name):
        st.markdown(f":green-badge[set] `{name}` is set on this server.")
    elif spec.startswith("openai:") and runtime().settings.model_base_url and not asked:
        st.markdown(
            f":gray-badge[not needed] `{name}` is not set; the server at `ATELIER_MODEL_BASE_URL` may need none."
        )
    else:
        st.markdown(
            f":orange-badge[not set] `{literal(name)}` is not set on this server. Set it there and start Atelier again."
        )


def links(form: Form) -> None:
    """Where participants come from and where they go."""
    st.markdown("**Coming.** The link itself, and personal ones, are on the page *Studies*.")
    said = "Prolific's PROLIFIC_PID is known already. For another panel: the parameter of the link that names a participant."
    field(
        form,
        ("recruitment", "id_parameter"),
        "Parameter that names a participant",
        OF["recruitment"]["id_parameter"],
        said,
    )
    st.markdown("**Going.** After the last step:")
    _going(form, ("completion",))
    endings = form.value(("endings",))
    for name in endings if isinstance(endings, dict) else ():
        with st.container(border=True):
            st.markdown(f"**{literal(str(name).replace('_', ' ').capitalize())}**")
            _going(form, ("endings", name))


def _going(form: Form, place: tuple[str, ...]) -> None:
    asked = OF["completion"] if place == ("completion",) else form_fields(EarlyEnding)
    left, right = st.columns([1, 2])
    with left:
        field(
            form,
            (*place, "code"),
            "Code",
            asked["code"],
            "Shown to the participant, to be entered at the recruiting service",
        )
    with right:
        said = "https://app.prolific.com/submissions/complete?cc={code} for Prolific. {participant} and any parameter of the link can stand in it."
        field(form, (*place, "redirect_url"), "Completion link", asked["redirect_url"], said)
