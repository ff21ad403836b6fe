"""From the database into all frames: `python -m benchmarks.frames [--studies EVENTS:REPORTS …] [--times N] [--write]`.

Simulated participants take the demo study; their sessions are then copied, event by event, until there are enough.
A simulated participant has no browser. So that sessions are like those of people, each copy can also get reports of a
browser: moments of typing, changes of focus, pastes. What is timed is `load_record` and `frames`, each time in a process
of its own; its peak memory holds Python and the libraries too.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session, col, select

from benchmarks.figures import ROOT, machine, publish, table
from memory.index import Index
from memory.mechanisms.registry import parameter_models
from memory.simulated import simulate
from study.database import open_database, stored, writing
from study.events import ClientReported
from study.log import new_id
from study.protocol_file import load_protocol
from study.settings import Settings
from study.studies import create_study, set_status
from study.tables import Base, EventRow, Sitting

STUDY, ORIGINALS, SEED = "active_vs_passive", 6, 1
WRITTEN = {column.name for column in stored(Base.metadata.tables["event"])}
REPORTS = 117
"""A session of the demo study has 183 events; with so many reports of the browser it has 300."""
STUDIES = ("36600:0", f"60000:{REPORTS}", f"1000000:{REPORTS}")
"""200 participants as they are simulated, 200 and 3,300 as people are."""
WHAT: tuple[tuple[str, dict[str, float]], ...] = (
    ("typing", {"keys": 23, "ms": 4210, "last": 1_772_000_000_000}),
    ("typing", {"keys": 31, "ms": 4875, "last": 1_772_000_005_000}),
    ("blur", {}),
    ("focus", {}),
    ("hidden", {}),
    ("visible", {}),
    ("paste", {"length": 48}),
)


@dataclass(frozen=True)
class Timed:
    """One run: what was read, how long it took (s, and of it on the processor), and the peak of memory (bytes).

    `load`: how many processes wanted a core meanwhile; with more than there are cores, both times are too long.
    """

    events: int
    sessions: int
    seconds: float
    cpu: float
    peak: int
    load: float


def main() -> None:
    """Fill databases, read each in fresh processes, print the figures."""
    parser = argparse.ArgumentParser(description="How long it takes to read a study into frames.")
    parser.add_argument(
        "--studies", nargs="*", default=STUDIES, help="events, and reports of the browser in each session"
    )
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks as well")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        print(json.dumps(vars(read(given.read))))
        return
    runs = {study: several(*map(int, study.split(":")), times=given.times) for study in given.studies}
    publish("frames", report(runs), given.write)


def several(events: int, reports: int, times: int) -> list[Timed]:
    """One study, read so many times."""
    found = []
    with tempfile.TemporaryDirectory(prefix="atelier-frames-") as folder:
        url = f"sqlite:///{Path(folder) / 'record.db'}"
        fill(url, events, reports, Path(folder))
        command = [sys.executable, "-m", "benchmarks.frames", "--read", url]
        for _ in range(times):
            said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
            found.append(Timed(**json.loads(said)))
            print(found[-1], file=sys.stderr, flush=True)
    return found


def read(url: str) -> Timed:
    """Read the whole study once."""
    from analysis.frames import frames
    from study.records import load_record

    engine = open_database(url)
    start, cpu = time.perf_counter(), time.process_time()
    data = frames(load_record(engine, STUDY))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Timed(len(data.events), len(data.sessions), seconds, cpu, peak, os.getloadavg()[0])


def fill(url: str, events: int, reports: int, folder: Path) -> None:
    """A study with about so many events."""
    engine = open_database(url)
    protocol = load_protocol(ROOT / "protocols" / f"{STUDY}.yaml", parameter_models())
    create_study(engine, protocol, seed=SEED)
    set_status(engine, STUDY, "open")
    index = Index(None)
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    simulate(engine, settings, index, STUDY, ORIGINALS, SEED, lambda: None)
    index.close()
    with Session(engine) as db:
        originals = [(row, _events(db, row.id)) for row in db.exec(select(Sitting))]
    there = sum(len(rows) for _, rows in originals)
    number = 0
    while there < events:
        row, rows = originals[number % ORIGINALS]
        there += copy(engine, row, rows, ORIGINALS + number + 1, reports)
        number += 1
    engine.dispose()


def copy(engine: Engine, row: Sitting, rows: list[dict[str, Any]], number: int, reports: int) -> int:
    """One more session like this one, with reports of a browser; gives how many events it has."""
    named = {"id": new_id(), "participant": f"S{number:05d}", "platform_id": None, "allocation_index": number}
    shown = [entry for entry in rows if entry["kind"] == "step_entered"]
    told = [_report(shown[n * len(shown) // max(1, reports)], n) for n in range(reports)]
    every = [
        {**entry, "id": new_id(), "session_id": named["id"], "seq": n} for n, entry in enumerate([*rows, *told], 1)
    ]
    with writing(engine) as db:
        db.execute(insert(Sitting).values({**row.model_dump(), **named}))
        db.execute(insert(EventRow), every)
    return len(every)


def _report(entered: dict[str, Any], number: int) -> dict[str, Any]:
    """One report of the browser while a step was shown."""
    what, detail = WHAT[number % len(WHAT)]
    event = ClientReported(tab="tab", tab_seq=number, what=what, detail=detail)
    at, once = entered["at"] + timedelta(seconds=number % 50), f"client:tab:{number}"
    empty = {"block": None, "condition": None, "task": None}
    payload = event.model_dump(mode="json")
    return {**entered, **empty, "kind": event.kind, "at": at, "client_at": at, "once_key": once, "payload": payload}


def _events(db: Session, session_id: str) -> list[dict[str, Any]]:
    query = select(EventRow).where(EventRow.session_id == session_id).order_by(col(EventRow.seq))
    return [entry.model_dump(include=WRITTEN) for entry in db.exec(query)]


def report(runs: dict[str, list[Timed]]) -> str:
    """The page: medians, and from the fastest to the slowest."""
    rows = []
    for study, timed in runs.items():
        seconds = sorted(one.seconds for one in timed)
        rows.append(
            (
                f"{timed[0].events:,}",
                f"{timed[0].sessions:,}",
                study.partition(":")[2],
                len(timed),
                f"{statistics.median(seconds):.1f} s",
                f"{seconds[0]:.1f}–{seconds[-1]:.1f} s",
                f"{statistics.median(one.cpu for one in timed):.1f} s",
                f"{max(one.peak for one in timed) / 1e9:.2f} GB",
                f"{statistics.median(one.load for one in timed):.0f}",
            )
        )
    heads = ["events", "sessions", "reports each", "times", "all frames", "from–to", "processor", "peak memory", "load"]
    return (
        "# From the database into all frames\n\n"
        f"`python -m benchmarks.frames --write`, the demo study in SQLite, {machine()}. What a session is like: "
        "`benchmarks/frames.py`. Medians of processes that each read the study once.\n\n" + table(heads, rows)
    )


if __name__ == "__main__":
    main()
