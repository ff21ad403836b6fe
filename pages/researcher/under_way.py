"""A job that a page started: how far it is, a button that stops it, and what became of it if it came to nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.runtime import runtime
from pages.shared import visit
from pages.shared.theme import literal
from study import jobs


@dataclass(frozen=True)
class Watched:
    """A kind of job and the words for it. `stop` gets the study's id; `done`: said of the last one that came to its end,
    before its own last words.
    """

    kind: str
    going_on: str
    failed: str
    stopped: str
    stop: Callable[[str], None]
    done: str = ""


def under_way(study_id: str, watched: Watched) -> bool:
    """Whether one is under way, and is shown; else what became of the last one is said."""
    job = _latest(study_id, watched)
    if job is None:
        return False
    if job.is_under_way:
        _watch(study_id, watched)
    elif job.state == "failed":
        st.error(f"{watched.failed} {literal(job.text)}")
    elif job.state == "stopped":
        st.warning(watched.stopped)
    elif watched.done:
        st.success(f"{watched.done} {literal(job.text)}")
    return job.is_under_way


@st.fragment(run_every=1)
def _watch(study_id: str, watched: Watched) -> None:
    """How far it is; when it has ended, the whole page is drawn again."""
    job = _latest(study_id, watched)
    if job is None or not job.is_under_way:
        st.rerun()
    said = job.text if job.state == "running" and job.text else "starting"
    st.progress(min(job.share, 1.0), text=f"{watched.going_on} for {literal(job.by)}: {literal(said)}")
    st.button("Stop", key=f"stop-{watched.kind}-{study_id}", on_click=visit.attempt, args=(watched.stop, study_id))


def _latest(study_id: str, watched: Watched) -> jobs.Job | None:
    return jobs.latest(runtime().settings.data_dir, study_id, watched.kind)
