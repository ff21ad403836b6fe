"""Two processes at the door of one study, with one database between them."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sittings import opened
from sqlalchemy import Engine
from sqlmodel import select

from study.database import reading
from study.log import events
from study.protocol import Protocol
from study.tables import Sitting

HERE = Path(__file__).parent
PEOPLE = [f"person-{n}" for n in range(40)]


def at_the_door(engine: Engine, study: str, names: list[str]) -> "subprocess.Popen[str]":
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, str(HERE / "arriving.py"), url, study, *names]
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE.parents[1]), str(HERE)))}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env)


@pytest.mark.slow
def test_forty_people_at_two_processes_are_exactly_balanced_and_nobody_has_two_sessions(
    any_engine: Engine, demo: Protocol
) -> None:
    """Ten of the forty arrive twice, once at each process, at the same moment."""
    study = opened(any_engine, demo)
    processes = [at_the_door(any_engine, study, names) for names in (PEOPLE[:25], PEOPLE[15:])]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    let_in = [tuple(pair) for process in processes for pair in json.loads(process.communicate(timeout=60)[0])]
    assert [process.returncode for process in processes] == [0, 0]
    with reading(any_engine) as db:
        rows = list(db.exec(select(Sitting)))
    assert Counter(row.platform_id for row in rows) == dict.fromkeys(PEOPLE, 1)
    assert len(let_in) == 50
    assert set(let_in) == {(row.platform_id, row.id) for row in rows}, (
        "both doors lead the same person to the same place"
    )
    assert sorted(row.allocation_index for row in rows) == list(range(1, 41))
    assert sorted(Counter(tuple(row.conditions) for row in rows).values()) == [6, 6, 7, 7, 7, 7]
    assert sorted(Counter(row.cell for row in rows).values()) == [2] * 14 + [3] * 4
    assert all(len(events(any_engine, row.id)) == 1 for row in rows)
