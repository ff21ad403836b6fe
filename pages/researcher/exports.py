"""Having an export made, watching that, and fetching it."""

import streamlit as st

from pages.researcher import data_acts
from pages.researcher.hours import hour
from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import jobs
from study.access import Access
from study.exports_folder import find_export
from study.sealing import seal_of


def show_export(own: Access, keys: dict[str, str]) -> None:
    """The button or the progress, and the export that is there; `keys`: of the fields that say what is to be in it."""
    study_id = own.study_id
    job = _latest(study_id)
    if job and job.is_under_way:
        _watch(study_id)
        return
    if job and job.state == "failed":
        st.error(f"The last export could not be made. {literal(job.text)}")
    if job and job.state == "stopped":
        st.warning("The last export was stopped before it was ready.")
    if seal_of(runtime().engine, study_id).is_sealed:
        st.caption(
            ":material/lock: The results are sealed while the study collects, and an export holds everybody's measures. "
            "The record will say that it was made, and by whom; once people are complete, so will every report."
        )
    st.button(
        "Make the export",
        key=f"export-{study_id}",
        type="primary",
        on_click=visit.attempt,
        args=(data_acts.start_export, study_id, keys),
    )
    if kept := find_export(runtime().engine, runtime().settings.data_dir, study_id):
        act, file = kept
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{hour(act.at)}** · {literal(act.by)} · {literal(act.act.what)} · events: {act.act.rows:,} "
                f"· SHA-256 {act.act.content_hash[:12]}"
            )
            if own.may("identify") or not act.act.identifiers:
                st.link_button("Download", f"/researcher/exports/{study_id}/{file.name}")
            else:
                st.caption("It holds platform ids: only an owner may fetch it.")


@st.fragment(run_every=1)
def _watch(study_id: str) -> None:
    """How far it is; when it has ended, the whole page is drawn again."""
    job = _latest(study_id)
    if job is None or not job.is_under_way:
        st.rerun()
    said = job.text if job.state == "running" and job.text else "starting"
    st.progress(min(job.share, 1.0), text=f"The export is being made for {literal(job.by)}: {literal(said)}")
    st.button("Stop", key=f"stop-export-{study_id}", on_click=visit.attempt, args=(data_acts.stop_export, study_id))


def _latest(study_id: str) -> jobs.Job | None:
    return jobs.latest(runtime().settings.data_dir, study_id, "export")
