"""Time to enrol a participant in a study that many have been through: `python -m benchmarks.allocation`.

In a fresh SQLite file, or in the empty database whose address is given. Of the earlier sessions 60 % are complete,
10 % under way and 30 % were left. Enrolling is everything from the click on the link to the committed session:
counting the places, drawing the cell, session, token and first event.
"""

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.setting import STUDY, percentile
from pages.bootstrap import prepare
from study.database import open_database, writing
from study.design import cells
from study.enrolment import Arrival, enrol
from study.log import new_id, now
from study.minimisation import as_text
from study.protocol import Protocol
from study.studies import create_study, get_study, protocol_of, set_status
from study.tables import Sitting

SIZES, ROUNDS = (10, 1_000, 10_000), 200
LEVELS = {"sex": ("f", "m"), "age_band": ("18-29", "30-44", "45+")}


def main() -> None:
    """Print one line per number of sessions, without and with strata."""
    url = (
        sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(tempfile.mkdtemp(prefix='atelier-door-')) / 'door.db'}"
    )
    engine = open_database(url)
    prepare(engine)
    demo = protocol_of(get_study(engine, STUDY))
    print("| database | strata | sessions before | enrol p50 ms | p95 ms | CPU p50 ms | CPU against 10 sessions |")
    print("|---|---|---|---|---|---|---|")
    for strata in ((), tuple(LEVELS)):
        protocol = demo.model_copy(update={"design": demo.design.model_copy(update={"strata": strata})})
        base = 0.0
        for size in SIZES:
            passed, computed = measure(engine, protocol, size)
            cpu = statistics.median(computed)
            base = base or cpu
            print(
                f"| {engine.dialect.name} | {len(strata) or '–'} | {size:,} | {statistics.median(passed):.1f} "
                f"| {percentile(passed, 0.95):.1f} | {cpu:.1f} | {cpu / base:.2f} |",
                flush=True,
            )


def measure(engine: Engine, protocol: Protocol, size: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each of `ROUNDS` arrivals after `size` earlier sessions: by the clock, and of this process's CPU."""
    study = create_study(engine, protocol, seed=7)
    set_status(engine, study.id, "open")
    _fill(engine, study.id, protocol, size)
    passed, computed = [], []
    for number in range(ROUNDS):
        params = {"PROLIFIC_PID": f"measured-{number}", **_levels(tuple(LEVELS), number)}
        begun, before = time.perf_counter(), time.process_time()
        enrol(engine, study.id, Arrival(params))
        passed.append((time.perf_counter() - begun) * 1000)
        computed.append((time.process_time() - before) * 1000)
    return passed, computed


def _fill(engine: Engine, study_id: str, protocol: Protocol, size: int) -> None:
    table, at = cells(protocol), now()
    with writing(engine) as db:
        for number in range(size):
            cell, share = table[number % len(table)], number % 10
            db.add(
                Sitting(
                    id=new_id(),
                    study_id=study_id,
                    participant=f"P{number + 1:03d}",
                    platform_id=f"earlier-{number}",
                    cell=cell.index,
                    strata=as_text(_levels(protocol.design.strata, number)),
                    conditions=list(cell.conditions),
                    tasks=list(cell.tasks),
                    allocation_index=number + 1,
                    seed=7,
                    protocol_hash="",
                    model="offline",
                    app_version="",
                    status="complete" if share < 6 else "running",
                    started_at=at,
                    seen_at=at if share == 6 else at - timedelta(days=1),
                )
            )


def _levels(strata: tuple[str, ...], number: int) -> dict[str, str]:
    return {name: LEVELS[name][number % len(LEVELS[name])] for name in strata}


if __name__ == "__main__":
    main()
