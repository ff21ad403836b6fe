"""Our statistics beside R and pingouin: `python -m benchmarks.statistics [--rscript FILE] [--pingouin PYTHON] [--write]`.

One made-up study, given to all three as the same file. First their results are compared: where they differ the benchmark stops.
Then each case is repeated in one process per system, timed inside, so that no start of a program is counted; the systems take
turns over several rounds, so that what else the machine does falls on all of them. `--rscript` (or ATELIER_RSCRIPT) names R's
Rscript, `--pingouin` (or ATELIER_PINGOUIN) a Python that has pingouin; where one is not there its column is empty.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from analysis.inference.anova import anova
from analysis.inference.coding import coded_levels, parsed
from analysis.inference.means import condition_contrasts
from analysis.inference.mixed import Degrees, mixed_model
from analysis.inference.ordinal import clmm
from analysis.inference.paired import paired_t, wilcoxon
from analysis.inference.ranks import friedman
from analysis.inference.reliability import reliability
from analysis.inference.samples import pair
from analysis.inference.wald import wald_contrasts
from benchmarks.figures import ROOT, machine, publish, table

CONDITIONS = ("active", "passive", "baseline")
PAIRS = [("active", "passive"), ("active", "baseline"), ("passive", "baseline")]
ITEMS = ["i1", "i2", "i3", "i4", "i5"]
FORMULA = "score ~ condition + C(period) + task"
PEOPLE, SEED, REPETITIONS, ROUNDS = 24, 11, 7, 3
LEAST = 0.05
"""Seconds that one measurement lasts at least: what is quicker is repeated within it."""
AGREE = 1e-4
"""Largest relative difference between two systems; the cumulative-link model of R stops its search that early."""
BESIDE = ROOT / "benchmarks" / "beside"
Case = Callable[[pd.DataFrame], list[float]]
Answers = dict[str, dict[str, Any]]


def study() -> pd.DataFrame:
    """24 people under three conditions in six orders: a score, a seven-point item with ties, and a scale of five items."""
    chance, orders, rows = np.random.default_rng(SEED), list(permutations(CONDITIONS)), []
    for who in range(PEOPLE):
        level = chance.normal()
        for place, condition in enumerate(orders[who % 6]):
            at = 4 + level + 0.6 * (condition == "active") + chance.normal()
            answers = np.clip(np.round(at + chance.normal(size=1 + len(ITEMS))), 1, 7)
            told = dict(zip(["item", *ITEMS], answers, strict=True))
            rows.append({"participant": f"P{who:02d}", "condition": condition, "period": place + 1,
                         "task": f"t{(who // 6 + place) % 3}", "score": round(at, 4), **told})  # fmt: skip
    return pd.DataFrame(rows)


def mixed(rows: pd.DataFrame, ddf: Degrees) -> list[float]:
    """All three contrasts: estimate, standard error, df, p."""
    found = condition_contrasts(mixed_model(rows, FORMULA, ddf=ddf), "condition", PAIRS)
    return [number for one in found for number in (one.difference, one.se, one.df, one.p)]


def mixed_for_the_first_time(rows: pd.DataFrame) -> list[float]:
    """The same when nobody has asked this formula about these levels before."""
    parsed.cache_clear()
    coded_levels.cache_clear()
    return mixed(rows, "Kenward-Roger")


def ordinal(rows: pd.DataFrame) -> list[float]:
    """Active against passive in log odds."""
    fit = clmm(rows, FORMULA.replace("score", "item"), "participant")
    return [wald_contrasts(fit.coefficients(), "condition", PAIRS[:1])[0].difference]


def repeated(rows: pd.DataFrame) -> list[float]:
    """F and its p after Greenhouse and Geisser."""
    effect = anova(rows, "score", within=["condition"]).effect("condition")
    return [effect.f, effect.p_gg]


def paired(rows: pd.DataFrame) -> list[float]:
    """t, p, and the ends of the interval."""
    found = paired_t(pair(rows, "score", "condition", "participant", *PAIRS[0]))
    return [found.value, found.p, found.low, found.high]


def ranked(rows: pd.DataFrame) -> list[float]:
    """χ² and p."""
    found = friedman(rows, "item", "condition", "participant")
    return [found.chi2, found.p]


KENWARD_ROGER = "mixed model, Kenward–Roger"
FIRST = "the same, formula and levels new"
CASES: dict[str, Case] = {
    KENWARD_ROGER: lambda rows: mixed(rows, "Kenward-Roger"),
    FIRST: mixed_for_the_first_time,
    "mixed model, Satterthwaite": lambda rows: mixed(rows, "Satterthwaite"),
    "cumulative-link mixed model, 10 nodes": ordinal,
    "repeated-measures ANOVA, Greenhouse–Geisser": repeated,
    "paired t": paired,
    "Wilcoxon, exact with ties and zeros": lambda rows: [
        wilcoxon(pair(rows, "item", "condition", "participant", *PAIRS[0])).p
    ],
    "Friedman": ranked,
    "Cronbach's alpha": lambda rows: [reliability(rows.loc[rows["condition"] == "active", ITEMS]).alpha],
}


def main() -> None:
    """Compare the results, then the times."""
    parser = argparse.ArgumentParser(description="Our statistics beside R and pingouin.")
    parser.add_argument("--rscript", default=os.environ.get("ATELIER_RSCRIPT") or shutil.which("Rscript") or "")
    parser.add_argument("--pingouin", default=os.environ.get("ATELIER_PINGOUIN", ""), help="a Python that has it")
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks as well")
    given = parser.parse_args()
    if given.ours:
        print(json.dumps({"version": "Atelier", "cases": timed(pd.read_csv(given.ours))}))
        return
    with tempfile.TemporaryDirectory(prefix="atelier-statistics-") as folder:
        file = Path(folder) / "study.csv"
        study().to_csv(file, index=False)
        commands = {
            "Atelier": [sys.executable, "-m", "benchmarks.statistics", "--ours", str(file)],
            "R": _command(given.rscript, "statistics_cases.R", file),
            "pingouin": _command(given.pingouin, "pingouin_cases.py", file),
        }
        publish("statistics", report(*run(commands)), given.write)


def _command(program: str, script: str, file: Path) -> list[str]:
    return [program, str(BESIDE / script), str(file), str(REPETITIONS)] if program else []


def run(commands: dict[str, list[str]]) -> tuple[dict[str, str], dict[str, Answers]]:
    """Each system's version, and per case its values and the seconds of all rounds; the systems take turns."""
    versions: dict[str, str] = {}
    found: dict[str, Answers] = {name: {} for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            said = _answered(name, command)
            if said is None:
                continue
            versions[name] = said["version"]
            for case, held in said["cases"].items():
                before = found[name].setdefault(case, {"values": held["values"], "wall": [], "cpu": []})
                before["wall"] += held["wall"]
                before["cpu"] += held["cpu"]
        _alike(found)
    return versions, found


def _answered(name: str, command: Sequence[str]) -> dict[str, Any] | None:
    """What a system says; None, and a sentence, where it is not there."""
    one_core = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        if not command:
            raise FileNotFoundError("no program is named")
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=os.environ | one_core)
        return json.loads(done.stdout)  # type: ignore[no-any-return]
    except (FileNotFoundError, PermissionError, subprocess.CalledProcessError) as error:
        if name == "Atelier":
            raise
        lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        why = next((line for line in lines if line.startswith("Error")), lines[-1])
        print(
            f"{name} cannot be asked ({why}): its column stays empty. Name it with --rscript or --pingouin.",
            file=sys.stderr,
        )
        return None


def _alike(found: dict[str, Answers]) -> None:
    """Stops where two systems do not say the same of the same data."""
    for name, answers in found.items():
        for case, held in answers.items():
            ours = found["Atelier"][case]["values"][: len(held["values"])]
            if not np.allclose(ours, held["values"], rtol=AGREE, atol=1e-12):
                raise SystemExit(f"{case}: Atelier says {ours}, {name} says {held['values']}. Times are not compared.")


def timed(rows: pd.DataFrame) -> Answers:
    """What we find, and the seconds of each repetition by the clock and on the processor."""
    made: Answers = defaultdict(dict)
    for name, case in CASES.items():
        values, start = case(rows), time.perf_counter()
        case(rows)
        times = max(1, round(LEAST / (time.perf_counter() - start)))
        wall, cpu = [], []
        for _ in range(REPETITIONS):
            start, began = time.perf_counter(), time.process_time()
            for _ in range(times):
                case(rows)
            wall.append((time.perf_counter() - start) / times)
            cpu.append((time.process_time() - began) / times)
        made[name] = {"values": values, "wall": wall, "cpu": cpu}
    return made


def report(versions: dict[str, str], found: dict[str, Answers]) -> str:
    """The page."""
    rows = [[case, *_row(case, found)] for case in CASES]
    said = "; ".join(version for name, version in versions.items() if name != "Atelier") or "neither R nor pingouin"
    return (
        "# Our statistics beside R and pingouin\n\n"
        f"`python -m benchmarks.statistics --write`, {machine()}; {said}. {PEOPLE} made-up people under three conditions, the same "
        f"file for all; results are equal to {AGREE:g} relative. Milliseconds on the processor (the clock in brackets), medians of "
        f"{ROUNDS} × {REPETITIONS} repetitions in turn, one thread; no program's start is counted. "
        "What is asked: `benchmarks/statistics.py`.\n\n"
        + table(["case", "Atelier", "R", "pingouin", "R ÷ Atelier", "pingouin ÷ Atelier"], rows)
        + "\n\nOurs take the long frame, check it, and give intervals and effect sizes with theirs; "
        "R's t and rank tests are given the vectors. Alpha comes with omega and each item's statistics, in R with the latter.\n"
        f"“{FIRST}”: a formula of categories is read once for its levels; the line above it shows what every later fit costs."
    )


def _row(case: str, found: dict[str, Answers]) -> list[str]:
    asked = {
        name: answers.get(KENWARD_ROGER if case == FIRST and name != "Atelier" else case)
        for name, answers in found.items()
    }
    cpu = {name: median(held["cpu"]) for name, held in asked.items() if held}
    shown = [
        f"{_milliseconds(cpu[name])} ({_milliseconds(median(held['wall']))})" if held else ""
        for name, held in asked.items()
    ]
    return [*shown, *(f"{cpu[name] / cpu['Atelier']:.2g}" if name in cpu else "" for name in ("R", "pingouin"))]


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f}" if seconds < 0.01 else f"{1000 * seconds:.0f}"


if __name__ == "__main__":
    main()
