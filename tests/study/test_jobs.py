"""Jobs are processes of their own: one at a time, seen by everybody, stopped or dead without anybody being misled."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from study import jobs
from study.act_log import acts
from study.database import open_database
from study.errors import AtelierError
from study.protocol import Protocol
from study.records import load_record
from study.settings import ROOT, Settings
from study.studies import create_study

pytestmark = pytest.mark.slow
MANY = ("--participants", "2000")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A data folder; whatever still runs in it at the end is killed."""
    monkeypatch.setenv("ATELIER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield Settings()
    for file in tmp_path.glob("jobs/*/*/job.json"):
        job = jobs.latest(tmp_path, file.parts[-3], file.parts[-2])
        if job and job.is_under_way:
            os.kill(_pid(file.parent), signal.SIGKILL)


@pytest.fixture
def record(settings: Settings, demo: Protocol) -> Iterator[Engine]:
    engine = open_database(settings.database)
    create_study(engine, demo, "demo", seed=7)
    yield engine
    engine.dispose()


def _pid(folder: Path) -> int:
    return int(json.loads((folder / "job.json").read_text())["pid"])


def _until(settings: Settings, kind: str, wanted: Callable[[jobs.Job], bool]) -> jobs.Job:
    deadline = time.monotonic() + 120
    while True:
        job = jobs.latest(settings.data_dir, "demo", kind)
        assert job is not None and time.monotonic() < deadline, job
        if wanted(job):
            return job
        time.sleep(0.05)


def ended(job: jobs.Job) -> bool:
    return not job.is_under_way


def under_way(job: jobs.Job) -> bool:
    assert not ended(job), job
    return job.share > 0


def test_a_report_is_made_in_the_name_of_who_asked_for_it(settings: Settings, record: Engine) -> None:
    assert jobs.latest(settings.data_dir, "demo", "report") is None
    jobs.start(settings, "demo", "report", "Ada")
    first = jobs.latest(settings.data_dir, "demo", "report")
    assert first is not None and (first.by, first.state) in {("Ada", s) for s in ("queued", "running", "done")}
    done = _until(settings, "report", ended)
    assert (done.state, done.share, done.text) == ("done", 1, "the report is ready")
    (made,) = acts(record, "demo", "report_made")
    assert made.by == "Ada"
    assert (settings.data_dir / "results" / "demo" / made.act.file).is_file()


def test_a_second_one_is_refused_while_the_first_is_under_way_and_stopping_keeps_what_is_done(
    settings: Settings, record: Engine
) -> None:
    jobs.start(settings, "demo", "simulate", "Ada", MANY)
    with pytest.raises(AtelierError, match="under way already"):
        jobs.start(settings, "demo", "simulate", "Grace", MANY)
    running = _until(settings, "simulate", under_way)
    assert running.by == "Ada" and running.text.endswith(" of 2000 are through")
    with pytest.raises(AtelierError, match="under way already"):
        jobs.start(settings, "demo", "simulate", "Grace", MANY)
    jobs.stop(settings.data_dir, "demo", "simulate")
    assert _until(settings, "simulate", ended).state == "stopped"
    jobs.stop(settings.data_dir, "demo", "simulate")  # nobody there any more
    complete = [row for row in load_record(record, "demo").sessions if row.status == "complete"]
    assert complete
    jobs.start(settings, "demo", "simulate", "Grace", ("--participants", "1"))
    again = _until(settings, "simulate", ended)
    assert (again.by, again.state, again.share) == ("Grace", "done", 1)


def test_one_that_is_killed_midway_is_shown_as_failed(settings: Settings, record: Engine) -> None:
    jobs.start(settings, "demo", "simulate", "Ada", MANY)
    _until(settings, "simulate", under_way)
    os.kill(_pid(settings.data_dir / "jobs" / "demo" / "simulate"), signal.SIGKILL)
    job = _until(settings, "simulate", ended)
    assert job.state == "failed" and job.share > 0
    assert job.text == "Its process ended without a word; the machine may have been short of memory."


def test_one_that_does_not_listen_is_killed_by_the_second_press(settings: Settings, record: Engine) -> None:
    jobs.start(settings, "demo", "simulate", "Ada", MANY)
    _until(settings, "simulate", under_way)
    pid = _pid(settings.data_dir / "jobs" / "demo" / "simulate")
    os.kill(pid, signal.SIGSTOP)  # hears nothing
    jobs.stop(settings.data_dir, "demo", "simulate")
    job = jobs.latest(settings.data_dir, "demo", "simulate")
    assert job is not None and job.is_under_way
    jobs.stop(settings.data_dir, "demo", "simulate")
    assert _until(settings, "simulate", ended).state == "stopped"


def test_why_one_failed_is_said_in_its_own_words(settings: Settings, record: Engine) -> None:
    jobs.start(settings, "demo", "simulate", "Ada", ("--language", "fr"))
    job = _until(settings, "simulate", ended)
    assert (job.state, job.text) == ("failed", "This study is not offered in 'fr'. It has: en, de, es.")
    jobs.start(settings, "demo", "simulate", "Ada", ("--no-such-option",))
    job = _until(settings, "simulate", ended)
    assert job.state == "failed" and "No such option" in job.text, "its last words, though it never said how far it is"


def test_a_job_outlives_the_process_that_started_it(settings: Settings, record: Engine) -> None:
    code = (
        "from study import jobs; from study.settings import Settings;"
        f"jobs.start(Settings(), 'demo', 'simulate', 'Ada', {MANY!r})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    _until(settings, "simulate", under_way)
    with pytest.raises(AtelierError, match="under way already"):
        jobs.start(settings, "demo", "simulate", "Grace")
    jobs.stop(settings.data_dir, "demo", "simulate")
    assert _until(settings, "simulate", ended).state == "stopped"


def test_a_broken_line_and_a_folder_that_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / "demo" / "report"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text('{"by": "Ada", "started_at": "2026-03-02T09:00:00+00:00", "pid": 1}')
    (folder / "progress.jsonl").write_text('{"text": ""}\n{"done": 1, "total": 4, "text": "half"}\n{"don')
    job = jobs.latest(tmp_path, "demo", "report")
    assert job is not None and (job.state, job.share) == ("failed", 0.25)
    (tmp_path / "file").write_text("")
    with pytest.raises(AtelierError, match="Check the data folder"):
        jobs.start(settings.model_copy(update={"data_dir": tmp_path / "file"}), "demo", "report", "Ada")
