"""The tab Power: how many participants this very design and plan needs, and the document that registers both."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from pages.researcher import power_acts
from pages.researcher.at_hand import AtHand, choose_text
from pages.researcher.under_way import Watched, under_way
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import jobs
from study.access import Access
from study.draft import Checked
from study.drafts import OpenDraft
from study.power_folder import CURVES, SETTINGS, TABLE, is_made, power_folder
from study.tables import Study

SIMULATING = Watched(
    "power",
    going_on="Power is being simulated",
    failed="The last simulation of power broke off.",
    stopped="The last simulation of power was stopped. Finished runs are kept; with the same settings it goes on from them.",
    stop=power_acts.stop_power,
)
KEPT: dict[str, Any] = {"persist_state": "session"}
"""What was typed is there again when the simulation is over."""


def show(study: Study, own: Access, draft: OpenDraft, checked: Checked) -> None:
    """Simulate, look at the curves, take the documents along."""
    text = choose_text(study, draft, checked, "power")
    st.subheader("Power")
    st.caption(
        "Many made-up studies of this design are drawn, analysed by the plan of this text, and counted: how often is what was "
        "planted found? It takes minutes and goes on when this page is closed."
    )
    _simulate(own, text)
    _made(text)
    _preregistration(text)


def _simulate(own: Access, text: AtHand) -> None:
    """The fields and the button, or how far it is."""
    study_id, order = text.study.id, "--draft " if text.is_draft else ""
    if not own.may("edit_protocol"):
        st.caption("Owners and editors have it simulated.")
        return
    if under_way(study_id, SIMULATING):
        return
    if not jobs.are_possible():
        st.info(f"{jobs.NOT_HERE} Here: `python manage.py power {study_id} {order}`")
        return
    keys = {name: f"power-{name}-{study_id}" for name in ("n", "effects", "runs", "drop_out", "missing")}
    with st.form(f"power-{study_id}"):
        left, right = st.columns(2)
        left.text_input(
            "Participants who begin", key=keys["n"], placeholder=_around(text), help=_N, max_chars=80, **KEPT
        )
        right.text_input("Differences", key=keys["effects"], placeholder=_EFFECTS, help=_SIZES, max_chars=300, **KEPT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input("Runs of each size", 2, power_acts.MOST_RUNS, 200, key=keys["runs"], width=160, **KEPT)
            st.number_input("Leave in each block (%)", 0.0, 99.0, 5.0, 1.0, "%g", keys["drop_out"], width=180, **KEPT)
            st.number_input("Values lacking (%)", 0.0, 99.0, 5.0, 1.0, "%g", keys["missing"], width=180, **KEPT)
            args = (power_acts.start_power, study_id, text.protocol.content_hash(), text.is_draft, keys)
            st.form_submit_button("Simulate the power", type="primary", on_click=visit.attempt, args=args)


def _made(text: AtHand) -> None:
    """The curve of each hypothesis and its numbers beside it, if they were simulated for this very text."""
    folder = power_folder(runtime().settings.data_dir, text.study.id, text.protocol.content_hash())
    if not is_made(folder):
        st.info(f"No power was simulated for {text.name} as it is now.")
        return
    table = pd.read_csv(folder / TABLE)
    for one in json.loads((folder / CURVES).read_text(encoding="utf-8")):
        _hypothesis(one, table[table["hypothesis"] == one["hypothesis"]])
    with st.expander("What these numbers rest on"):
        for sentence in json.loads((folder / SETTINGS).read_text(encoding="utf-8"))["said"]:
            st.markdown(f"- {literal(sentence)}")
    st.link_button("Download the table (CSV)", f"/researcher/power/{text.study.id}/{folder.name}")


def _hypothesis(one: dict[str, Any], rows: pd.DataFrame) -> None:
    st.markdown(f"##### {literal(one['heading'])}")
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.plotly_chart(
        one["figure"], theme=None, height=320, key=f"curve-{one['hypothesis']}", config={"displayModeBar": False}
    )
    with right:
        shares = rows.pivot(index="effect", columns="n", values="power").map("{:.0%}".format)
        shown = shares.rename(columns="n = {}".format).rename_axis("difference").reset_index()
        st.dataframe(shown, hide_index=True)
        st.caption(literal(f"{one['description']} {one['reached']}"))


def _preregistration(text: AtHand) -> None:
    """The document, as it can be made now."""
    st.subheader("Preregistration")
    folder = power_folder(runtime().settings.data_dir, text.study.id, text.protocol.content_hash())
    reason = (
        "Its reason for the number of participants is the table above."
        if is_made(folder)
        else "Without a table of power for this text, the reason for the number of participants is left to be filled in."
    )
    st.write(
        f"A document of {text.name} to upload to a registry. What is still to be filled in stands at its top. {reason}"
    )
    of = "?of=draft" if text.is_draft else ""
    with st.container(horizontal=True):
        for label, name in (("Download as a page (HTML)", "html"), ("Download as Markdown", "md")):
            st.link_button(label, f"/researcher/preregistration/{text.study.id}/preregistration.{name}{of}")


def _around(text: AtHand) -> str:
    return f"around {text.protocol.design.planned_participants}, the planned number"


_N = "Numbers with commas, such as 12,18,24. Without any: half, three quarters, all and one and a half of the planned number."
_EFFECTS = "around the smallest effects of interest"
_SIZES = (
    "In units of the measure: 0.5,0.7 for every hypothesis, h3=5,10 for one; several with a space between. Without any: around "
    "a hypothesis's smallest effect of interest, else .3, .5 and .8 standard deviations."
)
