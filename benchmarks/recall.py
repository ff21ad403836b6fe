"""Recall of preferences, and what it costs: `python -m benchmarks.recall [--mem0] [--write] [sizes …]`.

Hits: 100 made-up people with 20 preferences each (benchmarks/recall_preferences.yaml, seeded); for each preference two requests that
a thoughtless answer would meet against it, one with its word ("a recipe with shrimp") and one with nothing but its
field ("what shall I order at the harbour restaurant?"). A hit at k: the preference is among the first k of that
person's twenty that come up. By chance that is k in 20.

Times: a system holds 1,000, 10,000 or 100,000 entries of 1,000 people; then 100 times each, for people in turn: search, add
(a model finds what was said), contradiction (a message takes a preference back) and update (an entry is changed by its
handle). By the clock and of CPU, each system in a process of its own, one after the other, with the same embedding and
the same stand-in model behind HTTP, which answers at once. Afterwards: is the preference that was taken back still among
the five that come up?

`--mem0` adds mem0 (`pip install mem0ai`); it is needed for nothing else.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.bm25 import ranked
from benchmarks.figures import machine, mean, publish, table
from benchmarks.recall_data import preferences
from benchmarks.recall_systems import EACH, OPERATIONS, PEOPLE, SEED, place
from benchmarks.setting import ROOT, percentile, served

SIZES = (1_000, 10_000, 100_000)
ASKING = 100
NAMES = {
    "atelier": "Atelier: record and recall",
    "index": "Atelier: index of messages",
    "mem0": "mem0",
    "bm25": "BM25",
    "chance": "chance",
}
OPERATION_NAMES = ("search", "add", "contradiction", "update")
Measured = Mapping[str, Any]


def main() -> None:
    """Print the report."""
    sizes = [int(a) for a in sys.argv[1:] if a.isdigit()] or list(SIZES)
    systems = ["atelier", "index"]
    if "--mem0" in sys.argv:
        try:
            NAMES["mem0"] = f"mem0 {version('mem0ai')}"
        except PackageNotFoundError:
            sys.exit(
                "mem0 is not installed here. Run `pip install mem0ai` in an environment for this, or leave out --mem0."
            )
        systems.append("mem0")
    with served("benchmarks.recall_model") as url:
        hits = {name: run(name, "hits", ASKING, url) for name in systems}
        times = {(size, name): run(name, "times", size, url) for size in sizes for name in systems}
    publish("recall", report(hits | {"bm25": bm25_hits(ASKING)}, times), "--write" in sys.argv)


def run(system: str, mode: str, size: int, url: str) -> Measured:
    """One system in a process of its own."""
    print(f"{system}: {mode} with {size:,}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.recall_systems", system, mode, str(size), url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{system} failed with {size:,}: {done.stderr[-2_000:]}")
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def bm25_hits(people: int) -> dict[str, list[int]]:
    """The same requests, ranked by BM25 over each person's twenty."""
    places: dict[str, list[int]] = {"named": [], "unnamed": []}
    for number in range(people):
        mine = preferences(number, EACH, SEED)
        texts = [p.text for p in mine]
        for p in mine:
            for kind, found in places.items():
                found.append(place(p.text, [texts[n] for n in ranked(getattr(p, kind), texts)[:5]]))
    return places


def hit(places: Sequence[int], k: int) -> float:
    """The share found among the first k."""
    return mean([0 < p <= k for p in places])


def hit_rows(hits: Mapping[str, Mapping[str, Sequence[int]]]) -> list[list[str]]:
    """One line per way to recall, chance last."""
    rows = []
    for name, kinds in hits.items():
        shares = [hit(kinds[kind], k) for kind in ("named", "unnamed") for k in (1, 5)]
        rows.append([NAMES[name], *(f"{share:.2f}" for share in shares)])
    return [*rows, [NAMES["chance"], *(f"{k / EACH:.2f}" for k in (1, 5, 1, 5))]]


def time_rows(times: Mapping[tuple[int, str], Measured]) -> list[list[str]]:
    """One line per size, operation and system; the ratio is mem0's median to that of the record and recall."""
    rows = []
    for size in dict.fromkeys(size for size, _ in times):
        for operation in OPERATION_NAMES:
            for name in [n for s, n in times if s == size]:
                if name == "index" and operation == "contradiction":
                    continue  # an index decides nothing: for it this is another text to add
                clock, cpu = zip(*times[size, name][operation], strict=True)
                ours = percentile([c for c, _ in times[size, "atelier"][operation]], 0.5)
                ratio = "1.0" if name == "atelier" else f"{percentile(clock, 0.5) / ours:.1f}"
                figures = [percentile(clock, 0.5), percentile(clock, 0.95), percentile(cpu, 0.5)]
                rows.append([f"{size:,}", operation, NAMES[name], *(f"{f:.1f}" for f in figures), ratio])
    return rows


def after_rows(times: Mapping[tuple[int, str], Measured]) -> list[list[str]]:
    """What holding so many entries takes, and whether what was taken back still comes up."""
    return [
        [f"{size:,}", NAMES[name], f"{found['megabytes']:.0f}", "–" if name == "index" else f"{found['stale']:.2f}"]
        for (size, name), found in times.items()
    ]


def report(hits: Mapping[str, Any], times: Mapping[tuple[int, str], Measured]) -> str:
    """The page."""
    return "\n".join(
        [
            "# Recall of preferences, and what it costs",
            "",
            f"`python -m benchmarks.recall --mem0 --write`, {machine()}. What is measured and how: `benchmarks/recall.py`.",
            "",
            f"Share of preferences among the first k that come up: {ASKING} people × {EACH} preferences, each asked twice.",
            "",
            table(["recall", "with its word @1", "@5", "its field alone @1", "@5"], hit_rows(hits)),
            "",
            f"Milliseconds of an operation, {OPERATIONS} of each kind, with so many entries of {PEOPLE:,} people. Ratio: median by "
            "the clock to that of Atelier's record and recall in the same run.",
            "",
            table(["entries", "operation", "system", "p50", "p95", "CPU p50", "ratio"], time_rows(times)),
            "",
            "Memory of the process that the entries and operations took, and the share of contradicted entries still recalled.",
            "",
            table(["entries", "system", "MB", "old one still recalled"], after_rows(times)),
        ]
    )


if __name__ == "__main__":
    main()
