"""Opening and stepping through a replay, server time: `python -m benchmarks.replay [events]`."""

import os
import statistics
import sys
import tempfile
import time

EVENTS, STEPS = 300, 15
FOLDER = tempfile.mkdtemp(prefix="atelier-replay-")
os.environ.update(ATELIER_DATA_DIR=FOLDER, DATABASE_URL="")  # read when the pages first ask for their database

import numpy as np  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from memory.index import Index  # noqa: E402
from memory.simulated import Simulated  # noqa: E402
from memory.worker import Worker  # noqa: E402
from pages.bootstrap import DEMO, prepare  # noqa: E402
from pages.runtime import runtime, whole_sessions  # noqa: E402
from study.database import writing  # noqa: E402
from study.enrolment import Arrival, enrol  # noqa: E402
from study.events import ClientReported  # noqa: E402
from study.log import Entry, add_in, events, hold  # noqa: E402
from study.settings import Settings  # noqa: E402
from study.studies import get_study, protocol_of  # noqa: E402


def main() -> None:
    """Print one line per measure: the median of whole script runs at moments all over the session."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    session = _session(count)
    page = AppTest.from_function(_page, args=(session,), default_timeout=60)
    page.query_params["event"] = "1"
    page.run()  # imports, and what every page does once
    times: dict[str, list[tuple[float, float]]] = {"open": [], "step": []}
    for seq in range(1, count + 1, max(1, count // STEPS)):
        whole_sessions.cache_clear()
        for name in times:
            page.query_params["event"] = str(seq)
            begun, worked = time.perf_counter(), time.process_time()
            page.run()
            times[name].append((time.perf_counter() - begun, time.process_time() - worked))
            if page.exception:
                raise SystemExit(page.exception[0].value)
    print("| measure | median | longest | CPU, median |")
    print("|---|---|---|---|")
    for name, said in (("open", "open, nothing read yet"), ("step", "step on, events kept")):
        passed, worked = zip(*times[name], strict=True)
        median, cpu = statistics.median(passed), statistics.median(worked)
        print(f"| {said}, {count} events | {median:.3f} s | {max(passed):.3f} s | {cpu:.3f} s |")


def _page(session: str) -> None:
    """The replay as the page of sessions shows it, for a researcher who owns the study."""
    from pages.bootstrap import DEMO
    from pages.researcher import replay
    from pages.runtime import runtime
    from study.access import access
    from study.studies import get_study

    engine = runtime().engine
    replay.show(get_study(engine, DEMO), access(engine, "Ada", DEMO), session)


def _session(count: int) -> str:
    """A simulated participant's whole session, with reports of a browser up to this many events."""
    from study import researchers

    engine = runtime().engine
    prepare(engine)
    researchers.set_password(engine, researchers.new_link(engine), "Ada", "a long enough password")
    row, _token = enrol(engine, DEMO, Arrival({}, simulated=True))
    worker = Worker(engine, Settings(data_dir=FOLDER, offline_delay=0.0), Index(None))
    protocol = protocol_of(get_study(engine, DEMO))
    Simulated(engine, worker, protocol, row, np.random.default_rng(1)).take_part()
    more = range(count - len(events(engine, row.id)))
    with writing(engine) as db:  # the session is over, and an app would write no more
        hold(db, row.id)
        add_in(db, row.id, [Entry(ClientReported(tab="t", tab_seq=n, what="focus")) for n in more])
    return row.id


if __name__ == "__main__":
    main()
