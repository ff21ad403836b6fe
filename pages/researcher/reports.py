"""The reports of a study: having one made, watching that, and reading those that were made."""

import streamlit as st

from pages.researcher import acts
from pages.researcher.hours import hour
from pages.researcher.under_way import Watched, under_way
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import jobs
from study.access import Access
from study.act_log import LoggedAct
from study.results_folder import is_readable, reports, results_folder, tables_of
from study.sealing import Seal

SHOWN = 10
MAKING = Watched(
    "report",
    going_on="The report is being made",
    failed="The last report could not be made.",
    stopped="The last report was stopped before it was ready.",
    stop=acts.stop_report,
)


def show_reports(access: Access, seal: Seal) -> None:
    """The button or the progress, the list, and the newest report that may be read."""
    study_id = access.study_id
    st.subheader("Reports")
    under_way = access.may("report") and _making(study_id)
    made = reports(runtime().engine, study_id)
    if not made and not under_way:
        st.info("There is no report yet. It is made from the record as it is then, and can be made again at any time.")
    for one in made[:SHOWN]:
        _line(study_id, one, is_readable(one, seal))
    if len(made) > SHOWN:
        st.caption(f"{len(made) - SHOWN} older ones are in the study's folder of results.")
    if newest := next((one for one in made if is_readable(one, seal)), None):
        st.iframe(_address(study_id, newest), height=900, alt="The newest report")


def _making(study_id: str) -> bool:
    """Whether one is being made; else the button, and what became of the last one if it is not there."""
    if under_way(study_id, MAKING):
        return True
    if not jobs.are_possible():
        st.info(jobs.NOT_HERE)
        return False
    st.button(
        "Make the report",
        key=f"make-{study_id}",
        type="primary",
        on_click=visit.attempt,
        args=(acts.start_report, study_id),
    )
    return False


def _line(study_id: str, one: LoggedAct, readable: bool) -> None:
    report = one.act
    holds = "simulated data" if report.simulated else "without outcomes" if report.sealed else "with outcomes"
    with st.container(horizontal=True, vertical_alignment="center", key=f"report-{one.id}"):
        st.markdown(
            f"**{hour(one.at)}** · {literal(one.by)} · {report.complete} complete · {holds} "
            f"· Atelier {literal(report.app_version)}"
        )
        if not readable:
            st.caption("sealed")
            return
        st.link_button("Read", _address(study_id, one))
        st.link_button("Download", f"{_address(study_id, one)}?download=1")
        if (results_folder(runtime().settings.data_dir, study_id) / tables_of(one)).is_file():
            st.link_button("Tables", f"/researcher/reports/{study_id}/{tables_of(one)}")


def _address(study_id: str, one: LoggedAct) -> str:
    return f"/researcher/reports/{study_id}/{one.act.file}"
