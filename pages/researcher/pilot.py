"""The page to try a study out: preview it from any step on, let simulated participants take it, read their analysis."""

import streamlit as st

from pages.researcher import acts, who
from pages.researcher.reports import show_reports
from pages.researcher.under_way import Watched, under_way
from pages.runtime import protocol_for, runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import jobs
from study.access import Access
from study.design import Cell, cells
from study.flow import Step
from study.pilot import steps_of
from study.protocol import BUILT_IN, Protocol
from study.sealing import Seal, seal_of
from study.tables import Study

SIMULATING = Watched(
    "simulate",
    going_on="Simulated participants take part",
    failed="The last simulation broke off.",
    stopped="The last simulation was stopped. Who was through by then is kept.",
    stop=acts.stop_simulation,
    done="The last simulation came to its end:",
)


def page() -> None:
    """Choose a study and try it out; nothing that is done here counts as data of people."""
    st.title("Pilot")
    who.tell()
    chosen = who.choose_study("pilot-study")
    if chosen is None:
        return
    study, access = chosen
    if not access.may("simulate"):
        st.info("Only owners and editors of a study try it out. What was collected is on the page Results.")
        return
    _preview(study, protocol_for(study.id, study.version))
    _simulate(study)
    _analysis(access, seal_of(runtime().engine, study.id))


def _preview(study: Study, protocol: Protocol) -> None:
    """Order, tasks, step, and the link to a session of its own with them."""
    st.subheader("See it as a participant")
    st.caption("In any order, from any step on. Nothing in a preview counts as data, and it takes nobody's place.")
    cell = _chosen_cell(study, protocol)
    steps = {step.id: _name(protocol, number, step) for number, step in enumerate(steps_of(protocol, cell), start=1)}
    begin = st.selectbox("Begin at", list(steps), format_func=steps.__getitem__, key=f"pilot-step-{study.id}")
    with st.container(horizontal=True):
        args = (acts.preview_from, study.id, cell.index, begin)
        st.button("Make this preview", key=f"pilot-preview-{study.id}", on_click=visit.attempt, args=args)
        made = visit.value_of(f"pilot-link-{study.id}")
        if made and made[:2] == (cell.index, begin):
            st.link_button("Open the preview in a new tab", made[2], type="primary")
    if begin != next(iter(steps)):
        st.caption(
            "The steps before it are passed over: nothing in them is answered and the assistant has learned nothing. "
            "Later steps that depend on answers to them do not come."
        )


def _chosen_cell(study: Study, protocol: Protocol) -> Cell:
    """First the order of conditions, then one of the rotations of the tasks within it."""
    orders: dict[str, dict[str, Cell]] = {}
    for cell in cells(protocol):
        tasks = " → ".join(protocol.task(task).title for task in cell.tasks) or "none"
        orders.setdefault(" → ".join(cell.conditions), {})[tasks] = cell
    with st.container(horizontal=True):
        order = st.selectbox("Order of conditions", list(orders), key=f"pilot-order-{study.id}")
        tasks = st.selectbox("Order of tasks", list(orders[order]), key=f"pilot-tasks-{study.id}")
    return orders[order][tasks]


def _name(protocol: Protocol, number: int, step: Step) -> str:
    """“8. Task: A weekend trip · active”."""
    what = step.title
    if step.instrument:
        what = protocol.instrument(step.instrument).title
    elif step.kind == "task" and step.task:
        what = protocol.task(step.task).title
    kind = step.kind.replace("_", " ").capitalize()
    named = f"{number}. {kind}: {what}" if what and what != kind else f"{number}. {kind}"
    return f"{named} · {step.condition}" if step.condition else named


def _simulate(study: Study) -> None:
    """How many, and how far they are."""
    st.subheader("Simulated participants")
    st.caption(
        "They go through every step as a browser would and answer from a stated model with a planted effect. They are marked "
        "as simulated in all data, take no places and are never counted as people."
    )
    if under_way(study.id, SIMULATING):
        return
    if not jobs.are_possible():
        st.info(f"{jobs.NOT_HERE} Here: `python manage.py simulate {study.id} --participants 20`")
        return
    if study.model != BUILT_IN:
        st.warning(f"Their replies come from {literal(study.model)}; its provider may charge for every one of them.")
    key = f"pilot-count-{study.id}"
    with (
        st.form(f"pilot-simulate-{study.id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.number_input("How many", 1, acts.MOST_SIMULATED, 6, key=key, width=160)
        st.form_submit_button("Let them take part", on_click=visit.attempt, args=(acts.start_simulation, study.id, key))


def _analysis(access: Access, seal: Seal) -> None:
    """The report, as long as it is of simulated participants."""
    st.subheader("The whole analysis on them")
    people = seal.people
    if people.complete:
        st.info(
            f"{seal.reach.capitalize()}, so reports are about people alone now; they are on the page Results. "
            f"Simulated participants ({people.simulated} complete) stay in the record, marked, and are left out."
        )
    elif not people.simulated:
        st.info("No simulated participant is through yet. Let some take part above; the report is then made on them.")
    else:
        st.caption(f"{people.simulated} simulated are complete. The report says on its first page that it is of them.")
        show_reports(access, seal)
