"""A process at whose door people arrive all at once: `python arriving.py DATABASE STUDY NAME…`.

Says "ready", waits for a line, lets them all in at the same moment, and prints who got which session.
"""

import json
import sys

from sittings import at_once

from study.database import open_database
from study.enrolment import Arrival, enrol


def main(url: str, study_id: str, *names: str) -> None:
    engine = open_database(url)
    with engine.connect():
        print("ready", flush=True)
    sys.stdin.readline()
    found = at_once(len(names), lambda n: enrol(engine, study_id, Arrival({"PROLIFIC_PID": names[n]}))[0].id)
    print(json.dumps([[name, str(session)] for name, session in zip(names, found, strict=True)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
