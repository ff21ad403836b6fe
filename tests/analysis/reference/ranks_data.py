"""Writes the data of `ranks.R`, shaped like a small crossover study. Run: python tests/analysis/reference/ranks_data.py

24 participants, three conditions, six orders, three tasks, 7-point items (so ties), means of three items (so thirds);
P007 and P019 miss one condition each; two groups of 14 and 10; items with gaps; three coders with gaps.
"""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
CONDITIONS = ("active", "passive", "baseline")
EFFECT = {"active": 0.7, "passive": 0.2, "baseline": -0.2}
MISSED = {("P007", "passive"), ("P019", "baseline")}


def ratings(draw: np.random.Generator) -> pd.DataFrame:
    """One row per participant and condition: score (thirds), item, success, seconds (no ties)."""
    rows = []
    for number in range(24):
        who, tendency = f"P{number + 1:03d}", draw.normal(0, 1)
        for period, condition in enumerate(list(permutations(CONDITIONS))[number % 6], 1):
            latent = 4 + tendency + EFFECT[condition]
            items = [int(np.clip(round(latent + draw.normal(0, 1)), 1, 7)) for _ in range(3)]
            success = int(draw.random() < 1 / (1 + np.exp(-(tendency + 2 * EFFECT[condition]))))
            seconds = round(float(np.exp(5 + 0.2 * tendency - 0.3 * EFFECT[condition] + draw.normal(0, 0.3))), 3)
            group = "novice" if number < 14 else "expert"
            task = (number // 6 + period) % 3
            if (who, condition) not in MISSED:
                rows.append((who, group, period, condition, task, sum(items) / 3, items[0], success, seconds))
    names = ["participant", "group", "period", "condition", "task", "score", "item", "success", "seconds"]
    return pd.DataFrame(rows, columns=names)


def items(draw: np.random.Generator) -> pd.DataFrame:
    """Five 7-point items per participant and condition, the third worded the other way; a few gaps."""
    rows = []
    for number in range(24):
        trait = draw.normal(0, 1)
        for condition in CONDITIONS:
            state = trait + EFFECT[condition] + draw.normal(0, 0.6)
            values = [4 + load * state + draw.normal(0, 0.9) for load in (1.0, 0.8, -0.9, 0.7, 1.1)]
            given = [float(np.clip(round(v), 1, 7)) for v in values]
            rows.append((f"P{number + 1:03d}", condition, *given))
    frame = pd.DataFrame(rows, columns=["participant", "condition", "i1", "i2", "i3", "i4", "i5"])
    for row, item in ((4, "i2"), (31, "i5"), (50, "i1")):
        frame.loc[row, item] = np.nan
    return frame


def codes(draw: np.random.Generator) -> pd.DataFrame:
    """Forty units in five ordered categories by three coders, who each left some out."""
    truth = draw.integers(1, 6, 40)
    frame = pd.DataFrame({"unit": range(1, 41)})
    for coder, slip in (("c1", 0.15), ("c2", 0.3), ("c3", 0.4)):
        moved = truth + np.where(draw.random(40) < slip, draw.choice([-1, 1], 40), 0)
        frame[coder] = np.clip(moved, 1, 5).astype(float)
    for unit, coder in ((3, "c1"), (3, "c2"), (11, "c3"), (20, "c3"), (27, "c3"), (33, "c2")):
        frame.loc[unit, coder] = np.nan
    return frame


if __name__ == "__main__":
    generator = np.random.default_rng(20260302)
    for name, make in (("ratings", ratings), ("items", items), ("codes", codes)):
        make(generator).to_csv(HERE / f"ranks_{name}.csv", index=False)
