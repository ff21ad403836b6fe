"""What the measurements share: a server, a stand-in model, participants at their task, percentiles."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from study import progress
from study.design import cells
from study.enrolment import Arrival, enrol
from study.instruments import Instrument
from study.protocol import Protocol
from study.studies import get_study, protocol_of

ROOT = Path(__file__).resolve().parent.parent
STUDY = "active_vs_passive"


@contextmanager
def stand_in_model(first: float, total: float) -> Iterator[str]:
    """The stand-in model in a process of its own; gives its base URL."""
    with served("benchmarks.stand_in_model", str(first), str(total)) as url:
        yield url


@contextmanager
def served(module: str, *arguments: str) -> Iterator[str]:
    """A server of ours in a process of its own, which takes its port as first argument; gives its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", module, str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the stand-in model did not start")


def at_their_task(engine: Engine, number: int, first: str) -> list[str]:
    """Enrol participants whose first condition is `first`, bring them to the task; their link tokens."""
    protocol = protocol_of(get_study(engine, STUDY))
    cell = next(cell.index for cell in cells(protocol) if cell.conditions[0] == first)
    tokens = []
    for _ in range(number):
        row, token = enrol(engine, STUDY, Arrival({}, cell=cell))
        while (step := progress.position(engine, protocol, row.id).step) is not None and step.kind != "task":
            if step.instrument:
                progress.answer(engine, protocol, row.id, step, some_answers(protocol, step.instrument), None)
            else:
                progress.finish(engine, protocol, row.id, step.id, None)
        tokens.append(token)
    return tokens


def some_answers(protocol: Protocol, instrument_id: str) -> dict[str, object]:
    """An answer to every item."""
    instrument: Instrument = protocol.instrument(instrument_id)
    answers: dict[str, object] = {}
    for item in instrument.items:
        if item.type in ("likert", "semantic", "slider"):
            answers[item.id] = item.scale()[0]
        elif item.options != "conditions" and item.options:
            answers[item.id] = item.options[0].value
        else:
            answers[item.id] = "text"
    return answers


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, round(share * (len(ranked) - 1)))] if ranked else float("nan")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
