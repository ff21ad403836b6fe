"""The cases of benchmarks/statistics.py that pingouin has: `PYTHON pingouin_cases.py data.csv repetitions` → JSON.

It runs in an interpreter of its own, since pingouin's licence (GPL-3) keeps it out of ours; only what that one has is imported.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable

import pandas as pd
import pingouin

warnings.simplefilter("ignore")
LEAST = 0.05


def main(file: str, repetitions: int) -> None:
    """Print what is found and how long it takes."""
    rows = pd.read_csv(file)
    wide = rows.pivot(index="participant", columns="condition", values="score")
    items = rows.loc[rows["condition"] == "active", ["i1", "i2", "i3", "i4", "i5"]]

    def anova() -> list[float]:
        found = pingouin.rm_anova(rows, dv="score", within="condition", subject="participant", correction=True)
        return [found["F"].iloc[0], found.filter(regex="p.GG.corr").iloc[0, 0]]

    def paired() -> list[float]:
        found = pingouin.ttest(wide["active"], wide["passive"], paired=True).iloc[0]
        return [found["T"], found.filter(regex="p.val").iloc[0]]

    def friedman() -> list[float]:
        found = pingouin.friedman(rows, dv="item", within="condition", subject="participant").iloc[0]
        return [found["Q"], found.filter(regex="p.unc").iloc[0]]

    cases = {
        "repeated-measures ANOVA, Greenhouse–Geisser": anova,
        "paired t": paired,
        "Friedman": friedman,
        "Cronbach's alpha": lambda: [pingouin.cronbach_alpha(items)[0]],
    }
    said = f"pingouin {pingouin.__version__}"
    print(json.dumps({"version": said, "cases": {name: timed(case, repetitions) for name, case in cases.items()}}))


def timed(case: Callable[[], list[float]], repetitions: int) -> dict[str, list[float]]:
    """What it finds, and the seconds of each repetition by the clock and on the processor."""
    values, start = [float(value) for value in case()], time.perf_counter()
    case()
    times = max(1, round(LEAST / (time.perf_counter() - start)))
    wall, cpu = [], []
    for _ in range(repetitions):
        start, began = time.perf_counter(), time.process_time()
        for _ in range(times):
            case()
        wall.append((time.perf_counter() - start) / times)
        cpu.append((time.process_time() - began) / times)
    return {"values": values, "wall": wall, "cpu": cpu}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
