"""Outcomes of a made-up study with a known difference: the shape of the demo study, and every sort of value.

24 people, three conditions in all six orders, one value for each block; 5 % of the values are missing and one person
leaves before the last block. People differ (a normal level of their own), and every value can be given a difference
between `active` and the other two; with an effect of 0 nothing is to be found.
"""

from itertools import permutations

import numpy as np
import pandas as pd
from scipy.special import expit

Array = np.ndarray
Chance = np.random.Generator

CONDITIONS = ("active", "passive", "baseline")
PEOPLE = 24
MISSING = 0.05
POINTS = 7
LEVEL_SD = 1.0
"""Between people, on the scale of the model (log odds, log rate …)."""
RATE_SD = 0.5
SESSION = 20.0
"""Minutes after which a session ends: what has not happened by then is censored."""
KINDS = ("ask", "tell", "edit", "look")


def places(chance: Chance, people: int = PEOPLE) -> pd.DataFrame:
    """participant, condition, period, task: who met what when, as far as they stayed and the value is not missing."""
    orders = list(permutations(CONDITIONS))
    rows = [
        (f"P{who:02d}", condition, f"{period}", f"t{(who // len(orders) + period) % 3}")
        for who in range(people)
        for period, condition in enumerate(orders[who % len(orders)], 1)
    ]
    frame = pd.DataFrame(rows, columns=["participant", "condition", "period", "task"])
    leaver = f"P{chance.integers(people):02d}"
    gone = (frame["participant"] == leaver) & (frame["period"] == f"{len(CONDITIONS)}")
    lost = chance.random(len(frame)) < MISSING
    return frame[~(gone | lost)].reset_index(drop=True)


def groups(chance: Chance, people: int = 3 * PEOPLE) -> pd.DataFrame:
    """The same between participants: everybody has one condition, and there are three times as many."""
    frame = pd.DataFrame({"participant": [f"P{who:02d}" for who in range(people)]})
    frame["condition"] = [CONDITIONS[who % len(CONDITIONS)] for who in range(people)]
    return frame[chance.random(people) >= MISSING].reset_index(drop=True)


def located(rows: pd.DataFrame, effect: float, chance: Chance, sd: float = LEVEL_SD) -> Array:
    """Where each row lies: the person's level, and the effect where the condition is active."""
    codes, people = pd.factorize(rows["participant"])
    return sd * chance.standard_normal(len(people))[codes] + effect * (rows["condition"] == CONDITIONS[0]).to_numpy()


def scores(rows: pd.DataFrame, effect: float, chance: Chance) -> pd.DataFrame:
    """A score without ends or steps: normal, both SDs 1."""
    return rows.assign(value=located(rows, effect, chance) + chance.standard_normal(len(rows)))


def answers(rows: pd.DataFrame, effect: float, chance: Chance) -> pd.DataFrame:
    """A 7-point item, `effect` in log odds."""
    return rows.assign(value=answered(located(rows, effect, chance), chance))


def answered(at: Array, chance: Chance, points: int = POINTS) -> Array:
    """Answers from 1 to `points`: a logistic variable at these locations (log odds), cut at points − 1 places."""
    latent = at + chance.logistic(size=len(at))
    return 1.0 + (latent[:, None] > np.linspace(-2.5, 2.5, points - 1)).sum(1)


def successes(rows: pd.DataFrame, effect: float, chance: Chance) -> pd.DataFrame:
    """Yes or no, in log odds."""
    return rows.assign(value=(chance.random(len(rows)) < expit(located(rows, effect, chance))).astype(float))


def counts(rows: pd.DataFrame, effect: float, chance: Chance, size: float = np.inf) -> pd.DataFrame:
    """Counts of about six, in log rates; with a finite `size` they vary more than Poisson's (negative binomial)."""
    rates = np.exp(np.log(6) + located(rows, effect, chance, RATE_SD))
    more = 1.0 if np.isinf(size) else chance.gamma(size, 1 / size, len(rows))
    return rows.assign(value=chance.poisson(rates * more).astype(float))


def times(rows: pd.DataFrame, effect: float, chance: Chance) -> pd.DataFrame:
    """Minutes until something happens (`event` 1) or the session ends (0); `effect` in log hazards for one person."""
    hazard = np.exp(located(rows, effect, chance, RATE_SD)) / 10
    drawn = chance.exponential(1 / hazard)
    return rows.assign(value=np.minimum(drawn, SESSION), event=(drawn < SESSION).astype(float))


def events(rows: pd.DataFrame, chance: Chance) -> pd.DataFrame:
    """A log: 10 to 20 events in each block, each following the last by a habit of the person, the same in all conditions."""
    made = []
    habits = {who: chance.dirichlet(np.full(len(KINDS), 2.0), len(KINDS)) for who in rows["participant"].unique()}
    for row in rows.itertuples():
        at = int(chance.integers(len(KINDS)))
        for second in range(int(chance.integers(10, 21))):
            made.append((row.participant, row.condition, float(second), KINDS[at]))
            at = int(chance.choice(len(KINDS), p=habits[row.participant][at]))
    return pd.DataFrame(made, columns=["participant", "condition", "second", "kind"])


def in_two_phases(rows: pd.DataFrame, chance: Chance) -> pd.DataFrame:
    """A 7-point item asked twice in each block, early and late; nothing but people differ."""
    twice = pd.concat([rows.assign(phase=name) for name in ("early", "late")], ignore_index=True)
    latent = located(twice, 0.0, chance) + chance.standard_normal(len(twice))
    return twice.assign(value=np.clip(np.rint(4 + latent), 1, POINTS))
