"""How often the analysis finds a difference where there is none, and whether it finds one that is there.

`python -m benchmarks.null_calibration [--studies 400] [--keep FILE] [--write]`. Every test that a plan may name, on every
design on which it can be planned, and every other test of a contrast, on made-up studies. A test that keeps its word rejects
in 5 % of the studies without any difference. With 400 studies such a test is seen between 3 and 7.5 % in 96 of 100 reports;
after Holm the share of studies with any rejection in a family must not be above that either. Then the same with a known
difference: its 95 % intervals should hold it in 95 % of the studies, and the mean of the estimates should be it.
Of so many tests some lie outside by chance: what is planned and does is tried once more on other studies (`--again 2000`).
With `--keep` finished studies are kept, so that it can be broken off at any time and go on.
"""

import argparse
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from benchmarks import null_tests
from benchmarks.figures import publish
from benchmarks.null_plans import plans
from benchmarks.null_report import HIGH, LOW, rates, report
from benchmarks.null_runs import ALONE, Kept, Result, Study, frame

SEED = 41
BESIDE, BESIDE_PLANTED = "24 people", "24 people, planted"
"""The designs of the tests beside the plan's own."""


def main() -> None:
    """Simulate, and print or write the report."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--studies", type=int, default=400)
    asked.add_argument(
        "--again", type=int, default=2000, help="other studies for planned tests that lie outside; 0: none"
    )
    asked.add_argument("--workers", type=int, default=-1)
    asked.add_argument("--designs", nargs="*", default=designs(), help="only these")
    asked.add_argument("--keep", type=Path, help="a file for finished studies, which are not done again")
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    tried = tries(given.studies, given.designs, given.workers, given.keep)
    again = tries(given.again, outside(tried), given.workers, given.keep, given.studies)
    publish("null_calibration", report(tried, again), given.write)


def designs() -> list[str]:
    """Every design, by its name."""
    return [*plans(), BESIDE, BESIDE_PLANTED]


def outside(tried: pd.DataFrame) -> list[str]:
    """The planned tests that reject where nothing differs in another share than they should, each as a design of its own."""
    found = rates(tried)
    if found.empty:
        return []
    odd = found[found["design"].isin(plans()) & ~found["alone"].between(LOW, HIGH)]
    return [f"{one.design}{ALONE}{one.family}" for one in odd.itertuples()]


def tries(studies: int, names: list[str], workers: int = 1, keep: Path | None = None, first: int = 0) -> pd.DataFrame:
    """One row per design, study and hypothesis (`null_runs.Result`), the same in any number of processes.

    `first`: the number of the first study, to have others than those before.
    """
    kept = Kept(keep, settings()) if keep else None
    done = kept.read() if kept else {}
    numbers = range(first, first + studies)
    wanted: list[Study] = [(name, run) for run in numbers for name in names]
    for study, results in _done(workers, [study for study in wanted if study not in done]):
        done[study] = results
        if kept:
            kept.add(study, results)
    return frame({(name, run): done[name, run] for name in names for run in numbers})


def settings() -> str:
    """What kept studies must agree in: a short sum of everything that decides what is drawn and asked."""
    every = [
        (p.design, p.protocol.content_hash(), p.people, repr(p.assumed), p.difference, p.log_odds, p.lack)
        for p in plans().values()
    ]
    return f"{zlib.crc32(repr((SEED, every)).encode()):08x}"


def _done(workers: int, studies: list[Study]) -> Iterator[tuple[Study, list[Result]]]:
    return Parallel(n_jobs=workers, return_as="generator_unordered")(delayed(one_study)(*study) for study in studies)


def one_study(design: str, run: int) -> tuple[Study, list[Result]]:
    """Every test of one made-up study, from its own stream."""
    seeds = np.random.SeedSequence(SEED, spawn_key=(zlib.crc32(design.encode()), run))
    chance = np.random.Generator(np.random.PCG64(seeds))
    if design == BESIDE:
        return (design, run), null_tests.results(chance)
    if design == BESIDE_PLANTED:
        return (design, run), null_tests.planted_results(chance)
    name, _, family = design.partition(ALONE)
    planned = plans()[name]
    return (design, run), (planned.asking(family) if family else planned).results(chance)


if __name__ == "__main__":
    main()
