"""Long commands that a page starts: each is a process of its own, which outlives the page and the app.

A job is a folder, `<data dir>/jobs/<study>/<kind>/`: what was started (`job.json`), how far it is (`progress.jsonl`), what it
printed (`output.txt`), and a lock that its process holds as long as it lives. So there is one at a time, and a process that
died is noticed by whoever looks, also after a restart. A new job of a kind takes the place of the last one.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Literal

from study.errors import AtelierError
from study.log import now
from study.settings import ROOT, Settings
from study.signature import SIGNED_IN

KINDS = ("export", "power", "report", "simulate")
"""Every kind that a page starts."""
State = Literal["queued", "running", "done", "failed", "stopped"]
LAST_WORDS = 400
NOT_HERE = "On this system pages cannot start jobs. Run the command in a terminal, see: python manage.py --help"
_gate = threading.Lock()
"""So that looking at a lock is not taken for holding it."""


@dataclass(frozen=True)
class Job:
    """The latest job of its kind. `share` done, 0–1; `text`: what it does, or why it failed."""

    by: str
    started_at: datetime
    state: State
    share: float = 0
    text: str = ""

    @property
    def is_under_way(self) -> bool:
        """Whether its process is alive."""
        return self.state in ("queued", "running")


def are_possible() -> bool:
    """Whether pages can start jobs on this system; Windows has no locks that a process hands on."""
    return find_spec("fcntl") is not None


def start(settings: Settings, study_id: str, kind: str, by: str, options: Sequence[str] = ()) -> None:
    """Run `manage.py <kind> <study> --progress-file …` in a process of its own, signed by a researcher's name.

    Raises AtelierError while one of this kind is under way for this study, or if the folder cannot be written.
    """
    try:
        folder = _folder(settings.data_dir, study_id, kind)
        folder.mkdir(parents=True, exist_ok=True)
        with _gate, _claimed(folder) as lock:
            if lock is None:
                raise AtelierError("This is under way already. Wait for it, or stop it first.")
            for name in ("job.json", "progress.jsonl"):
                (folder / name).unlink(missing_ok=True)
            command = [sys.executable, str(ROOT / "manage.py"), kind, study_id, *options]
            command += ["--progress-file", str(folder / "progress.jsonl")]
            with (folder / "output.txt").open("wb") as output:
                process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env={**os.environ, "ATELIER_DATA_DIR": str(settings.data_dir.resolve()), SIGNED_IN: by},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    pass_fds=(lock.fileno(),),
                )
            about = {"by": by, "started_at": now().isoformat(), "pid": process.pid}
            (folder / "job.json").write_text(json.dumps(about), encoding="utf-8")
    except OSError as error:
        raise AtelierError(
            f"The job cannot be started ({error}). Check the data folder {settings.data_dir}."
        ) from error
    threading.Thread(target=process.wait, daemon=True).start()  # so that none stays behind as a zombie


def jobs_folder(data_dir: Path, study_id: str) -> Path:
    """The folder of a study's jobs; it may not be there yet."""
    return data_dir.resolve() / "jobs" / study_id


def latest(data_dir: Path, study_id: str, kind: str) -> Job | None:
    """The latest job of this kind for this study and how it stands; None if there was none."""
    folder = _folder(data_dir, study_id, kind)
    about = _about(folder)
    if about is None:
        return None
    with _gate:
        alive = _is_held(folder)  # before its lines are read: what it wrote last is there when it is gone
    lines = _lines(folder / "progress.jsonl")
    share, text, ended, stop = 0.0, "", "", False
    for line in lines:
        share = line["done"] / max(line["total"], 1) if "done" in line else share
        text = line.get("text", text)
        ended, stop = line.get("ended", ended), stop or "stop" in line
    state: State = _state(alive, bool(lines), ended, stop)
    if state == "failed" and not ended:
        text = _last_words(folder / "output.txt")
    return Job(about["by"], datetime.fromisoformat(about["started_at"]), state, share, text)


def stop(data_dir: Path, study_id: str, kind: str) -> None:
    """End a job as Ctrl-C does, so that what is finished is kept; one that does not listen is killed the second time."""
    folder = _folder(data_dir, study_id, kind)
    about = _about(folder)
    with _gate:
        if about is None or not _is_held(folder):
            return
        asked = any("stop" in line for line in _lines(folder / "progress.jsonl"))
        with (folder / "progress.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps({"stop": True}) + "\n")
        os.kill(about["pid"], signal.SIGKILL if asked else signal.SIGTERM)


def _state(alive: bool, has_spoken: bool, ended: str, stop: bool) -> State:
    if alive:
        return "running" if has_spoken else "queued"
    if ended == "done":
        return "done"
    return "stopped" if stop or ended == "stopped" else "failed"


@contextmanager
def _claimed(folder: Path) -> Iterator[IO[str] | None]:
    """The lock of a folder, to be handed on to the process; None while another one holds it."""
    with (folder / "lock").open("a") as lock:
        yield lock if _take(lock) else None


def _take(lock: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError as error:  # Windows
        raise AtelierError(NOT_HERE) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_held(folder: Path) -> bool:
    """Whether a process holds the lock; if none does, it is let go again at once."""
    with _claimed(folder) as lock:
        return lock is None


def _folder(data_dir: Path, study_id: str, kind: str) -> Path:
    return jobs_folder(data_dir, study_id) / kind


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / "job.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _lines(file: Path) -> list[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # its process is not that far
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:  # a line that a full disk or a power cut broke off
            continue
    return found


def _last_words(file: Path) -> str:
    said = file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else ""
    return said[-LAST_WORDS:] or "Its process ended without a word; the machine may have been short of memory."
