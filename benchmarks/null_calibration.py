"""How often the analysis finds a difference where there is none: `python -m benchmarks.null_calibration [--studies 400] [--write]`.

Every test that a plan may name, on every design on which it can be planned, and every other test of a contrast, on made-up
studies without any difference. A test that keeps its word rejects in 5 % of them. With 400 studies such a test is seen between
3 and 7.5 % in 98 of 100 reports; after Holm the share of studies with any rejection in a family must not be above that either.
Exact tests of few or tied values cannot reach 5 %: a row says so where it is so.
"""

import argparse
import zlib
from collections.abc import Iterator
from functools import cache
from math import nan

import numpy as np
import pandas as pd
from joblib import Parallel, delayed, parallel_config
from scipy.stats import binomtest

from analysis.power.draw import Drawing
from benchmarks import null_tests
from benchmarks.figures import machine, publish, table
from benchmarks.null_plans import plans

ALPHA, LOW, HIGH, SEED = 0.05, 0.03, 0.075, 41
BESIDE = "24 people, within"
"""The design of the tests beside the plan's own."""


def main() -> None:
    """Simulate, and print or write the report."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--studies", type=int, default=400)
    asked.add_argument("--workers", type=int, default=-1)
    asked.add_argument("--designs", nargs="*", help="only these")
    asked.add_argument("--raw", help="a CSV file for the p of every test of every study")
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    tried = tries(given.studies, given.designs, given.workers)
    if given.raw:
        tried.to_csv(given.raw, index=False)
    publish("null_calibration", report(tried), given.write)


def tries(studies: int, designs: list[str] | None = None, workers: int = 1) -> pd.DataFrame:
    """One row per design, study and hypothesis: p and the p after Holm (NaN where there is no correction or no test)."""
    names = [name for name in (*plans(), BESIDE) if not designs or name in designs]
    jobs = (delayed(one_study)(name, run) for name in names for run in range(studies))
    with parallel_config(n_jobs=workers):
        rows = [row for rows in Parallel()(jobs) for row in rows]
    return pd.DataFrame(rows, columns=["design", "family", "hypothesis", "run", "p", "p_adjusted"])


def one_study(design: str, run: int) -> list[tuple[str, str, str, int, float, float]]:
    """Every test of one made-up study, from its own stream."""
    seeds = np.random.SeedSequence(SEED, spawn_key=(zlib.crc32(design.encode()), run))
    chance = np.random.Generator(np.random.PCG64(seeds))
    if design == BESIDE:
        return [(design, name, name, run, p, nan) for name, p in null_tests.p_values(chance).items()]
    planned = plans()[design]
    families = {one.id: one.family for one in planned.protocol.analysis.hypotheses}
    found = planned.p_values(_drawing(design), chance)
    return [(design, families[name], name, run, *both) for name, both in found.items()]


@cache
def _drawing(design: str) -> Drawing:
    planned = plans()[design]
    return Drawing.of(planned.protocol, planned.people, planned.assumed)


def rates(tried: pd.DataFrame) -> pd.DataFrame:
    """One row per design and family: the share of studies in which its first hypothesis is rejected, alone, with the Wilson
    interval; over how many hypotheses the family goes, and the share in which any is rejected after Holm."""
    return pd.DataFrame(
        [
            {"design": design, "family": family, **_rate(rows)}
            for (design, family), rows in tried.groupby(["design", "family"], sort=False)
        ]
    )


def _rate(rows: pd.DataFrame) -> dict[str, float]:
    first = rows[rows["hypothesis"] == rows["hypothesis"].iloc[0]]
    rejected = first["p"] < ALPHA
    any_rejected = (rows["p_adjusted"] < ALPHA).groupby(rows["run"]).any()
    low, high = wilson(int(rejected.sum()), len(first))
    family_low, family_high = wilson(int(any_rejected.sum()), len(any_rejected))
    return {
        "studies": len(first), "alone": float(rejected.mean()), "low": low, "high": high,
        "hypotheses": rows["hypothesis"].nunique(), "familywise": float(any_rejected.mean()),
        "family_low": family_low, "family_high": family_high, "not_tested": float(first["p"].isna().mean()),
    }  # fmt: skip


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    found = binomtest(count, of).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def report(tried: pd.DataFrame) -> str:
    """The page."""
    return table(["design", "test", "rejected alone", "familywise"], list(_lines(rates(tried)))) + machine()


def _lines(found: pd.DataFrame) -> Iterator[list[str]]:
    for row in found.itertuples():
        family = f"{row.familywise:.1%} [{row.family_low:.1%}, {row.family_high:.1%}]" if row.hypotheses > 1 else "–"
        yield [row.design, row.family, f"{row.alone:.1%} [{row.low:.1%}, {row.high:.1%}]", family]


if __name__ == "__main__":
    main()
