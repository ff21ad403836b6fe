"""Time of one look at a study by whoever watches it: `python -m benchmarks.monitor [DATABASE]`.

In a fresh SQLite file, or in the empty database whose address is given: simulated participants take the demo study, and
copies of their sessions make 500 with 100,000 events. CPU is that of this process alone.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import func, select

from benchmarks.setting import STUDY, percentile
from memory.index import Index
from memory.simulated import simulate
from pages.bootstrap import prepare
from study.database import open_database, reading, stored, writing
from study.log import new_id
from study.monitor import overview
from study.settings import Settings
from study.tables import Base, EventRow, Sitting
from study.versions import protocols

SESSIONS, MADE, ROUNDS = 500, 8, 20
WRITTEN = {column.name for column in stored(Base.metadata.tables["event"])}


def main() -> None:
    """Print one line: sessions, events, milliseconds by the clock and of CPU."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-monitor-"))
    engine = open_database(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder / 'monitor.db'}")
    prepare(engine)
    simulate(engine, Settings(data_dir=folder), Index(None), STUDY, MADE, 1, lambda: None)
    copy(engine)
    with reading(engine) as db:
        size = db.exec(select(func.count()).select_from(EventRow)).one()
    passed, computed = [], []
    known = protocols(engine, STUDY)
    for _ in range(ROUNDS):
        begun, before = time.perf_counter(), time.process_time()
        overview(engine, STUDY, known)
        passed.append((time.perf_counter() - begun) * 1000)
        computed.append((time.process_time() - before) * 1000)
    print("| database | sessions | events | p50 ms | p95 ms | CPU p50 ms |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {engine.dialect.name} | {SESSIONS} | {size:,} | {statistics.median(passed):.0f} | {percentile(passed, 0.95):.0f} "
        f"| {statistics.median(computed):.0f} |"
    )


def copy(engine: Engine) -> None:
    """People who did what the simulated ones did, half of them complete and half still under way."""
    with reading(engine) as db:
        rows = list(db.exec(select(Sitting)))
        done = {row.id: list(db.exec(select(EventRow).where(EventRow.session_id == row.id))) for row in rows}
    for number in range(SESSIONS - len(rows)):
        model = rows[number % len(rows)]
        with writing(engine) as db:
            copied = model.model_dump() | {
                "id": new_id(),
                "participant": f"P{number + 1:03d}",
                "allocation_index": len(rows) + number + 1,
                "simulated": False,
                "status": "running" if number % 2 else "complete",
            }
            db.add(Sitting(**copied))
            db.flush()
            for event in done[model.id]:
                plain = event.model_dump(include=WRITTEN)
                db.add(EventRow(**plain | {"id": new_id(), "session_id": copied["id"]}))


if __name__ == "__main__":
    main()
