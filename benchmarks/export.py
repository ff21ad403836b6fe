"""From the database into the ZIP: `python -m benchmarks.export [--participants N] [--reports N] [--times N] [--write]`.

The sessions are those of `benchmarks/frames.py`: simulated ones of the demo study, copied, with reports of a browser as
people leave them. What is timed is what `manage.py export` does after its imports: reading, every table, the ZIP; each
time in a process of its own. Time on the processor stands beside, for on a machine with other work it says more.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.figures import ROOT, machine, publish, table
from benchmarks.frames import REPORTS, STUDY, fill
from study.database import open_database

PARTICIPANTS, EVENTS_OF_EACH = 200, 183
"""A session of the demo study has so many events without what the browser reports."""


@dataclass(frozen=True)
class Timed:
    """One export: seconds, and of them on the processor; of these for the frames alone; the size of the ZIP (bytes)."""

    sessions: int
    events: int
    seconds: float
    cpu: float
    frames_cpu: float
    size: int
    load: float


def main() -> None:
    """Fill a database, export it in fresh processes, print the figures."""
    parser = argparse.ArgumentParser(description="How long an export takes.")
    parser.add_argument("--participants", type=int, default=PARTICIPANTS)
    parser.add_argument("--reports", type=int, nargs="*", default=[0, REPORTS], help="of the browser, in every session")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks as well")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        print(json.dumps(vars(once(given.read))))
        return
    runs = []
    for reports in given.reports:
        with tempfile.TemporaryDirectory(prefix="atelier-export-") as folder:
            url = f"sqlite:///{Path(folder) / 'record.db'}"
            fill(url, given.participants * (EVENTS_OF_EACH + reports), reports, Path(folder))
            command = [sys.executable, "-m", "benchmarks.export", "--read", url]
            for _ in range(given.times):
                said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
                runs.append(Timed(**json.loads(said)))
                print(runs[-1], file=sys.stderr, flush=True)
    publish("export", report(runs), given.write)


def once(url: str) -> Timed:
    """One export of the whole study."""
    from analysis.export import export
    from analysis.frames import frames
    from study.records import load_record

    engine = open_database(url)
    with tempfile.TemporaryDirectory() as folder:
        start, cpu = time.perf_counter(), time.process_time()
        record = load_record(engine, STUDY)
        target = export(record, Path(folder) / "all.zip")
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        size = target.stat().st_size
    again = time.process_time()
    frames(load_record(engine, STUDY))
    alone = time.process_time() - again
    return Timed(len(record.sessions), record.size, seconds, cpu, alone, size, os.getloadavg()[0])


def report(runs: list[Timed]) -> str:
    """The page: medians, and from the fastest to the slowest."""
    rows = []
    for (sessions, events), group in groupby(runs, key=lambda r: (r.sessions, r.events)):
        timed = list(group)
        seconds = sorted(one.seconds for one in timed)
        rows.append(
            (
                sessions,
                f"{events:,}",
                len(timed),
                f"{statistics.median(seconds):.1f} s",
                f"{seconds[0]:.1f}–{seconds[-1]:.1f} s",
                f"{statistics.median(one.cpu for one in timed):.1f} s",
                f"{statistics.median(one.frames_cpu for one in timed):.1f} s",
                f"{timed[0].size / 1e6:.1f} MB",
                f"{statistics.median(one.load for one in timed):.0f}",
            )
        )
    heads = ["sessions", "events", "times", "export", "from–to", "processor", "of it frames", "ZIP", "load"]
    return (
        "# From the database into the ZIP\n\n"
        f"`python -m benchmarks.export --write`, the demo study in SQLite, {machine()}. What a session is like: "
        "`benchmarks/export.py`. Medians of processes that each export the study once.\n\n" + table(heads, rows)
    )


if __name__ == "__main__":
    main()
