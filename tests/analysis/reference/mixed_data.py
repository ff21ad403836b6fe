"""Generated studies for the mixed models, shaped like the demo study: run it to write the CSV files beside it.

24 people, three conditions in six orders, blocks 1–3, three tasks in rotation, 7-point items with ties; the variants have
a missing condition, missing items, people who do not differ (a singular fit), unbalanced groups, or one condition each.
"""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
CONDITIONS = ("active", "passive", "baseline")
EFFECT = {"active": 0.9, "passive": 0.4, "baseline": 0.0}
NEXT = {"": 0.0, "active": 0.3, "passive": 0.1, "baseline": 0.0}


def demo(people: int = 24, between: float = 0.9, seed: int = 2025) -> pd.DataFrame:
    """One row per person and condition: item (1–7), score (mean of three items, some missing), minutes, need, group."""
    rng = np.random.default_rng(seed)
    orders = list(permutations(CONDITIONS))
    need = np.round(rng.normal(4, 1.1, people), 2)
    level = rng.normal(0, between, people)
    rows = []
    for person in range(people):
        order, previous = orders[person % 6], ""
        group = "expert" if person % 8 in (1, 4, 6) else "novice"
        for block, condition in enumerate(order, 1):
            taste = 0.35 * (need[person] - 4) * (condition == "active") + 0.4 * (group == "expert")
            latent = 3.5 + EFFECT[condition] + level[person] + 0.15 * block + NEXT[previous] + taste
            items = np.clip(np.rint(latent + rng.normal(0, 1, 3)), 1, 7)
            answered = items[rng.random(3) > 0.06]
            minutes = np.round(np.exp(1.6 + 0.1 * level[person] - 0.1 * block + rng.normal(0, 0.25)), 2)
            score = answered.mean() if len(answered) else np.nan
            task = "abc"[(person // 6 + block) % 3]
            rows.append((f"P{person + 1:03d}", "".join(c[0] for c in order), condition, block, task, group))
            rows[-1] += (need[person], int(items[0]), score, minutes, previous)
            previous = condition
    names = ["participant", "sequence", "condition", "block", "task", "group"]
    return pd.DataFrame(rows, columns=[*names, "need", "item", "score", "minutes", "previous"])


def trials(seed: int = 7) -> pd.DataFrame:
    """Three trials per block: the score rises with practice (0–8), by a slope that differs between people."""
    rng = np.random.default_rng(seed)
    rows = []
    for person, order in enumerate([*permutations(CONDITIONS)] * 4):
        level, slope = rng.multivariate_normal([0, 0], [[0.8, 0.05], [0.05, 0.03]])
        for practice in range(9):
            condition = order[practice // 3]
            value = 4 + EFFECT[condition] + level + (0.1 + slope) * practice + rng.normal(0, 0.7)
            rows.append((f"P{person + 1:03d}", condition, practice // 3 + 1, practice, round(value, 2)))
    return pd.DataFrame(rows, columns=["participant", "condition", "block", "practice", "score"])


def without_people(seed: int = 3) -> pd.DataFrame:
    """People who do not differ, and whose values lean against each other: their variance is estimated as zero."""
    frame = demo(between=0.0, seed=seed)
    rng = np.random.default_rng(seed)
    noise = pd.Series(rng.normal(0, 1, len(frame)))
    noise -= 0.9 * noise.groupby(frame["participant"]).transform("mean")
    frame["score"] = np.round(4 + frame["condition"].map(EFFECT) + noise, 2)
    return frame[["participant", "condition", "block", "score"]]


def phases(seed: int = 11) -> pd.DataFrame:
    """Two factors within people (condition × phase) and one between (group), complete; 7-point items with ties."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(24):
        group, level = "expert" if person % 8 in (1, 4, 6) else "novice", rng.normal(0, 0.8)
        for condition in CONDITIONS:
            lean = rng.normal(0, 0.5)
            for phase in ("early", "late"):
                gain = 0.5 * (phase == "late") * (condition == "active") + 0.3 * (group == "expert")
                latent = 4 + EFFECT[condition] + level + lean + gain + rng.normal(0, 0.9)
                rows.append((f"P{person + 1:03d}", group, condition, phase, int(np.clip(np.rint(latent), 1, 7))))
    return pd.DataFrame(rows, columns=["participant", "group", "condition", "phase", "item"])


def ragged(number: int) -> pd.DataFrame:
    """One of many small ragged studies with slopes; number 8 has a singular fit, 16 a saddle where a slope variance is 0."""
    rng = np.random.default_rng(1)
    for _ in range(number + 1):
        rows = []
        people, level, slope = int(rng.integers(4, 20)), rng.choice([0, 0.2, 1, 5]), rng.choice([0, 0.05, 0.4])
        both = rng.choice([-0.9, 0, 0.9]) * level * slope
        for person in range(people):
            own = rng.multivariate_normal([0, 0], [[level**2, both], [both, slope**2]])
            for time in range(6):
                if rng.random() < 0.15:
                    continue
                condition = "abc"[int(rng.integers(3))]
                gain = own[0] + (0.02 + own[1]) * time + 0.5 * (condition == "a")
                rows.append((f"P{person + 1:03d}", condition, 10 * time, round(50 + gain + rng.normal(), 2)))
    return pd.DataFrame(rows, columns=["participant", "condition", "seconds", "score"])


def one_each(seed: int = 5) -> pd.DataFrame:
    """Everybody meets one condition; the groups and their variances are unequal."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(61):
        condition = CONDITIONS[person % 3 if person < 45 else 0]
        expertise = "high" if rng.random() < 0.4 else "low"
        spread = {"active": 1.4, "passive": 1.0, "baseline": 0.7}[condition]
        value = 4 + EFFECT[condition] + 0.5 * (expertise == "high") * (condition == "active") + rng.normal(0, spread)
        rows.append((f"P{person + 1:03d}", condition, expertise, round(rng.normal(30, 8)), round(value, 2)))
    return pd.DataFrame(rows, columns=["participant", "condition", "expertise", "age", "score"])


def missing_conditions(frame: pd.DataFrame) -> pd.DataFrame:
    """Four people stopped before a condition, one after the first."""
    gone = {("P003", 3), ("P010", 3), ("P011", 2), ("P011", 3), ("P017", 3), ("P022", 1)}
    return frame[[pair not in gone for pair in zip(frame["participant"], frame["block"], strict=True)]]


def main() -> None:
    """Write every data set."""
    made = {
        "demo": demo(),
        "missing": missing_conditions(demo()),
        "trials": trials(),
        "singular": without_people(),
        "phases": phases(),
        "one_each": one_each(),
        "ragged_singular": ragged(8),
        "ragged_saddle": ragged(16),
    }
    for name, frame in made.items():
        frame.to_csv(HERE / f"mixed_{name}.csv", index=False, float_format="%.15g")


if __name__ == "__main__":
    main()
