"""A long protocol and a long record: `python -m benchmarks.protocols`.

In a fresh SQLite file, or in the database whose address is given. The CPU time is this process's alone.
"""

import copy
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine

from benchmarks.setting import ROOT, STUDY, percentile, some_answers
from memory.mechanisms.registry import parameter_models
from study import progress
from study.checkup import checkup
from study.database import open_database
from study.enrolment import Arrival, assignment_of, enrol
from study.events import MessageSent
from study.flow import due_step
from study.log import Entry, append
from study.plan import plan
from study.protocol import Protocol
from study.protocol_file import load_protocol
from study.studies import create_study
from study.translation import in_language, texts
from study.versions import protocol_of_session

STEPS, EVENTS, REPEATS = 200, 2_000, 50


def main() -> None:
    """Print one line per measure."""
    print(f"| measure, {REPEATS} times | CPU p50 ms | by the clock p50 ms | p95 ms |")
    print("|---|---|---|---|")
    folder = Path(tempfile.mkdtemp(prefix="atelier-protocols-"))
    shutil.copytree(ROOT / "protocols", folder, dirs_exist_ok=True)
    file = folder / "long.yaml"
    file.write_text(yaml.safe_dump(_long(file.with_name(f"{STUDY}.yaml"))), encoding="utf-8")
    models = parameter_models()
    protocol = load_protocol(file, models)
    _row(
        f"a protocol of {checkup(protocol).steps} steps is read and checked",
        lambda: checkup(load_protocol(file, models)),
    )
    engine = open_database(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder / 'record.db'}")
    study = create_study(engine, protocol, seed=1)
    row, _token = enrol(engine, study.id, Arrival({}, preview=True))
    _live_through(engine, protocol, row.id)
    assignment, position = assignment_of(row), progress.position
    whole = plan(protocol, assignment)
    done = [step.id for step in whole[: STEPS // 2]]
    _row(f"first plan of {len(whole)} steps", lambda: plan(protocol.model_copy(), assignment))
    _row("the same plan again", lambda: plan(protocol, assignment))
    _row("due_step on it", lambda: due_step(whole, done))
    _row(f"position of a session with {EVENTS:,} events", lambda: position(engine, protocol, row.id))
    _row("the same with its first plan", lambda: position(engine, protocol.model_copy(), row.id))
    _row("protocol of a session from the database", lambda: protocol_of_session(engine, row, models))
    demo = load_protocol(file.with_name(f"{STUDY}.yaml"), models)
    _row(f"{len(texts(demo, models))} texts put into German", lambda: in_language(demo, "de", models))


def _row(name: str, act: Callable[[], Any]) -> None:
    passed, computed = [], []
    for _ in range(REPEATS):
        begun, before = time.perf_counter(), time.process_time()
        act()
        passed.append((time.perf_counter() - begun) * 1000)
        computed.append((time.process_time() - before) * 1000)
    cpu, clock = statistics.median(computed), statistics.median(passed)
    print(f"| {name} | {cpu:.2f} | {clock:.2f} | {percentile(passed, 0.95):.2f} |", flush=True)


def _long(file: Path) -> dict[str, Any]:
    """The demo study with pages before its block, each for some only, until it has so many steps."""
    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    page = {"step": "instructions", "title": "Page", "text": "A page that says something. " * 5}
    when = {"instrument": "tipi", "item": "extraverted", "at_least": 1}
    first = next(n for n, step in enumerate(raw["timeline"]) if step["step"] == "questionnaire") + 1
    raw["timeline"][first:first] = [{**copy.deepcopy(page), "show_if": dict(when)} for _ in range(STEPS - 28)]
    del raw["languages"]  # nobody translates these pages
    return raw


def _live_through(engine: Engine, protocol: Protocol, session_id: str) -> None:
    """Bring a session to its last questionnaire, and its record to so many events."""
    while (at := progress.position(engine, protocol, session_id)).step is not None:
        step = at.step
        if step.instrument == "preference":
            break
        progress.enter(engine, session_id, step, at.sitting.lease)
        if step.instrument:
            given = some_answers(protocol, step.instrument)
            progress.answer(engine, protocol, session_id, step, given, None)
        else:
            progress.finish(engine, protocol, session_id, step.id, None)
    written = 2 * at.total
    messages = [MessageSent(message_id=f"m{n}", text="Something cheap, please. " * 10) for n in range(EVENTS - written)]
    append(engine, session_id, [Entry(message) for message in messages])


if __name__ == "__main__":
    main()
