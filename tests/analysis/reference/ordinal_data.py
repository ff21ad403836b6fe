"""Writes the generated studies that the ordinal, binary, count, time and preference models are checked on.

Shaped like the demo study: 24 participants, three conditions in all six orders, three trials in each block, ties,
gaps; with variants that are degenerate on purpose. Run it from the repository: python tests/analysis/reference/ordinal_data.py
"""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import logit

HERE = Path(__file__).parent
CONDITIONS = ("active", "passive", "baseline")
EFFECT = {"active": 0.9, "passive": 0.5, "baseline": 0.0}
SESSION = 1200


def crossover(chance: np.random.Generator, between: float) -> pd.DataFrame:
    """216 trials: an item of 1 to 7, whether the reply was accepted, turns, and edits that vary more than Poisson.

    With nothing `between` participants, the chances of each are spread evenly (stratified) over the nine trials: people
    are then more alike than independent trials would make them, and a variance between them is estimated as zero.
    """
    orders = list(permutations(CONDITIONS))
    rows = []
    for number in range(24):
        level = between * chance.standard_normal()
        luck = [_uniforms(chance, stratified=between == 0) for _ in range(4)]
        for trial in range(9):
            block, task = trial // 3 + 1, "abc"[trial % 3]
            condition = orders[number % 6][block - 1]
            location = EFFECT[condition] + 0.1 * block + level
            first, second, third, fourth = (float(one[trial]) for one in luck)
            item = int(np.searchsorted([-2.2, -1.2, -0.3, 0.8, 1.8, 2.9], location + logit(first))) + 1
            accepted = int(0.8 * location + logit(second) > 0.2)
            turns = int(stats.poisson.ppf(third, np.exp(1.1 + 0.25 * location)))
            mean = np.exp(0.6 + 0.6 * location)
            edits = int(stats.nbinom.ppf(fourth, 1.5, 1.5 / (1.5 + mean)))
            rows.append((f"P{number + 1:03d}", condition, block, task, item, accepted, turns, edits))
    names = ["participant", "condition", "block", "task", "item", "accepted", "turns", "edits"]
    return pd.DataFrame(rows, columns=names)


def _uniforms(chance: np.random.Generator, stratified: bool) -> np.ndarray:
    return (chance.permutation(9) + chance.random(9)) / 9 if stratified else chance.random(9)


def with_gaps(frame: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """P004 lacks a condition, P017 the last block, and eleven items were left out."""
    left = ((frame.participant == "P004") & (frame.condition == "passive")) | (
        (frame.participant == "P017") & (frame.block == 3)
    )
    made = frame[~left].reset_index(drop=True)
    made["item"] = made["item"].astype(float)
    made.loc[chance.choice(len(made), 11, replace=False), "item"] = np.nan
    return made


def persuasion(chance: np.random.Generator) -> pd.DataFrame:
    """163 people in four unequal groups: opinion from 1 to 5 before and after; the source acts most on low answers."""
    rows = []
    for number in range(163):
        message, source = ("personal", "generic")[chance.random() < 0.45], ("human", "model")[chance.random() < 0.6]
        before = int(chance.integers(1, 6))
        latent = 0.7 * (before - 3) + 0.6 * (message == "personal") + chance.logistic()
        latent += (source == "model") * (0.9 if latent < 0 else 0.1)
        after = int(np.searchsorted([-1.6, -0.5, 0.6, 1.7], latent)) + 1
        rows.append((f"P{number + 1:03d}", message, source, before, after))
    return pd.DataFrame(rows, columns=["participant", "message", "source", "before", "after"])


def acceptances(chance: np.random.Generator) -> pd.DataFrame:
    """Seconds to the first acceptance in each block, cut off at the end of the session; whole seconds, with ties."""
    rate = {"active": 1 / 500, "passive": 1 / 650, "baseline": 1 / 1000}
    orders = list(permutations(CONDITIONS))
    rows = []
    for number in range(24):
        frailty = chance.gamma(3, 1 / 3)
        for block, condition in enumerate(orders[number % 6], 1):
            seconds = 10 * int(np.ceil(chance.exponential(1 / (frailty * rate[condition])) / 10))
            end = SESSION if number % 4 else 900
            rows.append((f"P{number + 1:03d}", condition, block, min(seconds, end), int(seconds <= end)))
    return pd.DataFrame(rows, columns=["participant", "condition", "block", "seconds", "accepted"])


def rankings(chance: np.random.Generator) -> pd.DataFrame:
    """Ranks of the three conditions, 1 is best."""
    rows = []
    for number in range(24):
        worth = {name: EFFECT[name] + chance.gumbel() for name in CONDITIONS}
        ranked = sorted(CONDITIONS, key=lambda name: -worth[name])
        rows += [(f"P{number + 1:03d}", name, place) for place, name in enumerate(ranked, 1)]
    return pd.DataFrame(rows, columns=["participant", "condition", "rank"])


def sequences(chance: np.random.Generator) -> pd.DataFrame:
    """What 24 participants did, one after another, in two conditions, with the seconds each lasted."""
    steps = {
        "active": [[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [0.6, 0.3, 0.1]],
        "passive": [[0.3, 0.4, 0.3], [0.7, 0.1, 0.2], [0.5, 0.3, 0.2]],
    }
    kinds = ("message", "edit", "accept")
    rows = []
    for number in range(24):
        for condition, matrix in steps.items():
            kind, at = 0, 0.0
            for _ in range(int(chance.integers(6, 16))):
                rows.append((f"P{number + 1:03d}", condition, round(at, 1), kinds[kind]))
                at += 1 + chance.exponential(20)
                kind = int(chance.choice(3, p=matrix[kind]))
    return pd.DataFrame(rows, columns=["participant", "condition", "at", "kind"])


def main() -> None:
    """Every data set from its own stream of one seed, so that a new one does not change the others."""
    streams = [np.random.Generator(np.random.PCG64(s)) for s in np.random.SeedSequence(20260302).spawn(8)]
    full = crossover(streams[0], between=1.0)
    made = {
        "trials": full,
        "trials_gaps": with_gaps(full, streams[1]),
        "trials_alike": crossover(streams[2], between=0.0),
        "persuasion": persuasion(streams[3]),
        "acceptances": acceptances(streams[4]),
        "rankings": rankings(streams[5]),
        "sequences": sequences(streams[6]),
    }
    for name, frame in made.items():
        frame.to_csv(HERE / f"{name}.csv", index=False)


if __name__ == "__main__":
    main()
